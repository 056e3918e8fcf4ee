package policy

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/tests/golden"
)

// guide returns a mesh of three clusters, each with a shell that only calls and an echo service. The first has no
// waypoint, the second a waypoint for the namespace, the third a waypoint for the service. A fourth namespace is that
// of a shared service.
func guide(stage Stage) Mesh {
	everybody := Rule{Namespaces: []string{"default", "demo-1", "demo-2", "demo-3", "demo-pay"}}
	reads := Rule{
		Namespaces: []string{"shop"}, Identities: []Identity{{"demo-pay", "pay-1"}},
		Methods: []string{"GET"}, Paths: []string{"/items*"}, Headers: map[string][]string{"x-team": {"a", "b"}, "x-any": {"*"}},
	}
	drops := Rule{Namespaces: []string{"default"}, Methods: []string{"DELETE"}}
	// The ingress gateway calls for users outside the mesh. Paths below /admin are not for them.
	users := Rule{Identities: []Identity{{"demo-ingress", "ingress-istio"}}}
	secret := Rule{Identities: users.Identities, Paths: []string{"/admin*"}}
	namespace := func(name, waypoint string, echo Service) Namespace {
		n := Namespace{Name: name, Stage: stage, ServiceAccounts: []string{"ecs"}, Services: []Service{echo, {Name: "shell", Hostname: "shell." + name + ".ecs.local"}}}
		if waypoint != "" {
			n.Waypoints = []string{waypoint}
		}
		return n
	}
	return Mesh{TrustDomain: "cluster.local", Callers: []string{"default", "shop", "demo-ingress"}, Namespaces: []Namespace{
		namespace("demo-1", "", Service{
			Name: "echo", Hostname: "echo.demo-1.ecs.local", Port: 8080,
			Forwarders: []Identity{{"demo-3", "echo-waypoint"}},
			Allow:      []Rule{everybody, users}, Deny: []Rule{{Namespaces: []string{"demo-3"}}},
		}),
		namespace("demo-2", "waypoint", Service{
			Name: "echo", Hostname: "echo.demo-2.ecs.local", Port: 8080, Waypoint: "waypoint", Entry: "ecs-service-1-eu-central-1-demo-2-echo",
			Allow: []Rule{{Namespaces: []string{"demo-1"}}, reads, users}, Deny: []Rule{drops, secret},
		}),
		namespace("demo-3", "echo-waypoint", Service{
			Name: "echo", Hostname: "echo.demo-3.ecs.local", Port: 8080, Waypoint: "echo-waypoint", Allow: []Rule{reads},
		}),
		{Name: "demo-pay", Stage: stage, ServiceAccounts: []string{"pay-1", "pay-2"}, Waypoints: []string{"waypoint"}, Services: []Service{
			{Name: "pay", Hostname: "pay.demo.ecs.local", Port: 9090, Waypoint: "waypoint", Allow: []Rule{{Identities: []Identity{{"demo-1", "ecs"}}}}},
		}},
	}}
}

func TestStagesMatchGolden(t *testing.T) {
	for _, stage := range stages {
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

// owned is the guide's mesh with teams in three of its namespaces, each of which refuses one other namespace whatever it calls.
func owned(stage Stage) Mesh {
	m := guide(stage)
	for i, refused := range []string{"demo-3", "demo-pay", "demo-1"} {
		m.Namespaces[i].Owned, m.Namespaces[i].Deny = true, []Rule{{Namespaces: []string{refused}}}
	}
	m.Namespaces[1].Front = "waypoint"
	return m
}

func TestWhereATeamMakesPoliciesRefusalsAreAtBothDoors(t *testing.T) {
	for _, stage := range []Stage{DenyAll, L7} {
		all, err := owned(stage).Policies()
		if err != nil {
			t.Fatal(err)
		}
		got, err := json.MarshalIndent(all, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		golden.Check(t, filepath.Join("testdata", "owned-"+string(stage)+".json"), string(got)+"\n", "Policies differ.")
	}
	// Without policies nothing is refused, a team's namespace or not.
	if all := named(t, owned(Permissive), "demo-2"); len(all) > 0 {
		t.Errorf("in the stage permissive there are %v", all)
	}
	m := owned(L4)
	m.Namespaces[0].Deny = []Rule{{Port: 8080}}
	if _, err := m.Policies(); err == nil || !strings.Contains(err.Error(), "denial 0 has no callers") {
		t.Errorf("a denial of everybody: %v", err)
	}
}

func named(t *testing.T, m Mesh, namespace string) map[string]Policy {
	t.Helper()
	all, err := m.Policies()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]Policy{}
	for _, p := range all[namespace] {
		found[p.Name] = p
	}
	return found
}

func text(t *testing.T, p Policy) string {
	t.Helper()
	data, err := json.Marshal(p.Spec)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestEachStepChangesAHandfulOfPolicies(t *testing.T) {
	for namespace, most := range map[string]int{"demo-1": 3, "demo-2": 2, "demo-3": 1} {
		for i, stage := range stages[1:] {
			before, after := named(t, guide(stages[i]), namespace), named(t, guide(stage), namespace)
			changed := 0
			for name := range after {
				if p, kept := before[name]; !kept || text(t, p) != text(t, after[name]) {
					changed++
				}
			}
			for name := range before {
				if _, kept := after[name]; !kept {
					t.Errorf("%s: the step to %s removes %s", namespace, stage, name)
				}
			}
			if stage != DenyAll && changed > most {
				t.Errorf("%s: the step to %s changes %d policies, want at most %d", namespace, stage, changed, most)
			}
		}
	}
}

func TestAPolicyOfOneServiceSelectsNoOther(t *testing.T) {
	all, err := guide(L7).Policies()
	if err != nil {
		t.Fatal(err)
	}
	for namespace, policies := range all {
		for _, p := range policies {
			_, selects := p.Spec["selector"]
			_, targets := p.Spec["targetRefs"]
			if p.Name != NameDenyAll && selects == targets {
				t.Errorf("%s/%s has selector %t and targetRefs %t", namespace, p.Name, selects, targets)
			}
		}
	}
}

// A service that the stack does not know, a team's, is behind the waypoint of its namespace as the others are.
func TestEveryTaskOfATeamsNamespaceIsBehindItsWaypoint(t *testing.T) {
	for _, stage := range []Stage{DenyAll, L4, L7} {
		m := owned(stage)
		m.Namespaces[1].Services[0].Forwarders = []Identity{{"demo-3", "echo-waypoint"}}
		all := named(t, m, "demo-2")
		if got, want := text(t, all["allow-waypoint"]), `{"action":"ALLOW","rules":[{"from":[{"source":{"principals":["cluster.local/ns/demo-2/sa/waypoint"]}}]}]}`; got != want {
			t.Errorf("%s: the tasks admit %s", stage, got)
		}
		if got, want := text(t, all["deny-direct"]), `{"action":"DENY","rules":[{"from":[{"source":{"notPrincipals":["cluster.local/ns/demo-2/sa/waypoint","cluster.local/ns/demo-3/sa/echo-waypoint"]}}]}]}`; got != want {
			t.Errorf("%s: the tasks refuse %s", stage, got)
		}
	}
	if all := named(t, owned(Permissive), "demo-2"); len(all) > 0 {
		t.Errorf("in the stage permissive there are %v", all)
	}
}

func TestTasksBehindAWaypointAdmitItAndNobodyElse(t *testing.T) {
	for _, stage := range []Stage{DenyAll, L4, L7} {
		for name, p := range named(t, guide(stage), "demo-2") {
			if _, atTasks := p.Spec["selector"]; !atTasks {
				continue
			}
			if spec := text(t, p); name != "allow-waypoint-to-echo" || !strings.Contains(spec, `"principals":["cluster.local/ns/demo-2/sa/waypoint"]`) || strings.Contains(spec, "namespaces") {
				t.Errorf("stage %s: the tasks have the policy %s: %s", stage, name, spec)
			}
		}
	}
}

func TestBeforeL7ARuleAboutRequestsAdmitsWholeAndDeniesNothing(t *testing.T) {
	at := func(stage Stage) (allow string, denies bool) {
		found := named(t, guide(stage), "demo-2")
		_, denies = found["waypoint-deny-to-echo"]
		return text(t, found["waypoint-allow-to-echo"]), denies
	}
	l4, denies := at(L4)
	if strings.Contains(l4, "methods") || strings.Contains(l4, "when") || !strings.Contains(l4, `"shop"`) || denies {
		t.Errorf("at l4 the waypoint allows %s and denies %t", l4, denies)
	}
	l7, denies := at(L7)
	for _, part := range []string{`"methods":["GET"]`, `"paths":["/items*"]`, `{"key":"request.headers[x-team]","values":["a","b"]}`, `{"key":"request.headers[x-any]","values":["*"]}`} {
		if !strings.Contains(l7, part) {
			t.Errorf("at l7 the waypoint's policy has no %s: %s", part, l7)
		}
	}
	if !denies {
		t.Error("at l7 the waypoint denies nothing")
	}
}

func TestDeclaredTrafficIsAdmittedFromTheWaypointThatShapesIt(t *testing.T) {
	if spec := text(t, named(t, guide(L4), "demo-1")["allow-traffic-to-echo"]); !strings.Contains(spec, "cluster.local/ns/demo-3/sa/echo-waypoint") {
		t.Errorf("the policy is %s", spec)
	}
	if _, found := named(t, guide(DenyAll), "demo-1")["allow-traffic-to-echo"]; found {
		t.Error("deny-all admits a waypoint of another service")
	}
}

func TestNamespaceWithoutServersOnlyDenies(t *testing.T) {
	mesh := Mesh{Namespaces: []Namespace{{Name: "demo-1", Stage: L4, Services: []Service{{Name: "shell"}}}}}
	policies, err := mesh.Policies()
	if err != nil {
		t.Fatal(err)
	}
	if len(policies["demo-1"]) != 1 || policies["demo-1"][0].Name != NameDenyAll {
		t.Errorf("got %v, want only %s", policies["demo-1"], NameDenyAll)
	}
}

func TestMeshRefusals(t *testing.T) {
	allow := []Rule{{Namespaces: []string{"default"}}}
	one := func(namespace string, services ...Service) Mesh {
		return Mesh{TrustDomain: "td", Callers: []string{"default"}, Namespaces: []Namespace{{Name: namespace, Stage: L7, Services: services}}}
	}
	for _, c := range []struct {
		name string
		mesh Mesh
		want string
	}{
		{"unknown stage", Mesh{Namespaces: []Namespace{{Name: "demo-1", Stage: "strict"}}}, `policy stage "strict"`},
		{"empty namespace", one(""), `"" is no namespace name`},
		{"namespace in capitals", one("Demo"), `"Demo" is no namespace name`},
		{"namespace too long", one(strings.Repeat("a", 64)), "is no namespace name"},
		{"namespace twice", Mesh{Namespaces: []Namespace{{Name: "demo-1", Stage: DenyAll}, {Name: "demo-1", Stage: DenyAll}}}, "there twice"},
		{"unknown caller", one("demo-1", Service{Name: "echo", Port: 80, Allow: []Rule{{Namespaces: []string{"demo-9"}}}}), `namespace "demo-9" does not exist`},
		{"unknown identity", one("demo-1", Service{Name: "echo", Port: 80, Allow: []Rule{{Identities: []Identity{{"demo-1", "nobody"}}}}}), "td/ns/demo-1/sa/nobody"},
		{"rule with no callers", one("demo-1", Service{Name: "echo", Port: 80, Allow: []Rule{{}}}), "about everybody"},
		{"requests without a waypoint", one("demo-1", Service{Name: "echo", Port: 80, Allow: []Rule{{Namespaces: []string{"default"}, Methods: []string{"GET"}}}}), "only a waypoint sees"},
		{"unknown waypoint", one("demo-1", Service{Name: "echo", Port: 80, Waypoint: "w"}), `waypoint "w" does not exist`},
		{"rules of a client", one("demo-1", Service{Name: "shell", Allow: allow}), "serves no port"},
		{"empty service name", one("demo-1", Service{Port: 8080, Allow: allow}), `"allow-to-" is no object name`},
		{"service twice", one("demo-1", Service{Name: "echo", Port: 8080, Allow: allow}, Service{Name: "echo", Port: 9090, Allow: allow}), "there twice"},
		{"port too big", one("demo-1", Service{Name: "echo", Port: 65536, Allow: allow}), "not between 1 and 65535"},
		{"port of ztunnel", one("demo-1", Service{Name: "echo", Port: 15008, Allow: allow}), "ztunnel's own"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := c.mesh.Policies()
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got error %v, want one with %q", err, c.want)
			}
		})
	}
}

func TestEveryPolicyIsInItsNamespacesList(t *testing.T) {
	all, err := guide(L7).Policies()
	if err != nil {
		t.Fatal(err)
	}
	for namespace, policies := range all {
		if slices.ContainsFunc(policies, func(p Policy) bool { return p.Namespace != namespace }) {
			t.Errorf("%s has a policy of another namespace", namespace)
		}
	}
}
