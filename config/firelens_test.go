package config

import (
	"slices"
	"strings"
	"testing"
)

// routed is a task whose application logs to an output of its log router, with more of the router.
func routed(options, router string) string {
	return `{"name": "team", "image": "111122223333.dkr.ecr.eu-central-1.amazonaws.com/team:1", "logConfiguration": {"logDriver": "awsfirelens", "options": {` + options + `}}},
		{"name": "router", "image": "111122223333.dkr.ecr.eu-central-1.amazonaws.com/router:1", "firelensConfiguration": {"type": "fluentbit"}` + router + `}`
}

const (
	toGroup     = `"Name": "cloudwatch_logs", "log_group_name": "/teams/a", "log_stream_prefix": "app-"`
	routerLogs  = `, "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/ecs/ambient-ecs-1", "awslogs-region": "eu-central-1", "awslogs-stream-prefix": "router"}}`
	teamsRouter = "clusters.ecs-1.services.team.taskDefinition.containerDefinitions[1].logConfiguration is not set"
)

// allowing is the permissions of a service with one statement.
func allowing(resource string, actions ...any) object {
	return object{"serviceAccount": "team", "permissions": object{"statements": list(object{"Effect": "Allow", "Action": list(actions...), "Resource": resource})}}
}

func TestLogsThatTheRouterMayNotWriteAreWarnedOf(t *testing.T) {
	const (
		group = "arn:aws:logs:eu-central-1:111122223333:log-group:/teams/a"
		write = "logs:CreateLogStream"
		put   = "logs:PutLogEvents"
	)
	for name, c := range map[string]struct {
		options string
		service object
		// warns are words of the warning, none if there must be no warning.
		warns []string
	}{
		"no permissions":            {toGroup, nil, []string{"writes to cloudwatch_logs", write + " on " + group + ":log-stream:app-any, " + put, "healthy"}},
		"all rights":                {toGroup, allowing(group+":*", write, put), nil},
		"rights on the streams":     {toGroup, allowing(group+":log-stream:app-*", write, put), nil},
		"one right of two":          {toGroup, allowing(group+":*", write), []string{"do not allow " + put + " on"}},
		"another group":             {toGroup, allowing(group+"b:*", write, put), []string{write, put}},
		"another region":            {toGroup + `, "region": "us-east-1"`, allowing(group+":*", write, put), []string{"arn:aws:logs:us-east-1:111122223333:log-group:/teams/a"}},
		"a group to make":           {toGroup + `, "auto_create_group": "true"`, allowing(group+":*", write, put, "logs:CreateLogGroup"), nil},
		"a group to make, not":      {toGroup + `, "auto_create_group": "On"`, allowing(group+":log-stream:app-*", write, put), []string{"logs:CreateLogGroup on " + group}},
		"a group to make by itself": {toGroup + `, "auto_create_group": "On"`, object{"serviceAccount": "team", "permissions": object{"statements": list(object{"Effect": "Allow", "Action": "logs:*", "Resource": list(group, group+":log-stream:*")})}}, nil},
		"a managed policy":          {toGroup, object{"serviceAccount": "team", "permissions": object{"managedPolicies": list("policy/logs")}}, nil},
		"a role of the team's":      {toGroup, object{"serviceAccount": "team", "taskRoleArn": "arn:aws:iam::111122223333:role/team"}, nil},
		"denied": {toGroup, object{"serviceAccount": "team", "permissions": object{"managedPolicies": list("policy/logs"),
			"statements": list(object{"Effect": "Deny", "Action": put, "Resource": "*"})}}, []string{"do not allow " + put + " on"}},
		"a group by the record": {`"Name": "cloudwatch_logs", "log_group_name": "/teams/$(tag)"`, allowing("*", write), []string{"do not allow " + put + "."}},
		"another role":          {toGroup + `, "role_arn": "arn:aws:iam::444455556666:role/writer"`, allowing(group+":*", write, put), []string{"sts:AssumeRole on arn:aws:iam::444455556666:role/writer"}},
		"another role, allowed": {toGroup + `, "role_arn": "arn:aws:iam::444455556666:role/writer"`, allowing("arn:aws:iam::444455556666:role/writer", "sts:AssumeRole"), nil},
		"firehose":              {`"Name": "firehose", "delivery_stream": "logs"`, nil, []string{"firehose:PutRecordBatch on arn:aws:firehose:eu-central-1:111122223333:deliverystream/logs"}},
		"a bucket":              {`"Name": "s3", "bucket": "logs"`, nil, []string{"s3:PutObject on arn:aws:s3:::logs/any", "unless the policy of what it writes to"}},
		"a bucket, allowed":     {`"Name": "s3", "bucket": "logs"`, allowing("arn:aws:s3:::logs/*", "s3:PutObject"), nil},
		"a domain":              {`"Name": "es", "Aws_Auth": "On"`, nil, []string{"do not allow es:ESHttpPost."}},
		"nothing of AWS":        {`"Name": "http", "Host": "logs.example.com"`, nil, nil},
	} {
		cfg, err := defined(t, routed(c.options, routerLogs), c.service)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		const field = "clusters.ecs-1.services.team.taskDefinition.containerDefinitions[0].logConfiguration: the log router"
		at := slices.IndexFunc(cfg.Warnings(), func(w string) bool { return strings.HasPrefix(w, field) })
		switch {
		case (at >= 0) != (len(c.warns) > 0):
			t.Errorf("%s: %q", name, cfg.Warnings())
		case at >= 0:
			for _, words := range c.warns {
				if !strings.Contains(cfg.Warnings()[at], words) {
					t.Errorf("%s: %q does not say %s", name, cfg.Warnings()[at], words)
				}
			}
		}
	}
}

func TestALogRouterThatTellsNobodyIsWarnedOf(t *testing.T) {
	for logs, warns := range map[string]bool{"": true, routerLogs: false} {
		cfg, err := defined(t, routed(`"Name": "http"`, logs), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := slices.ContainsFunc(cfg.Warnings(), func(w string) bool {
			return strings.HasPrefix(w, teamsRouter) && strings.Contains(w, "/ecs/ambient-ecs-1")
		}); got != warns {
			t.Errorf("with logs %q: %q", logs, cfg.Warnings())
		}
	}
}

func TestTheEndpointsAreAlsoThoseOfTheLogRouter(t *testing.T) {
	for options, want := range map[string]string{
		`"Name": "firehose", "delivery_stream": "d"`:                           "kinesis-firehose",
		`"Name": "kinesis_streams", "stream": "s"`:                             "kinesis-streams",
		`"Name": "firehose", "delivery_stream": "d", "region": "us-east-1"`:    "",
		`"Name": "firehose", "delivery_stream": "d", "region": "eu-central-1"`: "kinesis-firehose",
		`"Name": "http"`: "",
	} {
		cfg, err := defined(t, routed(options, routerLogs), nil, edit{"endpoints", object{"enabled": true}})
		if err != nil {
			t.Fatal(err)
		}
		has := slices.DeleteFunc(cfg.EndpointServices("local"), func(service string) bool { return !strings.HasPrefix(service, "kinesis") })
		if got := strings.Join(has, " "); got != want {
			t.Errorf("%s: the account has endpoints of %q", options, got)
		}
	}
	cfg, err := defined(t, routed(toGroup+`, "role_arn": "arn:aws:iam::444455556666:role/writer"`, routerLogs), nil, edit{"accounts/external/endpoints", object{"enabled": true}}, edit{"endpoints", object{"enabled": true}})
	if err != nil || !slices.Contains(cfg.EndpointServices("local"), "sts") {
		t.Errorf("%v, %v", cfg.EndpointServices("local"), err)
	}
}
