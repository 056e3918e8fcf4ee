package living

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/config"
	"ambient-ecs/living/compare"
	"ambient-ecs/providers"
)

// Locate finds the networks that the configuration knows by tags. It returns the configuration with the networks' ids.
//
// The error holds a problem.Problem for tags that lead nowhere, or elsewhere. Any other error means that a look-up failed.
func Locate(ctx *pulumi.Context, cfg config.Config, accounts *providers.Accounts) (config.Config, error) {
	tagged, err := locate(ctx, cfg, accounts)
	if err != nil {
		return cfg, err
	}
	return compare.Locate(cfg, tagged)
}

// Check looks up what lives, and compares it with the configuration. It returns what lives. restart are the labels with which the mesh
// restarts its proxies, trusting those that it would have with other roots.
//
// The error holds a problem.Problem for everything that AWS would refuse. Any other error means that a look-up failed. What a preview
// does not show is logged as a warning.
func Check(ctx *pulumi.Context, cfg config.Config, accounts *providers.Accounts, restart map[string]string, trusting func(roots string) map[string]string) (compare.World, error) {
	world, err := lookUp(ctx, cfg, accounts)
	if err != nil {
		return world, err
	}
	world.Restart, world.RestartTrusting = restart, trusting
	warnings, err := compare.Compare(cfg, world)
	if err != nil {
		return world, err
	}
	for _, warning := range append(cfg.Notices(world.Lives(cfg)), warnings...) {
		if err := ctx.Log.Warn(warning, nil); err != nil {
			return world, err
		}
	}
	return world, nil
}

// Imported refuses the services that a preview plans to create, though they live: they are enrolled before they are imported. The error holds
// a problem.Problem for each.
func Imported(cfg config.Config, planned []string) error { return compare.NotImported(cfg, planned) }
