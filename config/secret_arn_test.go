package config

import (
	"slices"
	"strings"
	"testing"
)

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
