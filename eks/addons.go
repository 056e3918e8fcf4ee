package eks

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/eks/addon"
)

// addons adds the add-ons that need nodes to become active. pulumi-eks installs CoreDNS only with its own nodes.
func (c *Cluster) addons(ctx *pulumi.Context, name string, args *ClusterArgs, nodes pulumi.Resource) error {
	kinds := []string{addon.CoreDNS, addon.PodIdentityAgent}
	if args.AddonVersions[addon.MetricsServer] != "" {
		kinds = append(kinds, addon.MetricsServer)
	}
	for _, kind := range kinds {
		installed, err := eks.NewAddon(ctx, name+"-"+kind, &eks.AddonArgs{
			ClusterName:  c.Name,
			AddonName:    pulumi.String(kind),
			AddonVersion: pulumi.String(args.AddonVersions[kind]),
			// A new cluster has a CoreDNS that no add-on manages. The add-on takes it over.
			ResolveConflictsOnCreate: pulumi.String("OVERWRITE"),
			ResolveConflictsOnUpdate: pulumi.String("OVERWRITE"),
			// On a destroy the pods go with their nodes. Removing them first would only take time.
			Preserve: pulumi.Bool(true),
		}, c.child(args, pulumi.DependsOn([]pulumi.Resource{nodes}))...)
		if err != nil {
			return fmt.Errorf("register the add-on %s: %w", kind, err)
		}
		c.ready = append(c.ready, installed)
	}
	return nil
}
