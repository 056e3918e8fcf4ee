package living

import (
	"net/url"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/living/compare"
	"ambient-ecs/mesh/bootstrap"
	"ambient-ecs/providers"
)

// ztunnel is the container of a task that holds the bootstrap token.
const ztunnel = "ztunnel"

// door looks up the address in the bootstrap token of a service's task definition, whoever registered it.
func (l *looking) door(account *providers.Account, service, definition string) error {
	if definition == "" {
		return nil
	}
	container, found, err := ask(l, account, "task definitions", func(o pulumi.InvokeOption) (*ecs.GetContainerDefinitionResult, error) {
		return ecs.GetContainerDefinition(l.ctx, &ecs.GetContainerDefinitionArgs{TaskDefinition: definition, ContainerName: ztunnel}, o)
	})
	if err != nil || !found {
		return err
	}
	token, err := bootstrap.Decode(container.Environment[bootstrap.Variable])
	if err != nil {
		return nil // no token of this form: there is nothing to compare
	}
	if istiod, err := url.Parse(token.URL); err == nil && istiod.Hostname() != "" {
		l.note(func(w *compare.World) { w.Doors[service] = istiod.Hostname() })
	}
	return nil
}
