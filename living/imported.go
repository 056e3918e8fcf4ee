package living

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"

	"ambient-ecs/config"
	"ambient-ecs/ecs/task/definition"
	"ambient-ecs/living/compare"
	"ambient-ecs/providers"
)

// imported looks up a service that the stack takes over.
func (l *looking) imported(account *providers.Account, key, name string) error {
	read, looked, err := l.whole(account, compare.ImportSubject(key, name), "import-"+key+"/"+name, key, name)
	if err == nil && looked {
		l.note(func(w *compare.World) { w.Imports[key+"/"+name] = read })
	}
	return err
}

// joining looks up a service that the next `up` enrols, in previews only: how many tasks it has, and where. From that `up` on it has the
// install's tag, and its tasks run where the program says.
func (l *looking) joining(account *providers.Account, key, name string) error {
	if !l.ctx.DryRun() {
		return nil
	}
	living, found, err := ask(l, account, compare.ImportSubject(key, name), func(o pulumi.InvokeOption) (*ecs.LookupServiceResult, error) {
		return ecs.LookupService(l.ctx, &ecs.LookupServiceArgs{ClusterArn: l.cfg.ECSClusterARN(key), ServiceName: l.cfg.ServiceName(key, name)}, o)
	})
	if err != nil || !found || living.Tags[config.InstallTag] != "" {
		return err
	}
	return l.imported(account, key, name)
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
//
// The look-up function says neither the deployment controller nor the load balancers of a service. The resource's own read
// does, Service Connect included (internal/service/ecs/service.go, resourceServiceRead, of Terraform's provider, read 2026-11-29).
// So this is the one look-up that the engine records, as an external resource. Nothing changes or deletes one.
func (l *looking) whole(account *providers.Account, subject, as, key, name string) (read *compare.Import, looked bool, err error) {
	called := l.cfg.ServiceName(key, name)
	_, found, err := ask(l, account, subject, func(o pulumi.InvokeOption) (*ecs.LookupServiceResult, error) {
		return ecs.LookupService(l.ctx, &ecs.LookupServiceArgs{ClusterArn: l.cfg.ECSClusterARN(key), ServiceName: called}, o)
	})
	if err != nil || !found {
		return nil, err == nil && !l.unseen(subject), err
	}
	living, err := ecs.GetService(l.ctx, as, pulumi.ID(l.cfg.ECSName(key)+"/"+called), nil, pulumi.Provider(account.Provider))
	if err == nil {
		read, err = shown(l, living)
	}
	if err != nil {
		return nil, false, fmt.Errorf("read the service %s of the cluster %s: %w", called, l.cfg.ECSName(key), err)
	}
	return read, true, nil
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
				service.Subnets = network.Subnets
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
