package doctor

import (
	"strings"
	"testing"

	"ambient-ecs/iam/evaluation"
	"ambient-ecs/mesh/bootstrap"
	"ambient-ecs/verify/stack"
)

// withTask adds a standalone task with a schedule to ecs-1, as the program makes it.
func withTask() *facts {
	f := healthy()
	cluster := f.stack.Clusters["ecs-1"]
	account := f.stack.Accounts[cluster.Account].ID
	at := func(service, resource string) string {
		return "arn:aws:" + service + ":" + region + ":" + account + ":" + resource
	}
	definition, role := at("ecs", "task-definition/"+cluster.Namespace+"-report:1"), "arn:aws:iam::"+account+":role/starter"
	cluster.Tasks = map[string]stack.Task{"report": {
		Namespace: cluster.Namespace, ServiceAccount: "ecs", Hostname: "report.x", TaskDefinitionARN: definition,
		Schedule: &stack.Schedule{ARN: at("scheduler", "schedule/"+cluster.Namespace+"/report"), Group: cluster.Namespace, RoleARN: role},
	}}
	f.stack.Clusters["ecs-1"] = cluster
	like := *f.definition(cluster.Namespace + "-shell:1")
	f.ecs.Definitions = append(f.ecs.Definitions, Definition{
		ARN: definition, TaskRole: like.TaskRole, ExecutionRole: like.ExecutionRole,
		Tags: map[string]string{tagNamespace: cluster.Namespace, tagServiceAccount: "ecs", tagHostname: "report.x"},
		Containers: []Container{
			{Name: "report", DependsOn: map[string]string{ztunnel: "HEALTHY"}, LogGroup: "/ecs/" + cluster.Namespace},
			{Name: ztunnel, Environment: map[string]string{bootstrap.Variable: token(nil, cluster.Namespace)}, HealthCheck: true},
		},
	})
	f.ecs.Schedules = []Schedule{{
		ARN: cluster.Tasks["report"].Schedule.ARN, State: "ENABLED", Cluster: cluster.ARN, Definition: definition, Role: role, PropagateTags: "TASK_DEFINITION",
		Subnets: []string{"subnet-" + cluster.Account}, Groups: []string{"sg-client-" + cluster.Account},
	}}
	f.roles = append(f.roles, evaluation.Role{
		ARN: role, Name: "starter",
		Trust: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"scheduler.amazonaws.com"},"Action":"sts:AssumeRole",` +
			`"Condition":{"StringEquals":{"aws:SourceArn":"` + at("scheduler", "schedule-group/"+cluster.Namespace) + `"}}}]}`,
		Policies: map[string]string{"start": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ecs:RunTask","ecs:TagResource","iam:PassRole"],"Resource":"*"}]}`},
	})
	return f
}

// starter and reported are the role of the schedule and the definition of the standalone task.
func (f *facts) starter() *evaluation.Role { return &f.roles[len(f.roles)-1] }

func (f *facts) reported() *Definition { return &f.ecs.Definitions[len(f.ecs.Definitions)-1] }

var standalones = []struct {
	name              string
	spoil             func(*facts)
	ingredient, words string
}{
	{"nothing", func(*facts) {}, "", ""},
	{"paused as declared", func(f *facts) {
		f.ecs.Schedules[0].State = "DISABLED"
		f.stack.Clusters["ecs-1"].Tasks["report"].Schedule.Paused = true
	}, "", ""},
	{"no schedule", func(f *facts) { f.ecs.Schedules = nil }, "schedule", "the schedule of ecs-1/report does not exist"},
	{"disabled by hand", func(f *facts) { f.ecs.Schedules[0].State = "DISABLED" }, "schedule", "not declared as paused"},
	{"an old revision", func(f *facts) { f.ecs.Schedules[0].Definition += "0" }, "schedule", "report:10 instead of"},
	{"another cluster", func(f *facts) { f.ecs.Schedules[0].Cluster += "x" }, "schedule", "starts the task on"},
	{"no tags for the task", func(f *facts) { f.ecs.Schedules[0].PropagateTags = "" }, "schedule", "gets no tags"},
	{"no security group", func(f *facts) { f.ecs.Schedules[0].Groups = nil }, "task-security-group", "standalone task ecs-1/report"},
	{"no role", func(f *facts) { f.roles = f.roles[:len(f.roles)-1] }, "schedule-role", "does not exist"},
	{"a role for tasks", func(f *facts) {
		f.starter().Trust = strings.Replace(f.starter().Trust, "scheduler.amazonaws.com", "ecs-tasks.amazonaws.com", 1)
	}, "schedule-role", "does not let EventBridge Scheduler take it"},
	{"a role of another group", func(f *facts) {
		f.starter().Trust = strings.Replace(f.starter().Trust, "schedule-group/", "schedule-group/x", 1)
	}, "schedule-role", "does not let EventBridge"},
	{"a role that may not start it", func(f *facts) {
		f.starter().Policies["start"] = strings.Replace(f.starter().Policies["start"], "ecs:RunTask", "ecs:StopTask", 1)
	}, "schedule-role", "may not do ecs:RunTask"},
	{"a role that passes no role", func(f *facts) {
		f.starter().Policies["start"] = strings.Replace(f.starter().Policies["start"], "iam:PassRole", "iam:GetRole", 1)
	}, "schedule-role", "may not do iam:PassRole"},
	{"no definition", func(f *facts) { f.ecs.Definitions = f.ecs.Definitions[:len(f.ecs.Definitions)-1] }, "task-definition", "of standalone task ecs-1/report does not exist"},
	{"no identity in the tags", func(f *facts) { delete(f.reported().Tags, tagServiceAccount) }, "definition-tags", "ecs.solo.io/service-account"},
	{"no proxy", func(f *facts) { f.reported().Containers = f.reported().Containers[:1] }, "ztunnel-container", "report:1 has no container named ztunnel"},
	{"an application that does not wait", func(f *facts) { f.reported().Containers[0].DependsOn = nil }, "depends-on", "container report"},
}

func TestWhatAStandaloneTaskLacksIsNamedBeforeItStarts(t *testing.T) {
	for _, c := range standalones {
		f := withTask()
		c.spoil(f)
		result, err := Run(t.Context(), f, f.stack, Options{})
		if err != nil {
			t.Fatal(err)
		}
		found := result.Findings
		if c.ingredient == "" {
			if len(found) > 0 {
				t.Errorf("%s: %v", c.name, found)
			}
			continue
		}
		if len(found) != 1 || !found[0].Latent || found[0].Ingredient != c.ingredient || !strings.Contains(found[0].Sentence, c.words) || strings.Join(found[0].Affects, "") != "ecs-1/report" {
			t.Errorf("%s: %+v", c.name, found)
		}
	}
}
