package config

import (
	"slices"
	"strings"
	"testing"

	"ambient-ecs/ecs/task/definition"
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

func logging(region, more string) string {
	return `{"name": "team", "image": "111122223333.dkr.ecr.eu-central-1.amazonaws.com/team:1", "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/teams/a", "awslogs-region": "` + region + `", "awslogs-stream-prefix": "p"` + more + `}}}`
}

// The cluster's own group of the same name in another region is another group.
func TestALogGroupKeepsItsRegion(t *testing.T) {
	for _, name := range []string{"/teams/a", "/ecs/ambient-ecs-1"} {
		c, err := defined(t, strings.Replace(logging("us-east-1", ""), "/teams/a", name, 1), nil)
		if err != nil {
			t.Fatal(err)
		}
		needs, _ := c.NeedsOf("ecs-1", "team")
		if want := (LogGroup{Region: "us-east-1", Name: name}); !slices.Contains(needs.LogGroups, want) || len(needs.LogGroups) != 2 {
			t.Errorf("the containers write to %v", needs.LogGroups)
		}
		if !c.OwnExecutionRole("ecs-1", "team") {
			t.Errorf("the account's role would have to write to %s in us-east-1", name)
		}
	}
}

func TestRefusedRegionsOfLogs(t *testing.T) {
	const field = "clusters.ecs-1.services.team.taskDefinition.containerDefinitions[0].logConfiguration.options.awslogs-region"
	for region, words := range map[string]string{"eu-central1": "no region of the partitions", "cn-north-1": "partition aws-cn"} {
		_, err := defined(t, logging(region, ""), nil)
		if err == nil || !strings.Contains(err.Error(), field+` = "`+region+`": `) || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v", region, err)
		}
	}
}

// AWS's driver reads the option as Go reads booleans.
func TestALogGroupIsMadeForEveryWayToWriteTrue(t *testing.T) {
	for value, makes := range map[string]bool{"true": true, "True": true, "TRUE": true, "t": true, "1": true, "false": false, "False": false, "0": false} {
		c, err := defined(t, logging("eu-central-1", `, "awslogs-create-group": "`+value+`"`), nil)
		if err != nil {
			t.Errorf("%s: %v", value, err)
			continue
		}
		if needs, _ := c.NeedsOf("ecs-1", "team"); (len(needs.CreatedGroups) == 1) != makes {
			t.Errorf("%s makes %v", value, needs.CreatedGroups)
		}
	}
	_, err := defined(t, logging("eu-central-1", `, "awslogs-create-group": "yes"`), nil)
	if err == nil || !strings.Contains(err.Error(), `options.awslogs-create-group = "yes": the driver takes true or false`) {
		t.Errorf("yes: %v", err)
	}
}
