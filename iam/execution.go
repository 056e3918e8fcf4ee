package iam

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/iam/policy"
	"ambient-ecs/problem"
)

// ExecutionRoleType is the component's type.
const ExecutionRoleType = "ambient-ecs:iam:ExecutionRole"

// ExecutionRoleArgs configures an ExecutionRole: what the tasks of one account, or of one service, need to start.
type ExecutionRoleArgs struct {
	// Name is the physical name of the role. Task definitions of other stacks may name it.
	Name string
	// Place is the account and region of the tasks.
	Place policy.Place
	// LogGroups are the log groups of the tasks' containers. At least one.
	LogGroups []policy.LogGroup
	// Images are the containers' images. The role may pull the images in private ECR repositories.
	Images []string
	// PullThroughPrefixes are the repository prefixes of pull-through cache rules whose images the role may import. Empty: none.
	PullThroughPrefixes []string
	// RegistrySecretARNs are the Secrets Manager secrets with registry credentials. Empty: none.
	RegistrySecretARNs []string
	// CreatedGroups, SecretARNs, Parameters, Files and KeyARNs are what else one service's containers need; see
	// policy.Execution. Empty for a role that services share.
	CreatedGroups                          []policy.LogGroup
	SecretARNs, Parameters, Files, KeyARNs []string
	// OwnSecrets begins the names of a team's secrets and parameters, and ends in a slash. Empty for a role that is no team's.
	OwnSecrets string
	// Existing is the ARN of a role that exists. Then the component makes no role, and everything but Place and Provider is empty.
	// Empty: it makes one.
	Existing string
	// SourceCheck lets ECS use the role only for tasks of this account and region.
	SourceCheck bool
	// Guardrails are the path and the boundary of the role.
	Guardrails policy.Guardrails
	// Imports are ids of what exists and becomes a child, by the child's TYPE::NAME. Empty: the component makes everything.
	Imports component.Imports
	// Provider is the account's AWS provider.
	Provider *aws.Provider
}

// Validate returns all problems at once.
func (a *ExecutionRoleArgs) Validate() error {
	var p problem.List
	checkPlace(&p, "Place", a.Place)
	if a.Existing != "" {
		checkARN(&p, "Existing", a.Existing, "iam")
		if a.Name != "" || len(a.LogGroups)+len(a.Images)+len(a.PullThroughPrefixes)+len(a.RegistrySecretARNs) > 0 {
			p.Add("Existing", problem.IsSet, "the component does not change a role that it does not make")
		}
		return p.Err()
	}
	if len(a.LogGroups) == 0 {
		p.Missing("LogGroups", "a task that cannot write its logs does not start")
	}
	for i, group := range a.LogGroups {
		if group.Name == "" {
			p.Missing(fmt.Sprintf("LogGroups[%d]", i), "a task that cannot write its logs does not start")
		}
	}
	for i, arn := range a.RegistrySecretARNs {
		checkARN(&p, fmt.Sprintf("RegistrySecretARNs[%d]", i), arn, "secretsmanager")
	}
	for i, arn := range a.SecretARNs {
		checkARN(&p, fmt.Sprintf("SecretARNs[%d]", i), arn, "secretsmanager")
	}
	for i, arn := range a.Files {
		checkARN(&p, fmt.Sprintf("Files[%d]", i), arn, "s3")
	}
	for i, arn := range a.KeyARNs {
		checkARN(&p, fmt.Sprintf("KeyARNs[%d]", i), arn, "kms")
	}
	if a.OwnSecrets != "" && !strings.HasSuffix(a.OwnSecrets, "/") {
		p.Refuse("OwnSecrets", a.OwnSecrets, "another team's name may begin alike: end it in a slash")
	}
	p.Under("", a.role().validate())
	return p.Err()
}

func (a *ExecutionRoleArgs) role() role {
	return role{
		name:        a.Name,
		description: "ECS: writes the logs and pulls the images of tasks",
		trust:       policy.TaskTrust(a.Place, a.SourceCheck),
		permissions: policy.ExecutionPermissions(policy.Execution{
			Place:               a.Place,
			LogGroups:           a.LogGroups,
			Images:              a.Images,
			PullThroughPrefixes: a.PullThroughPrefixes,
			RegistrySecretARNs:  a.RegistrySecretARNs,
			CreatedGroups:       a.CreatedGroups,
			SecretARNs:          a.SecretARNs,
			Parameters:          a.Parameters,
			Files:               a.Files,
			KeyARNs:             a.KeyARNs,
			OwnSecrets:          a.OwnSecrets,
		}),
		tasks:      true,
		guardrails: a.Guardrails,
		imports:    a.Imports,
		provider:   a.Provider,
	}
}

// ExecutionRole is the role with which ECS starts the tasks of one account, or of one service.
type ExecutionRole struct {
	pulumi.ResourceState

	// RoleARN and RoleName depend on the role's policy.
	RoleARN, RoleName pulumi.StringOutput
	// Ready is the role's policy. Services depend on it.
	Ready component.After[ExecutionRole]
}

// NewExecutionRole creates the role.
func NewExecutionRole(ctx *pulumi.Context, name string, args *ExecutionRoleArgs, opts ...pulumi.ResourceOption) (*ExecutionRole, error) {
	out := &ExecutionRole{}
	return component.New(ctx, ExecutionRoleType, name, out, args, opts, func() (pulumi.Map, error) {
		if args.Existing != "" {
			out.RoleARN = pulumi.String(args.Existing).ToStringOutput()
			out.RoleName = pulumi.String(args.Existing[strings.LastIndex(args.Existing, "/")+1:]).ToStringOutput()
			// The role exists already, so nothing waits. A component without children is an empty dependency.
			out.Ready = component.Made[ExecutionRole](out)
			return pulumi.Map{"roleArn": out.RoleARN, "roleName": out.RoleName}, nil
		}
		made, err := args.role().register(ctx, name, out)
		out.RoleARN, out.RoleName, out.Ready = made.arn, made.name, component.Made[ExecutionRole](made.policies...)
		return made.outputs(), err
	})
}
