package iam

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/iam/policy"
	"ambient-ecs/problem"
)

// ScheduleRoleType is the component's type.
const ScheduleRoleType = "ambient-ecs:iam:ScheduleRole"

// ScheduleRoleArgs configures a ScheduleRole: which schedules start which task.
type ScheduleRoleArgs struct {
	// Name is the physical name of the role. Required.
	Name string
	// Group is the name of the group of the schedules. Required.
	Group string
	// Start is the task. Required.
	Start policy.Start
	// Guardrails are the path and the boundary of the role.
	Guardrails policy.Guardrails
	// Provider is the AWS provider of the task's account. Required.
	Provider *aws.Provider
}

// Validate returns all problems at once.
func (a *ScheduleRoleArgs) Validate() error {
	var p problem.List
	checkPlace(&p, "Start.Place", a.Start.Place)
	if a.Group == "" {
		p.Missing("Group", "schedules of every group could take the role")
	}
	if a.Start.Cluster == "" {
		p.Missing("Start.Cluster", "the task could start in every cluster")
	}
	if a.Start.Family == "" {
		p.Missing("Start.Family", "the role could start no task")
	}
	checkARN(&p, "Start.TaskRoleARN", a.Start.TaskRoleARN, "iam")
	checkARN(&p, "Start.ExecutionRoleARN", a.Start.ExecutionRoleARN, "iam")
	if a.Start.QueueARN != "" {
		checkARN(&p, "Start.QueueARN", a.Start.QueueARN, "sqs")
	}
	p.Under("", a.role().validate())
	return p.Err()
}

func (a *ScheduleRoleArgs) role() role {
	return role{
		name:        a.Name,
		description: "EventBridge Scheduler: starts tasks of " + a.Start.Family,
		trust:       policy.ScheduleTrust(a.Start.Place, a.Group),
		permissions: policy.StartPermissions(a.Start),
		tasks:       true,
		guardrails:  a.Guardrails,
		provider:    a.Provider,
	}
}

// ScheduleRole is the role with which EventBridge Scheduler starts the tasks of one family.
type ScheduleRole struct {
	pulumi.ResourceState

	// RoleARN and RoleName depend on the role's policy.
	RoleARN, RoleName pulumi.StringOutput
	// Ready is the role's policy. The schedule depends on it.
	Ready component.After[ScheduleRole]
}

// NewScheduleRole creates the role.
func NewScheduleRole(ctx *pulumi.Context, name string, args *ScheduleRoleArgs, opts ...pulumi.ResourceOption) (*ScheduleRole, error) {
	out := &ScheduleRole{}
	return component.New(ctx, ScheduleRoleType, name, out, args, opts, func() (pulumi.Map, error) {
		made, err := args.role().register(ctx, name, out)
		out.RoleARN, out.RoleName, out.Ready = made.arn, made.name, component.Made[ScheduleRole](made.policies...)
		return made.outputs(), err
	})
}
