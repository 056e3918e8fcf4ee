package policy

import (
	"testing"

	"ambient-ecs/iam/evaluation"
)

func TestAScheduleStartsItsTaskAndNoOther(t *testing.T) {
	place := externalPlace
	role := evaluation.Role{
		ARN: place.IAM("role/mesh-3-report-schedule"), Trust: ScheduleTrust(place, "mesh-3").JSON(),
		Policies: map[string]string{"start": StartPermissions(start(place, place.ARN("sqs", "lost"))).JSON()},
	}
	family, cluster := place.ARN("ecs", "task-definition/mesh-3-report:7"), map[string]string{"ecs:cluster": place.ARN("ecs", "cluster/mesh-3")}
	tasks := map[string]string{"iam:PassedToService": "ecs-tasks.amazonaws.com"}
	for _, c := range []struct {
		action, resource string
		context          map[string]string
		want             bool
	}{
		{"ecs:RunTask", family, cluster, true},
		{"ecs:RunTask", family, nil, false},
		{"ecs:RunTask", family, map[string]string{"ecs:cluster": place.ARN("ecs", "cluster/mesh-4")}, false},
		{"ecs:RunTask", place.ARN("ecs", "task-definition/mesh-3-report-2:7"), cluster, false},
		{"ecs:StopTask", place.ARN("ecs", "task/mesh-3/1"), cluster, false},
		{"ecs:TagResource", place.ARN("ecs", "task/mesh-3/1"), map[string]string{"ecs:CreateAction": "RunTask"}, true},
		{"ecs:TagResource", place.ARN("ecs", "task/mesh-3/1"), nil, false},
		{"ecs:TagResource", place.ARN("ecs", "service/mesh-3/cart"), map[string]string{"ecs:CreateAction": "RunTask"}, false},
		{"iam:PassRole", place.IAM("role/mesh-3-report"), tasks, true},
		{"iam:PassRole", place.IAM("role/mesh-execution-external"), tasks, true},
		{"iam:PassRole", place.IAM("role/mesh-3-report"), map[string]string{"iam:PassedToService": "lambda.amazonaws.com"}, false},
		{"iam:PassRole", place.IAM("role/mesh-3-cart"), tasks, false},
		{"sqs:SendMessage", place.ARN("sqs", "lost"), nil, true},
		{"sqs:SendMessage", place.ARN("sqs", "other"), nil, false},
	} {
		if got := evaluation.Allows(&role, evaluation.Caller{RoleARN: role.ARN}, c.action, c.resource, c.context).OK(); got != c.want {
			t.Errorf("%s on %s with %v: allowed %v, want %v", c.action, c.resource, c.context, got, c.want)
		}
	}
	if allowed := StartPermissions(start(place, "")).JSON(); evaluation.Allows(&evaluation.Role{ARN: role.ARN, Policies: map[string]string{"start": allowed}}, evaluation.Caller{RoleARN: role.ARN}, "sqs:SendMessage", place.ARN("sqs", "lost"), nil).OK() {
		t.Error("without a queue the role may send to one")
	}
}

func TestOnlySchedulesOfTheGroupTakeTheirRole(t *testing.T) {
	place := externalPlace
	trust := ScheduleTrust(place, "mesh-3")
	from := func(service, account, arn string) request {
		return request{service: service, action: "sts:AssumeRole", context: map[string]string{"aws:SourceAccount": account, "aws:SourceArn": arn}}
	}
	group := place.ARN("scheduler", "schedule-group/mesh-3")
	if !allows(t, trust, from("scheduler.amazonaws.com", place.Account, group)) {
		t.Error("the group's schedules cannot take the role")
	}
	for what, r := range map[string]request{
		"another group's":   from("scheduler.amazonaws.com", place.Account, place.ARN("scheduler", "schedule-group/default")),
		"another account's": from("scheduler.amazonaws.com", "999999999999", group),
		"a rule of events":  from("events.amazonaws.com", place.Account, group),
		"a task":            from("ecs-tasks.amazonaws.com", place.Account, group),
	} {
		if allows(t, trust, r) {
			t.Errorf("%s schedules can take the role", what)
		}
	}
}
