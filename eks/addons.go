package eks

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/eks/addon"
)

// istiodNamespace is the namespace of the pods that get IstiodRoleARN.
const istiodNamespace = "istio-system"

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

// istiodIdentity hands every istiod its role. The association must exist before istiod starts. A pod gets its
// credentials when it is made, and an istiod without credentials finds no ECS service.
func (c *Cluster) istiodIdentity(ctx *pulumi.Context, name string, args *ClusterArgs, controlPlane pulumi.Resource) error {
	c.PodIdentity = map[string]pulumi.StringOutput{}
	for _, account := range args.IstiodAccounts {
		association, err := eks.NewPodIdentityAssociation(ctx, name+"-"+account, &eks.PodIdentityAssociationArgs{
			ClusterName:    c.Name,
			Namespace:      pulumi.String(istiodNamespace),
			ServiceAccount: pulumi.String(account),
			RoleArn:        args.IstiodRoleARN,
		}, c.child(args, pulumi.DependsOn([]pulumi.Resource{controlPlane}))...)
		if err != nil {
			return fmt.Errorf("register the Pod Identity association of %s: %w", account, err)
		}
		c.ready = append(c.ready, association)
		// Use the role's id, not its ARN: a replaced role has the same ARN.
		c.PodIdentity[account] = pulumi.Sprintf("%s/%s", association.AssociationId, args.IstiodRoleID)
	}
	return nil
}
