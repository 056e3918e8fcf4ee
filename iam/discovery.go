package iam

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/iam/policy"
)

// DiscoveryRoleType is the component's type.
const DiscoveryRoleType = "ambient-ecs:iam:DiscoveryRole"

// DiscoveryRoleArgs say what istiod may read, and which istiod.
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
	// ServiceAccounts are those of all istiods. At least one.
	ServiceAccounts []string
	// Provider is that of the account whose clusters are read.
	Provider *aws.Provider
}

// Validate returns all problems at once.
func (a *DiscoveryRoleArgs) Validate() error {
	var accounts error
	if len(a.ServiceAccounts) == 0 {
		accounts = errors.New("ServiceAccounts is empty: no istiod could take the role")
	}
	return errors.Join(
		accounts,
		validatePlace("Place", a.Place),
		validatePlace("Home", a.Home),
		validateARN("IstiodRoleARN", a.IstiodRoleARN, "iam"),
		validateARN("ClusterARN", a.ClusterARN, "eks"),
		a.role().validate(),
	)
}

func (a *DiscoveryRoleArgs) role() role {
	return role{
		name:        a.Name,
		description: "Read-only access to ECS for istiod of " + a.ClusterARN,
		trust:       policy.DiscoveryTrust(a.Home, a.IstiodRoleARN, a.ClusterARN, a.ServiceAccounts),
		permissions: policy.DiscoveryPermissions(a.Place),
		provider:    a.Provider,
	}
}

// DiscoveryRole is the role that istiod assumes to read the ECS services of one account.
type DiscoveryRole struct {
	pulumi.ResourceState

	// RoleARN and RoleName depend on the role's policy.
	RoleARN, RoleName pulumi.StringOutput
	// Ready is the role's policy.
	Ready []pulumi.Resource
}

// NewDiscoveryRole creates the role.
func NewDiscoveryRole(ctx *pulumi.Context, name string, args *DiscoveryRoleArgs, opts ...pulumi.ResourceOption) (*DiscoveryRole, error) {
	if args == nil {
		return nil, fmt.Errorf("discovery role %s: args are required", name)
	}
	if err := args.Validate(); err != nil {
		return nil, fmt.Errorf("discovery role %s: %w", name, err)
	}
	component := &DiscoveryRole{}
	if err := ctx.RegisterComponentResource(DiscoveryRoleType, name, component, opts...); err != nil {
		return nil, fmt.Errorf("register discovery role %s: %w", name, err)
	}
	made, err := args.role().register(ctx, name, component)
	if err != nil {
		return nil, fmt.Errorf("discovery role %s: %w", name, err)
	}
	component.RoleARN, component.RoleName, component.Ready = made.arn, made.name, made.ready
	if err := ctx.RegisterResourceOutputs(component, made.outputs()); err != nil {
		return nil, fmt.Errorf("register outputs of discovery role %s: %w", name, err)
	}
	return component, nil
}
