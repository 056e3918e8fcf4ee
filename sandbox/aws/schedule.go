package aws

import (
	"regexp"
	"strings"

	"ambient-ecs/sandbox/world"
)

// ScheduleKind is a schedule of EventBridge Scheduler.
const (
	ScheduleKind      = "aws:scheduler/schedule:Schedule"
	scheduleGroupKind = "aws:scheduler/scheduleGroup:ScheduleGroup"
)

// schedulerService is the principal with which EventBridge Scheduler assumes roles.
const schedulerService = "scheduler.amazonaws.com"

var (
	scheduleName = regexp.MustCompile(`^[0-9a-zA-Z_.-]{1,64}$`)
	// The forms of https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html, 2026-11-29.
	scheduleExpression = regexp.MustCompile(`^(at\(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\)|rate\([1-9]\d* (minutes?|hours?|days?)\)|cron\(\S+( \S+){5}\))$`)
)

func isScheduleName(v any) string {
	if s, _ := v.(string); !scheduleName.MatchString(s) {
		return "invalid value for name (must have 1 to 64 letters, digits, hyphens, underscores and dots)"
	}
	return ""
}

func scheduleGroupType() *resourceType {
	return &resourceType{
		token: scheduleGroupKind, service: "Scheduler", noun: "EventBridge Scheduler Schedule Group",
		creates: "CreateScheduleGroup", deletes: "DeleteScheduleGroup",
		inputs: map[string]input{
			"name": {replace: true, auto: 64, check: isScheduleName}, "namePrefix": {replace: true}, "tags": tags,
		},
		outputs: values{"arn": "${id}", "creationDate": "${Now}", "lastModificationDate": "${Now}", "state": "ACTIVE"},
		key:     arn("scheduler", "schedule-group/${name}"),
		known:   "${name}",
		missing: refusal{"ResourceNotFoundException", "Schedule group ${id} does not exist."},
		taken:   refusal{"ConflictException", "Schedule group ${name} already exists."},
		parts:   []link{{kind: ScheduleKind, property: "groupName", of: "name"}},
	}
}

func scheduleType() *resourceType {
	return &resourceType{
		token: ScheduleKind, service: "Scheduler", noun: "EventBridge Scheduler Schedule",
		creates: "CreateSchedule", updates: "UpdateSchedule", deletes: "DeleteSchedule",
		inputs: map[string]input{
			"flexibleTimeWindow":         {required: true},
			"groupName":                  {replace: true, chosen: "default", refers: scheduleGroupKind},
			"name":                       {replace: true, auto: 64, check: isScheduleName},
			"scheduleExpression":         {required: true},
			"scheduleExpressionTimezone": {preset: "UTC"},
			"state":                      {preset: "ENABLED", check: oneOf("ENABLED", "DISABLED")},
			"target":                     {required: true, same: sameTarget},
		},
		outputs: values{"arn": "${id}"},
		key:     arn("scheduler", "schedule/${groupName}/${name}"),
		known:   "${groupName}/${name}",
		taken:   refusal{"ConflictException", "Schedule ${name} already exists."},
		check:   checkSchedule,
	}
}

// sameTarget compares targets, in which subnets and security groups are sets.
func sameTarget(a, b any) bool {
	x, y := cloneMap(object(map[string]any{"t": a}, "t")), cloneMap(object(map[string]any{"t": b}, "t"))
	nets := [2]any{}
	for i, target := range []map[string]any{x, y} {
		parameters := object(target, "ecsParameters")
		nets[i] = parameters["networkConfiguration"]
		delete(parameters, "networkConfiguration")
	}
	return sameNetwork(nets[0], nets[1]) && sameValue(x, y)
}

// checkSchedule refuses what CreateSchedule refuses. It does not look whether cluster and task definition exist.
func checkSchedule(c *call, _ *world.Resource) error {
	refuse := func(format string, args ...any) error { return c.refuse("ValidationException", format, args...) }
	if expression := text(c.in, "scheduleExpression"); !scheduleExpression.MatchString(expression) {
		return refuse("Invalid Schedule Expression %s.", expression)
	}
	minutes := number(c.in, "flexibleTimeWindow", "maximumWindowInMinutes")
	if flexible := text(c.in, "flexibleTimeWindow", "mode") == "FLEXIBLE"; flexible != (minutes > 0) || minutes > 1440 {
		return refuse("Flexible time window: a maximum window of 1 to 1440 minutes belongs to the mode FLEXIBLE.")
	}
	target := ParseARN(text(c.in, "target", "arn"))
	if target.Service != "ecs" || !strings.HasPrefix(target.Resource, "cluster/") || object(c.in, "target", "ecsParameters") == nil {
		return refuse("Provided Arn is not in correct format: %s is no cluster with EcsParameters.", text(c.in, "target", "arn"))
	}
	group := c.arn("scheduler", "schedule-group/"+text(c.in, "groupName"))
	if MayAssume(c.Tx, Principal{Service: schedulerService}, text(c.in, "target", "roleArn"), schedulerContext(c.account, group)) != nil {
		return refuse("The execution role you provide must allow AWS EventBridge Scheduler to assume the role.")
	}
	return nil
}

// schedulerContext are the condition keys with which EventBridge Scheduler assumes a role: the ARN is the group's.
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html, 2026-11-29.
func schedulerContext(account, group string) map[string]string {
	return map[string]string{"aws:SourceAccount": account, "aws:SourceArn": group}
}
