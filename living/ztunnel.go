package living

import (
	"net/url"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/ecs/task/enrol"
	"ambient-ecs/living/compare"
	"ambient-ecs/mesh/bootstrap"
	"ambient-ecs/providers"
)

// ztunnel looks up the ztunnel container in the task definition that a service runs, whoever registered it: its image, the
// address in its bootstrap token and, if a pipeline deploys the service, the stamp of its enrolment and the revision's roles.
func (l *looking) ztunnel(account *providers.Account, cluster, service string, living *ecs.LookupServiceResult) error {
	if living.TaskDefinition == "" {
		return nil
	}
	const subject = "ECS task definitions"
	container, found, err := ask(l, account, subject, func(o pulumi.InvokeOption) (*ecs.GetContainerDefinitionResult, error) {
		return ecs.GetContainerDefinition(l.ctx, &ecs.GetContainerDefinitionArgs{TaskDefinition: living.TaskDefinition, ContainerName: enrol.ZtunnelName}, o)
	})
	if err != nil || l.unseen(subject) {
		return err
	}
	if l.cfg.Clusters[cluster].Services[service].ByPipeline() {
		deployed := compare.Deployed{Definition: living.TaskDefinition, Tags: living.Tags, InMesh: found}
		if found {
			deployed.Labels = container.DockerLabels
		}
		roles, _, err := ask(l, account, subject, func(o pulumi.InvokeOption) (*ecs.LookupTaskDefinitionResult, error) {
			return ecs.LookupTaskDefinition(l.ctx, &ecs.LookupTaskDefinitionArgs{TaskDefinition: living.TaskDefinition}, o)
		})
		if err != nil {
			return err
		}
		if roles != nil {
			deployed.TaskRole, deployed.ExecutionRole = roles.TaskRoleArn, roles.ExecutionRoleArn
		}
		l.note(func(w *compare.World) { w.Deployed[cluster+"/"+service] = deployed })
	}
	if !found {
		return nil
	}
	l.note(func(w *compare.World) { w.Ztunnels[cluster+"/"+service] = container.Image })
	token, err := bootstrap.Decode(container.Environment[bootstrap.Variable])
	if err != nil {
		return nil // no token of this form: there is nothing to compare
	}
	if istiod, err := url.Parse(token.URL); err == nil && istiod.Hostname() != "" {
		l.note(func(w *compare.World) { w.Doors[cluster+"/"+service] = istiod.Hostname() })
	}
	return nil
}
