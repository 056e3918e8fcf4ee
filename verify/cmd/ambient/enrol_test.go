package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ambient-ecs/contract"
	"ambient-ecs/verify/stack"
)

const web = `{
  "family": "web", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"], "cpu": "256", "memory": "512",
  "taskRoleArn": "arn:aws:iam::111122223333:role/mesh-ecs-1-ecs", "executionRoleArn": "arn:aws:iam::111122223333:role/web-execution",
  "containerDefinitions": [
    {"name": "web", "image": "web:1", "portMappings": [{"containerPort": 80, "appProtocol": "http"}, {"containerPort": 5432}],
     "environment": [{"name": "DB_PASSWORD", "value": "hunter2"}]}
  ]
}
`

// filter runs a command that reads a task definition.
func filter(t *testing.T, in string, args ...string) result {
	t.Helper()
	return filterOn(t, three().Stack, in, args...)
}

// filterOn is filter with the outputs of a stack.
func filterOn(t *testing.T, s *stack.Stack, in string, args ...string) result {
	t.Helper()
	s.Tokens = map[string]string{"ecs-1/ecs": "dG9rZW4=", "ecs-2/ecs": "dG9rZW4=", "ecs-3/ecs": "dG9rZW4="}
	p := &program{outputs: func(context.Context, place) ([]byte, error) { return json.Marshal(s) }}
	var out, stderr bytes.Buffer
	root := p.root()
	root.SetIn(strings.NewReader(in))
	root.SetOut(&out)
	root.SetErr(&stderr)
	root.SetArgs(args)
	if err := root.ExecuteContext(t.Context()); err != nil {
		return result{exitRefused, out.String(), err.Error()}
	}
	return result{0, out.String(), stderr.String()}
}

func TestEnrolWritesTheDefinitionAndSaysWhatIsLeft(t *testing.T) {
	r := filter(t, web, "enrol", "--identity", "ecs-1/ecs")
	if r.code != 0 || !strings.Contains(r.out, `"registry.example/istio/ztunnel:1.29.1-solo"`) || !strings.Contains(r.out, `"dG9rZW4="`) || !strings.Contains(r.out, `"startPeriod": 300`) {
		t.Fatalf("%+v", r)
	}
	for _, want := range []string{
		"ecs.solo.io/namespace=mesh-1, ecs.solo.io/service-account=ecs", "SERVICE.mesh-1.ecs.home", "ecs.solo.io/ports=http:80/tcp:5432", "propagateTags SERVICE",
		"1.3.0", "/ecs/mesh-1", "DB_PASSWORD looks like a credential",
	} {
		if !strings.Contains(r.stderr, want) {
			t.Errorf("standard error does not say %s:\n%s", want, r.stderr)
		}
	}
	if strings.Contains(r.stderr, "hunter2") {
		t.Error("the credential is printed")
	}
	if again := filter(t, r.out, "enrol", "--identity", "ecs-1/ecs"); again.out != r.out {
		t.Errorf("enrolled again it is\n%s", again.out)
	}
	java := filter(t, r.out, "enrol", "--identity", "ecs-1/ecs", "--client", "java")
	if java.code != 0 || !strings.Contains(java.out, "-DsocksProxyHost=127.0.0.1") {
		t.Errorf("enrolled for Java it is %+v", java)
	}
	if back := filter(t, java.out, "unenrol"); back.code != 0 || back.out != web {
		t.Errorf("unenrolled it is %+v", back)
	}
	if back := filter(t, r.out, "unenrol"); back.code != 0 || back.out != web {
		t.Errorf("unenrolled it is %+v", back)
	}
}

// agent is web with a sidecar before it, which has ports of its own.
var agent = strings.Replace(web, `{"name": "web"`, `{"name": "agent", "image": "agent:1", "portMappings": [{"containerPort": 8126}, {"containerPort": 8125, "protocol": "udp"}],
     "healthCheck": {"command": ["/healthcheck"]}, "user": null},
    {"name": "web"`, 1)

func TestEnrolTakesTheApplicationForTheService(t *testing.T) {
	r := filter(t, agent, "enrol", "--identity", "ecs-1/ecs")
	for _, want := range []string{
		"ecs.solo.io/ports=http:80/tcp:5432/tcp:8126\n", "the containers agent, web have ports, and web is taken for the service", "udp 8125", "neither CMD nor CMD-SHELL", "members that are null: 1",
	} {
		if r.code != 0 || !strings.Contains(r.stderr, want) {
			t.Errorf("standard error does not say %s:\n%s", want, r.stderr)
		}
	}
	if back := filter(t, r.out, "unenrol"); back.code != 0 || back.out != agent {
		t.Errorf("unenrolled it is %+v", back)
	}
	unknown := filter(t, strings.NewReplacer(`"name": "web", "image"`, `"name": "app", "image"`, `, "appProtocol": "http"`, "").Replace(agent), "enrol", "--identity", "ecs-1/ecs")
	if unknown.code != 0 || !strings.Contains(unknown.stderr, "nobody knows which of them is the service") {
		t.Errorf("%+v", unknown)
	}
}

func TestEnrolGivesSingleContainersTheirOwnPresets(t *testing.T) {
	r := filter(t, agent, "enrol", "--identity", "ecs-1/ecs", "--client", "go", "--client", "agent=none")
	if r.code != 0 || strings.Count(r.out, `"HTTP_PROXY"`) != 1 {
		t.Fatalf("%+v", r)
	}
	all := filter(t, r.out, "enrol", "--identity", "ecs-1/ecs", "--client", "go")
	if all.code != 0 || strings.Count(all.out, `"HTTP_PROXY"`) != 2 {
		t.Errorf("%+v", all)
	}
	for _, enrolled := range []string{r.out, all.out} {
		if back := filter(t, enrolled, "unenrol"); back.code != 0 || back.out != agent {
			t.Errorf("unenrolled it is %+v", back)
		}
	}
}

// A team has the contract and no outputs, and gets the same.
func TestEnrolFromAContractIsEnrolFromTheOutputs(t *testing.T) {
	c := contract.Contract{
		Version: contract.Version, Install: "mesh", Partition: "aws", Region: "eu-central-1", AccountID: "111122223333",
		Network: contract.Network{PrivateSubnetIDs: []string{"subnet-1"}, ClientSecurityGroupID: "sg-1", ServerSecurityGroupID: "sg-2"},
		Cluster: contract.Cluster{Key: "ecs-1", Name: "mesh-1", Domain: "ecs.home", ARN: "arn:aws:ecs:eu-central-1:111122223333:cluster/mesh-1", LogGroup: "/ecs/mesh-1",
			ExecutionRoleARN: "arn:aws:iam::111122223333:role/mesh-execution-home"},
		Identities: map[string]contract.Identity{"ecs": {Namespace: "mesh-1", TaskRoleARN: "arn:aws:iam::111122223333:role/mesh-ecs-1-ecs"}},
		Ztunnel:    contract.Ztunnel{Image: "registry.example/istio/ztunnel:1.29.1-solo", Health: contract.Health{Interval: 10, Timeout: 5, Retries: 10, StartPeriod: 300}},
	}
	folder := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good, token := file("contract.json", c.JSON()), file("token", "dG9rZW4=\n")
	r := filter(t, web, "enrol", "--identity", "ecs-1/ecs", "--contract", good, "--token", token)
	if want := filter(t, web, "enrol", "--identity", "ecs-1/ecs"); r.code != 0 || r.out != want.out {
		t.Errorf("got %+v\nwant %s", r, want.out)
	}
	for _, want := range []string{"SERVICE.mesh-1.ecs.home", "subnets subnet-1", "security group sg-1, and sg-2"} {
		if !strings.Contains(r.stderr, want) {
			t.Errorf("standard error does not say %s:\n%s", want, r.stderr)
		}
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--identity", "ecs-1/root", "--contract", good, "--token", token}, "choose one of ecs-1/ecs"},
		{[]string{"--identity", "ecs-2/ecs", "--contract", good, "--token", token}, "choose one of ecs-1/ecs"},
		{[]string{"--identity", "ecs-1/ecs", "--contract", good}, "token"},
		{[]string{"--identity", "ecs-1/ecs", "--contract", token, "--token", token}, "cannot be read"},
		{[]string{"--identity", "ecs-1/ecs", "--contract", good + "x", "--token", token}, "read the contract"},
		{[]string{"--identity", "ecs-1/ecs", "--contract", good, "--token", good + "x"}, "read the token"},
	} {
		if r := filter(t, web, append([]string{"enrol"}, c.args...)...); r.code == 0 || r.out != "" || !strings.Contains(r.stderr, c.want) {
			t.Errorf("%v: want %s in %+v", c.args, c.want, r)
		}
	}
}

func TestEnrolRefusesAllAtOnceAndWritesNothing(t *testing.T) {
	bad := strings.NewReplacer("awsvpc", "bridge", "mesh-ecs-1-ecs", "other", `"executionRoleArn": "arn:aws:iam::111122223333:role/web-execution",`, "", "5432", "15008").Replace(web)
	for _, c := range []struct {
		in    string
		args  []string
		wants []string
	}{
		{bad, []string{"--identity", "ecs-1/ecs"}, []string{`networkMode = "bridge"`, "15008", "istiod knows the identity ecs-1/ecs by the role arn:aws:iam::111122223333:role/mesh-ecs-1-ecs", "executionRoleArn is not set"}},
		{web, []string{"--identity", "ecs-9/ecs"}, []string{`no identity "ecs-9/ecs"`, "ecs-1/ecs, ecs-2/ecs, ecs-3/ecs"}},
		{`{"family": 7, "cpu": 1}`, []string{"--identity", "ecs-1/ecs"}, []string{"family = 7", "cpu = 1"}},
		{"", []string{"--identity", "ecs-1/ecs"}, []string{"not JSON"}},
		{web, nil, []string{"identity"}},
		{web, []string{"--identity", "ecs-1/ecs", "--client", "perl"}, []string{`Client = "perl"`, "dotnet"}},
		{web, []string{"--identity", "ecs-1/ecs", "--client", "nobody=go"}, []string{`Clients.nobody = "go"`, "no container of this name"}},
		{web, []string{"--identity", "ecs-1/ecs", "--client", "web=perl"}, []string{`Clients.web = "perl"`, "dotnet"}},
		{web, []string{"--identity", "ecs-1/ecs", "--client", "web=go", "--client", "web=java"}, []string{"names the container web twice"}},
		{web, []string{"--identity", "ecs-1/ecs", "--client", "go", "--client", "java"}, []string{"two presets", "go and java"}},
		{web, []string{"--identity", "ecs-1/ecs", "--outputs", "-"}, []string{"standard input is the task definition"}},
	} {
		r := filter(t, c.in, append([]string{"enrol"}, c.args...)...)
		for _, want := range c.wants {
			if r.code == 0 || r.out != "" || !strings.Contains(r.stderr, want) {
				t.Errorf("%v: want %s in %+v", c.args, want, r)
			}
		}
	}
	if r := filter(t, strings.Replace(web, `"name": "web"`, `"name": "ztunnel"`, 1), "unenrol"); r.code == 0 || !strings.Contains(r.stderr, "enrol did not add it") {
		t.Errorf("%+v", r)
	}
}
