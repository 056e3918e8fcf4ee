package task

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"ambient-ecs/mesh/bootstrap"
	"ambient-ecs/tests/golden"
)

func echo() Task {
	return Task{
		Region: "eu-central-1", LogGroup: "/ecs/mesh-one",
		App: App{Name: "echo", Image: "public.ecr.aws/demo/echo:latest", Port: 8080},
		Ztunnel: Ztunnel{
			Image: "us-docker.pkg.dev/soloio-img/istio/ztunnel:1.29.1-solo-distroless", Token: "ZXhhbXBsZQ==",
			Health: Health{Interval: 5, Timeout: 5, Retries: 3, StartPeriod: 300},
		},
	}
}

func shell() Task {
	t := echo()
	t.App = App{
		Name: "shell", Image: "curlimages/curl:8.10.1", Command: []string{"sh", "-c", "while true; do sleep 3600 < /dev/null; done"},
		Environment: map[string]string{"NO_PROXY": "localhost,internal.example", "GREETING": "hello & good-bye", "EMPTY": ""},
	}
	t.Credentials = map[string]string{DockerHub: "arn:aws:secretsmanager:eu-central-1:111122223333:secret:hub"}
	return t
}

func TestJSONMatchesTheGoldenFile(t *testing.T) {
	for name, task := range map[string]Task{"server": echo(), "client": shell()} {
		t.Run(name, func(t *testing.T) {
			text, err := task.JSON()
			if err != nil {
				t.Fatal(err)
			}
			var got bytes.Buffer
			if err := json.Indent(&got, []byte(text+"\n"), "", "  "); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join("testdata", name+".json")
			golden.Check(t, file, got.String(), "A difference is a new revision of every service.")
		})
	}
}

func TestTheApplicationWaitsForAHealthyZtunnel(t *testing.T) {
	app, ztunnel := containers(t, echo())
	if want := []dependency{{ContainerName: "ztunnel", Condition: "HEALTHY"}}; !slices.Equal(app.DependsOn, want) {
		t.Errorf("the application depends on %v", app.DependsOn)
	}
	if len(ztunnel.DependsOn) != 0 || !ztunnel.Essential || !app.Essential {
		t.Errorf("app %+v, ztunnel %+v", app, ztunnel)
	}
	if want := []string{"CMD", "ztunnel", "healthcheck"}; ztunnel.HealthCheck == nil || !slices.Equal(ztunnel.HealthCheck.Command, want) {
		t.Errorf("health check %+v", ztunnel.HealthCheck)
	}
	if app.HealthCheck != nil {
		t.Errorf("the application got a health check: %+v", app.HealthCheck)
	}
	text, err := echo().JSON()
	if err != nil || strings.Contains(text, "startTimeout") {
		t.Errorf("a start time-out limits the wait for the mesh: %v %s", err, text)
	}
}

func TestZtunnelGetsTheTokenAndNothingElse(t *testing.T) {
	app, ztunnel := containers(t, shell())
	if want := []variable{{"BOOTSTRAP_TOKEN", "ZXhhbXBsZQ=="}}; !slices.Equal(ztunnel.Environment, want) {
		t.Errorf("ztunnel's environment is %v", ztunnel.Environment)
	}
	if slices.ContainsFunc(app.Environment, func(v variable) bool { return v.Name == bootstrap.Variable }) {
		t.Error("the application got the token")
	}
	if ztunnel.LinuxParameters != nil || len(ztunnel.PortMappings) != 0 || len(ztunnel.Command) != 0 {
		t.Errorf("ztunnel is not as add-service makes it: %+v", ztunnel)
	}
}

func TestTheEnvironmentIsSortedAndTheUserWins(t *testing.T) {
	// EMPTY is left out, as ECS leaves it out.
	app, _ := containers(t, shell())
	want := []variable{
		{"ALL_PROXY", "socks5h://127.0.0.1:15080"}, {"GREETING", "hello & good-bye"}, {"NO_PROXY", "localhost,internal.example"},
	}
	if !slices.Equal(app.Environment, want) {
		t.Errorf("got %v, want %v", app.Environment, want)
	}
	app, _ = containers(t, echo())
	if want := (variable{"NO_PROXY", "localhost,127.0.0.1,169.254.170.2,169.254.169.254"}); app.Environment[1] != want {
		t.Errorf("got %v, want %v", app.Environment[1], want)
	}
}

func TestEachContainerLogsUnderItsOwnName(t *testing.T) {
	for _, c := range both(t, echo()) {
		if c.LogConfiguration.Options != (logOptions{Group: "/ecs/mesh-one", Region: "eu-central-1", StreamPrefix: c.Name}) {
			t.Errorf("%s logs to %+v", c.Name, c.LogConfiguration)
		}
	}
}

func TestOnlyImagesOfTheRegistryGetItsCredentials(t *testing.T) {
	task := echo()
	task.Credentials = map[string]string{"us-docker.pkg.dev": "arn:hub"}
	app, ztunnel := containers(t, task)
	if app.RepositoryCredentials != nil {
		t.Errorf("an image of another registry got credentials: %+v", app.RepositoryCredentials)
	}
	if ztunnel.RepositoryCredentials == nil || ztunnel.RepositoryCredentials.CredentialsParameter != "arn:hub" {
		t.Errorf("ztunnel has the credentials %+v", ztunnel.RepositoryCredentials)
	}
}

func TestRegistryIsTheHostOfAnImage(t *testing.T) {
	for image, want := range map[string]string{
		"alpine":                             DockerHub,
		"curlimages/curl:8":                  DockerHub,
		"public.ecr.aws/demo/echo:latest":    "public.ecr.aws",
		"localhost/app":                      "localhost",
		"registry:5000/app":                  "registry:5000",
		"us-docker.pkg.dev/soloio-img/istio": "us-docker.pkg.dev",
	} {
		if got := Registry(image); got != want {
			t.Errorf("%s comes from %s, want %s", image, got, want)
		}
	}
}

func TestNoFieldIsNullOrEmpty(t *testing.T) {
	for _, task := range []Task{echo(), shell()} {
		text, err := task.JSON()
		if err != nil {
			t.Fatal(err)
		}
		for _, bad := range []string{":null", ":[]", ":{}"} {
			if strings.Contains(text, bad) {
				t.Errorf("%s is in %s", bad, text)
			}
		}
	}
}

func TestWhatCannotRunIsRefused(t *testing.T) {
	for want, change := range map[string]func(*Task){
		"Region is not set":                                           func(t *Task) { t.Region = "" },
		"LogGroup is not set":                                         func(t *Task) { t.LogGroup = "" },
		"App.Name is not set":                                         func(t *Task) { t.App.Name = "" },
		`App.Name = "ztunnel"`:                                        func(t *Task) { t.App.Name = "ztunnel" },
		"App.Image is not set":                                        func(t *Task) { t.App.Image = "" },
		"App.Port = 70000: it is not a port":                          func(t *Task) { t.App.Port = 70000 },
		"App.Port = -1: it is not a port":                             func(t *Task) { t.App.Port = -1 },
		"App.Port = 15008: it is among ztunnel's own":                 func(t *Task) { t.App.Port = 15008 },
		"App.Port = 15090: it is among ztunnel's own":                 func(t *Task) { t.App.Port = 15090 },
		`App.Environment["A=B"] is set: no process can have`:          func(t *Task) { t.App.Environment = map[string]string{"A=B": "c"} },
		"Ztunnel.Image is not set":                                    func(t *Task) { t.Ztunnel.Image = "" },
		"Ztunnel.Token is not set":                                    func(t *Task) { t.Ztunnel.Token = "" },
		"Ztunnel.Health.Interval = 1: must be between 5 and 300":      func(t *Task) { t.Ztunnel.Health.Interval = 1 },
		"Ztunnel.Health.Timeout = 0: must be between 2 and 60":        func(t *Task) { t.Ztunnel.Health.Timeout = 0 },
		"Ztunnel.Health.Retries = 11: must be between 1 and 10":       func(t *Task) { t.Ztunnel.Health.Retries = 11 },
		"Ztunnel.Health.StartPeriod = 600: must be between 0 and 300": func(t *Task) { t.Ztunnel.Health.StartPeriod = 600 },
		"it is not a registry host":                                   func(t *Task) { t.Credentials = map[string]string{"docker.io/library": "arn"} },
		`Credentials["docker.io"] is not set`:                         func(t *Task) { t.Credentials = map[string]string{"docker.io": ""} },
	} {
		task := echo()
		change(&task)
		if _, err := task.JSON(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if err := (Task{}).Validate(); err == nil || strings.Count(err.Error(), "\n") < 6 {
		t.Errorf("not every problem of the empty task is told: %v", err)
	}
}

func TestPatienceOutlastsTheCircuitBreaker(t *testing.T) {
	for _, c := range []struct {
		health  Health
		minutes int
	}{
		{Health{Interval: 5, Timeout: 5, Retries: 3, StartPeriod: 10}, 21},
		{Health{Interval: 5, Timeout: 5, Retries: 3, StartPeriod: 300}, 36},
		{Health{Interval: 300, Timeout: 60, Retries: 10, StartPeriod: 300}, 214},
		{Health{}, 20},
	} {
		if got := c.health.Patience().Minutes(); int(got) != c.minutes {
			t.Errorf("%+v: %v minutes, want %d", c.health, got, c.minutes)
		}
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
		task.App = App{Name: name, Image: image, Port: port, Environment: map[string]string{key: value}}
		task.Ztunnel.Token = token
		text, err := task.JSON()
		if (err == nil) != (task.Validate() == nil) {
			t.Fatalf("Validate and JSON disagree: %v", err)
		}
		if err != nil {
			return
		}
		again, err := task.JSON()
		if err != nil || again != text {
			t.Fatalf("the same task gives another text: %v", err)
		}
		app, ztunnel := containers(t, task)
		if app.Name != name || app.Image != image || ztunnel.Environment[0].Value != token {
			t.Errorf("read back %+v and %+v", app, ztunnel)
		}
		if slices.Contains(app.Environment, variable{key, value}) != (value != "") {
			t.Errorf("%s=%s is missing, or has no value, in %v", key, value, app.Environment)
		}
		if (len(app.PortMappings) == 1) != (port != 0) {
			t.Errorf("port %d gives %v", port, app.PortMappings)
		}
		if !slices.IsSortedFunc(app.Environment, func(a, b variable) int { return strings.Compare(a.Name, b.Name) }) {
			t.Errorf("the environment is not sorted: %v", app.Environment)
		}
	})
}

func containers(t *testing.T, task Task) (app, ztunnel container) {
	t.Helper()
	all := both(t, task)
	return all[0], all[1]
}

func both(t *testing.T, task Task) []container {
	t.Helper()
	text, err := task.JSON()
	if err != nil {
		t.Fatal(err)
	}
	var all []container
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		t.Fatal(err)
	}
	if len(all) != 2 || all[1].Name != ZtunnelName || reflect.DeepEqual(all[0], all[1]) {
		t.Fatalf("containers %s", text)
	}
	return all
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
