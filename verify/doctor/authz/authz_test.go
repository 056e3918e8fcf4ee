package authz

import (
	"encoding/json"
	"testing"
)

func policy(t *testing.T, name, spec string) Policy {
	t.Helper()
	p := Policy{Namespace: "ecs-1", Name: name}
	if err := json.Unmarshal([]byte(spec), &p.Spec); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestDecisionOfOnePolicy(t *testing.T) {
	call := Call{TrustDomain: "cluster.local", Namespace: "ecs-2", ServiceAccount: "ecs", Address: "10.0.0.7", To: "ecs-1", Labels: map[string]string{"app": "echo"}, Port: 8080}
	for spec, want := range map[string]bool{
		`{}`:                             false,
		`{"rules":[{}]}`:                 true,
		`{"action":"DENY"}`:              true,
		`{"action":"DENY","rules":[{}]}`: false,
		`{"action":"AUDIT"}`:             true,
		`{"selector":{"matchLabels":{"app":"other"}}}`:                                                     true,
		`{"selector":{"matchLabels":{"app":"echo"}}}`:                                                      false,
		`{"targetRefs":[{"kind":"Gateway","name":"waypoint"}]}`:                                            true,
		`{"rules":[{"from":[{"source":{"namespaces":["ecs-2"]}}]}]}`:                                       true,
		`{"rules":[{"from":[{"source":{"namespaces":["ecs-3"]}}]}]}`:                                       false,
		`{"rules":[{"from":[{"source":{"namespaces":["ecs-3"]}},{"source":{"namespaces":["ecs-*"]}}]}]}`:   true,
		`{"rules":[{"from":[{"source":{"notNamespaces":["ecs-2"]}}]}]}`:                                    false,
		`{"rules":[{"from":[{"source":{"principals":["cluster.local/ns/ecs-2/sa/ecs"]}}]}]}`:               true,
		`{"rules":[{"from":[{"source":{"principals":["*/sa/ecs"]}}]}]}`:                                    true,
		`{"rules":[{"from":[{"source":{"serviceAccounts":["ecs-2/ecs"]}}]}]}`:                              true,
		`{"rules":[{"from":[{"source":{"serviceAccounts":["ecs"]}}]}]}`:                                    false,
		`{"rules":[{"from":[{"source":{"ipBlocks":["10.0.0.0/8"]}}]}]}`:                                    true,
		`{"rules":[{"to":[{"operation":{"ports":["8080"]}}]}]}`:                                            true,
		`{"rules":[{"to":[{"operation":{"ports":["9090"]}}]}]}`:                                            false,
		`{"rules":[{"to":[{"operation":{"notPorts":["8080"]}}]}]}`:                                         false,
		`{"rules":[{"to":[{"operation":{"methods":["GET"]}}]}]}`:                                           false,
		`{"action":"DENY","rules":[{"to":[{"operation":{"methods":["GET"]}}]}]}`:                           false,
		`{"rules":[{"when":[{"key":"source.namespace","values":["ecs-2"]}]}]}`:                             true,
		`{"rules":[{"when":[{"key":"source.namespace","notValues":["ecs-2"]}]}]}`:                          false,
		`{"rules":[{"when":[{"key":"request.headers[x]","values":["y"]}]}]}`:                               false,
		`{"rules":[{"from":[{"source":{"namespaces":["ecs-2"]}}],"to":[{"operation":{"ports":["80"]}}]}]}`: false,
	} {
		if got, by := Decide([]Policy{policy(t, "p", spec)}, call); got != want {
			t.Errorf("%s: allowed %v by %q", spec, got, by)
		}
	}
}

func TestPoliciesTogether(t *testing.T) {
	call := Call{Namespace: "ecs-2", To: "ecs-1", Port: 8080}
	nobody, all := policy(t, "deny-all", `{}`), policy(t, "all", `{"rules":[{}]}`)
	deny := policy(t, "stop", `{"action":"DENY","rules":[{"from":[{"source":{"namespaces":["ecs-2"]}}]}]}`)
	root, elsewhere := nobody, nobody
	root.Namespace, elsewhere.Namespace = Root, "ecs-3"
	for _, c := range []struct {
		name     string
		policies []Policy
		allowed  bool
		by       string
	}{
		{"none", nil, true, ""},
		{"one of many allows", []Policy{nobody, all}, true, ""},
		{"a deny wins", []Policy{all, deny}, false, "ecs-1/stop"},
		{"none of many allows", []Policy{nobody, policy(t, "b", `{}`)}, false, "ecs-1/b, ecs-1/deny-all"},
		{"of the root namespace", []Policy{root}, false, Root + "/deny-all"},
		{"of another namespace", []Policy{elsewhere}, true, ""},
	} {
		if allowed, by := Decide(c.policies, call); allowed != c.allowed || by != c.by {
			t.Errorf("%s: %v by %q", c.name, allowed, by)
		}
	}
}

func TestDecisionAtAWaypoint(t *testing.T) {
	at := Waypoint{Namespace: "ecs-1", Name: "waypoint", Entries: []string{"echo"}}
	call := Call{TrustDomain: "cluster.local", Namespace: "ecs-2", ServiceAccount: "ecs", To: "ecs-1", Port: 8080, Request: &Request{
		Method: "GET", Path: "/orders/7?x=1", Host: "Echo.ecs.local", Headers: map[string]string{"x-team": "blue"},
	}}
	const gateway = `"targetRefs":[{"kind":"Gateway","name":"waypoint"}]`
	for spec, want := range map[string]bool{
		`{}`:                             true,
		`{` + gateway + `}`:              false,
		`{` + gateway + `,"rules":[{}]}`: true,
		`{"targetRef":{"kind":"Gateway","name":"waypoint"}}`:                                                 false,
		`{"targetRefs":[{"kind":"Gateway","name":"other"}]}`:                                                 true,
		`{"targetRefs":[{"kind":"GatewayClass","name":"istio-waypoint"}]}`:                                   true,
		`{"targetRefs":[{"kind":"ServiceEntry","name":"echo"}]}`:                                             false,
		`{"targetRefs":[{"kind":"ServiceEntry","name":"other"}]}`:                                            true,
		`{` + gateway + `,"rules":[{"to":[{"operation":{"methods":["GET"]}}]}]}`:                             true,
		`{` + gateway + `,"rules":[{"to":[{"operation":{"methods":["POST"]}}]}]}`:                            false,
		`{` + gateway + `,"rules":[{"to":[{"operation":{"notMethods":["POST"]}}]}]}`:                         true,
		`{` + gateway + `,"rules":[{"to":[{"operation":{"paths":["/orders/*"]}}]}]}`:                         true,
		`{` + gateway + `,"rules":[{"to":[{"operation":{"paths":["/orders/7"]}}]}]}`:                         true,
		`{` + gateway + `,"rules":[{"to":[{"operation":{"hosts":["echo.ecs.local"]}}]}]}`:                    true,
		`{` + gateway + `,"rules":[{"from":[{"source":{"requestPrincipals":["*"]}}]}]}`:                      false,
		`{` + gateway + `,"rules":[{"when":[{"key":"request.headers[X-Team]","values":["blue"]}]}]}`:         true,
		`{` + gateway + `,"rules":[{"when":[{"key":"request.headers[x-other]","values":["*"]}]}]}`:           false,
		`{"action":"DENY",` + gateway + `,"rules":[{"to":[{"operation":{"methods":["GET"]}}]}]}`:             false,
		`{"action":"DENY",` + gateway + `,"rules":[{"to":[{"operation":{"methods":["POST"]}}]}]}`:            true,
		`{` + gateway + `,"rules":[{"from":[{"source":{"principals":["cluster.local/ns/ecs-2/sa/ecs"]}}]}]}`: true,
	} {
		if got, by := DecideAt([]Policy{policy(t, "p", spec)}, at, call); got != want {
			t.Errorf("%s: allowed %v by %q", spec, got, by)
		}
	}
	class := policy(t, "p", `{"targetRefs":[{"kind":"GatewayClass","name":"istio-waypoint"}]}`)
	class.Namespace = Root
	if ok, by := DecideAt([]Policy{class}, at, call); ok || by != Root+"/p" {
		t.Errorf("a policy of the class: %v by %q", ok, by)
	}
}
