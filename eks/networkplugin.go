package eks

import (
	"context"
	"maps"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/eks/addon"
	"ambient-ecs/problem"
)

// NetworkPlugin is whose AWS identity vpc-cni has: the zero value says that of the nodes.
type NetworkPlugin struct {
	// RoleARN is the role that vpc-cni's pods get by Pod Identity. Nil: they use the role of the nodes.
	RoleARN pulumi.StringInput
	// NodesToo leaves the nodes their policy for vpc-cni although it has RoleARN, while pods of before still run.
	NodesToo bool
}

func (n NetworkPlugin) check(p *problem.List) {
	if n.NodesToo && n.RoleARN == nil {
		p.Missing("NetworkPlugin.RoleARN", "the nodes have the policy anyway where vpc-cni has no role")
	}
}

func (n NetworkPlugin) hasOwnRole() bool      { return n.RoleARN != nil }
func (n NetworkPlugin) nodesHavePolicy() bool { return n.RoleARN == nil || n.NodesToo }

// awsAddonType is an add-on, inside pulumi-eks's component too.
const awsAddonType = "aws:eks/addon:Addon"

// transform gives the add-on vpc-cni its role, for which pulumi-eks has no input, and has it wait for the policy of the nodes where
// these have one.
//
// The association belongs to the add-on: EKS makes it before it starts the pods, and restarts them one after the other when it
// changes (https://docs.aws.amazon.com/eks/latest/userguide/add-ons-iam.html, 2026-11-29). Pods look for their association
// when they are admitted and never again, so an association beside the add-on would reach none that runs.
func (n NetworkPlugin) transform(role nodeRole) pulumi.ResourceTransform {
	return func(_ context.Context, part *pulumi.ResourceTransformArgs) *pulumi.ResourceTransformResult {
		if part.Type != awsAddonType || part.Props["addonName"] != pulumi.String(addon.VPCCNI) {
			return nil
		}
		props, opts := part.Props, part.Opts
		if n.RoleARN != nil {
			props = maps.Clone(props)
			props["podIdentityAssociations"] = pulumi.Array{pulumi.Map{"roleArn": n.RoleARN, "serviceAccount": pulumi.String(addon.VPCCNIAccount)}}
		}
		if role.cni != nil {
			opts.DependsOn = append(opts.DependsOn, role.cni)
		}
		return &pulumi.ResourceTransformResult{Props: props, Opts: opts}
	}
}
