package config

import (
	"slices"
	"strings"
	"testing"
)

// Without a health check of the application a deployment stops old tasks before new ones answer. A team hears of it before its service is in
// the mesh.
func TestACalledServiceWithoutAHealthCheckIsTold(t *testing.T) {
	const echo = "clusters/ecs-1/services/echo-service"
	told := func(c Config, err error, lives Lives, service string) bool {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(c.Notices(lives), func(w string) bool {
			return strings.HasPrefix(w, "no application has a health check in ") && strings.Contains(w, "clusters.ecs-1.services."+service)
		})
	}
	for _, c := range []struct {
		name  string
		edits []edit
		lives Lives
		told  bool
	}{
		{"an image without one", nil, Lives{}, true},
		{"an image with one", []edit{{echo + "/healthCheck", object{"command": list("CMD-SHELL", "curl -fsS localhost:8080")}}}, Lives{}, false},
		{"nobody calls it", []edit{{echo, object{"image": "public.ecr.aws/demo/echo:1", "clientOnly": true}}}, Lives{}, false},
		{"it is in the mesh", nil, Lives{Members: map[string]bool{"ecs-1/echo-service": true}}, false},
		{"its owner deploys it", []edit{{echo, object{"deployedBy": "owner", "port": 8080}}}, Lives{}, false},
	} {
		loaded, err := Load(raw(with(c.edits...)))
		if got := told(loaded, err, c.lives, "echo-service"); got != c.told {
			t.Errorf("%s: told: %v", c.name, got)
		}
	}
	called := object{"clientOnly": false, "port": 8080}
	const app, check = `{"name": "app", "image": "app:1", "portMappings": [{"containerPort": 8080}]`, `, "healthCheck": {"command": ["CMD-SHELL", "true"]}}`
	for containers, want := range map[string]bool{
		app + "}":   true,
		app + check: false,
		app + `}, {"name": "agent", "image": "agent:1", "essential": false` + check: true,
	} {
		loaded, err := defined(t, containers, called)
		if got := told(loaded, err, Lives{}, "team"); got != want {
			t.Errorf("a file with %s: told: %v", containers, got)
		}
	}
}
