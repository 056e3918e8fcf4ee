package policy

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/tests/golden"
)

// guide is the mesh of three clusters, each with a shell that only calls and an echo service.
func guide(stage Stage) Mesh {
	services := []Service{{Name: "echo-service", Port: 8080}, {Name: "shell-task"}}
	return Mesh{Stage: stage, EKS: "default", Namespaces: []Namespace{
		{Name: "demo-1", Services: services}, {Name: "demo-2", Services: services}, {Name: "demo-3", Services: services},
	}}
}

func TestStagesMatchGolden(t *testing.T) {
	for _, stage := range []Stage{Permissive, DenyAll, L4} {
		t.Run(string(stage), func(t *testing.T) {
			policies, err := guide(stage).Policies()
			if err != nil {
				t.Fatal(err)
			}
			got, err := json.MarshalIndent(policies, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, '\n')
			file := filepath.Join("testdata", string(stage)+".json")
			golden.Check(t, file, string(got), "Policies differ.")
		})
	}
}

// allowed decides as ztunnel does for policies without DENY.
func allowed(policies []Policy, from, port string) bool {
	if len(policies) == 0 {
		return true
	}
	for _, p := range policies {
		rules, _ := p.Spec["rules"].([]any)
		for _, r := range rules {
			rule := r.(map[string]any)
			source := rule["from"].([]any)[0].(map[string]any)["source"].(map[string]any)["namespaces"].([]any)
			ports := rule["to"].([]any)[0].(map[string]any)["operation"].(map[string]any)["ports"].([]any)
			if slices.Contains(source, any(from)) && slices.Contains(ports, any(port)) {
				return true
			}
		}
	}
	return false
}

func TestStagesDecideAsTheyPromise(t *testing.T) {
	for _, c := range []struct {
		stage      Stage
		from, port string
		want       bool
	}{
		{Permissive, "default", "8080", true},
		{Permissive, "stranger", "9090", true},
		{DenyAll, "default", "8080", false},
		{DenyAll, "demo-1", "8080", false},
		{L4, "default", "8080", true},
		{L4, "demo-1", "8080", true},
		{L4, "demo-2", "8080", true},
		{L4, "demo-3", "8080", true},
		{L4, "default", "80", false},
		{L4, "demo-2", "9090", false},
		{L4, "stranger", "8080", false},
	} {
		policies, err := guide(c.stage).Policies()
		if err != nil {
			t.Fatal(err)
		}
		if got := allowed(policies["demo-1"], c.from, c.port); got != c.want {
			t.Errorf("stage %s: call from %s to demo-1 port %s allowed: %t, want %t", c.stage, c.from, c.port, got, c.want)
		}
	}
}

func TestNamespaceWithoutServersOnlyDenies(t *testing.T) {
	mesh := Mesh{Stage: L4, EKS: "default", Namespaces: []Namespace{{Name: "demo-1", Services: []Service{{Name: "shell"}}}}}
	policies, err := mesh.Policies()
	if err != nil {
		t.Fatal(err)
	}
	if len(policies["demo-1"]) != 1 || policies["demo-1"][0].Name != NameDenyAll {
		t.Errorf("got %v, want only %s", policies["demo-1"], NameDenyAll)
	}
}

func TestMeshRefusals(t *testing.T) {
	one := func(namespace string, services ...Service) Mesh {
		return Mesh{Stage: L4, EKS: "default", Namespaces: []Namespace{{Name: namespace, Services: services}}}
	}
	for _, c := range []struct {
		name string
		mesh Mesh
		want string
	}{
		{"unknown stage", Mesh{Stage: "l7"}, `policy stage "l7"`},
		{"empty namespace", one(""), `"" is no namespace name`},
		{"namespace in capitals", one("Demo"), `"Demo" is no namespace name`},
		{"namespace too long", one(strings.Repeat("a", 64)), "is no namespace name"},
		{"namespace twice", Mesh{Stage: DenyAll, EKS: "default", Namespaces: []Namespace{{Name: "demo-1"}, {Name: "demo-1"}}}, "there twice"},
		{"no callers' namespace", Mesh{Stage: L4, Namespaces: []Namespace{{Name: "demo-1", Services: []Service{{Name: "echo", Port: 80}}}}}, "not empty"},
		{"empty service name", one("demo-1", Service{Port: 8080}), `"allow-eks-to-" is no object name`},
		{"service twice", one("demo-1", Service{"echo", 8080}, Service{"echo", 9090}), "there twice"},
		{"negative port", one("demo-1", Service{"echo", -1}), "not between 1 and 65535"},
		{"port too big", one("demo-1", Service{"echo", 65536}), "not between 1 and 65535"},
		{"port of ztunnel", one("demo-1", Service{"echo", 15008}), "ztunnel's own"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := c.mesh.Policies()
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got error %v, want one with %q", err, c.want)
			}
		})
	}
}

func TestCheckRefusals(t *testing.T) {
	spec := func(text string) Policy {
		p := Policy{Namespace: "demo-1", Name: "p"}
		if err := json.Unmarshal([]byte(text), &p.Spec); err != nil {
			t.Fatal(err)
		}
		return p
	}
	for _, c := range []struct {
		name   string
		policy Policy
		want   string
	}{
		{"no spec", Policy{Namespace: "demo-1", Name: "p"}, "spec is missing"},
		{"namespace that does not exist", Policy{Namespace: "demo-9", Name: "p", Spec: map[string]any{}}, "its namespace does not exist"},
		{"name with a slash", Policy{Namespace: "demo-1", Name: "a/b", Spec: map[string]any{}}, "no object name"},
		{"unknown action", spec(`{"action": "PERMIT", "rules": [{}]}`), "want ALLOW or DENY"},
		{"no rules", spec(`{"action": "ALLOW"}`), "spec.rules is empty"},
		{"rule that is no object", spec(`{"action": "ALLOW", "rules": ["x"]}`), "no object"},
		{"selector", spec(`{"action": "DENY", "selector": {}, "rules": [{}]}`), "spec.selector"},
		{"condition of a waypoint", spec(`{"action": "ALLOW", "rules": [{"to": [{"operation": {"methods": ["GET"]}}]}]}`), "operation.methods"},
		{"caller that does not exist", spec(`{"action": "ALLOW", "rules": [{"from": [{"source": {"namespaces": ["demo-9"]}}]}]}`), `namespace "demo-9" does not exist`},
		{"empty caller list", spec(`{"action": "ALLOW", "rules": [{"from": []}]}`), "from is empty"},
		{"no callers", spec(`{"action": "ALLOW", "rules": [{"from": [{"source": {"namespaces": []}}]}]}`), "namespaces is empty"},
		{"empty caller", spec(`{"action": "ALLOW", "rules": [{"from": [{"source": {"namespaces": [""]}}]}]}`), "not empty"},
		{"port that is no string", spec(`{"action": "ALLOW", "rules": [{"to": [{"operation": {"ports": [80]}}]}]}`), "want a string"},
		{"port that is no number", spec(`{"action": "ALLOW", "rules": [{"to": [{"operation": {"ports": ["http"]}}]}]}`), "no number"},
		{"port 0", spec(`{"action": "ALLOW", "rules": [{"to": [{"operation": {"ports": ["0"]}}]}]}`), "not between"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := Check([]Policy{c.policy}, []string{"default", "demo-1"})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got error %v, want one with %q", err, c.want)
			}
		})
	}
}

func TestCheckAcceptsADenial(t *testing.T) {
	deny := Policy{Namespace: "demo-1", Name: "deny-external-account", Spec: map[string]any{
		"action": "DENY",
		"rules":  []any{map[string]any{"from": []any{map[string]any{"source": map[string]any{"namespaces": []any{"demo-3"}}}}}},
	}}
	if err := Check([]Policy{deny}, []string{"demo-1", "demo-3"}); err != nil {
		t.Error(err)
	}
}
