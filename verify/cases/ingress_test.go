package cases

import (
	"slices"
	"strings"
	"testing"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/stack"
	"ambient-ecs/verify/stack/stacktest"
)

// entered is a stack of two clusters with an ingress: "/" leads to the service of ecs-1 behind a waypoint, which denies users a path,
// and "/two" to that of ecs-2, which admits users alone.
func entered(change func(*stack.Stack)) *stack.Stack {
	s := stacktest.New(home, home)
	behindAWaypoint(s, "ecs-1", stack.StageL7)
	one, two := s.Clusters["ecs-1"].Services["echo-service"].Hostname, s.Clusters["ecs-2"].Services["echo-service"].Hostname
	users := stack.Rule{ServiceAccounts: []string{"m-ingress/ingress-istio"}}
	d := s.Destinations[one]
	d.Allow, d.Deny = append(d.Allow, users), []stack.Rule{{ServiceAccounts: users.ServiceAccounts, Paths: []string{"/admin*"}}}
	s.Destinations[one] = d
	s.Destinations[two] = stack.Destination{Namespace: "mesh-2", Port: 8080, PolicyStage: stack.StageL4, Allow: []stack.Rule{users}}
	s.IngressAddress = "in.elb"
	s.Ingress = stack.Ingress{Scheme: "internal", Sources: []string{"10.0.0.0/8"}, Namespace: "m-ingress", ServiceAccount: "ingress-istio", Hosts: map[string]stack.IngressHost{
		"*.example.com": {Routes: []stack.Route{{To: map[string]int{one: 1}}, {PathPrefix: "/two", To: map[string]int{two: 1}}}}}}
	if change != nil {
		change(s)
	}
	return s
}

func TestUsersAreTriedAtEveryStep(t *testing.T) {
	all := byID(t, Of(entered(nil)))
	const first = "ingress/*.example.com/0/0"
	for id, want := range map[string]backend.Outcome{
		first: backend.Answered, "ingress/*.example.com/1/0": backend.Answered, "ingress/*.example.com/http": backend.Redirect,
		"ingress/unknown-host/80": backend.Unrouted, "ingress/unknown-host/443": backend.Unrouted, "ingress/port/8080": backend.Network, "ingress/port/15021": backend.Network,
	} {
		c := all[id]
		if c.Expect != want || !c.Request.From.User {
			t.Errorf("%s: %+v, want %s", id, c, want)
		}
		if want != backend.Answered && (c.Control == nil || Key(Base, c.Control.Request) != Key(Base, all[first].Request)) {
			t.Errorf("%s has the control %+v", id, c.Control)
		}
		if id != "ingress/unknown-host/80" && id != "ingress/unknown-host/443" && c.Request.Host != "verify.example.com" {
			t.Errorf("%s asks for %s", id, c.Request.Host)
		}
	}
	if c := all[first]; c.Client != "spiffe://cluster.local/ns/m-ingress/sa/ingress-istio" || !slices.Equal(c.Servers, []string{"spiffe://cluster.local/ns/mesh-1/sa/ecs"}) {
		t.Errorf("answered to %s by %v", c.Client, c.Servers)
	}
	denied := 0
	for id, c := range all {
		if strings.HasPrefix(id, "ingress/*.example.com/0/") && c.Request.Path == "/adminverify" {
			denied++
			if c.Expect != backend.L7 || c.Control == nil {
				t.Errorf("what the waypoint denies users: %+v", c)
			}
		}
	}
	if denied == 0 {
		t.Error("no request of a user is to be denied by the waypoint")
	}
	for _, id := range []string{"ingress/sources/80", "ingress/sources/443", "ingress/around/echo-service.mesh-1"} {
		if all[id].ID == "" {
			t.Errorf("there is no case %s", id)
		}
	}
	// The rule of ecs-2 admits the ingress to its tasks.
	if _, known := all["ingress/around/echo-service.mesh-2"]; known {
		t.Error("the tasks of ecs-2 are to refuse those whom their rule admits")
	}
}

func TestTheSharesOfARouteOfSeveralBackendsAreCompared(t *testing.T) {
	var to map[string]int
	all := byID(t, Of(entered(func(s *stack.Stack) {
		route := &s.Ingress.Hosts["*.example.com"].Routes[1]
		for _, key := range s.ClusterKeys() {
			route.To[s.Clusters[key].Services["echo-service"].Hostname] += 2
		}
		to = route.To
	})))
	if c := all["ingress/*.example.com/1/shares"]; c.Kind != Shares || c.Host != "verify.example.com" || c.Path != "/two" || c.Port != 443 || len(c.Shares) != 2 || len(to) != 2 {
		t.Errorf("got %+v", c)
	}
	if c, known := all["ingress/*.example.com/0/shares"]; known {
		t.Errorf("one backend gets everything: %+v", c)
	}
}

func TestTasksThatNoRuleOpensToUsersRefuseThem(t *testing.T) {
	all := byID(t, Of(entered(func(s *stack.Stack) {
		two := s.Clusters["ecs-2"].Services["echo-service"].Hostname
		d := s.Destinations[two]
		d.Allow = []stack.Rule{{Namespaces: []string{"mesh-1"}}}
		s.Destinations[two] = d
		s.Ingress.Hosts["*.example.com"] = stack.IngressHost{Routes: s.Ingress.Hosts["*.example.com"].Routes[:1]}
	})))
	if c := all["ingress/around/echo-service.mesh-2"]; c.Kind != Refusal || c.Port != 8080 {
		t.Errorf("got %+v", c)
	}
}

func TestAnIngressWithoutTasksIsNotTried(t *testing.T) {
	m := Of(entered(func(s *stack.Stack) {
		for _, key := range s.ClusterKeys() {
			one := s.Clusters[key].Services["echo-service"]
			one.DesiredCount = 0
			s.Clusters[key].Services["echo-service"] = one
		}
	}))
	for _, c := range m.Cases {
		if c.Request.From.User {
			t.Errorf("%s is tried", c.ID)
		}
	}
	if !slices.ContainsFunc(m.Inapplicable, func(i Inapplicable) bool { return i.ID == "ingress" }) {
		t.Error("the report does not say why no user is tried")
	}
}
