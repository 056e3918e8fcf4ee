package task

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"ambient-ecs/ecs/task/definition"
	"ambient-ecs/ecs/task/enrol"
	"ambient-ecs/tests/golden"
)

func echo() Task {
	return Task{
		Family: "mesh-one-echo",
		App:    &App{Name: "echo", Image: "public.ecr.aws/demo/echo:latest", CPU: 256, Memory: 512, Ports: []int{8080}},
		Mesh: enrol.Mesh{
			Region: "eu-central-1", LogGroup: "/ecs/mesh-one",
			Image: "us-docker.pkg.dev/soloio-img/istio/ztunnel:1.29.1-solo-distroless", Token: "ZXhhbXBsZQ==",
			Health: enrol.Health{Interval: 5, Timeout: 5, Retries: 3, StartPeriod: 300},
		},
	}
}

func shell() Task {
	t := echo()
	t.App = &App{
		Name: "shell", Image: "curlimages/curl:8.10.1", CPU: 256, Memory: 512, Command: []string{"sh", "-c", "while true; do sleep 3600 < /dev/null; done"},
		Environment: map[string]string{"NO_PROXY": "localhost,internal.example", "GREETING": "hello & good-bye", "EMPTY": ""},
	}
	t.Mesh.Credentials = map[string]string{enrol.DockerHub: "arn:aws:secretsmanager:eu-central-1:111122223333:secret:hub"}
	return t
}

// full has every part of the short form.
func full() Task {
	t, stop := echo(), 90
	t.App = &App{
		Name: "full", Image: "public.ecr.aws/demo/full:1", CPU: 1024, Memory: 2048, Architecture: "ARM64", Ports: []int{8080, 9090},
		EntryPoint: []string{"/bin/full"}, Command: []string{"serve"}, User: "1000:1000", StopTimeout: &stop,
		Secrets:     map[string]string{"DB_PASSWORD": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:db-a1b2c3:password::", "API_KEY": "/full/api-key"},
		HealthCheck: &HealthCheck{Command: []string{"CMD-SHELL", "curl -f localhost:8080"}, Interval: 10},
		Labels:      map[string]string{"ecs.solo.io/hostname": "full.example"},
	}
	t.Mesh.Ztunnel = enrol.Settings{CPU: 64, Memory: 128, User: "1337", ReadonlyRootFilesystem: true, Environment: map[string]string{"RUST_LOG": "info"}}
	return t
}

func TestTheRegisteredFormMatchesTheGoldenFile(t *testing.T) {
	for name, task := range map[string]Task{"server": echo(), "client": shell(), "full": full()} {
		t.Run(name, func(t *testing.T) {
			var got bytes.Buffer
			if err := json.Indent(&got, []byte(registered(t, task)+"\n"), "", "  "); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join("testdata", name+".json")
			golden.Check(t, file, got.String(), "A difference is a new revision of every service.")
		})
	}
}

func registered(t testing.TB, task Task) string {
	t.Helper()
	d, err := task.Enrolled()
	if err != nil {
		t.Fatal(err)
	}
	return d.Registered()
}

func both(t testing.TB, task Task) (app, ztunnel types.ContainerDefinition) {
	t.Helper()
	d, err := task.Enrolled()
	if err != nil {
		t.Fatal(err)
	}
	if all := d.ContainerDefinitions; len(all) != 2 || definition.Text(all[1].Name) != enrol.ZtunnelName {
		t.Fatalf("containers %s", d.Bytes())
	}
	return d.ContainerDefinitions[0], d.ContainerDefinitions[1]
}

func environment(c types.ContainerDefinition) map[string]string {
	all := map[string]string{}
	for _, v := range c.Environment {
		all[definition.Text(v.Name)] = definition.Text(v.Value)
	}
	return all
}

func TestTheApplicationWaitsForAHealthyZtunnel(t *testing.T) {
	app, ztunnel := both(t, echo())
	if d := app.DependsOn; len(d) != 1 || definition.Text(d[0].ContainerName) != "ztunnel" || d[0].Condition != types.ContainerConditionHealthy {
		t.Errorf("the application depends on %v", app.DependsOn)
	}
	if len(ztunnel.DependsOn) != 0 || !definition.Essential(ztunnel) || !definition.Essential(app) {
		t.Errorf("app %+v, ztunnel %+v", app, ztunnel)
	}
	if want := []string{"CMD", "ztunnel", "healthcheck"}; ztunnel.HealthCheck == nil || !slices.Equal(ztunnel.HealthCheck.Command, want) {
		t.Errorf("health check %+v", ztunnel.HealthCheck)
	}
	if app.HealthCheck != nil {
		t.Errorf("the application got a health check: %+v", app.HealthCheck)
	}
	if text := registered(t, echo()); strings.Contains(text, "startTimeout") {
		t.Errorf("a start time-out limits the wait for the mesh: %s", text)
	}
}

func TestTheUsersEnvironmentWins(t *testing.T) {
	app, ztunnel := both(t, shell())
	if got := environment(app); got["NO_PROXY"] != "localhost,internal.example" || got["ALL_PROXY"] != "socks5h://127.0.0.1:15080" || len(got) != 4 {
		t.Errorf("got %v", got)
	}
	if got := environment(ztunnel); got["BOOTSTRAP_TOKEN"] != "ZXhhbXBsZQ==" || len(got) != 1 {
		t.Errorf("ztunnel's environment is %v", got)
	}
}

func TestEachContainerLogsUnderItsOwnName(t *testing.T) {
	app, ztunnel := both(t, echo())
	for _, c := range []types.ContainerDefinition{app, ztunnel} {
		if o := c.LogConfiguration.Options; o["awslogs-group"] != "/ecs/mesh-one" || o["awslogs-region"] != "eu-central-1" || o["awslogs-stream-prefix"] != *c.Name {
			t.Errorf("%s logs to %+v", *c.Name, c.LogConfiguration)
		}
	}
}

func TestNoFieldIsNullOrEmpty(t *testing.T) {
	for _, task := range []Task{echo(), shell(), full()} {
		text := registered(t, task)
		for _, bad := range []string{":null", ":[]", ":{}"} {
			if strings.Contains(text, bad) {
				t.Errorf("%s is in %s", bad, text)
			}
		}
	}
}

func TestWhatCannotRunIsRefused(t *testing.T) {
	stop := 200
	for want, change := range map[string]func(*Task){
		"mesh.Region is not set":           func(t *Task) { t.Mesh.Region = "" },
		"mesh.LogGroup is not set":         func(t *Task) { t.Mesh.LogGroup = "" },
		"App.Name is not set":              func(t *Task) { t.App.Name = "" },
		`App.Name = "ztunnel"`:             func(t *Task) { t.App.Name = "ztunnel" },
		"App.Image is not set":             func(t *Task) { t.App.Image = "" },
		"containerPort = 70000: a port is": func(t *Task) { t.App.Ports = []int{70000} },
		"containerPort = -1: a port is":    func(t *Task) { t.App.Ports = []int{-1} },
		"containerPort = 15008: ztunnel":   func(t *Task) { t.App.Ports = []int{15008} },
		"containerPort = 15090: ztunnel":   func(t *Task) { t.App.Ports = []int{15090} },
		"has it too":                       func(t *Task) { t.App.Ports = []int{80, 80} },
		`environment[0].name = "A=B"`:      func(t *Task) { t.App.Environment = map[string]string{"A=B": "c"} },
		`valueFrom = "a b"`:                func(t *Task) { t.App.Secrets = map[string]string{"A": "a b"} },
		"sets it too": func(t *Task) {
			t.App.Secrets, t.App.Environment = map[string]string{"A": "a"}, map[string]string{"A": "a"}
		},
		"it is no Fargate size":                  func(t *Task) { t.App.CPU = 300 },
		`cpuArchitecture = "ARM"`:                func(t *Task) { t.App.Architecture = "ARM" },
		"App.HealthCheck.Command = [\"curl\"]":   func(t *Task) { t.App.HealthCheck = &HealthCheck{Command: []string{"curl"}} },
		"stopTimeout = 200":                      func(t *Task) { t.App.StopTimeout = &stop },
		"the containers want 512 CPU units":      func(t *Task) { t.Mesh.Ztunnel.CPU = 512 },
		"mesh.Image is not set":                  func(t *Task) { t.Mesh.Image = "" },
		"mesh.Token is not set":                  func(t *Task) { t.Mesh.Token = "" },
		"mesh.Health.Interval = 1: must be":      func(t *Task) { t.Mesh.Health.Interval = 1 },
		"mesh.Health.Timeout = 0: must be":       func(t *Task) { t.Mesh.Health.Timeout = 0 },
		"mesh.Health.Retries = 11: must be":      func(t *Task) { t.Mesh.Health.Retries = 11 },
		"mesh.Health.StartPeriod = 600: must be": func(t *Task) { t.Mesh.Health.StartPeriod = 600 },
		"this is not the host of a registry":     func(t *Task) { t.Mesh.Credentials = map[string]string{"docker.io/library": "arn"} },
		"mesh.Credentials.docker.io is not set":  func(t *Task) { t.Mesh.Credentials = map[string]string{"docker.io": ""} },
		"give one of App and Definition":         func(t *Task) { t.App = nil },
	} {
		task := echo()
		change(&task)
		if _, err := task.Enrolled(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestWhatIsKnownLateIsNoProblemBefore(t *testing.T) {
	task := echo()
	task.Mesh.Region, task.Mesh.LogGroup, task.Mesh.Token = "", "", ""
	if err := task.Validate(); err != nil {
		t.Error(err)
	}
	task.Mesh.Image, task.App.Ports = "", []int{15008}
	if err := task.Validate(); err == nil || strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("got %v", err)
	}
}

const given = `{"family": "theirs", "networkMode": "awsvpc", "cpu": "256", "memory": "512", "taskRoleArn": "arn:theirs", "containerDefinitions": [
  {"name": "a", "image": "a:1", "environment": [{"name": "MODE", "value": "live"}], "secrets": [{"name": "KEY", "valueFrom": "/key"}]}, {"name": "b", "image": "b:1"}]}`

func TestATeamsDefinitionIsEnrolledWithItsOverrides(t *testing.T) {
	task := echo()
	d, err := definition.Parse([]byte(given))
	if err != nil {
		t.Fatal(err)
	}
	task.App, task.Definition, task.Container, task.Identity = nil, d, "a", enrol.Identity{Namespace: "shop", ServiceAccount: "orders"}
	task.Environment = map[string]string{"MODE": "test", "KEY": "plain", "NEW": "1"}
	enrolled, err := task.Enrolled()
	if err != nil {
		t.Fatal(err)
	}
	a, b, ztunnel := enrolled.ContainerDefinitions[0], enrolled.ContainerDefinitions[1], enrolled.ContainerDefinitions[2]
	if got := environment(a); got["MODE"] != "test" || got["KEY"] != "plain" || got["NEW"] != "1" || got["ALL_PROXY"] == "" || len(got) != 5 || len(a.Secrets) > 0 {
		t.Errorf("a has %v and %v", got, a.Secrets)
	}
	if got := environment(b); len(got) != 2 {
		t.Errorf("b has %v", got)
	}
	if *enrolled.Family != "mesh-one-echo" || ztunnel.DockerLabels[enrol.LabelIdentity] != "shop/orders" {
		t.Errorf("enrolled as %s", enrolled.Bytes())
	}
	if text := string(d.Bytes()); text != given {
		t.Errorf("the team's own text was changed:\n%s", text)
	}
}

func FuzzTheDefinitionSaysWhatTheTaskSays(f *testing.F) {
	f.Add("echo", "image:1", "KEY", "value", "dG9rZW4=", 8080)
	f.Add("shell", "a/b", "ALL_PROXY", "", "<&>\u2028", 0)
	f.Add("ztunnel", "", "=", "\x00", "", 15008)
	f.Fuzz(func(t *testing.T, name, image, key, value, token string, port int) {
		for _, s := range []string{name, image, key, value, token} {
			if !utf8.ValidString(s) {
				return // what is not UTF-8 cannot be in a stack file
			}
		}
		task := echo()
		task.App = &App{Name: name, Image: image, CPU: 256, Memory: 512, Environment: map[string]string{key: value}}
		if port != 0 {
			task.App.Ports = []int{port}
		}
		task.Mesh.Token = token
		d, err := task.Enrolled()
		if token != "" && (err == nil) != (task.Validate() == nil) {
			t.Fatalf("Validate and Enrolled disagree: %v", err)
		}
		if err != nil {
			return
		}
		if again := registered(t, task); again != d.Registered() {
			t.Fatalf("the same task gives another text: %s", again)
		}
		app, ztunnel := both(t, task)
		if *app.Name != name || *app.Image != image || environment(ztunnel)["BOOTSTRAP_TOKEN"] != token {
			t.Errorf("read back %+v and %+v", app, ztunnel)
		}
		if got, set := environment(app)[key]; !set || got != value {
			t.Errorf("%s=%s is missing in %v", key, value, app.Environment)
		}
		if (len(app.PortMappings) == 1) != (port != 0) {
			t.Errorf("port %d gives %v", port, app.PortMappings)
		}
	})
}

func TestARolledBackServiceIsAnError(t *testing.T) {
	if err := CheckRevision("mesh-one/echo", "task-definition/mesh-one-echo:4", "task-definition/mesh-one-echo:4"); err != nil {
		t.Error(err)
	}
	err := CheckRevision("mesh-one/echo", "task-definition/mesh-one-echo:3", "task-definition/mesh-one-echo:4")
	for _, word := range []string{"mesh-one/echo", "mesh-one-echo:3", "mesh-one-echo:4", "rolled"} {
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%v does not say %s", err, word)
		}
	}
}

func TestADefinitionGetsTheImageAndVariablesThatAreGivenForOneContainer(t *testing.T) {
	d, err := definition.Parse([]byte(`{
		"networkMode": "awsvpc", "cpu": "256", "memory": "512", "containerDefinitions": [
			{"name": "app", "image": "one:1", "environment": [{"name": "A", "value": "1"}], "secrets": [{"name": "B", "valueFrom": "/b"}]},
			{"name": "helper", "image": "two:1", "essential": false}
		]}`))
	if err != nil {
		t.Fatal(err)
	}
	task := echo()
	task.App, task.Definition, task.Container = nil, d, "app"
	task.Image, task.Environment, task.Secrets = "one:2", map[string]string{"B": "2"}, map[string]string{"A": "/a", "C": "/c"}
	base, err := task.Base()
	if err != nil {
		t.Fatal(err)
	}
	app, helper := base.ContainerDefinitions[0], base.ContainerDefinitions[1]
	if *app.Image != "one:2" || *helper.Image != "two:1" {
		t.Errorf("the images are %s and %s", *app.Image, *helper.Image)
	}
	secrets := map[string]string{}
	for _, s := range app.Secrets {
		secrets[*s.Name] = *s.ValueFrom
	}
	if variables := environment(app); len(variables) != 1 || variables["B"] != "2" || len(secrets) != 2 || secrets["A"] != "/a" || secrets["C"] != "/c" {
		t.Errorf("the variables are %v and the secrets %v: each is in one list", variables, secrets)
	}
}

// Whoever makes the file from what AWS describes, with everything that AWS alone sets, gets no new revision.
func TestWhatAWSDescribesIsEnrolledAsWhatWasRegistered(t *testing.T) {
	written := func(file string) string {
		t.Helper()
		text, err := os.ReadFile(filepath.Join("definition", "testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		d, err := definition.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		enrolled, err := Task{Family: "orders", Definition: d, Identity: enrol.Identity{Namespace: "shop", ServiceAccount: "orders"}, Mesh: echo().Mesh}.Enrolled()
		if err != nil {
			t.Fatal(err)
		}
		return enrolled.Registered()
	}
	if declared, described := written("full.json"), written("full.described.json"); declared != described {
		t.Errorf("declared\n%s\nand described\n%s", declared, described)
	}
}
