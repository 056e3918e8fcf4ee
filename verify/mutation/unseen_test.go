//go:build engine

package mutation

import (
	"testing"

	"ambient-ecs/verify/run"
)

// unseen are ingredients that no call between running tasks needs, and that are vital all the same.
var unseen = []struct {
	mutation
	reason, source string
}{
	{mutation{name: "NAT gateways", spoil: remove("", natKind), ingredient: "route", words: "nat-"},
		"a running task has its image; the next one cannot pull it, nor write logs, nor be entered", "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/networking-outbound.html"},
	{mutation{name: "ssm permissions of a task role", spoil: remove(away, rolePolicyKind, "ambient-ecs-3-ecs:"), ingredient: "exec-permission", words: "ambient-ecs-3-ecs"},
		"only ECS Exec needs them, so cases from there are undecided and no traffic stops", "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html"},
	{mutation{name: "way of tasks to AWS", spoil: rule(away, egressKind, "-client", "443", "0.0.0.0/0")},
		"running tasks ask no API of AWS in a call; the next one cannot pull its image", "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/networking-outbound.html"},
	{mutation{name: "key of the cluster's secrets", spoil: remove(home, "aws:kms/key:Key")},
		"Kubernetes decrypts its secrets with it, and no call asks for a secret", "https://docs.aws.amazon.com/eks/latest/userguide/enable-kms.html"},
	{mutation{name: "log group", spoil: remove(home, logGroupKind, "/ecs/ambient-ecs-2\""), ingredient: "log-group", words: "/ecs/ambient-ecs-2"},
		"a task that runs keeps running; the next one does not start", "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html"},
	{mutation{name: "logs permission of the execution role", spoil: remove(home, rolePolicyKind, "ambient-execution-local:"), ingredient: "execution-permission", words: "ambient-execution-local"},
		"the agent needs it when a task starts", "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html"},
	{mutation{name: "propagateTags", spoil: property(away, serviceKind, "propagateTags", "NONE", echoes), ingredient: "propagate-tags", words: "ecs-3/echo-service"},
		"running tasks keep their tags; new ones get none", "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-using-tags.html"},
	{mutation{name: "health check of ztunnel", spoil: container("ambient-ecs-1-shell-task", `"healthCheck"`, `"other"`), ingredient: "health-check", words: "ambient-ecs-1-shell-task"},
		"it orders the start of containers, which is over", "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/healthcheck.html"},
	{mutation{name: "dependency on ztunnel", spoil: container("ambient-ecs-1-shell-task", `"dependsOn"`, `"other"`), ingredient: "depends-on", words: "ambient-ecs-1-shell-task"},
		"it orders the start of containers, which is over", "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDependency.html"},
}

// invisible asserts that what is said to be invisible makes no case wrong, so that the list stays true.
func invisible(t *testing.T, d *deployed) {
	for _, u := range unseen {
		t.Run(u.name, func(t *testing.T) {
			u.frozen = true
			report, found := d.examine(t, u.mutation)
			if n := report.Count(run.Wrong); n > 0 {
				t.Errorf("%d cases are red, so it belongs to the mutations that must be noticed", n)
			}
			if u.ingredient != "" && !names(found, u.mutation) {
				t.Errorf("doctor does not name %s of %q, but: %v", u.ingredient, u.words, found)
			}
			t.Logf("doctor names %d pieces; %s: %s", len(found), u.reason, u.source)
		})
	}
}
