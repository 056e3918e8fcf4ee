package policy_test

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/policy"
)

// The tests of this file and of the next run istiod over the program's own objects, from the golden files of its
// packages.

// server is a service as discovery makes it: a ServiceEntry and one task.
type server struct {
	namespace, entry, host, address, account string
	port                                     int
	waypoint                                 string // the service's tag
}

var servers = map[string]server{
	"demo-1": {"demo-1", "ecs-service-1-eu-central-1-demo-1-echo", "echo.demo-1.ecs.local", "10.1.0.1", "ecs", 8080, ""},
	"demo-2": {"demo-2", "ecs-service-1-eu-central-1-demo-2-echo", "echo.demo-2.ecs.local", "10.1.0.2", "ecs", 8080, ""},
	"demo-3": {"demo-3", "ecs-service-2-eu-central-1-demo-3-echo", "echo.demo-3.ecs.local", "10.1.0.3", "ecs", 8080, "echo-waypoint"},
	"pay-1":  {"demo-pay", "ecs-service-1-eu-central-1-demo-1-pay", "pay.demo.ecs.local", "10.1.0.4", "pay-1", 9090, ""},
	"pay-2":  {"demo-pay", "ecs-service-2-eu-central-1-demo-3-pay", "pay.demo.ecs.local", "10.1.0.5", "pay-2", 9090, ""},
	// Beside the service of demo-1, on the same port: a policy of one service must not admit callers to the other.
	"other": {"demo-1", "ecs-service-1-eu-central-1-demo-1-other", "other.demo-1.ecs.local", "10.1.0.6", "ecs", 8080, ""},
}

func (s server) objects() string {
	return fmt.Sprintf(`
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: %[1]s, namespace: %[2]s, labels: {istio.io/use-waypoint: %[7]q}}
spec:
  hosts: [%[3]s]
  resolution: STATIC
  ports: [{name: port-0, number: %[6]d, protocol: HTTP}]
  workloadSelector: {labels: {ecs.solo.io/hostname: %[3]s}}
---
apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: {name: task-%[1]s, namespace: %[2]s, labels: {ecs.solo.io/hostname: %[3]s}, annotations: {ambient.istio.io/redirection: enabled}}
spec: {address: %[4]s, network: eks, serviceAccount: %[5]s, labels: {ecs.solo.io/hostname: %[3]s}}
`, s.entry, s.namespace, s.host, s.address, s.account, s.port, s.waypoint)
}

// front is a waypoint as istiod makes it.
func front(namespace, name string) string {
	text := strings.Split(waypoint, "\n---\n")
	return strings.NewReplacer("namespace: apps", "namespace: "+namespace, "name: waypoint", "name: "+name, "waypoint.apps", name+"."+namespace,
		"gateway-name: waypoint", "gateway-name: "+name, "172.20.0.9", map[string]string{"demo-2": "172.20.0.2", "demo-3": "172.20.0.3", "demo-pay": "172.20.0.4"}[namespace]).
		Replace(strings.Join(text[1:], "\n---\n"))
}

// fleet is the mesh that the golden files are about.
func fleet(t *testing.T) []backend.Object {
	t.Helper()
	texts := []string{"apiVersion: v1\nkind: Namespace\nmetadata: {name: istio-system, labels: {topology.istio.io/network: eks}}",
		"apiVersion: gateway.networking.k8s.io/v1\nkind: GatewayClass\nmetadata: {name: istio-waypoint}\nspec: {controllerName: istio.io/mesh-controller}",
		front("demo-2", "waypoint"), front("demo-3", "echo-waypoint"), front("demo-pay", "waypoint")}
	for namespace, use := range map[string]string{"default": "", "shop": "", "demo-1": "", "demo-2": "waypoint", "demo-3": "", "demo-pay": "waypoint"} {
		texts = append(texts, fmt.Sprintf("apiVersion: v1\nkind: Namespace\nmetadata: {name: %s, labels: {istio.io/use-waypoint: %q}}", namespace, use))
	}
	for _, s := range servers {
		texts = append(texts, s.objects())
	}
	all := objects(t, texts...)
	for _, o := range all {
		labels, _ := o["metadata"].(map[string]any)["labels"].(map[string]any)
		if labels["istio.io/use-waypoint"] == "" {
			delete(labels, "istio.io/use-waypoint")
		}
	}
	return all
}

// policies are the policies that the program makes in a stage.
func policies(t *testing.T, stage string) []backend.Object {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../../mesh/policy/testdata", stage+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var namespaces map[string][]struct {
		Namespace, Name string
		Spec            map[string]any
	}
	if err := json.Unmarshal(data, &namespaces); err != nil {
		t.Fatal(err)
	}
	var all []backend.Object
	for _, list := range namespaces {
		for _, p := range list {
			all = append(all, backend.Object{"apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy",
				"metadata": map[string]any{"namespace": p.Namespace, "name": p.Name}, "spec": p.Spec})
		}
	}
	return all
}

func istiod(t *testing.T, more ...backend.Object) *policy.Istiod {
	t.Helper()
	i, err := policy.New(append(fleet(t), more...))
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func id(namespace, account string) string {
	return "spiffe://cluster.local/ns/" + namespace + "/sa/" + account
}

func TestTasksDecideAsEachStagePromises(t *testing.T) {
	for _, c := range []struct {
		stage, to, identity string
		allowed             bool
	}{
		{"permissive", "demo-1", id("stranger", "a"), true},
		{"permissive", "demo-2", id("stranger", "a"), true},
		{"deny-all", "demo-1", id("default", "a"), false},
		{"deny-all", "demo-1", id("demo-1", "ecs"), false},
		{"deny-all", "demo-1", id("demo-3", "echo-waypoint"), false},
		{"deny-all", "demo-2", id("demo-2", "ecs"), false},
		{"l4", "demo-1", id("default", "a"), true},
		{"l4", "demo-1", id("demo-2", "ecs"), true},
		{"l4", "demo-1", id("stranger", "a"), false},
		{"l4", "demo-1", id("demo-3", "ecs"), false},           // denied, and admitted by another policy
		{"l4", "demo-1", id("demo-3", "echo-waypoint"), false}, // the denial is about the whole namespace
		{"l4", "demo-1", "", false},
		// A policy of one service does not admit callers to another service on the same port.
		{"l4", "other", id("default", "a"), false},
		{"l4", "other", id("demo-1", "ecs"), false},
		// Nobody bypasses a waypoint, not even its neighbours.
		{"l4", "demo-2", id("demo-1", "ecs"), false},
		{"l4", "demo-2", id("demo-2", "ecs"), false},
		{"l4", "demo-2", id("demo-2", "waypoint"), true},
		{"l7", "demo-2", id("demo-1", "ecs"), false},
		{"l7", "demo-2", id("demo-2", "waypoint"), true},
		{"l7", "demo-2", id("demo-pay", "waypoint"), false},
		{"l7", "demo-3", id("demo-3", "echo-waypoint"), true},
		{"l7", "demo-3", id("demo-3", "waypoint"), false},
		// Every member of a shared service admits the one waypoint.
		{"l7", "pay-1", id("demo-pay", "waypoint"), true},
		{"l7", "pay-2", id("demo-pay", "waypoint"), true},
		{"l7", "pay-2", id("demo-1", "ecs"), false},
	} {
		s := servers[c.to]
		i := cached(t, c.stage)
		task := i.At("eks", netip.MustParseAddr(s.address))
		allowed, by := i.Decide(policy.Connection{Identity: c.identity, Source: netip.MustParseAddr("192.168.0.1"), Port: uint32(s.port), Destination: task})
		if allowed != c.allowed {
			t.Errorf("%s: %s to %s is allowed %t, want %t: %s", c.stage, c.identity, c.to, allowed, c.allowed, by)
		}
	}
}

func TestWaypointsDecideAsEachStagePromises(t *testing.T) {
	type headers = map[string]string
	both := headers{"x-team": "b", "x-any": "1"}
	for _, c := range []struct {
		stage, to, identity, method, path string
		headers                           headers
		allowed                           bool
	}{
		{"permissive", "demo-2", id("stranger", "a"), "DELETE", "/", nil, true},
		{"deny-all", "demo-2", id("demo-1", "ecs"), "GET", "/", nil, false},
		{"deny-all", "pay-1", id("demo-1", "ecs"), "GET", "/", nil, false},
		{"l4", "demo-2", id("demo-1", "ecs"), "GET", "/", nil, true},
		{"l4", "demo-2", id("shop", "a"), "POST", "/any", nil, true}, // a rule about requests admits whole
		{"l4", "demo-2", id("demo-3", "ecs"), "GET", "/", nil, false},
		{"l4", "demo-2", id("default", "a"), "DELETE", "/", nil, false}, // nothing admits it
		{"l7", "demo-2", id("demo-1", "ecs"), "DELETE", "/", nil, true},
		{"l7", "demo-2", id("shop", "a"), "GET", "/items/1", both, true},
		{"l7", "demo-2", id("demo-pay", "pay-1"), "GET", "/items", both, true},
		{"l7", "demo-2", id("demo-pay", "pay-2"), "GET", "/items", both, false},
		{"l7", "demo-2", id("shop", "a"), "POST", "/items/1", both, false},
		{"l7", "demo-2", id("shop", "a"), "GET", "/", both, false},
		{"l7", "demo-2", id("shop", "a"), "GET", "/items", headers{"x-team": "c", "x-any": "1"}, false},
		{"l7", "demo-2", id("shop", "a"), "GET", "/items", headers{"x-team": "a"}, false},
		{"l7", "demo-3", id("shop", "a"), "GET", "/items/1", both, true},
		{"l7", "demo-3", id("demo-1", "ecs"), "GET", "/", nil, false},
		{"l7", "pay-1", id("demo-1", "ecs"), "GET", "/", nil, true},
		{"l7", "pay-1", id("demo-2", "ecs"), "GET", "/", nil, false},
	} {
		s := servers[c.to]
		i := cached(t, c.stage)
		service := i.Lookup(s.host, "default")
		allowed, by := i.DecideL7(policy.Request{Identity: c.identity, Service: service, Port: uint32(s.port), Method: c.method, Path: c.path, Headers: c.headers})
		if allowed != c.allowed {
			t.Errorf("%s: %s %s %s by %s to %s is allowed %t, want %t: %s", c.stage, c.method, c.path, c.headers, c.identity, c.to, allowed, c.allowed, by)
		}
	}
}

var stages = map[string]*policy.Istiod{}

func cached(t *testing.T, stage string) *policy.Istiod {
	t.Helper()
	if stages[stage] == nil {
		stages[stage] = istiod(t, policies(t, stage)...)
	}
	return stages[stage]
}

func TestAServiceGoesThroughItsWaypointOnlyWhenThatServes(t *testing.T) {
	i := cached(t, "permissive")
	for to, want := range map[string]string{"demo-1": "", "demo-2": "demo-2/waypoint", "demo-3": "demo-3/echo-waypoint", "pay-1": "demo-pay/waypoint"} {
		if got := policy.WaypointOf(i.Lookup(servers[to].host, "default")); got != want {
			t.Errorf("%s goes through %q, want %q", to, got, want)
		}
	}
	// A label that names a waypoint without an address yet changes nothing.
	all := fleet(t)
	for _, o := range all {
		if o["kind"] == "Gateway" {
			delete(o, "status")
		}
	}
	early, err := policy.New(all)
	if err != nil {
		t.Fatal(err)
	}
	if got := policy.WaypointOf(early.Lookup(servers["demo-2"].host, "default")); got != "" {
		t.Errorf("it goes through %s, which has no address", got)
	}
}
