package run_test

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/run"
	"ambient-ecs/verify/run/runtest"
	"ambient-ecs/verify/stack"
	"ambient-ecs/verify/stack/stacktest"
)

const home = stacktest.Home

var everything = run.Options{Policies: true, Intrusive: true}

func three() *runtest.Mesh { return runtest.New(stacktest.New(home, home, "away")) }

// report runs the mesh's cases, which must not fail as a whole.
func report(t *testing.T, m *runtest.Mesh, o run.Options) *run.Report {
	t.Helper()
	r, err := run.Run(context.Background(), m, m.Stack, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func verdict(t *testing.T, r *run.Report, id string) run.Result {
	t.Helper()
	for _, result := range r.Results {
		if result.Case.ID == id {
			return result
		}
	}
	t.Fatalf("case %s was not run", id)
	return run.Result{}
}

func TestHealthyMeshIsRightInEveryState(t *testing.T) {
	for _, accounts := range [][]string{{home}, {home, home, "away"}, {home, home, home, "a", "a", "b", "b", "c", "c"}} {
		m := runtest.New(stacktest.New(accounts...))
		r := report(t, m, everything)
		for _, result := range r.Results {
			if result.Verdict != run.Right {
				t.Errorf("%d clusters: %s is %s: seen %s: %s", len(accounts), result.Case.ID, result.Verdict, result.Seen, result.Why)
			}
		}
		if r.Exit() != run.ExitRight {
			t.Errorf("exit code %d", r.Exit())
		}
		if len(m.Policies) > 0 || m.Hidden != "" {
			t.Errorf("the run left %v and hides %q", m.Policies, m.Hidden)
		}
	}
}

func TestPlainRunChangesNothing(t *testing.T) {
	m := three()
	r := report(t, m, run.Options{})
	if m.Changes != 0 {
		t.Errorf("a plain run made %d changes", m.Changes)
	}
	if r.Exit() != run.ExitRight {
		t.Errorf("exit code %d", r.Exit())
	}
	reasons := map[string]string{}
	for _, s := range r.Skipped {
		reasons[s.ID] = s.Reason
	}
	for id, want := range map[string]string{"15": "--policies", "30-sharp": "--policies", "bypass/eks/ecs-1": "--intrusive", "hidden/eks/ecs-3": "--intrusive"} {
		if !strings.Contains(reasons[id], want) {
			t.Errorf("case %s was left out because %q, want %q", id, reasons[id], want)
		}
	}
}

func TestPodsThatCostNothingNeedNoPermission(t *testing.T) {
	if got := verdict(t, report(t, three(), run.Options{Harmless: true}), "bypass/eks/ecs-1"); got.Verdict != run.Right {
		t.Errorf("got %+v", got)
	}
}

func TestStackWithOwnPoliciesIsRightWithoutAWalk(t *testing.T) {
	m := three()
	m.Stack.PolicyStage = "deny-all"
	for _, result := range report(t, m, run.Options{}).Results {
		if result.Verdict != run.Right {
			t.Errorf("%s is %s: %s", result.Case.ID, result.Verdict, result.Why)
		}
	}
}

func TestUndecidedIsNeverBlocked(t *testing.T) {
	m := three()
	m.Override = func(r backend.Request) (backend.Answer, bool) {
		return backend.Answer{Outcome: backend.Undecided, Why: "no marker in the output"}, r.From.Cluster == "ecs-2"
	}
	r := report(t, m, everything)
	for _, id := range []string{"12", "16", "20", "22", "bypass/ecs-2/ecs-2", "hidden/ecs-2/ecs-3"} {
		if got := verdict(t, r, id); got.Verdict != run.Undecided || got.Why != "no marker in the output" {
			t.Errorf("case %s: %+v", id, got)
		}
	}
	if r.Exit() != run.ExitUndecided {
		t.Errorf("exit code %d, want %d", r.Exit(), run.ExitUndecided)
	}
}

func TestWrongOutranksUndecided(t *testing.T) {
	m := three()
	m.Override = func(r backend.Request) (backend.Answer, bool) {
		if r.From.Cluster == "ecs-2" {
			return backend.Answer{Outcome: backend.Undecided}, true
		}
		return backend.Answer{Outcome: backend.Network}, r.From.Cluster == "ecs-3"
	}
	if r := report(t, m, run.Options{}); r.Exit() != run.ExitWrong {
		t.Errorf("exit code %d", r.Exit())
	}
}

func TestAnotherFailureThanTheExpectedOneIsWrong(t *testing.T) {
	m := three()
	m.Override = func(r backend.Request) (backend.Answer, bool) {
		return backend.Answer{Outcome: backend.Network, Exit: 28}, len(m.Policies) > 0 && r.Task == "" && r.From.Cluster == "ecs-3" && strings.Contains(r.Host, "mesh-1")
	}
	if got := verdict(t, report(t, m, everything), "17"); got.Verdict != run.Wrong || got.Seen != "network" {
		t.Errorf("got %+v", got)
	}
}

// A dead caller is blocked everywhere. Without controls sixteen checks of the guide would pass.
func TestFailureWithoutItsControlProvesNothing(t *testing.T) {
	m := three()
	m.Override = func(r backend.Request) (backend.Answer, bool) {
		return backend.Answer{Outcome: backend.Policy, Exit: 56}, r.From.Cluster == "ecs-3"
	}
	r := report(t, m, everything)
	for _, id := range []string{"17", "21", "23", "30", "30-sharp"} {
		if got := verdict(t, r, id); got.Verdict != run.Undecided || !strings.Contains(got.Why, "its control") {
			t.Errorf("case %s: %+v", id, got)
		}
	}
	if got := verdict(t, r, "25"); got.Verdict != run.Wrong {
		t.Errorf("case 25: %+v", got)
	}
}

func TestControlThatNoSelectedCaseMakesIsMade(t *testing.T) {
	m := three()
	o := everything
	o.Only = regexp.MustCompile("^30-sharp$")
	r := report(t, m, o)
	if len(r.Results) != 1 || r.Results[0].Verdict != run.Right || m.Calls != 2 {
		t.Errorf("%d calls, results %+v", m.Calls, r.Results)
	}
}

func TestNothingToRunIsAnError(t *testing.T) {
	if _, err := run.Run(context.Background(), three(), three().Stack, run.Options{Only: regexp.MustCompile("^none$")}); err == nil {
		t.Error("a run of no case succeeded")
	}
}

func TestIdentitiesDecideAnAnsweredCall(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*backend.Answer)
		want   run.Verdict
	}{
		{"no line in the log", func(a *backend.Answer) { a.Client, a.Server = "", "" }, run.Undecided},
		{"no client in the log", func(a *backend.Answer) { a.Client = "" }, run.Undecided},
		{"another client", func(a *backend.Answer) { a.Client = "spiffe://cluster.local/ns/mesh-2/sa/ecs" }, run.Wrong},
		{"another server", func(a *backend.Answer) { a.Server = "spiffe://cluster.local/ns/mesh-2/sa/ecs" }, run.Wrong},
	} {
		m := three()
		healthy := three()
		m.Override = func(r backend.Request) (backend.Answer, bool) {
			answer := healthy.Call(context.Background(), r)
			if answer.Outcome == backend.Answered {
				c.change(&answer)
			}
			return answer, true
		}
		if got := verdict(t, report(t, m, run.Options{}), "14"); got.Verdict != c.want {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}

func TestFactsTurnRed(t *testing.T) {
	for _, c := range []struct {
		name, id string
		change   func(*runtest.Mesh)
		want     run.Verdict
	}{
		{"old revision", "revision/ecs-1/echo-service", func(m *runtest.Mesh) { m.Stale = "ecs-1/echo-service" }, run.Wrong},
		{"shared role", "identity/ecs-1/ecs", func(m *runtest.Mesh) {
			m.Accounts = append(m.Accounts, runtest.ServiceAccount("mesh-2", "ecs", "arn:aws:iam::111122223333:role/some/path/mesh-ecs-1-ecs"))
		}, run.Wrong},
		{"no identity", "identity/ecs-1/ecs", func(m *runtest.Mesh) { m.Accounts = nil }, run.Wrong},
		{"open gateway", "gateway/15012", func(m *runtest.Mesh) { m.Open = true }, run.Wrong},
		{"hidden cluster", "1", func(m *runtest.Mesh) { m.Hidden = "ecs-2" }, run.Wrong},
		{"istiod is silent", "1", func(m *runtest.Mesh) {
			m.Fail = func(what string) error {
				if what == "services" {
					return errors.New("istiod is silent")
				}
				return nil
			}
		}, run.Undecided},
	} {
		m := three()
		c.change(m)
		r := report(t, m, run.Options{})
		if got := verdict(t, r, c.id); got.Verdict != c.want {
			t.Errorf("%s: %+v", c.name, got)
		}
		if r.Exit() == run.ExitRight {
			t.Errorf("%s: exit code 0", c.name)
		}
	}
}

func TestCallsAreLimited(t *testing.T) {
	m := three()
	o := everything
	o.Parallel = 3
	report(t, m, o)
	if m.Most > 3 {
		t.Errorf("%d calls at the same time, want at most 3", m.Most)
	}
}

func TestEveryCallIsMadeOnceInAState(t *testing.T) {
	m := three()
	var total, last int
	o := everything
	o.Parallel = 1
	o.Progress = func(s run.Step) { total, last = s.Total, s.Done }
	r := report(t, m, o)
	if m.Calls != total || last != total || len(r.Calls) != total {
		t.Errorf("%d calls, %d answers, progress %d of %d", m.Calls, len(r.Calls), last, total)
	}
}

func TestCallsFromTasksWithoutExecAreNotTried(t *testing.T) {
	m, off := three(), false
	without := m.Stack.Clusters["ecs-2"].Services["shell-task"]
	without.Exec = &off
	m.Stack.Clusters["ecs-2"].Services["shell-task"] = without
	r := report(t, m, everything)
	for _, result := range r.Results {
		if result.Verdict != run.Right {
			t.Errorf("%s is %s: %s", result.Case.ID, result.Verdict, result.Why)
		}
		if from := result.Case.Request.From; from.Cluster == "ecs-2" && from.Service == "shell-task" {
			t.Errorf("%s was tried", result.Case.ID)
		}
	}
	skipped := 0
	for _, s := range r.Skipped {
		if s.Reason == "not tried: ECS Exec is off for ecs-2/shell-task" {
			skipped++
		}
	}
	if skipped == 0 {
		t.Errorf("nothing was left out for want of Exec: %v", r.Skipped)
	}
}

func TestSkippedCasesNameTheirReason(t *testing.T) {
	r := report(t, runtest.New(stacktest.New(home)), everything)
	for _, s := range r.Skipped {
		if !strings.HasPrefix(s.Reason, "not applicable: the stack has ") && s.ID != "live/home" {
			t.Errorf("case %s was left out because %q", s.ID, s.Reason)
		}
	}
	if len(r.Skipped) == 0 {
		t.Error("one cluster has a role for everything")
	}
}

func TestRequestsThatMayChangeSomethingNeedPermission(t *testing.T) {
	m := three()
	host := m.Stack.Clusters["ecs-1"].Services["echo-service"].Hostname
	m.Stack.Clusters["ecs-2"].Services["writer"] = stack.Service{DesiredCount: 1, Port: 8080, Hostname: "writer.mesh-2.ecs.home", ServiceAccount: "writer"}
	m.Stack.Destinations = map[string]stack.Destination{host: {Namespace: "mesh-1", Port: 8080, Waypoint: "waypoint", PolicyStage: stack.StageL7, Allow: []stack.Rule{
		{Namespaces: []string{"default", "mesh-1", "mesh-2", "mesh-3"}, Methods: []string{"GET"}},
		{Namespaces: []string{"mesh-3"}, Methods: []string{"POST"}},
		{ServiceAccounts: []string{"mesh-2/writer"}, Methods: []string{"DELETE"}},
	}}}
	const post, remove = "l7/echo-service.mesh-1/ecs-3/2", "rule/echo-service.mesh-1/allow/2"
	for name, c := range map[string]struct {
		options      run.Options
		post, remove string
	}{
		"plain":     {run.Options{}, "needs --writes", "cannot be tried from here"},
		"intrusive": {run.Options{Intrusive: true}, "needs --writes", "cannot be tried from here"},
		"writes":    {run.Options{Writes: true}, "", "cannot be tried from here"},
		"sandbox":   {run.Options{Harmless: true}, "", ""},
	} {
		r := report(t, m, c.options)
		reasons := map[string]string{}
		for _, s := range r.Skipped {
			reasons[s.ID] = s.Reason
		}
		for id, want := range map[string]string{post: c.post, remove: c.remove} {
			if got := reasons[id]; (got == "") != (want == "") || !strings.Contains(got, want) {
				t.Errorf("%s: %s is left out because %q, want %q", name, id, got, want)
			}
			if want == "" {
				verdict(t, r, id)
			}
		}
		for _, result := range r.Results {
			method := result.Case.Request.Method
			if !c.options.Writes && !c.options.Harmless && !stack.Harmless(method) {
				t.Errorf("%s: %s sends a %s", name, result.Case.ID, method)
			}
		}
	}
}

// No case is about a service that waits to join the mesh: neither discovery nor a call of it or to it.
func TestAServiceThatWaitsForItsOwnerIsNoFault(t *testing.T) {
	full := stacktest.New(home, home, "away")
	host := full.Clusters["ecs-1"].Services["echo-service"].Hostname
	service := full.Clusters["ecs-1"].Services["echo-service"]
	service.DeployedBy = "owner"
	full.Clusters["ecs-1"].Services["echo-service"] = service
	run1 := func(o run.Options) *run.Report {
		m := three() // which knows nothing of the service
		delete(m.Stack.Clusters["ecs-1"].Services, "echo-service")
		r, err := run.Run(t.Context(), m, full, o)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if r := run1(run.Options{}); r.Exit() != run.ExitWrong {
		t.Fatalf("a service that nobody knows is no fault: %d", r.Exit())
	}
	r := run1(run.Options{Waiting: map[string]string{"ecs-1/echo-service": "echo:1 has no container ztunnel"}})
	if r.Exit() != run.ExitRight || len(r.Waiting) != 1 || r.Waiting[0] != "ecs-1/echo-service" {
		t.Errorf("exit %d, waiting %v", r.Exit(), r.Waiting)
	}
	named := false
	for _, s := range r.Skipped {
		named = named || s.ID == "ecs-1/echo-service" && strings.Contains(s.Reason, "waits to join the mesh: echo:1 has no container ztunnel")
	}
	if !named {
		t.Errorf("the report does not name it: %v", r.Skipped)
	}
	for _, result := range r.Results {
		if result.Verdict != run.Right {
			t.Errorf("%s is %s: %s", result.Case.ID, result.Verdict, result.Why)
		}
		if result.Case.Request.Host == host && result.Case.Kind == "call" {
			t.Errorf("%s calls it", result.Case.ID)
		}
	}
}
