package iam

import (
	"fmt"

	awsiam "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/iam/policy"
	"ambient-ecs/problem"
)

// PermissionsType is the component's type.
const PermissionsType = "ambient-ecs:iam:Permissions"

// PermissionsArgs configures Permissions: what the tasks of a service may do besides, where another stack made their role.
type PermissionsArgs struct {
	// RoleName is the name of the task role.
	RoleName string
	// Name begins the name of the inline policy. No other service's policy of the role begins with it and a hyphen.
	Name string
	// Attached are the ARNs of managed policies, Inline is a policy in JSON, nil for none. There is at least one of them.
	Attached []string
	Inline   pulumi.StringInput
	// Text is Inline, for its size. Empty where only an update knows it.
	Text string
	// Provider is the AWS provider of the role's account.
	Provider pulumi.ProviderResource
}

// Validate returns all problems at once.
func (a *PermissionsArgs) Validate() error {
	var p problem.List
	if !roleName.MatchString(a.RoleName) {
		p.Refuse("RoleName", a.RoleName, "a role name has 1 to 64 letters, digits or +=,.@_-")
	}
	if a.Name == "" {
		p.Missing("Name", "the policy would take the place of another service's")
	}
	for i, arn := range a.Attached {
		checkARN(&p, fmt.Sprintf("Attached[%d]", i), arn, "iam")
	}
	if len(a.Attached) == 0 && a.Inline == nil {
		p.Missing("Inline", "without a policy there is nothing to permit")
	}
	if a.Provider == nil {
		p.Missing("Provider", "without one the policy could land in another account")
	}
	return p.Err()
}

// Permissions are policies of a role that another stack made.
type Permissions struct {
	pulumi.ResourceState

	// Ready is the role with the policies.
	Ready component.After[TaskRole]
}

// NewPermissions gives a role the policies.
func NewPermissions(ctx *pulumi.Context, name string, args *PermissionsArgs, opts ...pulumi.ResourceOption) (*Permissions, error) {
	out := &Permissions{}
	return component.New(ctx, PermissionsType, name, out, args, opts, func() (pulumi.Map, error) {
		made, err := attach(ctx, name, out, pulumi.String(args.RoleName), args.Attached, args.Provider)
		if err != nil {
			return nil, err
		}
		if args.Inline != nil {
			if err := warnOfSize(ctx, out, args.RoleName, policy.Size(args.Text)); err != nil {
				return nil, err
			}
			inline, err := awsiam.NewRolePolicy(ctx, name, &awsiam.RolePolicyArgs{
				Role: pulumi.String(args.RoleName), NamePrefix: prefix(args.Name), Policy: args.Inline,
			}, component.Child(out, args.Provider, replaced(policy.Size(args.Text)))...)
			if err != nil {
				return nil, fmt.Errorf("register the policy %s: %w", args.Name, err)
			}
			made = append(made, inline)
		}
		out.Ready = component.Made[TaskRole](made...)
		return pulumi.Map{"roleName": pulumi.String(args.RoleName)}, nil
	})
}
