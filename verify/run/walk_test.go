package run_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/cases"
	"ambient-ecs/verify/run"
	"ambient-ecs/verify/run/runtest"
)

func TestWalkRefusesAStackWithPoliciesOfItsOwn(t *testing.T) {
	m := three()
	m.Stack.PolicyStage = "l4"
	_, err := run.Run(context.Background(), m, m.Stack, everything)
	if err == nil || !strings.Contains(err.Error(), "ecs-1 is l4") || m.Changes != 0 {
		t.Errorf("%d changes, error %v", m.Changes, err)
	}
}

func TestWalkIsLeftOutWhereItMayBe(t *testing.T) {
	m := three()
	ecs2 := m.Stack.Clusters["ecs-2"]
	ecs2.PolicyStage = "l4"
	m.Stack.Clusters["ecs-2"] = ecs2
	r, err := run.Run(context.Background(), m, m.Stack, run.Options{IfPermissive: true})
	if err != nil || m.Changes != 0 {
		t.Fatalf("%d changes, error %v", m.Changes, err)
	}
	for _, s := range r.Skipped {
		if s.ID == "15" && strings.Contains(s.Reason, "own policies") {
			return
		}
	}
	t.Error("nobody says why the policies were not walked")
}

func TestLeftoversAreNamedWithTheirCure(t *testing.T) {
	for _, o := range []run.Options{{}, everything} {
		m := three()
		m.Policies["mesh-1/verify-deny-all"] = cases.Policy{Namespace: "mesh-1", Name: "verify-deny-all"}.Object()
		_, err := run.Run(context.Background(), m, m.Stack, o)
		for _, want := range []string{"mesh-1/verify-deny-all", "kubectl delete authorizationpolicies --all-namespaces -l app.kubernetes.io/managed-by=ambient-ecs-verify", "--clean"} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error %v, want one with %q", err, want)
			}
		}
		if m.Changes != 0 {
			t.Errorf("%d changes", m.Changes)
		}
	}
}

func TestWalkRefusesForeignPolicies(t *testing.T) {
	foreign := func(namespace string) *runtest.Mesh {
		m := three()
		m.Policies[namespace+"/theirs"] = backend.Object{"metadata": map[string]any{"namespace": namespace, "name": "theirs"}, "spec": map[string]any{}}
		return m
	}
	m := foreign("mesh-2")
	if _, err := run.Run(context.Background(), m, m.Stack, everything); err == nil || !strings.Contains(err.Error(), "mesh-2/theirs") || m.Changes != 0 {
		t.Errorf("%d changes, error %v", m.Changes, err)
	}
	m = foreign("somebody")
	if _, err := run.Run(context.Background(), m, m.Stack, everything); err != nil || m.Policies["somebody/theirs"] == nil {
		t.Errorf("a policy of another namespace: %v", err)
	}
}

func TestCleanRemovesOnlyItsOwn(t *testing.T) {
	m := three()
	m.Policies["mesh-1/verify-deny-all"] = cases.Policy{Namespace: "mesh-1", Name: "verify-deny-all"}.Object()
	m.Policies["mesh-1/theirs"] = backend.Object{"metadata": map[string]any{"namespace": "mesh-1", "name": "theirs"}}
	names, err := run.Clean(context.Background(), m)
	if err != nil || len(names) != 1 || names[0] != "mesh-1/verify-deny-all" || len(m.Policies) != 1 {
		t.Errorf("removed %v, left %v, error %v", names, m.Policies, err)
	}
}

// interruptAt runs everything and interrupts it when a step of the state comes.
func interruptAt(t *testing.T, m *runtest.Mesh, state string) *run.Report {
	t.Helper()
	ctx, interrupt := context.WithCancel(context.Background())
	defer interrupt()
	o := everything
	o.Progress = func(s run.Step) {
		if s.State == state {
			interrupt()
		}
	}
	r, err := run.Run(ctx, m, m.Stack, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestInterruptRestoresWhatWasThere(t *testing.T) {
	for _, state := range []string{cases.Base, "P0", "P0..P3+D", "P0+P1 elsewhere", "hidden ecs-3"} {
		m := three()
		r := interruptAt(t, m, state)
		if len(m.Policies) > 0 || m.Hidden != "" {
			t.Errorf("interrupted in %s: left %d policies and hides %q", state, len(m.Policies), m.Hidden)
		}
		if !r.Interrupted || r.Exit() != run.ExitInterrupted {
			t.Errorf("interrupted in %s: exit code %d", state, r.Exit())
		}
		for _, result := range r.Results {
			if result.Verdict == run.Wrong {
				t.Errorf("interrupted in %s: %s is wrong: %s", state, result.Case.ID, result.Seen)
			}
		}
	}
}

// The interrupt comes while policies are being applied: some are, and the call fails.
func TestInterruptDuringAChangeRestoresToo(t *testing.T) {
	for _, what := range []string{"apply", "hide"} {
		m := three()
		ctx, interrupt := context.WithCancel(context.Background())
		m.Fail = func(now string) error {
			if now == what {
				interrupt()
				return context.Canceled
			}
			return nil
		}
		if _, err := run.Run(ctx, m, m.Stack, everything); err != nil {
			t.Fatal(err)
		}
		if len(m.Policies) > 0 || m.Hidden != "" {
			t.Errorf("interrupted in %s: left %d policies and hides %q", what, len(m.Policies), m.Hidden)
		}
	}
}

func TestStateThatCannotBeEnteredIsUndecided(t *testing.T) {
	m := three()
	m.Fail = func(what string) error {
		if what == "apply" {
			return errors.New("forbidden")
		}
		return nil
	}
	r := report(t, m, everything)
	if got := verdict(t, r, "15"); got.Verdict != run.Undecided || !strings.Contains(got.Why, "forbidden") {
		t.Errorf("got %+v", got)
	}
	if got := verdict(t, r, "5"); got.Verdict != run.Right {
		t.Errorf("got %+v", got)
	}
	if len(m.Policies) > 0 {
		t.Errorf("left %v", m.Policies)
	}
}

func TestFailedRestoreIsAnErrorThatSaysWhatToDo(t *testing.T) {
	m := three()
	m.Fail = func(what string) error {
		if what == "remove" {
			return errors.New("the cluster is gone")
		}
		return nil
	}
	r, err := run.Run(context.Background(), m, m.Stack, run.Options{Policies: true})
	for _, want := range []string{"not as it was", "the cluster is gone", "kubectl delete"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
	if r == nil || !errors.Is(err, run.ErrNotRestored) {
		t.Error("the report is lost, or nobody can tell why there is an error")
	}
}

// onlyBackend hides that the mesh can take tags away.
type onlyBackend struct{ backend.Backend }

func TestBackendThatCannotDisturbIsUndecided(t *testing.T) {
	m := three()
	r, err := run.Run(context.Background(), onlyBackend{m}, m.Stack, everything)
	if err != nil {
		t.Fatal(err)
	}
	if got := verdict(t, r, "hidden/eks/ecs-3"); got.Verdict != run.Undecided || !strings.Contains(got.Why, "cannot take a discovery tag away") {
		t.Errorf("got %+v", got)
	}
}
