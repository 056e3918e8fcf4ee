//go:build engine

package mutation

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"ambient-ecs/sandbox/world"
	"ambient-ecs/verify/doctor"
	"ambient-ecs/verify/doctor/fromworld"
	"ambient-ecs/verify/run"
	"ambient-ecs/verify/sandboxed"
	"ambient-ecs/verify/stack"
)

// mutation takes one ingredient away from the deployed stack, or spoils it.
type mutation struct {
	name string
	// spoil changes the world while it is locked.
	spoil func(*spoiler)
	// red are the cases that must be wrong, and blind those that nobody can decide any more. Every other case must be right, or
	// undecided because its control is one of these.
	red, blind affected
	// kept are the cases that must be wrong on a stack that has found everything before: istiod keeps what it knows of an
	// account that it can look into no more. Red are then those of a stack that finds everything anew.
	kept affected
	// ingredient is what the doctor calls the piece, and words, with | between, are in its finding: what the piece is missing from.
	ingredient, words string
	// frozen keeps the sandbox's controllers from mending it, as real ones would in time.
	frozen bool
}

// deployed is the dev stack, brought up once.
type deployed struct {
	stack *stack.Stack
	world []byte
}

func bringUp(t *testing.T) *deployed {
	t.Helper()
	state := t.TempDir()
	cli := func(args ...string) []byte {
		t.Helper()
		var said strings.Builder
		cmd := exec.Command("../../bin/sandbox", append([]string{"-project", "../..", "-state", state}, append(args, "--stack", "dev")...)...)
		cmd.Stderr = &said
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v\n%s%s", strings.Join(args, " "), err, out, said.String())
		}
		return out
	}
	cli("up")
	s, err := stack.Parse(cli("stack", "output", "--json", "--show-secrets"))
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(state, "world.json"))
	if err != nil {
		t.Fatal(err)
	}
	return &deployed{s, data}
}

// examine says what verify and doctor make of a copy of the world after a mutation. Fresh lets istiod find the tasks anew.
func (d *deployed) examine(t *testing.T, m mutation, fresh bool) (*run.Report, []doctor.Finding) {
	t.Helper()
	ctx := context.Background()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "world.json"), d.world, 0o600); err != nil {
		t.Fatal(err)
	}
	w, err := world.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Do(func(tx *world.Tx) error {
		s := &spoiler{T: t, tx: tx, stack: d.stack}
		m.spoil(s)
		if fresh {
			s.forget()
		}
		tx.Changed()
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := w.Save(); err != nil {
		t.Fatal(err)
	}
	report, err := d.verify(ctx, folder, w, m.frozen)
	if err != nil {
		t.Fatal(err)
	}
	evidence, err := fromworld.Open(folder, d.stack)
	if err != nil {
		t.Fatal(err)
	}
	found, err := doctor.Run(ctx, evidence, d.stack)
	if err != nil {
		t.Fatal(err)
	}
	return report, found
}

// verify runs the plain cases as `ambient verify --sandbox` does.
func (d *deployed) verify(ctx context.Context, folder string, w *world.World, frozen bool) (*run.Report, error) {
	options := run.Options{Harmless: true}
	if frozen {
		b, err := sandboxed.New(w, d.stack)
		if err != nil {
			return nil, err
		}
		return run.Run(ctx, b, d.stack, options)
	}
	b, err := sandboxed.Open(folder, d.stack)
	if err != nil {
		return nil, err
	}
	report, err := run.Run(ctx, b, d.stack, options)
	return report, errors.Join(err, b.Close())
}

func TestEveryMutationTurnsExactlyItsCasesRedAndIsNamed(t *testing.T) {
	d := bringUp(t)
	for _, fresh := range []bool{false, true} {
		for _, frozen := range []bool{false, true} {
			report, found := d.examine(t, mutation{spoil: func(*spoiler) {}, frozen: frozen && !fresh}, fresh)
			if report.Exit() != run.ExitRight || len(found) > 0 {
				t.Fatalf("the stack is not whole before anything is taken from it: exit code %d, %v", report.Exit(), found)
			}
		}
	}
	mutations := allMutations()
	noticed := 0
	for _, m := range mutations {
		if t.Run(m.name, func(t *testing.T) {
			d.try(t, m, m.kept != "", m.red)
			if m.kept != "" {
				d.try(t, m, false, m.kept)
			}
		}) {
			noticed++
		}
	}
	t.Run("invisible", func(t *testing.T) { invisible(t, d) })
	t.Logf("mutations: %d of %d noticed, %d invisible by nature", noticed, len(mutations), len(unseen))
}

// try compares what verify and doctor make of a mutation with what they should.
func (d *deployed) try(t *testing.T, m mutation, fresh bool, red affected) {
	t.Helper()
	report, found := d.examine(t, m, fresh)
	t.Logf("%d wrong, %d undecided, %d right", report.Count(run.Wrong), report.Count(run.Undecided), report.Count(run.Right))
	if report.Count(run.Wrong) == 0 {
		t.Error("no case is red")
	}
	for _, difference := range d.compare(report, red, m.blind) {
		t.Error(difference)
	}
	precise(t, found, m)
}

// precise asserts that the doctor names the ingredient that a mutation took away first, and no other as what stops calls.
func precise(t *testing.T, found []doctor.Finding, m mutation) {
	t.Helper()
	if len(found) == 0 {
		t.Errorf("doctor finds nothing, not even %s", m.ingredient)
		return
	}
	for i, f := range found {
		text := f.Subject + " " + f.Sentence
		if i > 0 && f.Latent {
			continue // a consequence that stops nothing yet
		}
		if i > 0 && f.Ingredient == m.ingredient {
			continue
		}
		if f.Ingredient != m.ingredient {
			t.Errorf("doctor names %s of %s instead of %s: %s", f.Ingredient, f.Subject, m.ingredient, f.Sentence)
			continue
		}
		for _, word := range strings.Split(m.words, "|") {
			if !strings.Contains(text, word) {
				t.Errorf("doctor names %s, but not %q: %s", f.Ingredient, word, text)
			}
		}
	}
}
