package iam

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/iam/policy"
	"ambient-ecs/problem"
)

// DiscoveryRoleType is the component's type.
const DiscoveryRoleType = "ambient-ecs:iam:DiscoveryRole"

// DiscoveryRoleArgs configures a DiscoveryRole: what istiod may read, and which istiod.
type DiscoveryRoleArgs struct {
	// Name is the physical name of the role. istiod's chart values hold its ARN.
	Name string
	// Place is the account and region whose ECS clusters are read.
	Place policy.Place
	// Home is where istiod runs.
	Home policy.Place
	// IstiodRoleARN is the ARN that istiod's role has or will have. The role need not exist.
	IstiodRoleARN string
	// ClusterARN is the ARN that the EKS cluster has or will have.
	ClusterARN string
	// ServiceAccounts are the service accounts of all istiods. At least one.
	ServiceAccounts []string
	// Guardrails are the path and the boundary of the role.
	Guardrails policy.Guardrails
	// Imports are ids of what exists and becomes a child, by the child's TYPE::NAME. Empty: the component makes everything.
	Imports component.Imports
	// Provider is the AWS provider of the account whose clusters are read.
	Provider *aws.Provider
}

// Validate returns all problems at once.
func (a *DiscoveryRoleArgs) Validate() error {
	var p problem.List
	if len(a.ServiceAccounts) == 0 {
		p.Missing("ServiceAccounts", "no istiod could take the role")
	}
	checkPlace(&p, "Place", a.Place)
	checkPlace(&p, "Home", a.Home)
	checkARN(&p, "IstiodRoleARN", a.IstiodRoleARN, "iam")
	checkARN(&p, "ClusterARN", a.ClusterARN, "eks")
	p.Under("", a.role().validate())
	return p.Err()
}

func (a *DiscoveryRoleArgs) role() role {
	return role{
		name:        a.Name,
		description: "Read-only access to ECS for istiod of " + a.ClusterARN,
		trust:       policy.DiscoveryTrust(a.Home, a.IstiodRoleARN, a.ClusterARN, a.ServiceAccounts),
		permissions: policy.DiscoveryPermissions(a.Place),
		guardrails:  a.Guardrails,
		imports:     a.Imports,
		provider:    a.Provider,
	}
}

// DiscoveryRole is the role that istiod assumes to read the ECS services of one account.
type DiscoveryRole struct {
	pulumi.ResourceState

	// RoleARN and RoleName depend on the role's policy.
	RoleARN, RoleName pulumi.StringOutput
	// Ready is the role's policy.
	Ready component.After[DiscoveryRole]
}

// NewDiscoveryRole creates the role.
func NewDiscoveryRole(ctx *pulumi.Context, name string, args *DiscoveryRoleArgs, opts ...pulumi.ResourceOption) (*DiscoveryRole, error) {
	out := &DiscoveryRole{}
	return component.New(ctx, DiscoveryRoleType, name, out, args, opts, func() (pulumi.Map, error) {
		made, err := args.role().register(ctx, name, out)
		out.RoleARN, out.RoleName, out.Ready = made.arn, made.name, component.Made[DiscoveryRole](made.policies...)
		return made.outputs(), err
	})
}
