package living

import (
	"net/url"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ssm"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/config"
	"ambient-ecs/contract"
	"ambient-ecs/ecs/task/enrol"
	"ambient-ecs/living/compare"
	"ambient-ecs/mesh/bootstrap"
	"ambient-ecs/providers"
)

// ztunnel looks up the ztunnel container in the task definition that a service runs, whoever registered it: its image, the
// address in its bootstrap token and, if a pipeline or an owner deploys the service, the stamp of its enrolment and the revision's
// roles.
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
	if s := l.cfg.Clusters[cluster].Services[service]; s.ByPipeline() || s.ByOwner() {
		deployed := compare.Deployed{Definition: living.TaskDefinition, Tags: living.Tags, Given: living.Tags[config.GivenTag], InMesh: found}
		if s.ByOwner() {
			if deployed.Given, err = l.given(account, cluster, service); err != nil {
				return err
			}
		}
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

// given is what the last `up` recorded for the owner of a service, "" before the first one. A value that cannot be read, or that the
// caller may not read, counts as none.
func (l *looking) given(account *providers.Account, cluster, service string) (string, error) {
	name := l.cfg.OwnedParameter(cluster, service)
	parameter, found, err := ask(l, account, "SSM parameters", func(o pulumi.InvokeOption) (*ssm.LookupParameterResult, error) {
		return ssm.LookupParameter(l.ctx, &ssm.LookupParameterArgs{Name: name}, o)
	})
	if err != nil || !found {
		return "", err
	}
	owned, err := contract.ParseOwned(parameter.InsecureValue)
	if err != nil {
		return "", nil
	}
	return owned.Given, nil
}
