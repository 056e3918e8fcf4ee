package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	runsAt    = "clusters/ecs-1/services/echo-service/"
	runsField = "clusters.ecs-1.services.echo-service."
)

func scaling(change object) object {
	all := object{"min": 1, "max": 4, "cpu": 60}
	for key, value := range change {
		if value == nil {
			delete(all, key)
			continue
		}
		all[key] = value
	}
	return all
}

func metric(change object) object {
	all := object{"namespace": "AWS/SQS", "metricName": "Depth", "statistic": "Average", "target": 2.5}
	for key, value := range change {
		all[key] = value
	}
	return object{"metrics": list(all)}
}

func timed(change object) object {
	all := object{"schedule": "cron(0 6 ? * MON-FRI *)", "min": 2}
	for key, value := range change {
		if value == nil {
			delete(all, key)
			continue
		}
		all[key] = value
	}
	return object{"schedules": object{"morning": all}}
}

func TestRefusedScaling(t *testing.T) {
	const field = runsField + "scaling"
	case_ := func(name string, change object, words ...string) refusal {
		return one(name, runsAt+"scaling", scaling(change), words...)
	}
	run(t, []refusal{
		case_("no min", object{"min": nil}, field+".min is not set"),
		case_("no max", object{"max": nil}, field+".max is not set", "paid for"),
		case_("less than no task", object{"min": -1}, field+".min = -1", "between 0 and 5000"),
		case_("max of nothing", object{"min": 0, "max": 0}, field+".max = 0", "between 1 and 5000"),
		case_("max below min", object{"min": 5}, field+".max = 4", "below min, which is 5"),
		case_("more than ECS has", object{"max": 5001}, field+".max = 5001", "5000"),
		case_("nothing to scale by", object{"cpu": nil}, field+" is not set", "cpu, memory, metrics or schedules"),
		case_("no CPU at all", object{"cpu": 0}, field+".cpu = 0", "between 1 and 100"),
		case_("more memory than there is", object{"memory": 101}, field+".memory = 101", "average use"),
		case_("nothing that would start the first task", object{"min": 0}, field+".min = 0", "never start the first task"),
		case_("a cooldown of nothing", object{"cpu": nil, "schedules": timed(nil)["schedules"], "scaleInCooldown": 60}, field+".scaleInCooldown = 60", "only targets have a cooldown"),
		case_("a negative cooldown", object{"scaleOutCooldown": -1}, field+".scaleOutCooldown = -1", "between 0 and"),
		case_("no scale-in of nothing", object{"cpu": nil, "schedules": timed(nil)["schedules"], "disableScaleIn": true}, field+".disableScaleIn", "only targets"),
		case_("requests per target", object{"requestsPerTarget": 100}, field+".requestsPerTarget", "target group", "called through the mesh"),
		case_("requests per target by its metric", metric(object{"metricName": "RequestCountPerTarget"}), "metrics[0].metricName", "target group"),
		case_("a metric without a namespace", metric(object{"namespace": ""}), field+".metrics[0].namespace is not set", "in full"),
		case_("a metric without a name", metric(object{"metricName": ""}), field+".metrics[0].metricName is not set"),
		case_("a metric without a statistic", metric(object{"statistic": ""}), field+".metrics[0].statistic is not set", "SampleCount"),
		case_("a percentile", metric(object{"statistic": "p99"}), `metrics[0].statistic = "p99"`, "Average"),
		case_("a target of nothing", metric(object{"target": 0}), "metrics[0].target = 0", "above 0"),
		case_("a target that is no number", metric(object{"target": "many"}), "metrics[0].target", "must be a number"),
		case_("a dimension without a value", metric(object{"dimensions": object{"QueueName": ""}}), `metrics[0].dimensions = "QueueName"`),
		case_("a metric twice", object{"metrics": list(metric(nil)["metrics"].([]any)[0], metric(object{"unit": "Count"})["metrics"].([]any)[0])}, "metrics[1].metricName", "metrics[0] has the same"),
		case_("a schedule without a time", timed(object{"schedule": nil}), field+".schedules.morning.schedule is not set"),
		case_("a cron of five fields", timed(object{"schedule": "cron(0 6 * * *)"}), "morning.schedule", "six fields"),
		case_("a time that is none", timed(object{"schedule": "at(2027-02-30T06:00:00)"}), "morning.schedule", "no such time"),
		case_("a schedule in words", timed(object{"schedule": "daily"}), `morning.schedule = "daily"`, "rate(12 hours)"),
		case_("a schedule of nothing", timed(object{"min": nil}), "schedules.morning is not set", "changes nothing"),
		case_("a schedule above max", timed(object{"min": 9}), `schedules.morning = "min 9, max 4"`, "below min"),
		case_("a schedule beyond ECS", timed(object{"max": 5001}), "schedules.morning.max = 5001"),
		case_("a zone that is none", timed(object{"timezone": "CET+1"}), `morning.timezone = "CET+1"`, "Europe/Berlin"),
		case_("a rate in a zone", timed(object{"schedule": "rate(1 day)", "timezone": "Europe/Berlin"}), "morning.timezone", "no time of day"),
		case_("a schedule whose name is none", object{"schedules": object{"Every Day": object{"schedule": "rate(1 day)", "min": 2}}}, `scaling.schedules = "Every Day"`),
		{"a first number outside the bounds", []edit{{runsAt + "scaling", scaling(nil)}, {runsAt + "desiredCount", 5}}, [][]string{{runsField + "desiredCount = 5", "min 1 and max 4"}}},
	})
}

func TestRefusedCapacity(t *testing.T) {
	strategy := func(items ...any) any { return list(items...) }
	const field = runsField + "capacityProviderStrategy"
	run(t, []refusal{
		one("no provider", runsAt+"capacityProviderStrategy", strategy(object{"weight": 1}), field+"[0].capacityProvider is not set", "FARGATE_SPOT"),
		one("a provider of EC2", runsAt+"capacityProviderStrategy", strategy(object{"capacityProvider": "my-instances", "weight": 1}), `"my-instances"`, "Fargate only"),
		one("a provider twice", runsAt+"capacityProviderStrategy", strategy(object{"capacityProvider": "FARGATE", "weight": 1}, object{"capacityProvider": "FARGATE", "weight": 1}), "[1].capacityProvider", "[0] has it already"),
		one("two bases", runsAt+"capacityProviderStrategy", strategy(object{"capacityProvider": "FARGATE", "base": 1, "weight": 1}, object{"capacityProvider": "FARGATE_SPOT", "base": 1}), "[1].base = 1", "one base"),
		one("no weight", runsAt+"capacityProviderStrategy", strategy(object{"capacityProvider": "FARGATE", "base": 1}), field, "above 0"),
		one("a weight beyond ECS", runsAt+"capacityProviderStrategy", strategy(object{"capacityProvider": "FARGATE", "weight": 1001}), "[0].weight = 1001"),
		one("a negative base", runsAt+"capacityProviderStrategy", strategy(object{"capacityProvider": "FARGATE", "base": -1, "weight": 1}), "[0].base = -1"),
		{"ARM64 on Spot on an old platform", []edit{{runsAt + "capacityProviderStrategy", strategy(object{"capacityProvider": "FARGATE_SPOT", "weight": 1})}, {runsAt + "architecture", "ARM64"}, {runsAt + "platformVersion", "1.3.0"}},
			[][]string{{runsField + "platformVersion", "ARM64", "1.4.0"}}},
		one("AWS's launch type", runsAt+"launchType", "FARGATE", "launchType", "capacityProviderStrategy"),
		one("rebalancing without room", runsAt+"deploymentConfiguration", object{"maximumPercent": 100, "minimumHealthyPercent": 50}, "maximumPercent = 100", "availability zones", "more than 100"),
		one("less than all at most", runsAt+"deploymentConfiguration", object{"maximumPercent": 50}, "maximumPercent = 50", "101 and 200"),
		one("healthier than healthy", runsAt+"deploymentConfiguration", object{"minimumHealthyPercent": 101}, "minimumHealthyPercent = 101"),
		one("no room for one task", runsAt+"deploymentConfiguration", object{"maximumPercent": 150}, "maximumPercent = 150", "of 1 tasks", "no deployment could begin"),
	})
}

func TestRefusedExec(t *testing.T) {
	run(t, []refusal{
		one("an alias", "ecsExec", object{"kmsKeyArn": "arn:aws:kms:eu-central-1:111122223333:alias/exec"}, "ecsExec.kmsKeyArn", "aliases"),
		one("a key elsewhere", "ecsExec", object{"kmsKeyArn": "arn:aws:kms:us-east-1:111122223333:key/1"}, "ecsExec.kmsKeyArn", "us-east-1"),
		one("logs of no session", "ecsExec", object{"enabled": false, "logSessions": true}, "ecsExec.logSessions", "no sessions"),
		one("a key of no session", "ecsExec", object{"enabled": false, "kmsKeyArn": "arn:aws:kms:eu-central-1:111122223333:key/1"}, "ecsExec.kmsKeyArn", "no sessions"),
		one("AWS's name of it", runsAt+"enableExecuteCommand", true, "enableExecuteCommand", "the key is exec"),
	})
}

func TestWhatScalingAndCapacityAndExecMean(t *testing.T) {
	c := mustLoad(t, with(
		edit{runsAt + "scaling", scaling(object{"min": 2, "metrics": metric(nil)["metrics"], "schedules": timed(nil)["schedules"]})},
		edit{runsAt + "capacityProviderStrategy", list(object{"capacityProvider": "FARGATE_SPOT", "weight": 3})},
		edit{runsAt + "deploymentConfiguration", object{"minimumHealthyPercent": 50, "maximumPercent": 150}},
		edit{runsAt + "exec", false}, edit{"ecsExec", object{"logSessions": true}},
	))
	s := c.Clusters["ecs-1"].Services["echo-service"]
	if n := s.DesiredCountOrDefault(); n != 2 {
		t.Errorf("the service begins with %d tasks, not with min", n)
	}
	if s.Scaling.Metrics[0].Target != 2.5 || s.Scaling.Schedules["morning"].TimezoneOrDefault() != "UTC" {
		t.Errorf("%+v", s.Scaling)
	}
	if least, most := s.Deployment(); least != 50 || most != 150 {
		t.Errorf("%d to %d", least, most)
	}
	if least, most := (Service{}).Deployment(); least != 100 || most != 200 {
		t.Errorf("nothing said is %d to %d", least, most)
	}
	if got := c.CapacityProvidersOf("ecs-1"); !slices.Equal(got, []string{"FARGATE_SPOT"}) || c.CapacityProvidersOf("ecs-2") != nil {
		t.Errorf("%v", got)
	}
	if c.ExecOn("ecs-1", "echo-service") || !c.ExecOn("ecs-1", "shell-task") || c.ExecLogGroup("ecs-1") != c.TaskLogGroup("ecs-1")+"/exec" {
		t.Error("the switch of the service does not count")
	}
	if identity := c.IdentityOf("ecs-1", "shell-task"); !c.ExecOnFor(identity) {
		t.Error("the role of the shell lost Exec")
	}
	if notices := c.Notices(Lives{}); !slices.ContainsFunc(notices, func(w string) bool { return strings.Contains(w, "FARGATE_SPOT alone") }) {
		t.Errorf("nobody tells of Spot: %q", notices)
	}
	off := mustLoad(t, with(edit{"ecsExec", object{"enabled": false}}))
	for _, identity := range off.Identities() {
		if off.ExecOnFor(identity) {
			t.Errorf("%s has Exec", identity.Key())
		}
	}
}

// A cluster's default identity is there for services of other stacks, also where no service here uses it. A standalone task takes
// no commands.
func TestTheRoleOfAnUnusedIdentityHasExecAndThatOfATaskHasNot(t *testing.T) {
	job := object{"image": "r.example/job:1", "serviceAccount": "job"}
	for name, edits := range map[string][]edit{
		"beside services": {{"clusters/ecs-1/services/echo-service/serviceAccount", "echo"}, {"clusters/ecs-1/services/shell-task/serviceAccount", "shell"}, {"clusters/ecs-1/tasks", object{"job": job}}},
		"without":         {{"clusters/ecs-9", object{"account": "local", "tasks": object{"job": job}}}},
	} {
		c := mustLoad(t, with(edits...))
		for _, identity := range c.Identities() {
			switch {
			case identity.ServiceAccount == "job" && c.ExecOnFor(identity):
				t.Errorf("%s: the task's role has Exec", name)
			case identity.ServiceAccount != "job" && !c.ExecOnFor(identity):
				t.Errorf("%s: the role of %s lost Exec", name, identity.Key())
			}
		}
	}
}

func TestExecInAReadOnlyContainerIsWarnedOf(t *testing.T) {
	d := `{"family": "f", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"], "cpu": "256", "memory": "512", "containerDefinitions": [{"name": "app", "image": "a:1", "readonlyRootFilesystem": true}]}`
	for name, c := range map[string]struct {
		exec  any
		warns bool
	}{"on": {nil, true}, "off": {false, false}} {
		folder := t.TempDir()
		if err := os.WriteFile(filepath.Join(folder, "app.json"), []byte(d), 0o600); err != nil {
			t.Fatal(err)
		}
		service := object{"taskDefinition": "app.json", "clientOnly": true}
		if c.exec != nil {
			service["exec"] = c.exec
		}
		cfg, err := load(time.Now(), folder, StackFile{}, raw(with(edit{"clusters/ecs-1/services/team", service})), nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		warned := slices.ContainsFunc(cfg.Warnings(), func(w string) bool {
			return strings.Contains(w, "read-only root filesystem") && strings.Contains(w, "container app")
		})
		if warned != c.warns {
			t.Errorf("%s: %q", name, cfg.Warnings())
		}
	}
}
