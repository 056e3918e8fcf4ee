package living

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/config"
	"ambient-ecs/living/compare"
	"ambient-ecs/providers"
)

// Check finds the networks that the configuration knows by tags, looks up what lives, and compares it with the configuration. It returns
// the configuration with the networks' ids, and what lives. restart are the labels with which the mesh restarts its proxies.
//
// The error holds a problem.Problem for everything that AWS would refuse. Any other error means that a look-up failed. What a preview
// does not show is logged as a warning.
func Check(ctx *pulumi.Context, cfg config.Config, accounts *providers.Accounts, restart map[string]string) (config.Config, compare.World, error) {
	tagged, err := locate(ctx, cfg, accounts)
	if err != nil {
		return cfg, compare.World{}, err
	}
	if cfg, err = compare.Locate(cfg, tagged); err != nil {
		return cfg, compare.World{}, err
	}
	world, err := lookUp(ctx, cfg, accounts)
	if err != nil {
		return cfg, world, err
	}
	world.Restart = restart
	warnings, err := compare.Compare(cfg, world)
	if err != nil {
		return cfg, world, err
	}
	for _, warning := range warnings {
		if err := ctx.Log.Warn(warning, nil); err != nil {
			return cfg, world, err
		}
	}
	return cfg, world, nil
}
