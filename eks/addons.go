package eks

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/eks/addon"
)

// addons adds the add-ons that need nodes to become active. pulumi-eks installs CoreDNS only with its own nodes.
func (c *Cluster) addons(ctx *pulumi.Context, name string, args *ClusterArgs, nodes pulumi.Resource) error {
	kinds := []string{addon.CoreDNS}
	if args.AddonVersions[addon.MetricsServer] != "" {
		kinds = append(kinds, addon.MetricsServer)
	}
	for _, kind := range kinds {
		if _, err := c.addon(ctx, name, args, kind, nodes); err != nil {
			return err
		}
	}
	return nil
}

// addon adds an add-on that pulumi-eks does not, after something else. What talks to the API waits for it.
//
// The Pod Identity agent, whose pods run on each node, is active without a node
// (https://github.com/terraform-aws-modules/terraform-aws-eks, README.md, before_compute, 2026-11-29).
func (c *Cluster) addon(ctx *pulumi.Context, name string, args *ClusterArgs, kind string, after pulumi.Resource) (pulumi.Resource, error) {
	installed, err := eks.NewAddon(ctx, name+"-"+kind, &eks.AddonArgs{
		ClusterName:  c.Name,
		AddonName:    pulumi.String(kind),
		AddonVersion: pulumi.String(args.AddonVersions[kind]),
		// A new cluster has a CoreDNS that no add-on manages. The add-on takes it over.
		ResolveConflictsOnCreate: pulumi.String("OVERWRITE"),
		ResolveConflictsOnUpdate: pulumi.String("OVERWRITE"),
		// On a destroy the pods go with their nodes. Removing them first would only take time.
		Preserve: pulumi.Bool(true),
	}, c.child(args, pulumi.DependsOn([]pulumi.Resource{after}))...)
	if err != nil {
		return nil, fmt.Errorf("register the add-on %s: %w", kind, err)
	}
	component.Slow(ctx, installed, fmt.Sprintf("Add-on %s is not active yet. It is when its pods are ready. Look at `kubectl -n kube-system get pods,events` and at "+
		"`aws eks describe-addon --cluster-name %s --addon-name %s` (health)", kind, args.Name, kind), component.Behind(after))
	c.ready = append(c.ready, installed)
	return installed, nil
}
