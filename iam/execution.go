package iam

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/iam/policy"
)

// ExecutionRoleType is the component's type.
const ExecutionRoleType = "ambient-ecs:iam:ExecutionRole"

// ExecutionRoleArgs say what the tasks of one account, or of one service, need to start.
type ExecutionRoleArgs struct {
	// Name is the physical name of the role. Task definitions of other stacks may name it.
	Name string
	// Place is the account and region of the tasks.
	Place policy.Place
	// LogGroups are the names of the log groups of their containers. At least one.
	LogGroups []string
	// Images are their images. The role may pull those that are in private ECR repositories.
	Images []string
	// RegistrySecretARNs are the Secrets Manager secrets with registry credentials. Empty: none.
	RegistrySecretARNs []string
	// CreatedGroups, SecretARNs, Parameters, Files and KeyARNs are what else one service's containers need; see
	// policy.Execution. Empty for a role that services share.
	CreatedGroups, SecretARNs, Parameters, Files, KeyARNs []string
	// SourceCheck lets ECS use the role only for tasks of this account and region.
	SourceCheck bool
	// Provider is the account's.
	Provider *aws.Provider
}

// Validate returns all problems at once.
func (a *ExecutionRoleArgs) Validate() error {
	problems := []error{validatePlace("Place", a.Place)}
	if len(a.LogGroups) == 0 {
		problems = append(problems, errors.New("LogGroups is empty: a task that cannot write its logs does not start"))
	}
	for i, group := range a.LogGroups {
		if group == "" {
			problems = append(problems, fmt.Errorf("LogGroups[%d] is empty", i))
		}
	}
	for i, arn := range a.RegistrySecretARNs {
		problems = append(problems, validateARN(fmt.Sprintf("RegistrySecretARNs[%d]", i), arn, "secretsmanager"))
	}
	for i, arn := range a.SecretARNs {
		problems = append(problems, validateARN(fmt.Sprintf("SecretARNs[%d]", i), arn, "secretsmanager"))
	}
	for i, arn := range a.Files {
		problems = append(problems, validateARN(fmt.Sprintf("Files[%d]", i), arn, "s3"))
	}
	for i, arn := range a.KeyARNs {
		problems = append(problems, validateARN(fmt.Sprintf("KeyARNs[%d]", i), arn, "kms"))
	}
	problems = append(problems, a.role().validate())
	return errors.Join(problems...)
}

func (a *ExecutionRoleArgs) role() role {
	return role{
		name:        a.Name,
		description: "ECS: writes the logs and pulls the images of tasks",
		trust:       policy.TaskTrust(a.Place, a.SourceCheck),
		permissions: policy.ExecutionPermissions(policy.Execution{
			Place:              a.Place,
			LogGroups:          a.LogGroups,
			Images:             a.Images,
			RegistrySecretARNs: a.RegistrySecretARNs,
			CreatedGroups:      a.CreatedGroups,
			SecretARNs:         a.SecretARNs,
			Parameters:         a.Parameters,
			Files:              a.Files,
			KeyARNs:            a.KeyARNs,
		}),
		provider: a.Provider,
	}
}

// ExecutionRole is the role with which ECS starts the tasks of one account, or of one service.
type ExecutionRole struct {
	pulumi.ResourceState

	// RoleARN and RoleName depend on the role's policy.
	RoleARN, RoleName pulumi.StringOutput
	// Ready is the role's policy. Services depend on it.
	Ready []pulumi.Resource
}

// NewExecutionRole creates the role.
func NewExecutionRole(ctx *pulumi.Context, name string, args *ExecutionRoleArgs, opts ...pulumi.ResourceOption) (*ExecutionRole, error) {
	if args == nil {
		return nil, fmt.Errorf("execution role %s: args are required", name)
	}
	if err := args.Validate(); err != nil {
		return nil, fmt.Errorf("execution role %s: %w", name, err)
	}
	component := &ExecutionRole{}
	if err := ctx.RegisterComponentResource(ExecutionRoleType, name, component, opts...); err != nil {
		return nil, fmt.Errorf("register execution role %s: %w", name, err)
	}
	made, err := args.role().register(ctx, name, component)
	if err != nil {
		return nil, fmt.Errorf("execution role %s: %w", name, err)
	}
	component.RoleARN, component.RoleName, component.Ready = made.arn, made.name, made.ready
	if err := ctx.RegisterResourceOutputs(component, made.outputs()); err != nil {
		return nil, fmt.Errorf("register outputs of execution role %s: %w", name, err)
	}
	return component, nil
}
