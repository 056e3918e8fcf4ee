package run_test

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/cases"
	"ambient-ecs/verify/run"
	"ambient-ecs/verify/run/runtest"
)

// seeing is a mesh whose discovery and network can be seen.
type seeing struct {
	*runtest.Mesh
	live map[string]string
	err  error
}

func (s seeing) Discovering(context.Context) (map[string]string, error) { return s.live, s.err }

func (s seeing) Reachability(context.Context) ([]backend.Reach, error) {
	return []backend.Reach{{From: "a", To: "b", Port: 15008, Open: true}}, nil
}

func TestDiscoveryThatHasStoppedIsWrongThoughCallsArrive(t *testing.T) {
	mesh := seeing{Mesh: three(), live: map[string]string{"home": "", "away": "istiod may not assume the role"}}
	see := func() *run.Report {
		t.Helper()
		r, err := run.Run(context.Background(), mesh, mesh.Stack, run.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	r := see()
	if got := verdict(t, r, "live/home"); got.Verdict != run.Right || !got.Inspected {
		t.Errorf("at home: %+v", got)
	}
	if got := verdict(t, r, "live/away"); got.Verdict != run.Wrong || got.Why != "istiod may not assume the role" {
		t.Errorf("away: %+v", got)
	}
	if r.Count(run.Wrong) != 1 {
		t.Errorf("%d cases are wrong", r.Count(run.Wrong))
	}
	mesh.err = errors.New("no log")
	if got := verdict(t, see(), "live/home"); got.Verdict != run.Undecided || got.Why != "no log" {
		t.Errorf("without a log: %+v", got)
	}
}

func TestBackEndThatDoesNotSeeDiscoverySaysSo(t *testing.T) {
	for _, s := range report(t, three(), run.Options{}).Skipped {
		if s.ID == "live/away" && strings.Contains(s.Reason, "does not see istiod's discovery") {
			return
		}
	}
	t.Error("nobody says that discovery was not looked at")
}

func TestNetworkIsSurveyedUnlessCasesArePicked(t *testing.T) {
	mesh := seeing{Mesh: three()}
	for _, only := range []*regexp.Regexp{nil, regexp.MustCompile("^4$")} {
		r, err := run.Run(context.Background(), mesh, mesh.Stack, run.Options{Only: only})
		if err != nil || (len(r.Reachability) == 1) != (only == nil) {
			t.Errorf("only %v: %+v, %v", only, r.Reachability, err)
		}
	}
}

func TestRefusalOfTheStacksOwnPoliciesIsIsolatedOnlyWithLeave(t *testing.T) {
	m := three()
	m.Stack.PolicyStage = "deny-all"
	if got := verdict(t, report(t, m, run.Options{}), "13"); got.Case.Control.State != "as deployed" || m.Changes != 0 {
		t.Errorf("a plain run: control %+v, %d changes", got.Case.Control, m.Changes)
	}
	got := verdict(t, report(t, m, run.Options{Intrusive: true}), "13")
	if c := got.Case.Control; got.Verdict != run.Right || c.State != "deny-all lifted" || cases.Key("", c.Request) != cases.Key("", got.Case.Request) {
		t.Errorf("got %+v with control %+v", got, c)
	}
	if len(m.Policies) > 0 {
		t.Errorf("the run left %v", m.Policies)
	}
}
