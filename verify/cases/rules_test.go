package cases

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/stack"
	"ambient-ecs/verify/stack/stacktest"
)

// ruled is a stack whose echo service in ecs-1 has rules. Beside the shells there is a service in ecs-2 with an identity of its
// own and no shell.
func ruled(stage, waypoint string, allow, deny []stack.Rule) *stack.Stack {
	s := stacktest.New(home, home, "away")
	echo := s.Clusters["ecs-1"].Services["echo-service"]
	echo.Waypoint = waypoint
	s.Clusters["ecs-1"].Services["echo-service"] = echo
	s.Clusters["ecs-2"].Services["writer"] = stack.Service{Hostname: "writer.mesh-2.ecs.home", Port: 8080, DesiredCount: 1, ServiceAccount: "writer"}
	s.Destinations = map[string]stack.Destination{echo.Hostname: {
		Namespace: "mesh-1", Port: echo.Port, Waypoint: waypoint, PolicyStage: stage, Allow: allow, Deny: deny,
	}}
	return s
}

var (
	everybody = []string{"default", "mesh-1", "mesh-2", "mesh-3"}
	writer    = []string{"mesh-2/writer"}
)

func TestARuleIsTriedFromACallerThatItNames(t *testing.T) {
	all := byID(t, Of(ruled(stack.StageL7, "waypoint",
		[]stack.Rule{{Namespaces: []string{"default"}, Methods: []string{"GET"}}, {ServiceAccounts: writer, Methods: []string{"POST"}, Paths: []string{"*.json"}},
			{Namespaces: everybody, Methods: []string{"PATCH", "OPTIONS"}, Paths: []string{"/open*"}}},
		[]stack.Rule{{Namespaces: []string{"mesh-3"}, Headers: map[string][]string{"X-Old": {"*"}}}})))
	post := all["rule/echo-service.mesh-1/allow/1"]
	if r := post.Request; post.Expect != backend.Answered || post.Extra != Shell || r.Method != "POST" || r.Path != "/verify.json" || r.From != (backend.Source{Cluster: "ecs-2", Service: "writer"}) {
		t.Errorf("the rule that admits the writer alone: %+v", post)
	}
	old := all["rule/echo-service.mesh-1/deny/0"]
	if r := old.Request; old.Expect != backend.L7 || old.Extra != None || old.Control == nil || r.Method != "OPTIONS" || r.Path != "/openverify" || r.Headers["x-old"] == "" {
		t.Errorf("nothing but the denial is to refuse the request, and nobody needs --writes for it: %+v", old)
	}
	for _, id := range []string{"rule/echo-service.mesh-1/allow/0", "rule/echo-service.mesh-1/allow/2"} {
		if all[id].ID != "" {
			t.Errorf("%s is there, though another case makes the same call", id)
		}
	}
}

func TestARuleThatNobodyCanTryIsListed(t *testing.T) {
	m := Of(ruled(stack.StageL7, "waypoint",
		[]stack.Rule{{Namespaces: []string{"payments"}}, {Namespaces: []string{"mesh-3"}, Paths: []string{"/a"}}, {Namespaces: everybody}},
		[]stack.Rule{{Namespaces: []string{"mesh-3"}}}))
	reasons := map[string]string{}
	for _, i := range m.Inapplicable {
		reasons[i.ID] = i.Reason
	}
	for id, want := range map[string]string{"rule/echo-service.mesh-1/allow/0": "payments", "rule/echo-service.mesh-1/allow/1": "another rule refuses"} {
		if !strings.Contains(reasons[id], want) {
			t.Errorf("%s is left out because %q", id, reasons[id])
		}
	}
}

func TestARuleForStandaloneTasksAloneIsListed(t *testing.T) {
	s := ruled(stack.StageL7, "waypoint", []stack.Rule{{ServiceAccounts: []string{"mesh-1/report"}}, {Namespaces: everybody}}, nil)
	c := s.Clusters["ecs-1"]
	c.Tasks = map[string]stack.Task{"report": {Namespace: "mesh-1", ServiceAccount: "report"}}
	s.Clusters["ecs-1"] = c
	for _, i := range Of(s).Inapplicable {
		if i.ID == "rule/echo-service.mesh-1/allow/0" && strings.Contains(i.Reason, "ecs-1/report") && strings.Contains(i.Reason, "take no commands") {
			return
		}
	}
	t.Error("nobody says that the rule is not tried")
}

// hits finds a case that a rule demands. It decides by the text of the rule and not by the code that makes the
// cases.
func hits(s *stack.Stack, m Matrix, host string, rule stack.Rule, whole bool, refused bool) bool {
	for _, c := range m.Cases {
		r := c.Request
		if c.Kind != Call || c.State != Base || r.Host != host || r.PastProxy || r.From.OutsideMesh || (c.Expect != backend.Answered) != refused {
			continue
		}
		namespace, account := "default", "default"
		if r.From.ECS() {
			namespace, account = s.NamespaceOf(r.From.Cluster, r.From.Service), s.Clusters[r.From.Cluster].Services[r.From.Service].ServiceAccount
		}
		alone := stack.Destination{PolicyStage: stack.StageL7, Allow: []stack.Rule{rule}}
		if whole {
			alone.PolicyStage = stack.StageL4
		}
		method, path := r.Method, r.Path
		if method == "" {
			method, path = "GET", "/"
		}
		if alone.Admits(stack.Request{Namespace: namespace, ServiceAccount: account, Method: method, Path: path, Headers: r.Headers}) {
			return true
		}
	}
	return false
}

func TestEveryRuleInForceIsHitOrListed(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(from ...string) string { return from[random.IntN(len(from))] }
	rule := func() (r stack.Rule) {
		if random.IntN(2) == 0 {
			r.Namespaces = []string{pick(append(everybody, "payments")...)}
		} else {
			r.ServiceAccounts = []string{pick("mesh-2/writer", "mesh-3/ecs", "shop/till")}
		}
		if random.IntN(2) == 0 {
			r.Methods = []string{pick("GET", "POST", "PUT", "DELETE"), pick("HEAD", "PATCH")}
		}
		if random.IntN(2) == 0 {
			r.Paths = []string{pick("/a", "/a*", "*/b", "*", "/")}
		}
		if random.IntN(3) == 0 {
			r.Headers = map[string][]string{"X-Team": {pick("*", "blue")}}
		}
		return r
	}
	hit, listed := 0, 0
	for range 300 {
		var allow, deny []stack.Rule
		for range 1 + random.IntN(3) {
			allow = append(allow, rule())
		}
		for range random.IntN(3) {
			deny = append(deny, rule())
		}
		stage := pick(stack.StageL4, stack.StageL7)
		s := ruled(stage, pick("waypoint", ""), allow, deny)
		if s.Clusters["ecs-1"].Services["echo-service"].Waypoint == "" && stage == stack.StageL7 {
			continue // refused by config for rules about requests
		}
		m := Of(s)
		byID(t, m)
		out := map[string]bool{}
		for _, i := range m.Inapplicable {
			out[i.ID] = true
		}
		check := func(kind string, rules []stack.Rule) {
			for n, r := range rules {
				id := fmt.Sprintf("rule/echo-service.mesh-1/%s/%d", kind, n)
				denies := kind == "deny"
				if denies && stage == stack.StageL4 && r.L7() {
					continue
				}
				switch got := hits(s, m, "echo-service.mesh-1.ecs.home", r, stage == stack.StageL4, denies); {
				case got:
					hit++
				case out[id]:
					listed++
				default:
					t.Errorf("stage %s: nobody tries %s %d of allow %+v deny %+v", stage, kind, n, allow, deny)
				}
			}
		}
		for _, c := range m.Cases {
			if c.Extra == None && (!stack.Harmless(c.Request.Method) || c.Control != nil && !stack.Harmless(c.Control.Request.Method)) {
				t.Errorf("%s may change something, and nobody is asked: %+v with control %+v", c.ID, c.Request, c.Control)
			}
		}
		check("allow", allow)
		check("deny", deny)
	}
	if hit < 300 || listed == 0 {
		t.Errorf("%d rules were hit and %d listed: the stacks are not varied enough", hit, listed)
	}
}
