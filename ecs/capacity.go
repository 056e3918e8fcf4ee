package ecs

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/problem"
)

// CapacityProvider is one entry of a strategy: of the tasks beyond Base each provider gets its Weight's share.
type CapacityProvider struct {
	// Name is FARGATE or FARGATE_SPOT.
	Name         string
	Base, Weight int
}

// checkCapacity records what ECS would refuse of the strategy and of the percentages.
func (a *ServiceArgs) checkCapacity(p *problem.List) {
	weight := 0
	for _, provider := range a.CapacityProviders {
		if a.Cluster != nil && !slices.Contains(a.Cluster.Providers, provider.Name) {
			p.Refuse("CapacityProviders", provider.Name, "the cluster does not have the capacity provider")
		}
		weight += provider.Weight
	}
	if len(a.CapacityProviders) > 0 && weight < 1 {
		p.Refuse("CapacityProviders", weight, "the weights are together 0, so no task would start beyond the base")
	}
	if a.MinimumHealthyPercent < 0 || a.MinimumHealthyPercent > 100 {
		p.Refuse("MinimumHealthyPercent", a.MinimumHealthyPercent, "it is between 0 and 100")
	}
	if a.MaximumPercent <= 100 || a.MaximumPercent > 200 {
		p.Refuse("MaximumPercent", a.MaximumPercent, "it is above 100, because ECS balances the tasks between availability zones, and at most 200")
	}
}

// runOn sets what the tasks run on.
//
// A strategy instead of the launch type, and the other way round, is a replacement for the provider of release 6.83, though ECS
// itself changes a living service (internal/service/ecs/service.go, capacityProviderStrategyCustomizeDiff, of Terraform's
// provider 5.100, read 2026-11-29). Package living refuses both. With forceNewDeployment other shares are an update in place.
// The provider forces a deployment at every update of such a service.
//
// A service with a strategy is not deleted before it is replaced. If Pulumi's state does not know yet of a switch that ECS made,
// ECS refuses the second service of the name, and the first one lives on.
func (a *ServiceArgs) runOn(args *ecs.ServiceArgs) {
	if len(a.CapacityProviders) == 0 {
		args.LaunchType = pulumi.String("FARGATE")
		return
	}
	var strategy ecs.ServiceCapacityProviderStrategyArray
	for _, provider := range a.CapacityProviders {
		strategy = append(strategy, ecs.ServiceCapacityProviderStrategyArgs{
			CapacityProvider: pulumi.String(provider.Name), Base: pulumi.Int(provider.Base), Weight: pulumi.Int(provider.Weight),
		})
	}
	args.CapacityProviderStrategies, args.ForceNewDeployment = strategy, pulumi.Bool(true)
}

// provide gives the cluster the capacity providers that its services use.
func (c *Cluster) provide(ctx *pulumi.Context, name string, args *ClusterArgs, cluster *ecs.Cluster) error {
	if len(args.CapacityProviders) == 0 {
		return nil
	}
	providers, err := ecs.NewClusterCapacityProviders(ctx, name, &ecs.ClusterCapacityProvidersArgs{
		ClusterName:       cluster.Name,
		CapacityProviders: pulumi.ToStringArray(args.CapacityProviders),
	}, component.Child(c, args.Provider, pulumi.DeleteBeforeReplace(true))...)
	if err != nil {
		return fmt.Errorf("register the capacity providers: %w", err)
	}
	c.Providers, c.capacity = args.CapacityProviders, component.Made[Cluster](providers)
	return nil
}
