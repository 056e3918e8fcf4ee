package policy

import (
	"encoding/json"
	"strings"
	"testing"
)

var world = Known{
	Namespaces: []string{"default", "demo-1", "demo-3"},
	Principals: []string{"td/ns/demo-1/sa/ecs"},
	Gateways:   []string{"demo-1/waypoint", "demo-3/other"},
	Entries:    []string{"demo-1/entry"},
	Hostnames:  []string{"demo-1/echo.demo", "demo-3/echo.other"},
}

func spec(t *testing.T, text string) Policy {
	t.Helper()
	p := Policy{Namespace: "demo-1", Name: "p"}
	if err := json.Unmarshal([]byte(text), &p.Spec); err != nil {
		t.Fatal(err)
	}
	return p
}

const targetRefs = `"targetRefs": [{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "waypoint"}]`

func TestCheckRefusals(t *testing.T) {
	target := func(ref string) Policy {
		return spec(t, `{"action": "ALLOW", "targetRefs": [`+ref+`], "rules": [{}]}`)
	}
	waypoint := func(rule string) Policy {
		return spec(t, `{"action": "ALLOW", `+targetRefs+`, "rules": [`+rule+`]}`)
	}
	for _, c := range []struct {
		name   string
		policy Policy
		want   string
	}{
		{"no spec", Policy{Namespace: "demo-1", Name: "p"}, "spec is missing"},
		{"namespace that does not exist", Policy{Namespace: "demo-9", Name: "p", Spec: map[string]any{}}, "its namespace does not exist"},
		{"name with a slash", Policy{Namespace: "demo-1", Name: "a/b", Spec: map[string]any{}}, "no object name"},
		{"unknown action", spec(t, `{"action": "PERMIT", "rules": [{}]}`), "want ALLOW or DENY"},
		{"no rules", spec(t, `{"action": "ALLOW"}`), "spec.rules is empty"},
		{"rule that is no object", spec(t, `{"action": "ALLOW", "rules": ["x"]}`), "no object"},
		{"selector of nothing", spec(t, `{"action": "DENY", "selector": {}, "rules": [{}]}`), "matches nothing"},
		{"selector of another namespace's service", spec(t, `{"action": "DENY", "selector": {"matchLabels": {"ecs.solo.io/hostname": "echo.other"}}, "rules": [{}]}`), `hostname "echo.other"`},
		{"selector by another label", spec(t, `{"action": "DENY", "selector": {"matchLabels": {"app": "echo", "ecs.solo.io/hostname": "echo.demo"}}, "rules": [{}]}`), "matchLabels.app"},
		{"selector and target", spec(t, `{"action": "DENY", "selector": {"matchLabels": {"ecs.solo.io/hostname": "echo.demo"}}, `+targetRefs+`, "rules": [{}]}`), "for tasks or for a waypoint"},
		{"condition of a waypoint", spec(t, `{"action": "ALLOW", "rules": [{"to": [{"operation": {"methods": ["GET"]}}]}]}`), "operation.methods"},
		{"headers for ztunnel", spec(t, `{"action": "ALLOW", "rules": [{"when": [{"key": "request.headers[a]", "values": ["b"]}]}]}`), "rules[0].when"},
		{"caller that does not exist", spec(t, `{"action": "ALLOW", "rules": [{"from": [{"source": {"namespaces": ["demo-9"]}}]}]}`), `namespace "demo-9" does not exist`},
		{"principal that does not exist", spec(t, `{"action": "ALLOW", "rules": [{"from": [{"source": {"principals": ["td/ns/demo-1/sa/x"]}}]}]}`), `principal "td/ns/demo-1/sa/x" does not exist`},
		{"empty caller list", spec(t, `{"action": "ALLOW", "rules": [{"from": []}]}`), "from is empty"},
		{"empty source", spec(t, `{"action": "ALLOW", "rules": [{"from": [{"source": {}}]}]}`), "source is empty"},
		{"no callers", spec(t, `{"action": "ALLOW", "rules": [{"from": [{"source": {"namespaces": []}}]}]}`), "namespaces is empty"},
		{"empty caller", spec(t, `{"action": "ALLOW", "rules": [{"from": [{"source": {"namespaces": [""]}}]}]}`), "not empty"},
		{"port that is no string", spec(t, `{"action": "ALLOW", "rules": [{"to": [{"operation": {"ports": [80]}}]}]}`), "want a string"},
		{"port that is no number", spec(t, `{"action": "ALLOW", "rules": [{"to": [{"operation": {"ports": ["http"]}}]}]}`), "no number"},
		{"port 0", spec(t, `{"action": "ALLOW", "rules": [{"to": [{"operation": {"ports": ["0"]}}]}]}`), "not between"},
		{"no targets", spec(t, `{"action": "ALLOW", "targetRefs": [], "rules": [{}]}`), "targetRefs is empty"},
		{"target that is a Service", target(`{"group": "", "kind": "Service", "name": "s"}`), "want a Gateway or a ServiceEntry"},
		{"waypoint that does not exist", target(`{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "other"}`), `no Gateway "other"`},
		{"entry that does not exist", target(`{"group": "networking.istio.io", "kind": "ServiceEntry", "name": "e"}`), `no ServiceEntry "e"`},
		{"target in another namespace", target(`{"group": "networking.istio.io", "kind": "ServiceEntry", "name": "entry", "namespace": "demo-3"}`), "targetRefs[0].namespace"},
		{"method in small letters", waypoint(`{"to": [{"operation": {"methods": ["get"]}}]}`), "no HTTP method"},
		{"path that is relative", waypoint(`{"to": [{"operation": {"paths": ["items"]}}]}`), "does not begin with"},
		{"path with a star inside", waypoint(`{"to": [{"operation": {"paths": ["/a/*/b"]}}]}`), "first or its last"},
		{"path with two stars", waypoint(`{"to": [{"operation": {"paths": ["*a*"]}}]}`), "first or its last"},
		{"path with a query", waypoint(`{"to": [{"operation": {"paths": ["/a?b=c"]}}]}`), "no query"},
		{"hosts", waypoint(`{"to": [{"operation": {"hosts": ["a"]}}]}`), "operation.hosts"},
		{"condition that is no header", waypoint(`{"when": [{"key": "source.ip", "values": ["1.2.3.4"]}]}`), "request.headers"},
		{"header without values", waypoint(`{"when": [{"key": "request.headers[a]", "values": []}]}`), "values is empty"},
		{"no conditions", waypoint(`{"when": []}`), "when is empty"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := Check([]Policy{c.policy}, world)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got error %v, want one with %q", err, c.want)
			}
		})
	}
}

func TestCheckAccepts(t *testing.T) {
	for name, text := range map[string]string{
		"a denial of a namespace":          `{"action": "DENY", "rules": [{"from": [{"source": {"namespaces": ["demo-3"]}}]}]}`,
		"an empty policy":                  `{}`,
		"a waypoint's empty policy":        `{` + targetRefs + `}`,
		"a selector of a service":          `{"action": "ALLOW", "selector": {"matchLabels": {"ecs.solo.io/hostname": "echo.demo"}}, "rules": [{"from": [{"source": {"principals": ["td/ns/demo-1/sa/ecs"]}}]}]}`,
		"an entry, and all about requests": `{"action": "ALLOW", "targetRefs": [{"group": "networking.istio.io", "kind": "ServiceEntry", "name": "entry"}], "rules": [{"to": [{"operation": {"ports": ["80"], "methods": ["GET"], "paths": ["/a", "/b/*", "*.js", "*"]}}], "when": [{"key": "request.headers[x-a]", "values": ["*"]}]}]}`,
	} {
		if err := Check([]Policy{spec(t, text)}, world); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
