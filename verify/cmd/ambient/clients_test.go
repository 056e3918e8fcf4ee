package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ambient-ecs/ecs/task/definition"
	"ambient-ecs/ecs/task/enrol"
	"ambient-ecs/verify/stack"
)

// declaring is a stack whose services of the identity ecs-1/ecs are as given.
func declaring(services map[string]stack.Service) *stack.Stack {
	s := three().Stack
	cluster := s.Clusters["ecs-1"]
	for name, service := range services {
		service.ServiceAccount = "ecs"
		services[name] = service
	}
	cluster.Services = services
	s.Clusters["ecs-1"] = cluster
	return s
}

// presets are what a written definition was enrolled with, as its stamp has it.
func presets(t *testing.T, written string) string {
	t.Helper()
	d, err := definition.Parse([]byte(written))
	if err != nil {
		t.Fatalf("%v\n%s", err, written)
	}
	stamp, stamped, err := enrol.StampOf(d)
	if err != nil || !stamped {
		t.Fatalf("no stamp: %v\n%s", err, written)
	}
	text := stamp.Inputs["client"]
	if stamp.Inputs["clients"] != "" {
		text += ", and single containers"
	}
	return text
}

func TestEnrolTakesTheClientOfTheStackFile(t *testing.T) {
	const own = "arn:aws:ecs:eu-central-1:111122223333:task-definition/"
	for _, c := range []struct {
		name     string
		services map[string]stack.Service
		args     []string
		want     string
		said     []string
		unsaid   string
	}{
		{"the one service of the identity", map[string]stack.Service{"web": {Client: "go"}}, nil, "go", nil, "note: the stack file"},
		{"services that agree", map[string]stack.Service{"api": {Client: "go"}, "shop": {Client: "go"}}, nil, "go", nil, "note: the stack file"},
		{"single containers too", map[string]stack.Service{"web": {Client: "go", Clients: map[string]string{"agent": "none"}}}, nil, "go, and single containers", nil, "note: the stack file"},
		{"the service with the family of several", map[string]stack.Service{"orders": {Client: "go", Family: "web"}, "api": {}}, nil, "go", nil, "note: the stack file"},
		{"the family in the outputs of an older stack", map[string]stack.Service{"orders": {Client: "go", TaskDefinitionARN: own + "web:7"}, "api": {TaskDefinitionARN: own + "api:1"}}, nil, "go", nil, "note: the stack file"},
		{"a flag for one container leaves the others theirs", map[string]stack.Service{"web": {Client: "go"}}, []string{"--client", "agent=none"}, "go, and single containers",
			[]string{"the stack file says --client go of ecs-1/web, and this revision gets --client go --client agent=none"}, ""},
		{"a flag that says the same", map[string]stack.Service{"web": {Client: "go"}}, []string{"--client", "go"}, "go", nil, "note: the stack file"},
		{"a flag that says otherwise", map[string]stack.Service{"web": {Client: "go"}}, []string{"--client", "java"}, "java",
			[]string{"the stack file says --client go of ecs-1/web, and this revision gets --client java", "`ambient doctor`"}, ""},
		{"a flag for all containers stands for single ones too", map[string]stack.Service{"web": {Client: "go", Clients: map[string]string{"agent": "none"}}}, []string{"--client", "go"}, "go",
			[]string{"--client go --client agent=none of ecs-1/web"}, ""},
		{"a flag that chooses one of several", map[string]stack.Service{"api": {}, "orders": {Client: "go"}}, []string{"--client", "go"}, "go", nil, "note: the stack file"},
		{"no service of the identity", map[string]stack.Service{}, nil, "", []string{"nothing says what the containers call others with", "curl", "--client"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := filterOn(t, declaring(c.services), agent, append([]string{"enrol", "--identity", "ecs-1/ecs"}, c.args...)...)
			if r.code != 0 {
				t.Fatalf("%+v", r)
			}
			if got := presets(t, r.out); got != c.want {
				t.Errorf("the revision is enrolled for %q, want %q", got, c.want)
			}
			for _, want := range c.said {
				if !strings.Contains(r.stderr, want) {
					t.Errorf("standard error does not say %s:\n%s", want, r.stderr)
				}
			}
			if c.unsaid != "" && strings.Contains(r.stderr, c.unsaid) {
				t.Errorf("standard error says %s:\n%s", c.unsaid, r.stderr)
			}
		})
	}
}

func TestEnrolDoesNotGuessBetweenServicesThatDoNotAgree(t *testing.T) {
	s := declaring(map[string]stack.Service{"api": {}, "orders": {Client: "go", Clients: map[string]string{"otel": "none"}}})
	wants := []string{"different clients", "choose with --client", "ecs-1/api: --client curl", "ecs-1/orders: --client go --client otel=none"}
	refused := func(in string, wants ...string) {
		t.Helper()
		r := filterOn(t, s, in, "enrol", "--identity", "ecs-1/ecs")
		for _, want := range wants {
			if r.code != exitRefused || r.out != "" || !strings.Contains(r.stderr, want) {
				t.Errorf("want %s in %+v", want, r)
			}
		}
	}
	refused(web, wants...)
	// What is wrong with the definition is told at the same time.
	refused(strings.Replace(web, "awsvpc", "bridge", 1), append(wants, `networkMode = "bridge"`)...)
}

// The outputs of another team's stack do not say what its services call others with, so they stand against nothing.
func TestAServiceOfAnotherTeamSaysNothingOfTheClient(t *testing.T) {
	file := filepath.Join(t.TempDir(), "team.json")
	if err := os.WriteFile(file, []byte(`{"meshServices": {"ecs-1": {"reports": {"serviceAccount": "ecs", "namespace": "mesh-1", "hostname": "reports.mesh-1.ecs.home"}}}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	r := filterOn(t, declaring(map[string]stack.Service{"orders": {Client: "go"}}), web, "enrol", "--identity", "ecs-1/ecs", "--services", file)
	if r.code != 0 || presets(t, r.out) != "go" {
		t.Errorf("%+v", r)
	}
}
