package living

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"

	"ambient-ecs/config"
	"ambient-ecs/ecs/task/application"
	"ambient-ecs/ecs/task/definition"
	"ambient-ecs/living/compare"
	"ambient-ecs/providers"
)

// imported looks up a service that the stack takes over, and what it runs. One that is enrolled already is the stack's.
func (l *looking) imported(account *providers.Account, key, name string) error {
	subject := compare.ImportSubject(key, name)
	enrol := l.cfg.Clusters[key].Services[name].Import == config.ImportEnrolled
	living, found, err := l.service(account, subject, key, name)
	if err != nil || !found && l.unseen(subject) {
		return err
	}
	var read *compare.Import
	switch enrolled := found && compare.HasEnrolled(living.Tags, l.cfg.Install); {
	case enrol && enrolled:
		return nil
	case found && enrol && !l.ctx.DryRun():
		// The preview reads everything. In an update the read would stay in the state of a service that is the stack's.
		read = &compare.Import{LaunchType: living.LaunchType, Scheduling: living.SchedulingStrategy, Tags: living.Tags, Tasks: living.DesiredCount}
	case found:
		if read, err = l.read(account, "import-"+key+"/"+name, key, name); err != nil {
			return err
		}
	}
	if found {
		if read.Definition, read.Containers, err = l.runs(account, living.TaskDefinition); err != nil {
			return err
		}
	}
	l.note(func(w *compare.World) { w.Imports[key+"/"+name] = read })
	return nil
}

// runs looks up the containers of the revision that a service runs. There are none if the caller may not look.
func (l *looking) runs(account *providers.Account, revision string) (arn string, containers []application.Container, err error) {
	if revision == "" {
		return "", nil, nil // its tasks are in task sets
	}
	found, exists, err := ask(l, account, "ECS task definitions", func(o pulumi.InvokeOption) (*ecs.LookupTaskDefinitionResult, error) {
		return ecs.LookupTaskDefinition(l.ctx, &ecs.LookupTaskDefinitionArgs{TaskDefinition: revision}, o)
	})
	if err != nil || !exists || found.ContainerDefinitions == "" {
		return revision, nil, err
	}
	if containers, err = application.Read(found.ContainerDefinitions); err != nil {
		return revision, nil, fmt.Errorf("look up %s in account %s: %w", revision, account.Key, err)
	}
	return revision, containers, nil
}

// owned looks up a service that its owner keeps, in previews only. An update would record the read in the state, and every deployment of
// the owner would be a drift of the stack's from then on.
func (l *looking) owned(account *providers.Account, key, name string) error {
	if !l.ctx.DryRun() {
		return nil
	}
	read, looked, err := l.whole(account, compare.OwnedSubject(key, name), "owned-"+key+"/"+name, key, name)
	if err == nil && looked {
		l.note(func(w *compare.World) { w.Owned[key+"/"+name] = read })
	}
	return err
}

// whole reads everything of a service that others made. Nil: there is none. It is not looked if the caller may not look.
func (l *looking) whole(account *providers.Account, subject, as, key, name string) (read *compare.Import, looked bool, err error) {
	_, found, err := l.service(account, subject, key, name)
	if err != nil || !found {
		return nil, err == nil && !l.unseen(subject), err
	}
	read, err = l.read(account, as, key, name)
	return read, err == nil, err
}

// read reads everything of a service that exists.
//
// The look-up function says neither the deployment controller nor the load balancers of a service. The resource's own read
// does, Service Connect included (internal/service/ecs/service.go, resourceServiceRead, of Terraform's provider, read 2026-11-29).
// So this is the one look-up that the engine records, as an external resource. Nothing changes or deletes one.
func (l *looking) read(account *providers.Account, as, key, name string) (read *compare.Import, err error) {
	called := l.cfg.ServiceName(key, name)
	living, err := ecs.GetService(l.ctx, as, pulumi.ID(l.cfg.ECSName(key)+"/"+called), nil, pulumi.Provider(account.Provider))
	if err == nil {
		read, err = shown(l, living)
	}
	if err != nil {
		return nil, fmt.Errorf("read the service %s of the cluster %s: %w", called, l.cfg.ECSName(key), err)
	}
	return read, nil
}

// shown is what AWS shows of a service. In a preview the SDK takes a property that the read does not give for one that is not
// known yet, so each is awaited by itself.
func shown(l *looking, living *ecs.Service) (*compare.Import, error) {
	service := &compare.Import{}
	for _, property := range []struct {
		output pulumi.Output
		take   func(v any)
	}{
		{living.LaunchType, func(v any) { service.LaunchType = v.(string) }},
		{living.CapacityProviderStrategies, func(v any) {
			for _, item := range v.([]ecs.ServiceCapacityProviderStrategy) {
				provider := compare.Provider{Name: item.CapacityProvider}
				if item.Base != nil {
					provider.Base = *item.Base
				}
				if item.Weight != nil {
					provider.Weight = *item.Weight
				}
				service.Providers = append(service.Providers, provider)
			}
		}},
		{living.DesiredCount, func(v any) {
			if count := v.(*int); count != nil {
				service.Tasks = *count
			}
		}},
		{living.SchedulingStrategy, func(v any) { service.Scheduling = definition.Text(v.(*string)) }},
		{living.LoadBalancers, func(v any) { service.Balancers = len(v.([]ecs.ServiceLoadBalancer)) }},
		//lint:ignore SA1019 a read's Tags lack the default tags of the provider, and whoever made the service may have set them so
		{living.TagsAll, func(v any) { service.Tags = v.(map[string]string) }},
		{living.VpcLatticeConfigurations, func(v any) { service.Lattices = len(v.([]ecs.ServiceVpcLatticeConfiguration)) }},
		{living.ServiceRegistries, func(v any) { service.Registered = v.(*ecs.ServiceServiceRegistries) != nil }},
		{living.DeploymentController, func(v any) {
			if controller := v.(*ecs.ServiceDeploymentController); controller != nil {
				service.Controller = definition.Text(controller.Type)
			}
		}},
		{living.ServiceConnectConfiguration, func(v any) {
			if connect := v.(*ecs.ServiceServiceConnectConfiguration); connect != nil {
				service.Connect = connect.Enabled
			}
		}},
		{living.NetworkConfiguration, func(v any) {
			if network := v.(*ecs.ServiceNetworkConfiguration); network != nil {
				service.Subnets, service.Groups = network.Subnets, network.SecurityGroups
			}
		}},
	} {
		read, err := internals.UnsafeAwaitOutput(l.ctx.Context(), property.output)
		if err != nil {
			return nil, err
		}
		if read.Known && read.Value != nil {
			property.take(read.Value)
		}
	}
	return service, nil
}
