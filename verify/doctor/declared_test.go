package doctor

import (
	"slices"
	"strings"
	"testing"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/doctor/authz"
	"ambient-ecs/verify/stack"
)

const echo1 = "echo.m-ecs-1.ecs.local"

// guarded puts a waypoint in front of the echo service of ecs-1, in stage l7. Everybody may read, and a tenth of the
// requests goes to the echo service of ecs-2.
func guarded(f *facts) {
	const echo2 = "echo.m-ecs-2.ecs.external"
	reading := map[string]any{"methods": []any{"GET"}, "ports": []any{"8080"}}
	callers := map[string]any{"namespaces": []any{testEKS, "m-ecs-1", "m-ecs-2"}}
	gateway := []any{map[string]any{"kind": "Gateway", "name": "waypoint"}}
	rule := func(source, operation map[string]any) []any {
		return []any{map[string]any{"from": []any{map[string]any{"source": source}}, "to": []any{map[string]any{"operation": operation}}}}
	}
	f.stack.Destinations = map[string]stack.Destination{
		echo1: {
			Namespace: "m-ecs-1", Port: 8080, Waypoint: "waypoint", PolicyStage: stack.StageL7,
			Allow:   []stack.Rule{{Namespaces: []string{testEKS, "m-ecs-1", "m-ecs-2"}, Methods: []string{"GET"}}},
			Traffic: stack.Traffic{Split: map[string]int{echo1: 90, echo2: 10}, Timeout: "5s"},
		},
		echo2: {Namespace: "m-ecs-2", Port: 8080, PolicyStage: stack.StagePermissive},
	}
	k := &f.kubernetes
	k.Namespaces[2].Labels[waypointLabel] = "waypoint"
	k.Gateways = append(k.Gateways, KubernetesGateway{Namespace: "m-ecs-1", Name: "waypoint", Programmed: true, Address: "10.0.0.20"})
	k.Pods = append(k.Pods, Pod{
		Namespace: "m-ecs-1", Name: "waypoint-0", ServiceAccount: "waypoint", Address: "10.0.0.20", Ready: true, Labels: map[string]string{gatewayNameLabel: "waypoint"},
	})
	k.Policies = []authz.Policy{
		{Namespace: "m-ecs-1", Name: "deny-all", Spec: map[string]any{"selector": map[string]any{"matchLabels": map[string]any{"app": "echo"}}}},
		{Namespace: "m-ecs-1", Name: "deny-all-at-waypoint", Spec: map[string]any{"targetRefs": gateway}},
		{Namespace: "m-ecs-1", Name: "allow-waypoint-to-echo", Spec: map[string]any{
			"selector": map[string]any{"matchLabels": map[string]any{"app": "echo"}},
			"rules":    rule(map[string]any{"principals": []any{"cluster.local/ns/m-ecs-1/sa/waypoint"}}, map[string]any{"ports": []any{"8080"}}),
		}},
		{Namespace: "m-ecs-1", Name: "waypoint-allow-to-echo", Spec: map[string]any{"targetRefs": gateway, "rules": rule(callers, reading)}},
	}
	to := func(host string, weight int) any {
		return map[string]any{"destination": map[string]any{"host": host}, "weight": int64(weight)}
	}
	k.Routings = []Routing{{Kind: "VirtualService", Namespace: "m-ecs-1", Name: "echo", Spec: map[string]any{
		"hosts": []any{echo1}, "http": []any{map[string]any{"route": []any{to(echo1, 90), to(echo2, 10)}, "timeout": "5s"}},
	}}}
}

func (f *facts) policy(name string) *authz.Policy {
	return find(f.kubernetes.Policies, func(p authz.Policy) bool { return p.Name == name })
}

func (f *facts) drop(names ...string) {
	f.kubernetes.Policies = slices.DeleteFunc(f.kubernetes.Policies, func(p authz.Policy) bool { return slices.Contains(names, p.Name) })
}

// routeOf is the only route of the only VirtualService.
func (f *facts) routeOf() map[string]any {
	return backend.Objects(f.kubernetes.Routings[0].Spec, "http")[0]
}

func TestWhatTheStackDeclaresIsNoFinding(t *testing.T) {
	f := healthy()
	guarded(f)
	if found := examine(t, f); len(found) != 0 {
		t.Errorf("findings: %v", found)
	}
}

// declarations are the pieces that a waypoint, its policies and its traffic need.
var declarations = []lacks{
	{"waypoint-label", "m-ecs-1/waypoint", 4, func(f *facts) { delete(f.kubernetes.Namespaces[2].Labels, waypointLabel) }},
	{"waypoint", "m-ecs-1/waypoint", 4, func(f *facts) { f.kubernetes.Gateways = f.kubernetes.Gateways[:1] }},
	{"policy-missing", "m-ecs-1/allow-waypoint-to-echo", 4, func(f *facts) { f.drop("allow-waypoint-to-echo") }},
	{"policy-missing", "m-ecs-1/waypoint-allow-to-echo", 4, func(f *facts) { f.drop("waypoint-allow-to-echo") }},
	{"policy-missing", "m-ecs-1/deny-all-at-waypoint", 0, func(f *facts) { f.drop("deny-all-at-waypoint") }},
	{"waypoint-kept-out", "m-ecs-1/deny-all", 4, func(f *facts) {
		f.policy("allow-waypoint-to-echo").Spec["selector"] = map[string]any{"matchLabels": map[string]any{"app": "other"}}
	}},
	{"policy", "waypoint-allow-to-echo", 4, func(f *facts) {
		f.policy("waypoint-allow-to-echo").Spec["rules"] = []any{map[string]any{"to": []any{map[string]any{"operation": map[string]any{"hosts": []any{"other"}}}}}}
	}},
	{"policy", "m-ecs-2/nobody", 8, func(f *facts) {
		f.kubernetes.Policies = append(f.kubernetes.Policies, authz.Policy{Namespace: "m-ecs-2", Name: "nobody", Spec: map[string]any{}})
	}},
	{"policy-open", "ecs-1/echo", 0, func(f *facts) { f.policy("waypoint-allow-to-echo").Spec["rules"] = []any{map[string]any{}} }},
	{"policy-open", "ecs-1/echo", 0, func(f *facts) {
		for _, name := range []string{"deny-all", "allow-waypoint-to-echo"} {
			f.policy(name).Spec["selector"] = map[string]any{"matchLabels": map[string]any{"app": "other"}}
		}
	}},
	{"locality", "m-ecs-1", 0, func(f *facts) {
		f.stack.Shared = map[string]stack.Shared{"echo": {Hostname: echo1, Namespace: "m-ecs-1", Locality: stack.LocalitySameZone}}
	}},
	{"traffic", echo1, 0, func(f *facts) { f.kubernetes.Routings = nil }},
	{"traffic", echo1, 0, func(f *facts) { f.kubernetes.Routings = append(f.kubernetes.Routings, f.kubernetes.Routings[0]) }},
	{"traffic", echo1, 0, func(f *facts) { f.routeOf()["timeout"] = "6s" }},
	{"traffic", echo1, 0, func(f *facts) {
		f.routeOf()["fault"] = map[string]any{"abort": map[string]any{"percentage": map[string]any{"value": 5.0}, "httpStatus": 500.0}}
	}},
	{"traffic", echo1, 0, func(f *facts) { f.routeOf()["match"] = []any{map[string]any{"uri": map[string]any{"prefix": "/a"}}} }},
	{"traffic", echo1, 0, func(f *facts) { backend.Objects(f.routeOf(), "route")[0]["weight"] = int64(80) }},
	{"traffic", echo1, 0, func(f *facts) {
		d := f.stack.Destinations[echo1]
		d.Traffic = stack.Traffic{}
		f.stack.Destinations[echo1] = d
	}},
	{"traffic-backend", "echo.m-ecs-2.ecs.external", 3, func(f *facts) {
		// The backend is declared to run no task.
		s := f.stack.Clusters["ecs-2"].Services["echo"]
		s.DesiredCount = 0
		f.stack.Clusters["ecs-2"].Services["echo"] = s
	}},
}

func TestEachMissingPieceOfADeclarationIsNamedAlone(t *testing.T) {
	for _, c := range declarations {
		t.Run(c.ingredient+" "+c.subject, func(t *testing.T) {
			f := healthy()
			guarded(f)
			c.take(f)
			c.alone(t, f)
		})
	}
}

func TestUnknownBackendIsNamedByItsHostname(t *testing.T) {
	f := healthy()
	guarded(f)
	backend.Objects(f.routeOf(), "route")[1]["destination"] = map[string]any{"host": "nobody.ecs.local"}
	found := examine(t, f)
	if len(found) != 2 || found[0].Ingredient != "traffic-backend" || found[0].Latent || found[0].Subject != "nobody.ecs.local" || found[1].Ingredient != "traffic" {
		t.Errorf("got %v", found)
	}
}

func TestWaypointOfOneServiceIsFoundByTheLabelOfItsEntry(t *testing.T) {
	f := healthy()
	guarded(f)
	delete(f.kubernetes.Namespaces[2].Labels, waypointLabel)
	f.entry("service-ecs-1-echo").Labels = map[string]string{waypointLabel: "waypoint"}
	if found := examine(t, f); len(found) != 0 {
		t.Errorf("findings: %v", found)
	}
	f.kubernetes.Namespaces[2].Labels[waypointLabel] = "waypoint"
	f.entry("service-ecs-1-echo").Labels[waypointLabel] = "none"
	if found := examine(t, f); len(found) != 1 || found[0].Ingredient != "waypoint-label" {
		t.Errorf("got %v", found)
	}
}

func TestPolicyOfAServiceEntryHoldsAtItsWaypoint(t *testing.T) {
	f := healthy()
	guarded(f)
	f.kubernetes.Policies = append(f.kubernetes.Policies, authz.Policy{Namespace: "m-ecs-1", Name: "no-reading", Spec: map[string]any{
		"action": "DENY", "targetRefs": []any{map[string]any{"kind": "ServiceEntry", "name": "service-ecs-1-echo"}},
		"rules": []any{map[string]any{"to": []any{map[string]any{"operation": map[string]any{"methods": []any{"GET"}}}}}},
	}})
	found := examine(t, f)
	if len(found) != 1 || found[0].Ingredient != "policy" || found[0].Subject != "m-ecs-1/no-reading" || !strings.Contains(found[0].Sentence, "GET / of") {
		t.Errorf("got %v", found)
	}
}

func TestServiceThatIsToRunNowhereTakesNoPart(t *testing.T) {
	f := healthy()
	s := f.stack.Clusters["ecs-1"].Services["shell"]
	s.DesiredCount = 0
	f.stack.Clusters["ecs-1"].Services["shell"] = s
	f.service("m-ecs-1/shell").Desired = 0
	f.task("ecs-1-shell").Status = "STOPPED"
	if found := examine(t, f); len(found) != 0 {
		t.Errorf("findings: %v", found)
	}
}
