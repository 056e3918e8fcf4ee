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
	// Attached are the ARNs of managed policies of the role, Inline is a policy in JSON, for what the tasks do besides. Empty: nothing.
	Attached []string
	Inline   string
	// Existing is the ARN of a role that the team has. Then the component makes no role, and Name, Exec, Attached, Inline and
	// Guardrails are empty. Empty: it makes one.
	Existing string
	// Guardrails are the path and the boundary of the role.
	Guardrails policy.Guardrails
	// Imports are ids of what exists and becomes a child, by the child's TYPE::NAME. Empty: the component makes everything.
	Imports component.Imports
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
	if a.Existing != "" {
		checkARN(&p, "Existing", a.Existing, "iam")
		if a.Name != "" || a.Exec != nil || len(a.Attached) > 0 || a.Inline != "" {
			p.Add("Existing", problem.IsSet, "the component does not change a role that it does not make")
		}
		return p.Err()
	}
	for i, arn := range a.Attached {
		checkARN(&p, fmt.Sprintf("Attached[%d]", i), arn, "iam")
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
		attached:    a.Attached,
		inline:      a.Inline,
		tasks:       true,
		guardrails:  a.Guardrails,
		imports:     a.Imports,
		provider:    a.Provider,
	}
}

// TaskRole is the role of the tasks that run as one service account of one ECS cluster. The component makes it, or stands for one
// that the team has.
type TaskRole struct {
	pulumi.ResourceState

	// RoleARN and RoleName depend on the role's policy.
	RoleARN, RoleName pulumi.StringOutput
	// Ready is the role's policies. Services depend on them.
	Ready component.After[TaskRole]
}

// NewTaskRole creates the role, unless the team has it.
func NewTaskRole(ctx *pulumi.Context, name string, args *TaskRoleArgs, opts ...pulumi.ResourceOption) (*TaskRole, error) {
	out := &TaskRole{}
	return component.New(ctx, TaskRoleType, name, out, args, opts, func() (pulumi.Map, error) {
		if args.Existing != "" {
			out.RoleARN = pulumi.String(args.Existing).ToStringOutput()
			out.RoleName = pulumi.String(args.Existing[strings.LastIndex(args.Existing, "/")+1:]).ToStringOutput()
			// The role exists already, so nothing waits. A component without children is an empty dependency.
			out.Ready = component.Made[TaskRole](out)
			return pulumi.Map{"roleArn": out.RoleARN, "roleName": out.RoleName}, nil
		}
		made, err := args.role().register(ctx, name, out)
		out.RoleARN, out.RoleName, out.Ready = made.arn, made.name, component.Made[TaskRole](made.policies...)
		return made.outputs(), err
	})
}
