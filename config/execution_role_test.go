package config

import (
	"slices"
	"strings"
	"testing"
)

const theirExecution = "arn:aws:iam::111122223333:role/team/execution"

func TestRefusedExecutionRoles(t *testing.T) {
	const field = "accounts/local/executionRoleArn"
	run(t, []refusal{
		one("a name", field, "execution", `accounts.local.executionRoleArn = "execution"`, "not the ARN of an IAM role"),
		one("another account", field, strings.Replace(theirExecution, "111122223333", "999999999999", 1), "accounts.local.executionRoleArn", "which is 111122223333"),
		one("another partition", field, strings.Replace(theirExecution, "arn:aws:", "arn:aws-cn:", 1), "accounts.local.executionRoleArn", "partition aws"),
		one("a role of people", field, "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO_Admin_0123456789abcdef", "accounts.local.executionRoleArn", "and not ECS"),
		one("an empty step in the path", field, "arn:aws:iam::111122223333:role//execution", "accounts.local.executionRoleArn"),
		{"images to import", []edit{{field, theirExecution}, {"accounts/local/pullThroughPrefixes", list("docker-hub")}}, [][]string{{"accounts.local.pullThroughPrefixes is set", "let its owner allow"}}},
		{"keys of secrets", []edit{{field, theirExecution}, {"clusters/ecs-1/services/echo-service/secrets", object{"A": "/a"}},
			{"clusters/ecs-1/services/echo-service/secretKeys", list("arn:aws:kms:eu-central-1:111122223333:key/0a")}}, [][]string{{"clusters.ecs-1.services.echo-service.secretKeys is set", "let its owner allow kms:Decrypt"}}},
	})
}

// All tasks of the account have the role, and the program makes none.
func TestAnExecutionRoleThatExistsIsThatOfAllTasksOfTheAccount(t *testing.T) {
	c := mustLoad(t, with(edit{"accounts/local/executionRoleArn", theirExecution}, edit{"clusters/ecs-1/services/echo-service/secrets", object{"A": "/a"}}))
	for _, service := range []string{"echo-service", "shell-task"} {
		if got := c.ExecutionRoleOf("ecs-1", service); got != theirExecution {
			t.Errorf("%s starts with %s", service, got)
		}
	}
	if got := c.ExecutionRoleOf("ecs-3", "echo-service"); !strings.HasSuffix(got, ":role/ambient-execution-external") {
		t.Errorf("the other account starts tasks with %s", got)
	}
	if names := c.RoleNames("local"); slices.ContainsFunc(names, func(name string) bool { return strings.Contains(name, "execution") }) {
		t.Errorf("the program makes %v", names)
	}
	if got := c.RolesOfTeams("local"); !slices.Equal(got, []string{theirExecution}) {
		t.Errorf("roles of teams: %v", got)
	}
	if got := c.RolesOfTeams("external"); len(got) > 0 {
		t.Errorf("roles of teams in the other account: %v", got)
	}
	if got := c.Contract("ecs-1").Cluster.ExecutionRoleARN; got != theirExecution {
		t.Errorf("the contract says %s", got)
	}
}

func TestAPartOfASecretsARNIsWarnedOf(t *testing.T) {
	const arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:"
	for source, warns := range map[string]bool{
		arn + "orders":                   true,
		arn + "orders/db":                true,
		arn + "orders-db:password::":     true,
		arn + "orders-a1b2c":             true,
		arn + "orders-a1b2c3":            false,
		arn + "orders-a1b2c3:password::": false,
		arn + "team/orders-A1b2C3:::v1":  false,
		"/orders/key":                    false,
		"arn:aws:ssm:eu-central-1:111122223333:parameter/orders": false,
	} {
		for field, edits := range map[string][]edit{
			"clusters.ecs-1.services.echo-service.secrets.DB: ": {{"clusters/ecs-1/services/echo-service/secrets", object{"DB": source}}},
			"clusters.ecs-1.tasks.job.secrets.DB: ":             {{"clusters/ecs-1/tasks", object{"job": object{"image": "r.example/job:1", "serviceAccount": "job", "secrets": object{"DB": source}}}}},
		} {
			c := mustLoad(t, with(edits...))
			if got := slices.ContainsFunc(c.Warnings(), func(w string) bool {
				return strings.HasPrefix(w, field+source+" does not end in") && strings.Contains(w, "describe-secret")
			}); got != warns {
				t.Errorf("%s%s: %q", field, source, c.Warnings())
			}
		}
	}
}

func TestAPartOfASecretsARNIsWarnedOfWhereverItIs(t *testing.T) {
	const arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:"
	c, err := defined(t, `{"name": "team", "image": "a:1", "secrets": [{"name": "A", "valueFrom": "`+arn+`one"}], "repositoryCredentials": {"credentialsParameter": "`+arn+`two"},
		"logConfiguration": {"logDriver": "splunk", "options": {"splunk-url": "https://x"}, "secretOptions": [{"name": "splunk-token", "valueFrom": "`+arn+`three"}]}}`, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, field := range []string{
		"clusters.ecs-1.services.team.taskDefinition.containerDefinitions[0].secrets[0].valueFrom: " + arn + "one",
		"clusters.ecs-1.services.team.taskDefinition.containerDefinitions[0].repositoryCredentials.credentialsParameter: " + arn + "two",
		"clusters.ecs-1.services.team.taskDefinition.containerDefinitions[0].logConfiguration.secretOptions[0].valueFrom: " + arn + "three",
	} {
		if !slices.ContainsFunc(c.Warnings(), func(w string) bool { return strings.HasPrefix(w, field) }) {
			t.Errorf("nothing says %s: %q", field, c.Warnings())
		}
	}
}
