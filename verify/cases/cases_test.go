package cases

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/stack"
	"ambient-ecs/verify/stack/stacktest"
)

const home = stacktest.Home

// nine are nine clusters in four accounts.
var nine = []string{home, home, home, "a", "a", "b", "b", "c", "c"}

func byID(t *testing.T, m Matrix) map[string]Case {
	t.Helper()
	all := map[string]Case{}
	for _, c := range m.Cases {
		if _, twice := all[c.ID]; twice {
			t.Errorf("case %s is there twice", c.ID)
		}
		all[c.ID] = c
	}
	return all
}

func TestGuideKeepsItsThirtyChecks(t *testing.T) {
	m := Of(stacktest.New(home, home, "away"))
	all := byID(t, m)
	for n := 1; n <= 30; n++ {
		if all[fmt.Sprint(n)].Name == "" {
			t.Errorf("check %d is missing", n)
		}
	}
	c := all["30"]
	if c.Name != "6.7 C3 to C1 denied (explicit)" || c.Source() != "ecs-3/shell-task" || c.Destination() != "echo-service.mesh-1.ecs.home:8080" || c.State != "P0+P1+P2+D" || c.Expect != backend.Policy {
		t.Errorf("check 30 is %+v", c)
	}
	if len(m.Inapplicable) > 0 {
		t.Errorf("not applicable: %v", m.Inapplicable)
	}
}

// The environment of a service with the client none leads nowhere, and its calls are tried all the same.
func TestAServiceWithoutProxyVariablesNamesTheProxy(t *testing.T) {
	s := stacktest.New(home, "away")
	shell := s.Clusters["ecs-1"].Services["shell-task"]
	shell.Client = stack.ClientNone
	s.Clusters["ecs-1"].Services["shell-task"] = shell
	tried := 0
	for _, c := range Of(s).Cases {
		if c.Kind != Call || c.Request.PastProxy {
			continue
		}
		none := c.Request.From.Cluster == "ecs-1"
		if c.Request.ByProxy != none {
			t.Errorf("case %s from %s: by proxy %t", c.ID, c.Request.From, c.Request.ByProxy)
		}
		if none {
			tried++
		}
	}
	if tried == 0 {
		t.Error("no call of the service is tried")
	}
}

// What the guide expects is written down from the guide; what the rest expects is computed from the policies. They
// must agree.
func TestPoliciesDecideAsTheGuideExpects(t *testing.T) {
	m := Of(stacktest.New(home, home, "away"))
	states := map[string]State{}
	for _, s := range m.States {
		states[s.ID] = s
	}
	namespaces := map[string]string{"EKS": "default", "C1": "mesh-1", "C2": "mesh-2", "C3": "mesh-3"}
	for _, r := range guide {
		want := backend.Policy
		if states[r.state].allows(namespaces[r.from], namespaces[r.to], 8080) {
			want = backend.Answered
		}
		if want != r.expect {
			t.Errorf("check %s: policies of %s say %s, the guide %s", r.id, r.state, want, r.expect)
		}
	}
}

func TestSharpThirtiethDiffersFromItsControlInTheDenialOnly(t *testing.T) {
	c := byID(t, Of(stacktest.New(home, home, "away")))["30-sharp"]
	if c.Control == nil || c.Control.State != stateP3 || c.Control.Differs != "without verify-deny-external-account" {
		t.Errorf("control is %+v", c.Control)
	}
}

func TestControlsDifferInAsLittleAsPossible(t *testing.T) {
	all := byID(t, Of(stacktest.New(home, home, "away")))
	for id, want := range map[string]string{"15": Base, "18": Base, "20": stateP2, "23": stateP3, "24": stateP4, "26": stateP4, "30": stateP3} {
		if got := all[id].Control; got == nil || got.State != want || Key("", got.Request) != Key("", all[id].Request) {
			t.Errorf("control of %s is %+v, want the same call in %s", id, got, want)
		}
	}
}

func TestEveryFailureHasAControl(t *testing.T) {
	for _, accounts := range [][]string{{home}, {home, home}, {home, home, "away"}, {"away"}, nine} {
		s := stacktest.New(accounts...)
		for _, stage := range []string{"permissive", "l4", "deny-all"} {
			s.PolicyStage = stage
			for _, c := range Of(s).Cases {
				if c.Kind == Call && c.Expect != backend.Answered && c.Control == nil {
					t.Errorf("%d clusters, stage %s: case %s has no control", len(accounts), stage, c.ID)
				}
				if c.Kind == Call && c.Expect == backend.Answered && (c.Client == "" || len(c.Servers) == 0) {
					t.Errorf("case %s expects no identities", c.ID)
				}
			}
		}
	}
}

func TestNineClustersInFourAccountsHaveEveryDirection(t *testing.T) {
	s := stacktest.New(nine...)
	m := Of(s)
	byID(t, m)
	base, walked := map[string]bool{}, map[string]bool{}
	for _, c := range m.Cases {
		if c.Kind != Call || c.Request.Task != "" || c.Request.PastProxy || c.Request.From.OutsideMesh {
			continue
		}
		if c.State == Base && c.Expect == backend.Answered {
			base[c.Request.From.Cluster+">"+c.Request.Host] = true
		}
		if c.State == stateP3 {
			walked[c.Request.From.Cluster+">"+c.Request.Host] = true
		}
	}
	hosts := []string{"eks-echo.default.svc.cluster.local"}
	for _, key := range s.ClusterKeys() {
		hosts = append(hosts, s.Clusters[key].Services["echo-service"].Hostname)
	}
	for _, from := range append([]string{""}, s.ClusterKeys()...) {
		for _, host := range hosts {
			if !base[from+">"+host] {
				t.Errorf("nobody calls %s from %q", host, from)
			}
		}
		if to := hosts[1]; !walked[from+">"+to] {
			t.Errorf("nobody calls %s from %q under %s", to, from, stateP3)
		}
	}
	// C3 is the first cluster that is not at home.
	if c := byID(t, m)["14"]; c.Source() != "ecs-4/shell-task" {
		t.Errorf("check 14 calls from %s", c.Source())
	}
}

func TestStackWithoutARoleListsWhatItLacks(t *testing.T) {
	for _, c := range []struct {
		accounts []string
		id, want string
	}{
		{[]string{home}, "11", "no second cluster in its home account"},
		{[]string{home, home}, "13", "no cluster outside its home account"},
		{[]string{home, home}, "28", "no cluster outside its home account"},
		{[]string{"away"}, "5", "no cluster in its home account"},
		{nil, "1", "no ECS cluster"},
	} {
		m := Of(stacktest.New(c.accounts...))
		i := slices.IndexFunc(m.Inapplicable, func(x Inapplicable) bool { return x.ID == c.id })
		if i < 0 || !strings.HasPrefix(m.Inapplicable[i].Reason, "not applicable: the stack has ") || !strings.Contains(m.Inapplicable[i].Reason, c.want) {
			t.Errorf("%v: check %s: got %v, want %q", c.accounts, c.id, m.Inapplicable, c.want)
		}
	}
	s := stacktest.New(home)
	s.TestWorkloads = false
	for _, c := range Of(s).Cases {
		if c.Kind == Call && (!c.Request.From.ECS() || strings.HasPrefix(c.Request.Host, "eks")) {
			t.Errorf("case %s needs test workloads that do not exist", c.ID)
		}
	}
}

func TestStacksOwnPoliciesChangeWhatIsExpected(t *testing.T) {
	s := stacktest.New(home, home, "away")
	s.PolicyStage = "deny-all"
	all := byID(t, Of(s))
	if c := all["13"]; c.Expect != backend.Policy || c.Control.Request.Host != eksHost {
		t.Errorf("under deny-all C1 to C3 is %+v", c)
	}
	if c := all["pair/ecs-1/eks"]; c.Expect != backend.Answered {
		t.Errorf("under deny-all ECS to EKS is %+v", c)
	}
	s.PolicyStage = "l4"
	if c := byID(t, Of(s))["13"]; c.Expect != backend.Answered {
		t.Errorf("under l4 C1 to C3 is %+v", c)
	}
}

func TestNeverTriedCasesAreThere(t *testing.T) {
	all := byID(t, Of(stacktest.New(home, home, "away")))
	for id, want := range map[string]backend.Outcome{
		"pair/ecs-1/eks":              backend.Answered,
		"pair/ecs-3/ecs-2":            backend.Answered,
		"address/eks/ecs-3":           backend.Answered,
		"P0/eks/ecs-1/address":        backend.Policy,
		"P0/eks/ecs-3":                backend.Answered,
		"P0-elsewhere/eks/ecs-2":      backend.Policy,
		"P0+P1-elsewhere/eks/ecs-3":   backend.Answered,
		"P0+P1-elsewhere/ecs-1/ecs-3": backend.Policy,
		"bypass/ecs-3/ecs-1":          backend.Network,
		"bypass/eks/ecs-2":            backend.Network,
		"bare-name/ecs-1":             backend.Name,
		"hidden/eks/ecs-3":            backend.Name,
	} {
		if c, ok := all[id]; !ok || c.Expect != want {
			t.Errorf("case %s expects %q (there: %t), want %q", id, c.Expect, ok, want)
		}
	}
	for _, id := range []string{"gateway/15008", "gateway/15012", "identity/ecs-2/ecs", "revision/ecs-3/echo-service"} {
		if _, ok := all[id]; !ok {
			t.Errorf("case %s is missing", id)
		}
	}
	for id, want := range map[string]Extra{"bypass/eks/ecs-2": ExtraPod, "hidden/eks/ecs-3": Disturbs, "bypass/ecs-3/ecs-1": None} {
		if all[id].Extra != want {
			t.Errorf("case %s needs %q, want %q", id, all[id].Extra, want)
		}
	}
}

func TestPoliciesAreLabelled(t *testing.T) {
	for _, s := range Of(stacktest.New(nine...)).States {
		names := map[string]bool{}
		for _, p := range s.Policies {
			metadata := p.Object()["metadata"].(map[string]any)
			if metadata["labels"].(map[string]any)[ManagedBy] != Manager {
				t.Errorf("policy %v of %s has no label", p, s.ID)
			}
			if id := p.Namespace + "/" + p.Name; names[id] {
				t.Errorf("state %s has %s twice", s.ID, id)
			} else {
				names[id] = true
			}
		}
	}
}

func TestMatrixIsStable(t *testing.T) {
	a, b := Of(stacktest.New(nine...)), Of(stacktest.New(nine...))
	if len(a.Cases) != len(b.Cases) {
		t.Fatalf("two matrices of the same stack have %d and %d cases", len(a.Cases), len(b.Cases))
	}
	for i := range a.Cases {
		if a.Cases[i].ID != b.Cases[i].ID {
			t.Fatalf("case %d is %s, then %s", i, a.Cases[i].ID, b.Cases[i].ID)
		}
	}
}
