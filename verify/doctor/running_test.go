package doctor

import (
	"slices"
	"strings"
	"testing"

	"ambient-ecs/verify/stack"
)

// running is a healthy mesh whose echo of ecs-1 scales, has a strategy, reads secrets with its execution role, and logs its sessions.
func running() *facts {
	f := healthy()
	cluster := f.stack.Clusters["ecs-1"]
	cluster.ExecLogGroup = "/ecs/m-ecs-1/exec"
	echo := cluster.Services["echo"]
	least, most := 1, 4
	echo.Scaling = &stack.Scaling{Min: &least, Max: &most, Targets: map[string]float64{"cpu": 60}, Schedules: map[string]string{"at-night": "cron(0 22 * * ? *)", "at-launch": "at(2026-12-01T08:00:00)"}}
	echo.Strategy = []stack.CapacityProvider{{Provider: "FARGATE", Base: 1, Weight: 1}, {Provider: "FARGATE_SPOT", Weight: 3}}
	cluster.Services["echo"] = echo
	f.stack.Clusters["ecs-1"] = cluster

	f.ecs.Clusters[0].Providers, f.ecs.Clusters[0].ExecLogGroup = []string{"FARGATE", "FARGATE_SPOT"}, cluster.ExecLogGroup
	f.ecs.LogGroups[home] = append(f.ecs.LogGroups[home], cluster.ExecLogGroup)
	f.ecs.Scalers = []Scaler{{Service: echo.ARN, Min: 1, Max: 4, Targets: map[string]float64{"cpu": 60}, Schedules: map[string]string{"at-night": "cron(0 22 * * ? *)"}}}
	// The order of a strategy says nothing.
	f.service("m-ecs-1/echo").Strategy = []stack.CapacityProvider{echo.Strategy[1], echo.Strategy[0]}
	app := &f.definition("m-ecs-1-echo:1").Containers[0]
	app.Sources = []string{"arn:aws:secretsmanager:eu-central-1:111122223333:secret:db-a1b2c3:password::", "/echo/api-key", "arn:aws:ssm:eu-central-1:111122223333:parameter/echo/token"}
	app.Files = []string{"arn:aws:s3:::config/echo.env"}
	f.role("execution").Policies["reads"] = reads
	app.Image = "444455556666.dkr.ecr.eu-central-1.amazonaws.com/shop/echo:2"
	f.role("execution").Policies["pulls"] = `{"Statement":[{"Effect":"Allow","Action":"ecr:GetAuthorizationToken","Resource":"*"},{"Effect":"Allow","Action":["ecr:BatchGetImage","ecr:GetDownloadUrlForLayer"],` +
		`"Resource":"arn:aws:ecr:eu-central-1:444455556666:repository/shop/echo"}]}`
	// The revision that was registered last runs.
	f.ecs.Latest = map[string]string{FamilyOf(echo.TaskDefinitionARN): echo.TaskDefinitionARN}
	f.role("m-ecs-1-ecs").Policies["sessions"] = allowed(`"logs:*"`, "arn:aws:logs:eu-central-1:111122223333:log-group:/ecs/m-ecs-1/exec:*")
	return f
}

// reads is the policy of an execution role that reads exactly the sources above.
const reads = `{"Statement":[{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"arn:aws:secretsmanager:eu-central-1:111122223333:secret:db-a1b2c3"},` +
	`{"Effect":"Allow","Action":"ssm:GetParameters","Resource":["arn:aws:ssm:eu-central-1:111122223333:parameter/echo/api-key","arn:aws:ssm:eu-central-1:111122223333:parameter/echo/token"]},` +
	`{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::config/echo.env"}]}`

var runnings = []lacks{
	{"scaler", "ecs-1/echo", 0, func(f *facts) { f.ecs.Scalers = nil }},
	{"scaler", "ecs-1/echo", 0, func(f *facts) { f.ecs.Scalers[0].Max = 2 }},
	{"scaler", "ecs-1/echo", 0, func(f *facts) { f.ecs.Scalers[0].Suspended = []string{"scaling out"} }},
	{"scaler", "ecs-1/echo", 0, func(f *facts) { f.ecs.Scalers[0].Targets = nil }},
	{"scaler", "ecs-1/echo", 0, func(f *facts) { f.ecs.Scalers[0].Targets["cpu"] = 90 }},
	{"scaler", "ecs-1/echo", 0, func(f *facts) { f.ecs.Scalers[0].Schedules = nil }},
	{"scaler", "ecs-1/echo", 0, func(f *facts) { f.ecs.Scalers[0].Schedules["at-night"] = "cron(0 23 * * ? *)" }},
	{"capacity-provider", "m-ecs-1", 0, func(f *facts) { f.ecs.Clusters[0].Providers = []string{"FARGATE"} }},
	{"capacity-provider", "ecs-1/echo", 0, func(f *facts) { f.service("m-ecs-1/echo").Strategy = nil }},
	{"capacity-provider", "ecs-1/echo", 0, func(f *facts) { f.service("m-ecs-1/echo").Strategy[0].Weight = 1 }},
	{"execution-permission", "role/execution", 0, func(f *facts) {
		f.definition("m-ecs-1-echo:1").Containers[0].Sources[0] = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:other-d4e5f6"
	}},
	{"execution-permission", "role/execution", 0, func(f *facts) { f.definition("m-ecs-1-echo:1").Containers[0].Sources[1] = "other" }},
	{"execution-permission", "role/execution", 0, func(f *facts) { f.definition("m-ecs-1-echo:1").Containers[0].Sources[2] += "s" }},
	{"execution-permission", "role/execution", 0, func(f *facts) { f.definition("m-ecs-1-echo:1").Containers[0].Files[0] += "s" }},
	{"execution-permission", "role/execution", 0, func(f *facts) { delete(f.role("execution").Policies, "pulls") }},
	{"execution-permission", "role/execution", 0, func(f *facts) {
		f.definition("m-ecs-1-echo:1").Containers[0].Image = "444455556666.dkr.ecr.eu-central-1.amazonaws.com/other/echo:2"
	}},
	{"deployment-rolled-back", "ecs-1/echo", 0, func(f *facts) { f.registers("m-ecs-1-echo:2") }},
	{"exec-logs", "m-ecs-1", 0, func(f *facts) { f.ecs.Clusters[0].ExecLogGroup = "" }},
	{"exec-logs", "m-ecs-1", 0, func(f *facts) { f.ecs.LogGroups[home] = f.ecs.LogGroups[home][:1] }},
	{"exec-logs", "m-ecs-1-ecs", 0, func(f *facts) { delete(f.role("m-ecs-1-ecs").Policies, "sessions") }},
}

func TestWhatAServiceNeedsToRunAsDeclaredIsNamedAlone(t *testing.T) {
	if found := examine(t, running()); len(found) > 0 {
		t.Fatalf("nothing is missing, and doctor finds %v", found)
	}
	for _, c := range runnings {
		t.Run(c.ingredient+" "+c.subject, func(t *testing.T) {
			f := running()
			c.take(f)
			c.alone(t, f)
		})
	}
}

// A bound that schedules set is theirs, whatever it is.
func TestABoundOfTheSchedulesIsNotCompared(t *testing.T) {
	f := running()
	echo := f.stack.Clusters["ecs-1"].Services["echo"]
	echo.Scaling.Min = nil
	f.ecs.Scalers[0].Min = 3
	if found := examine(t, f); len(found) > 0 {
		t.Errorf("doctor finds %v", found)
	}
}

// registers adds a revision like the first one of the echo, which is then the youngest.
func (f *facts) registers(name string) *Definition {
	next := *f.definition("m-ecs-1-echo:1")
	next.ARN = strings.Replace(next.ARN, "m-ecs-1-echo:1", name, 1)
	next.Containers = slices.Clone(next.Containers)
	f.ecs.Definitions = append(f.ecs.Definitions, next)
	f.ecs.Latest[FamilyOf(next.ARN)] = next.ARN
	return &f.ecs.Definitions[len(f.ecs.Definitions)-1]
}

// An update that failed writes no outputs. The service runs its old revision as if nothing had happened.
func TestARevisionThatDoesNotRunIsNamedWithWhatECSSaysOfIt(t *testing.T) {
	f := running()
	next, echo := f.registers("m-ecs-1-echo:2"), f.service("m-ecs-1/echo")
	const cause = "CannotPullContainerError: pull access denied"
	for range 2 {
		f.ecs.Tasks = append(f.ecs.Tasks, Task{Service: echo.ARN, Definition: next.ARN, Status: "STOPPED", Stopped: cause})
	}
	f.ecs.Tasks = append(f.ecs.Tasks, Task{Service: echo.ARN, Definition: echo.Definition, Status: "STOPPED", Stopped: "Task stopped by user"})
	want := "service ecs-1/echo runs m-ecs-1-echo:1, and the revision m-ecs-1-echo:2 that was registered last does not run: " + cause
	if found := examine(t, f); len(found) != 1 || found[0].Sentence != want || !found[0].Latent {
		t.Errorf("doctor finds %+v, want %s", found, want)
	}

	// The outputs are those of the last update that succeeded, and the service may run a younger revision: another part of the update failed.
	echo.Definition, f.task("ecs-1-echo").Definition = next.ARN, next.ARN
	if found := examine(t, f); len(found) > 0 {
		t.Errorf("the service runs what was registered last, and doctor finds %+v", found)
	}

	// A pipeline registers revisions when it likes.
	f = running()
	f.registers("m-ecs-1-echo:2")
	one := f.stack.Clusters["ecs-1"].Services["echo"]
	one.DeployedBy = "pipeline"
	f.stack.Clusters["ecs-1"].Services["echo"] = one
	for _, found := range examine(t, f) {
		if found.Ingredient == "deployment-rolled-back" {
			t.Errorf("doctor finds %+v", found)
		}
	}
}

// While a service deploys, tasks of the old revision run that ECS may have to start again.
func TestTheRoleOfARunningTaskIsAskedForItsOwnRevision(t *testing.T) {
	f := running()
	next := f.registers("m-ecs-1-echo:2")
	next.Containers[0].Image, next.Containers[0].Sources, next.Containers[0].Files = "public.ecr.aws/demo/echo:2", nil, nil
	echo := f.service("m-ecs-1/echo")
	old := echo.Definition
	echo.Definition = next.ARN
	f.role("execution").Policies = map[string]string{"p": allowed(`"logs:*"`, "*")}
	missing := func() (words []string) {
		for _, found := range examine(t, f) {
			if found.Ingredient == "execution-permission" {
				words = append(words, found.Sentence)
			}
		}
		return words
	}
	if words := strings.Join(missing(), " "); !strings.Contains(words, "role/execution may not do secretsmanager:GetSecretValue") {
		t.Errorf("a task of %s runs, and doctor says %q", last(old), words)
	}
	f.task("ecs-1-echo").Definition = next.ARN
	if words := missing(); len(words) > 0 {
		t.Errorf("no task of the old revision runs, and doctor says %q", words)
	}
}
