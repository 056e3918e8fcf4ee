package config

import (
	"slices"
	"testing"

	"ambient-ecs/ecs/task/definition"
)

func TestRefusedLogGroups(t *testing.T) {
	const field = "clusters/ecs-1/logGroup"
	run(t, []refusal{
		one("an ARN", field, "arn:aws:logs:eu-central-1:111122223333:log-group:/apps", "clusters.ecs-1.logGroup", "and not its ARN"),
		one("a name that CloudWatch refuses", field, "/apps prod", `clusters.ecs-1.logGroup = "/apps prod"`, "1 to 512 letters"),
		one("a wildcard of IAM", field, "/apps/*", "clusters.ecs-1.logGroup", "1 to 512 letters"),
		one("the program's own", field, "/ecs/ambient-ecs-2", "clusters.ecs-1.logGroup", "the program makes groups of these names itself"),
		{"alarms", []edit{{field, "/apps/prod"}, {"observability/alarms", object{"enabled": true}}}, [][]string{{"clusters.ecs-1.logGroup", "metric filter", "observability.alarms"}}},
	})
}

func TestTheTasksOfAClusterLogToTheGroupThatExists(t *testing.T) {
	c := mustLoad(t, with(edit{"clusters/ecs-1/logGroup", "/apps/prod"}, edit{"ecsExec/logSessions", true}))
	if got := c.TaskLogGroup("ecs-1"); got != "/apps/prod" {
		t.Errorf("the tasks log to %s", got)
	}
	// Sessions of ECS Exec have a group of the program's.
	if got := c.ExecLogGroup("ecs-1"); got != "/ecs/ambient-ecs-1/exec" {
		t.Errorf("the sessions go to %s", got)
	}
	if got := c.TaskLogGroup("ecs-2"); got != "/ecs/ambient-ecs-2" {
		t.Errorf("the other cluster logs to %s", got)
	}
	if mine, others := c.TheirLogGroups("local"), c.TheirLogGroups("external"); !slices.Equal(mine, []string{"ecs-1"}) || len(others) > 0 {
		t.Errorf("groups of others: %v and %v", mine, others)
	}
	if containers, _ := c.NeedsOf("ecs-1", "echo-service"); !slices.Equal(containers.LogGroups, []definition.LogGroup{{Region: "eu-central-1", Name: "/apps/prod"}}) {
		t.Errorf("the service needs %v", containers.LogGroups)
	}
}
