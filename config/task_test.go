package config

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	taskAt    = "clusters/ecs-1/tasks/report"
	taskField = "clusters.ecs-1.tasks.report"
)

// standalone is a task that is right, with changes; nil takes a key away.
func standalone(change object) object {
	all := object{"image": "public.ecr.aws/docker/library/busybox:1.37", "schedule": object{"expression": "cron(30 3 * * ? *)", "timezone": "Europe/Berlin"}}
	for key, value := range change {
		if value == nil {
			delete(all, key)
			continue
		}
		all[key] = value
	}
	return all
}

// starts is a schedule that is right, with changes.
func starts(change object) object {
	all := object{"expression": "rate(12 hours)"}
	maps.Copy(all, change)
	return standalone(object{"schedule": all})
}

func TestRefusedTasks(t *testing.T) {
	const schedule = taskField + ".schedule"
	case_ := func(name string, value object, words ...string) refusal { return one(name, taskAt, value, words...) }
	expression := func(text string, words ...string) refusal {
		return case_(text, starts(object{"expression": text}), append([]string{schedule + ".expression"}, words...)...)
	}
	retry := func(name, key string, value any) refusal {
		return case_(name, starts(object{"retryPolicy": object{key: value}}), schedule+".retryPolicy."+key, "EventBridge Scheduler")
	}
	queue := func(name, arn string, words ...string) refusal {
		return case_(name, starts(object{"deadLetterQueueArn": arn}), append([]string{schedule + ".deadLetterQueueArn"}, words...)...)
	}
	run(t, []refusal{
		case_("nothing to run", standalone(object{"image": nil}), taskField+".image is not set", "taskDefinition"),
		case_("no image", standalone(object{"image": "A B"}), taskField+".image", "no image reference"),
		case_("no size of Fargate", standalone(object{"cpu": 300}), taskField+".cpu = 300", "no Fargate size"),
		case_("no client", standalone(object{"client": "perl"}), taskField+".client"),
		case_("no platform", standalone(object{"platformVersion": "1.2.0"}), taskField+".platformVersion", "health"),
		case_("a secret that is none", standalone(object{"secrets": object{"TOKEN": "arn:aws:s3:::bucket"}}), taskField+".secrets.TOKEN"),
		case_("a key without a secret", standalone(object{"secretKeys": list("arn:aws:kms:eu-central-1:111122223333:key/1")}), taskField+".secretKeys", "no secrets"),
		case_("a way around the mesh", standalone(object{"egress": list(object{"cidr": "192.168.0.0/16", "port": 8080})}), taskField+".egress[0]", "bypass"),
		case_("no file", standalone(object{"image": nil, "taskDefinition": "examples/none.json"}), taskField+".taskDefinition", "cannot be read"),
		{"the short form and a file", []edit{{taskAt, standalone(object{"taskDefinition": "examples/none.json"})}}, [][]string{{taskField + ".image", "the task definition says it"}, {taskField + ".taskDefinition", "cannot be read"}}},
		one("a name that is no label", "clusters/ecs-1/tasks/Report", standalone(nil), "clusters.ecs-1.tasks", `"Report"`, "lower-case"),
		one("the name of the mesh's container", "clusters/ecs-1/tasks/ztunnel", standalone(nil), "clusters.ecs-1.tasks", `"ztunnel"`, "mesh's container"),
		one("the name of a service", "clusters/ecs-1/tasks/shell-task", standalone(nil), "clusters.ecs-1.tasks", `"shell-task"`, "a service of the cluster"),
		{"a name too long", []edit{{"clusters/ecs-1/tasks/" + strings.Repeat("t", 45), standalone(nil)}},
			[][]string{{"clusters.ecs-1.tasks", "hostname", "63"}, {"clusters.ecs-1.tasks", "IAM role name", "-schedule", "64"}}},

		case_("a port", standalone(object{"port": 8080}), taskField+".port", "only calls others"),
		case_("callers", standalone(object{"allow": list(object{"from": list("cluster:ecs-2")})}), taskField+".allow", "only calls others"),
		case_("a number of tasks", standalone(object{"desiredCount": 2}), taskField+".desiredCount", "what keeps running is a service"),
		case_("a pipeline", standalone(object{"deployedBy": "pipeline"}), taskField+".deployedBy", "names the revision"),
		case_("Spot", standalone(object{"capacityProviderStrategy": list()}), taskField+".capacityProviderStrategy", "FARGATE"),
		case_("volumes in the short form", standalone(object{"volumes": list()}), taskField+".volumes", "a taskDefinition can have volumes"),
		case_("a schedule outside schedule", standalone(object{"cron": "0 3 * * *"}), taskField+".cron", "schedule, with expression"),
		case_("a command of the schedule", starts(object{"input": "{}"}), schedule+".input", "as it is declared"),
		case_("a state", starts(object{"state": "DISABLED"}), schedule+".state", "paused"),

		case_("no time", standalone(object{"schedule": object{"timezone": "UTC"}}), schedule+".expression is not set", "cron("),
		expression("0 3 * * *", "rate(12 hours)"),
		expression("rate(0 hours)", "rate(12 hours)"),
		expression("rate(1 week)", "rate(12 hours)"),
		expression("at(2027-02-30T03:00:00)", "no such time"),
		expression("cron(0 3 * * *)", "six fields"),
		expression("cron(0 3 * * * *)", "one must be ?"),
		expression("cron(0 3 ? * ? *)", "one must be ?"),
		expression("cron(0 24 * * ? *)", `"24" is no hours`),
		expression("cron(60 3 * * ? *)", `"60" is no minutes`),
		expression("cron(0 3 ? * MO *)", `"MO" is no day of the week`),
		expression("cron(0 3 32 * ? *)", `"32" is no day of the month`),
		expression("cron(0 3 1 13 ? *)", `"13" is no month`),
		expression("cron(0 3 1 * ? 27)", `"27" is no year`),
		case_("a time zone that is none", starts(object{"expression": "at(2027-02-28T03:00:00)", "timezone": "CET+1"}), schedule+".timezone", "IANA"),
		case_("a rate in a time zone", starts(object{"timezone": "Europe/Berlin"}), schedule+".timezone", "no time of day"),
		case_("a window of more than a day", starts(object{"flexibleWindowMinutes": 1441}), schedule+".flexibleWindowMinutes = 1441", "between 1 and 1440"),
		retry("too many attempts", "maximumRetryAttempts", 186),
		retry("too old", "maximumEventAgeInSeconds", 86401),
		retry("too young", "maximumEventAgeInSeconds", 59),
		queue("no queue", "dead", "arn:aws:sqs:"),
		queue("a topic", "arn:aws:sns:eu-central-1:111122223333:dead", "SQS"),
		queue("a FIFO queue", "arn:aws:sqs:eu-central-1:111122223333:dead.fifo", "standard queues"),
		queue("a queue elsewhere", "arn:aws:sqs:eu-west-1:111122223333:dead", "eu-west-1", "eu-central-1"),

		one("a caller that is no task", "clusters/ecs-1/services/echo-service/allow", list(object{"from": list("task:ecs-1/reprot")}), "no such task in clusters.ecs-1"),
		one("a task without a name", "clusters/ecs-1/services/echo-service/allow", list(object{"from": list("task:ecs-1")}), "task:CLUSTER/TASK"),
	})
}

func TestSchedulesThatAreRight(t *testing.T) {
	for _, expression := range []string{
		"cron(0/15 8-18 ? * MON-FRI *)", "cron(0 3 L * ? *)", "cron(0 3 15W 1,7 ? 2027-2030)", "cron(0 3 ? JAN 2#1 *)", "cron(0 3 ? * 6L *)", "rate(1 minute)", "at(2027-01-31T03:00:00)",
	} {
		mustLoad(t, with(edit{taskAt, starts(object{"expression": expression})}))
	}
}

func TestATaskIsAClientWithAnIdentity(t *testing.T) {
	c := mustLoad(t, with(edit{taskAt, standalone(object{"serviceAccount": "report"})},
		edit{"clusters/ecs-1/services/echo-service/allow", list(object{"from": list("task:ecs-1/report")})}))
	identity := c.IdentityOf("ecs-1", "report")
	if identity.ServiceAccount != "report" || !slices.Contains(c.Identities(), identity) {
		t.Errorf("the task is %+v, and the identities are %+v", identity, c.Identities())
	}
	if ports := c.PortsOf("ecs-1", "report"); len(ports) > 0 {
		t.Errorf("the task serves %v", ports)
	}
	callers := c.CallersOf(Source{SourceTask, "ecs-1", "report"})
	if !slices.Equal(callers.ServiceAccounts, []ServiceAccount{{"ambient-ecs-1", "report"}}) {
		t.Errorf("the rule means %+v", callers)
	}
	for _, d := range c.Destinations() {
		if d.Service == "report" {
			t.Errorf("somebody could call the task: %+v", d)
		}
	}
	schedule := c.Clusters["ecs-1"].Tasks["report"].Schedule
	if attempts, age := schedule.Retries(); attempts != 185 || age != 86400 {
		t.Errorf("without a retryPolicy there are %d attempts in %d s, want AWS's own", attempts, age)
	}
	if (TaskSchedule{}).TimezoneOrDefault() != "UTC" || schedule.TimezoneOrDefault() != "Europe/Berlin" || schedule.Paused {
		t.Errorf("the schedule is %+v", schedule)
	}
}

// A rule whose only caller is switched off is gone: a rule without a caller would match everybody.
func TestATaskThatIsOffIsNowhere(t *testing.T) {
	c := mustLoad(t, with(edit{taskAt, standalone(object{"enabled": false, "serviceAccount": "report"})},
		edit{"clusters/ecs-1/services/echo-service/allow", list(object{"from": list("task:ecs-1/report")})}))
	if len(c.Clusters["ecs-1"].Tasks) > 0 || len(c.Clusters["ecs-1"].Services["echo-service"].Allow) > 0 || len(c.ScheduledTasks("ecs-1")) > 0 {
		t.Errorf("the task is still in %+v", c.Clusters["ecs-1"])
	}
	for _, identity := range c.Identities() {
		if identity.ServiceAccount == "report" {
			t.Error("its identity is still there")
		}
	}
}

// A task whose service account is another's is meant by every rule about that one too.
func TestATaskWithAnotherServicesIdentityIsWarnedOf(t *testing.T) {
	c := mustLoad(t, with(edit{taskAt, standalone(nil)}, edit{"clusters/ecs-1/services/echo-service/allow", list(object{"from": list("task:ecs-1/report")})}))
	if all := strings.Join(c.Warnings(), "\n"); !strings.Contains(all, "task:ecs-1/report means") || !strings.Contains(all, "shell-task") {
		t.Errorf("nobody is warned: %s", all)
	}
}

func TestATimeThatHasPassedIsWarnedOf(t *testing.T) {
	at := func(ago time.Duration) string { return time.Now().UTC().Add(-ago).Format("at(2006-01-02T15:04:05)") }
	for name, c := range map[string]struct {
		expression, timezone string
		warns                bool
	}{
		"a day ago":              {at(24 * time.Hour), "", true},
		"an hour ago, UTC":       {at(time.Hour), "UTC", true},
		"an hour ago, somewhere": {at(time.Hour), "America/Los_Angeles", false},
		"a day ago, somewhere":   {at(24 * time.Hour), "America/Los_Angeles", true},
		"tomorrow":               {at(-24 * time.Hour), "", false},
		"each day":               {"cron(0 6 * * ? *)", "Europe/Berlin", false},
	} {
		schedule := object{"schedule": c.expression, "min": 2}
		start := object{"expression": c.expression}
		if c.timezone != "" {
			schedule["timezone"], start["timezone"] = c.timezone, c.timezone
		}
		cfg := mustLoad(t, with(edit{runsAt + "scaling", scaling(object{"schedules": object{"once": schedule}})},
			edit{"clusters/ecs-1/tasks", object{"job": object{"image": "r.example/job:1", "serviceAccount": "job", "schedule": start}}}))
		for _, field := range []string{runsField + "scaling.schedules.once.schedule: at(", "clusters.ecs-1.tasks.job.schedule.expression: at("} {
			if got := slices.ContainsFunc(cfg.Warnings(), func(w string) bool { return strings.HasPrefix(w, field) && strings.Contains(w, "has passed") }); got != c.warns {
				t.Errorf("%s: %s: %q", name, field, cfg.Warnings())
			}
		}
	}
}
