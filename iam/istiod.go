package iam

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/iam/policy"
	"ambient-ecs/problem"
)

// IstiodRoleType is the component's type.
const IstiodRoleType = "ambient-ecs:iam:IstiodRole"

// IstiodRoleArgs configures an IstiodRole.
type IstiodRoleArgs struct {
	// Name is the physical name of the role. The discovery roles trust it by this name.
	Name string
	// Home is where the EKS cluster is.
	Home policy.Place
	// ClusterARN is the ARN that the EKS cluster will have. Only its istiod gets the role.
	ClusterARN string
	// ServiceAccounts are the service accounts of all istiods. At least one.
	ServiceAccounts []string
	// DiscoveryRoleARNs are the roles that istiod may assume. At least one.
	DiscoveryRoleARNs []string
	// Guardrails are the path and the boundary of the role.
	Guardrails policy.Guardrails
	// Imports are ids of what exists and becomes a child, by the child's TYPE::NAME. Empty: the component makes everything.
	Imports component.Imports
	// Provider is the home account's AWS provider.
	Provider *aws.Provider
}

// Validate returns all problems at once.
func (a *IstiodRoleArgs) Validate() error {
	var p problem.List
	checkPlace(&p, "Home", a.Home)
	checkARN(&p, "ClusterARN", a.ClusterARN, "eks")
	if len(a.ServiceAccounts) == 0 {
		p.Missing("ServiceAccounts", "no istiod could have the role")
	}
	if len(a.DiscoveryRoleARNs) == 0 {
		p.Missing("DiscoveryRoleARNs", "an istiod that may assume no role discovers nothing")
	}
	for i, arn := range a.DiscoveryRoleARNs {
		checkARN(&p, fmt.Sprintf("DiscoveryRoleARNs[%d]", i), arn, "iam")
	}
	p.Under("", a.role().validate())
	return p.Err()
}

func (a *IstiodRoleArgs) role() role {
	return role{
		name:        a.Name,
		description: "istiod: assumes the ECS discovery roles",
		trust:       policy.IstiodTrust(a.Home.Account, a.ClusterARN, a.ServiceAccounts),
		permissions: policy.IstiodPermissions(a.DiscoveryRoleARNs),
		guardrails:  a.Guardrails,
		imports:     a.Imports,
		provider:    a.Provider,
	}
}

// IstiodRole is the role that EKS Pod Identity hands to istiod.
type IstiodRole struct {
	pulumi.ResourceState

	// RoleARN and RoleName depend on the role's policy.
	RoleARN, RoleName pulumi.StringOutput
	// UniqueID is IAM's own id of the role. It changes when the role is replaced. The ARN does not. A running istiod
	// holds a session of the old role, so whatever must notice a replacement depends on UniqueID.
	UniqueID pulumi.StringOutput
	// Ready is the role's policy.
	Ready component.After[IstiodRole]
}

// NewIstiodRole creates the role.
func NewIstiodRole(ctx *pulumi.Context, name string, args *IstiodRoleArgs, opts ...pulumi.ResourceOption) (*IstiodRole, error) {
	out := &IstiodRole{}
	return component.New(ctx, IstiodRoleType, name, out, args, opts, func() (pulumi.Map, error) {
		made, err := args.role().register(ctx, name, out)
		out.RoleARN, out.RoleName, out.UniqueID, out.Ready = made.arn, made.name, made.uniqueID, component.Made[IstiodRole](made.policies...)
		return made.outputs(), err
	})
}
