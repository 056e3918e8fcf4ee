package iam

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/iam/policy"
	"ambient-ecs/problem"
)

// TaskRoleType is the component's type.
const TaskRoleType = "ambient-ecs:iam:TaskRole"

// TaskRoleArgs configures a TaskRole: which identity the role stands for.
type TaskRoleArgs struct {
	// Name is the physical name of the role.
	Name string
	// Place is the account and region of the tasks.
	Place policy.Place
	// Namespace and ServiceAccount are the identity that a task with this role has in the mesh.
	Namespace, ServiceAccount string
	// Exec is what ECS Exec needs of the role. Nil: no task with the role has it.
	Exec *policy.TaskExec
	// Provider is the account's AWS provider.
	Provider *aws.Provider
}

// Validate returns all problems at once.
func (a *TaskRoleArgs) Validate() error {
	var p problem.List
	checkPlace(&p, "Place", a.Place)
	if a.Namespace == "" {
		p.Missing("Namespace", "it is half of the identity")
	}
	if a.ServiceAccount == "" {
		p.Missing("ServiceAccount", "it is half of the identity")
	}
	p.Under("", a.role().validate())
	return p.Err()
}

func (a *TaskRoleArgs) role() role {
	return role{
		name:        a.Name,
		description: "Mesh identity " + a.Namespace + "/" + a.ServiceAccount,
		trust:       policy.TaskTrust(a.Place, true),
		permissions: policy.TaskPermissions(a.Place, a.Exec),
		provider:    a.Provider,
	}
}

// TaskRole is the role of the tasks that run as one service account of one ECS cluster.
type TaskRole struct {
	pulumi.ResourceState

	// RoleARN and RoleName depend on the role's policy.
	RoleARN, RoleName pulumi.StringOutput
	// Ready is the role's policy. Services depend on it.
	Ready component.After[TaskRole]
}

// NewTaskRole creates the role.
func NewTaskRole(ctx *pulumi.Context, name string, args *TaskRoleArgs, opts ...pulumi.ResourceOption) (*TaskRole, error) {
	out := &TaskRole{}
	return component.New(ctx, TaskRoleType, name, out, args, opts, func() (pulumi.Map, error) {
		made, err := args.role().register(ctx, name, out)
		out.RoleARN, out.RoleName, out.Ready = made.arn, made.name, component.Made[TaskRole](made.policy)
		return made.outputs(), err
	})
}
