package living

import (
	"encoding/json"
	"fmt"
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

// container is a container of a task definition, as AWS shows it.
type container struct {
	Name, Image  string
	Environment  []struct{ Name, Value string }
	DockerLabels map[string]string
}

// variable is the value of an environment variable, "" if it is not set.
func (c container) variable(name string) string {
	for _, v := range c.Environment {
		if v.Name == name {
			return v.Value
		}
	}
	return ""
}

// ztunnelOf finds the ztunnel container in the containers of a task definition.
func ztunnelOf(definitions string) (ztunnel container, found bool, err error) {
	var all []container
	if err := json.Unmarshal([]byte(definitions), &all); err != nil {
		return ztunnel, false, fmt.Errorf("containers: %w", err)
	}
	for _, c := range all {
		if c.Name == enrol.ZtunnelName {
			return c, true, nil
		}
	}
	return ztunnel, false, nil
}

// ztunnel looks up the task definition that a service runs, whoever registered it: ztunnel's image, the bootstrap token with the role that
// proves its identity and, if a pipeline or an owner deploys the service, the stamp of its enrolment and the revision's roles.
func (l *looking) ztunnel(account *providers.Account, cluster, service string, living *ecs.LookupServiceResult) error {
	if living.TaskDefinition == "" {
		return nil
	}
	revision, found, err := ask(l, account, "ECS task definitions", func(o pulumi.InvokeOption) (*ecs.LookupTaskDefinitionResult, error) {
		return ecs.LookupTaskDefinition(l.ctx, &ecs.LookupTaskDefinitionArgs{TaskDefinition: living.TaskDefinition}, o)
	})
	if err != nil || !found {
		return err
	}
	ztunnel, enrolled, err := ztunnelOf(revision.ContainerDefinitions)
	if err != nil {
		return fmt.Errorf("look up %s in account %s: %w", living.TaskDefinition, account.Key, err)
	}
	for _, role := range []string{revision.TaskRoleArn, revision.ExecutionRoleArn} {
		if !enrolled {
			break // they are somebody else's
		}
		if err := l.formerRole(account, role); err != nil {
			return err
		}
	}
	if s := l.cfg.Clusters[cluster].Services[service]; s.ByPipeline() || s.ByOwner() {
		deployed := compare.Deployed{
			Definition: living.TaskDefinition, Tags: living.Tags, Given: living.Tags[config.GivenTag], InMesh: enrolled, Labels: ztunnel.DockerLabels,
			TaskRole: revision.TaskRoleArn, ExecutionRole: revision.ExecutionRoleArn,
		}
		if s.ByOwner() {
			if deployed.Given, err = l.given(account, cluster, service); err != nil {
				return err
			}
		}
		l.note(func(w *compare.World) { w.Deployed[cluster+"/"+service] = deployed })
	}
	if !enrolled {
		return nil
	}
	l.note(func(w *compare.World) { w.Ztunnels[cluster+"/"+service] = ztunnel.Image })
	token, err := bootstrap.Decode(ztunnel.variable(bootstrap.Variable))
	if err != nil {
		return nil // no token of this form: there is nothing to compare
	}
	l.note(func(w *compare.World) {
		w.Enrolled[cluster+"/"+service] = compare.Enrolled{
			Namespace: token.Namespace, ServiceAccount: token.ServiceAccount, TaskRole: revision.TaskRoleArn, ExecutionRole: revision.ExecutionRoleArn,
			Roots: token.CACert, Labels: ztunnel.DockerLabels,
		}
		if istiod, err := url.Parse(token.URL); err == nil && istiod.Hostname() != "" {
			w.Doors[cluster+"/"+service] = istiod.Hostname()
		}
	})
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
