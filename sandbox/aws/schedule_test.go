package aws

import (
	"strings"
	"testing"

	"ambient-ecs/sandbox/world"
)

const scheduled = "arn:aws:scheduler:eu-central-1:" + home + ":schedule-group/mesh-1"

// starter is a role that EventBridge Scheduler may take for a group, and with which it may start a family.
func (a *app) starter(group, family string) *made {
	role := a.create(roleKind, "starter", props{"name": "starter", "assumeRolePolicy": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"scheduler.amazonaws.com"},` +
		`"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"` + home + `","aws:SourceArn":"` + group + `"}}}]}`})
	a.create(rolePolicyKind, "starter", props{"role": role.ID, "policy": `{"Version":"2012-10-17","Statement":[` +
		`{"Effect":"Allow","Action":"ecs:RunTask","Resource":"arn:aws:ecs:eu-central-1:` + home + `:task-definition/` + family + `:*"},` +
		`{"Effect":"Allow","Action":"ecs:TagResource","Resource":"*","Condition":{"StringEquals":{"ecs:CreateAction":"RunTask"}}},` +
		`{"Effect":"Allow","Action":"iam:PassRole","Resource":"*","Condition":{"StringEquals":{"iam:PassedToService":"ecs-tasks.amazonaws.com"}}}]}`})
	return role
}

func (a *app) schedule(definition, role *made, change props) props {
	return with(props{
		"name": "report", "groupName": "mesh-1", "scheduleExpression": "cron(30 3 * * ? *)", "flexibleTimeWindow": props{"mode": "OFF"},
		"target": props{"arn": a.cluster.out("arn"), "roleArn": role.out("arn"), "ecsParameters": props{
			"taskDefinitionArn": definition.out("arn"), "launchType": "FARGATE", "propagateTags": "TASK_DEFINITION", "enableEcsManagedTags": true,
			"networkConfiguration": props{"subnets": subnetIDs(a.net.private), "securityGroups": []any{a.group.ID}, "assignPublicIp": false},
		}},
	}, change)
}

func TestAScheduleNeedsItsGroupAndARoleThatItMayTake(t *testing.T) {
	a := newSandbox(t).app()
	definition, role := a.define(nil), a.starter(scheduled, "mesh-1-echo")
	a.refuses(ScheduleKind, "report", a.schedule(definition, role, nil), "ResourceNotFoundException", "mesh-1 does not exist")
	group := a.create(scheduleGroupKind, "mesh-1", props{"name": "mesh-1", "tags": props{"team": "shop"}})
	a.unchanged(group)
	a.refuses(scheduleGroupKind, "again", props{"name": "mesh-1"}, "ConflictException")
	// The provider itself looks at names.
	for kind, in := range map[string]props{scheduleGroupKind: {"name": strings.Repeat("g", 65)}, ScheduleKind: a.schedule(definition, role, props{"name": "a name"})} {
		if _, failures := a.check(kind, "named", in); len(failures) != 1 || failures[0].Property != "name" {
			t.Errorf("%s: %v", kind, failures)
		}
	}
	for words, change := range map[string]props{
		"Invalid Schedule Expression":                 {"scheduleExpression": "0 3 * * *"},
		"Invalid Schedule Expression cron(0 3 * * *)": {"scheduleExpression": "cron(0 3 * * *)"},
		"belongs to the mode FLEXIBLE":                {"flexibleTimeWindow": props{"mode": "FLEXIBLE"}},
		"must allow AWS EventBridge Scheduler":        {"target": with(a.schedule(definition, role, nil)["target"].(props), props{"roleArn": a.task.out("arn")})},
		"is no cluster with EcsParameters":            {"target": with(a.schedule(definition, role, nil)["target"].(props), props{"arn": definition.out("arn")})},
	} {
		a.refuses(ScheduleKind, "report", a.schedule(definition, role, change), words)
	}
	made := a.create(ScheduleKind, "report", a.schedule(definition, role, nil))
	if made.ID != "mesh-1/report" || made.out("scheduleExpressionTimezone") != "UTC" {
		t.Errorf("%s in %s", made.ID, made.out("scheduleExpressionTimezone"))
	}
	a.unchanged(made)
	if err := a.change(made, a.schedule(definition, role, props{"scheduleExpression": "rate(1 day)", "state": "DISABLED"})); err != nil {
		t.Fatal(err)
	}
	a.mustDelete(made, group)
}

// A schedule may name what does not exist: only its time shows that.
func TestAScheduleStartsWhatItsRoleMayStart(t *testing.T) {
	a := newSandbox(t).app()
	a.create(scheduleGroupKind, "mesh-1", props{"name": "mesh-1"})
	definition := a.define(props{"tags": props{"ecs.solo.io/namespace": "mesh-1"}})
	role := a.starter(scheduled, "mesh-1-echo")
	schedule := a.create(ScheduleKind, "report", a.schedule(definition, role, nil))
	fires := func(words string) {
		t.Helper()
		a.see(func(tx *world.Tx) {
			task, err := Fire(tx, tx.Find(home, ScheduleKind, nil)[0])
			if words != "" {
				refused(t, err, words)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if tags := object(task.Props, "tags"); tags["ecs.solo.io/namespace"] != "mesh-1" || tags["aws:ecs:clusterName"] != "mesh-1" || task.String("group") != "family:mesh-1-echo" {
				t.Errorf("the task of %s has the tags %v", task.String("group"), tags)
			}
		})
	}
	fires("")
	a.eventually("the task ends", func(tx *world.Tx) bool {
		task := tx.Find(home, TaskKind, nil)[0]
		return task.String("lastStatus") == "STOPPED" && task.String("stopCode") == "EssentialContainerExited"
	})
	target := func(change props) props {
		all := a.schedule(definition, role, nil)["target"].(props)
		return props{"target": with(all, props{"ecsParameters": with(all["ecsParameters"].(props), change)})}
	}
	other := a.create(TaskDefinitionKind, "other", with(a.definition, props{"family": "mesh-1-other"}))
	for words, change := range map[string]props{
		"ecs:RunTask":              target(props{"taskDefinitionArn": other.out("arn")}),
		"TaskDefinition not found": target(props{"taskDefinitionArn": definition.out("arn") + "9"}),
		"is disabled":              {"state": "DISABLED"},
	} {
		if err := a.change(schedule, a.schedule(definition, role, change)); err != nil {
			t.Fatal(err)
		}
		fires(words)
	}
}
