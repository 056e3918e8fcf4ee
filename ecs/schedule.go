package ecs

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/scheduler"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/iam"
	"ambient-ecs/problem"
)

// TaskScheduleTypeToken is the Pulumi type of TaskSchedule.
const TaskScheduleTypeToken = "ambient-ecs:ecs:TaskSchedule"

// TaskScheduleArgs configures a TaskSchedule: when and as whom EventBridge Scheduler starts a task.
type TaskScheduleArgs struct {
	// Member is the standalone task.
	Member
	// TaskDefinitionARN is the revision that starts. Required.
	TaskDefinitionARN pulumi.StringInput
	// GroupName is the group of the cluster's schedules. Required.
	GroupName pulumi.StringInput
	// Expression is at(…), rate(…) or cron(…), and Timezone the IANA name of its time zone. Required.
	Expression, Timezone string
	// FlexibleMinutes is how much later a start may be, in minutes. 0: none.
	FlexibleMinutes int
	// Paused keeps the schedule and starts nothing.
	Paused bool
	// Attempts and MaxAgeSeconds bound how a start that failed is tried again.
	Attempts, MaxAgeSeconds int
	// QueueARN is the queue that gets starts that were given up. Empty: none.
	QueueARN string
	// RoleARN is the role that starts the task. Required.
	RoleARN pulumi.StringInput
	// Role is its policy. Required.
	Role component.After[iam.ScheduleRole]
}

// Validate reports every problem of the arguments, or returns nil.
func (a *TaskScheduleArgs) Validate() error {
	var p problem.List
	a.Member.validate(&p)
	if a.TaskDefinitionARN == nil {
		p.Missing("TaskDefinitionARN", "there is nothing to start")
	}
	if a.GroupName == nil {
		p.Missing("GroupName", "the role of the schedule trusts one group, and not the default one")
	}
	if a.Expression == "" {
		p.Missing("Expression", "the task would never start")
	}
	if a.Timezone == "" {
		p.Missing("Timezone", "a time of day is one of a zone")
	}
	if a.RoleARN == nil {
		p.Missing("RoleARN", "EventBridge Scheduler could not start the task")
	}
	return p.Err()
}

// TaskSchedule starts a standalone task at its times.
//
// EventBridge Scheduler may start a task twice at one time, and it starts one while the last still runs.
type TaskSchedule struct {
	pulumi.ResourceState

	// ARN is the schedule's ARN.
	ARN pulumi.StringOutput
}

// NewTaskSchedule registers the schedule. Everything that a task needs while it runs is there before the schedule, and outlives it.
func NewTaskSchedule(ctx *pulumi.Context, name string, args *TaskScheduleArgs, opts ...pulumi.ResourceOption) (*TaskSchedule, error) {
	s := &TaskSchedule{}
	return component.New(ctx, TaskScheduleTypeToken, name, s, args, opts, func() (pulumi.Map, error) {
		made, err := scheduler.NewSchedule(ctx, name, args.schedule(),
			component.Child(s, args.Provider, component.DependsOn(append(args.needs(), args.Role)...), pulumi.DeleteBeforeReplace(true))...)
		if err != nil {
			return nil, fmt.Errorf("register the schedule: %w", err)
		}
		s.ARN = made.Arn
		return pulumi.Map{"arn": s.ARN}, nil
	})
}

func (a *TaskScheduleArgs) schedule() *scheduler.ScheduleArgs {
	window := scheduler.ScheduleFlexibleTimeWindowArgs{Mode: pulumi.String("OFF")}
	if a.FlexibleMinutes > 0 {
		window.Mode, window.MaximumWindowInMinutes = pulumi.String("FLEXIBLE"), pulumi.Int(a.FlexibleMinutes)
	}
	state := "ENABLED"
	if a.Paused {
		state = "DISABLED"
	}
	target := scheduler.ScheduleTargetArgs{
		Arn:     a.Cluster.ARN,
		RoleArn: a.RoleARN,
		RetryPolicy: scheduler.ScheduleTargetRetryPolicyArgs{
			MaximumRetryAttempts: pulumi.Int(a.Attempts), MaximumEventAgeInSeconds: pulumi.Int(a.MaxAgeSeconds),
		},
		EcsParameters: scheduler.ScheduleTargetEcsParametersArgs{
			TaskDefinitionArn:    a.TaskDefinitionARN,
			TaskCount:            pulumi.Int(1),
			LaunchType:           pulumi.String("FARGATE"),
			PlatformVersion:      component.Optional(a.PlatformVersion),
			PropagateTags:        pulumi.String(propagateFromDefinition),
			EnableEcsManagedTags: pulumi.Bool(true),
			NetworkConfiguration: scheduler.ScheduleTargetEcsParametersNetworkConfigurationArgs{
				AssignPublicIp: pulumi.Bool(false), Subnets: a.SubnetIDs, SecurityGroups: a.groups(),
			},
		},
	}
	if a.QueueARN != "" {
		target.DeadLetterConfig = scheduler.ScheduleTargetDeadLetterConfigArgs{Arn: pulumi.String(a.QueueARN)}
	}
	return &scheduler.ScheduleArgs{
		Name:                       pulumi.String(a.Name),
		GroupName:                  a.GroupName.ToStringOutput().ToStringPtrOutput(),
		ScheduleExpression:         pulumi.String(a.Expression),
		ScheduleExpressionTimezone: pulumi.String(a.Timezone),
		FlexibleTimeWindow:         window,
		State:                      pulumi.String(state),
		Target:                     target,
	}
}

// group makes the group of the cluster's schedules. EventBridge Scheduler tags groups only, and a role trusts a group.
func (c *Cluster) group(ctx *pulumi.Context, name string, args *ClusterArgs) error {
	if !args.Schedules {
		return nil
	}
	group, err := scheduler.NewScheduleGroup(ctx, name, &scheduler.ScheduleGroupArgs{Name: pulumi.String(c.Prefix)},
		component.Child(c, args.Provider, pulumi.DeleteBeforeReplace(true))...)
	if err != nil {
		return fmt.Errorf("register the group of schedules: %w", err)
	}
	c.ScheduleGroup = group.Name
	return nil
}
