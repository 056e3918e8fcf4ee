package iam

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/iam/policy"
)

// TaskRoleType is the component's type.
const TaskRoleType = "ambient-ecs:iam:TaskRole"

// TaskRoleArgs say which identity the role stands for.
type TaskRoleArgs struct {
	// Name is the physical name of the role.
	Name string
	// Place is the account and region of the tasks.
	Place policy.Place
	// Namespace and ServiceAccount are the identity that a task with this role has in the mesh.
	Namespace, ServiceAccount string
	// Provider is the account's.
	Provider *aws.Provider
}

// Validate returns all problems at once.
func (a *TaskRoleArgs) Validate() error {
	problems := []error{validatePlace("Place", a.Place)}
	if a.Namespace == "" {
		problems = append(problems, errors.New("Namespace is required"))
	}
	if a.ServiceAccount == "" {
		problems = append(problems, errors.New("ServiceAccount is required"))
	}
	problems = append(problems, a.role().validate())
	return errors.Join(problems...)
}

func (a *TaskRoleArgs) role() role {
	return role{
		name:        a.Name,
		description: "Mesh identity " + a.Namespace + "/" + a.ServiceAccount,
		trust:       policy.TaskTrust(a.Place, true),
		permissions: policy.TaskPermissions(),
		provider:    a.Provider,
	}
}

// TaskRole is the role of the tasks that run as one service account of one ECS cluster.
type TaskRole struct {
	pulumi.ResourceState

	// RoleARN and RoleName depend on the role's policy.
	RoleARN, RoleName pulumi.StringOutput
	// Ready is the role's policy. Services depend on it.
	Ready []pulumi.Resource
}

// NewTaskRole creates the role.
func NewTaskRole(ctx *pulumi.Context, name string, args *TaskRoleArgs, opts ...pulumi.ResourceOption) (*TaskRole, error) {
	if args == nil {
		return nil, fmt.Errorf("task role %s: args are required", name)
	}
	if err := args.Validate(); err != nil {
		return nil, fmt.Errorf("task role %s: %w", name, err)
	}
	component := &TaskRole{}
	if err := ctx.RegisterComponentResource(TaskRoleType, name, component, opts...); err != nil {
		return nil, fmt.Errorf("register task role %s: %w", name, err)
	}
	made, err := args.role().register(ctx, name, component)
	if err != nil {
		return nil, fmt.Errorf("task role %s: %w", name, err)
	}
	component.RoleARN, component.RoleName, component.Ready = made.arn, made.name, made.ready
	if err := ctx.RegisterResourceOutputs(component, made.outputs()); err != nil {
		return nil, fmt.Errorf("register outputs of task role %s: %w", name, err)
	}
	return component, nil
}
