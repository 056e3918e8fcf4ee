// The program of ambient-ecs: one Istio Ambient mesh over EKS and ECS Fargate in several AWS accounts.
//
// Data flows one way, top to bottom. Each step gets only what the steps above it made.
package main

import (
	"errors"
	"os"

	"github.com/pulumi/pulumi/sdk/v3/go/common/constant"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/config"
	"ambient-ecs/contract/publish"
	"ambient-ecs/ecs"
	"ambient-ecs/eks"
	"ambient-ecs/iam"
	"ambient-ecs/keys"
	"ambient-ecs/living"
	"ambient-ecs/mesh"
	"ambient-ecs/network"
	"ambient-ecs/observability"
	"ambient-ecs/outputs"
	"ambient-ecs/problem"
	"ambient-ecs/providers"
)

func main() {
	// The engine hands the whole stack configuration to the program. The program reads all of it, not single keys, so
	// that it can refuse an unknown key. Secrets arrive decrypted. ConfigSecretKeys lists the keys that hold secrets.
	var run pulumi.RunInfo
	capture := func(info *pulumi.RunInfo) { run = *info }

	pulumi.Run(func(ctx *pulumi.Context) error {
		// Every problem of the configuration is reported here, before anything is registered.
		if err := config.CheckProject(run.Project); err != nil {
			refuse(ctx, err)
		}
		file := config.ReadStackFile(run.RootDirectory, run.Stack)
		cfg, err := file.Load(run.Config, run.ConfigSecretKeys...)
		if err != nil {
			refuse(ctx, err)
		}
		for _, warning := range cfg.Warnings() {
			if err := ctx.Log.Warn(warning, nil); err != nil {
				return err
			}
		}
		// One explicit AWS provider per account, restricted to that account.
		accounts, err := providers.New(ctx, cfg)
		if err != nil {
			return err
		}
		// Look up the ids of networks that the configuration knows by tags.
		cfg, err = living.Locate(ctx, cfg, accounts)
		if errors.As(err, new(problem.Problem)) {
			refuse(ctx, err)
		}
		if err != nil {
			return err
		}
		// The plan reads the Gateway API's definitions, and reports every problem in what the configuration refers
		// to.
		plan, err := mesh.Prepare(ctx.Context(), cfg)
		if err != nil {
			refuse(ctx, err)
		}
		// Look up what lives already. What AWS would refuse is refused here, before anything is changed.
		world, err := living.Check(ctx, cfg, accounts, plan.Restart(), plan.RestartTrusting)
		if errors.As(err, new(problem.Problem)) {
			refuse(ctx, err)
		}
		if err != nil {
			return err
		}
		// Customer-managed KMS keys, if configured.
		encryption, err := keys.Deploy(ctx, cfg, accounts)
		if err != nil {
			return err
		}
		// VPCs where none is named, a peering for every pair of accounts, the security groups of the tasks.
		networks, err := network.Deploy(ctx, cfg, accounts, encryption, world.Networks, world.ZonesByAccount(cfg))
		if err != nil {
			return err
		}
		// istiod's role, one discovery and one execution role per account, one task role per identity.
		roles, err := iam.Deploy(ctx, cfg, accounts)
		if err != nil {
			return err
		}
		// The EKS cluster in the home account: created here, or an existing one.
		cluster, err := eks.Deploy(ctx, cfg, accounts, encryption, networks, roles, eks.Living{
			Principals: world.Principals(cfg), Support: world.Support(cfg), Creator: world.Creator(), Found: world.EKS,
		})
		if err != nil {
			return err
		}
		// Istio, its east-west gateway, and a namespace with its policies per ECS cluster.
		control, err := mesh.Deploy(ctx, cfg, plan, cluster, roles)
		if err != nil {
			return err
		}
		// Interface endpoints of the gateway, for accounts that connect by PrivateLink.
		if err := networks.Link(ctx, cfg, accounts, network.Gateway{Address: control.GatewayAddress, Ready: control.Ready}); err != nil {
			return err
		}
		// ECS clusters, which wait only for the accounts, and the services on them.
		fleet, err := ecs.Deploy(ctx, cfg, accounts, encryption, networks, roles, control, world.Joined(cfg))
		if err != nil {
			return err
		}
		// A service that is enrolled has been imported before. In a preview that is known when the services are planned.
		if err := living.Imported(cfg, fleet.Planned(ctx, world.Enrolling(cfg))); err != nil {
			refuse(ctx, err)
		}
		// Alarms, queries, metrics, traces and logs, if configured.
		observed, err := observability.Deploy(ctx, cfg, accounts, encryption, networks, roles, cluster, control, fleet)
		if err != nil {
			return err
		}
		// The contracts that other teams' stacks read, if configured.
		if err := publish.Deploy(ctx, cfg, accounts, networks, control, fleet); err != nil {
			return err
		}
		outputs.Export(ctx, cfg, networks, roles, cluster, control, fleet, observed)
		return nil
	}, capture)
}

// refuse reports what is wrong with the configuration and ends the program. If the error were returned to pulumi.Run,
// Pulumi would call it unhandled, as if it were a fault of the program.
func refuse(ctx *pulumi.Context, err error) {
	if ctx.Log.Error(err.Error(), nil) != nil {
		os.Stderr.WriteString(err.Error() + "\n")
	}
	os.Exit(constant.ExitStatusLoggedError)
}
