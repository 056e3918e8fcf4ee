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
	// ingredient is what the doctor calls the piece, and words are in its finding: what the piece is missing from.
	ingredient, words string
	// frozen keeps the sandbox's controllers from mending it, as real ones would in time.
	frozen bool
	// fresh lets istiod find the tasks anew: it keeps what it knows of an account that it can look into no more.
	fresh bool
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

// examine says what verify and doctor make of a copy of the world after a mutation.
func (d *deployed) examine(t *testing.T, m mutation) (*run.Report, []doctor.Finding) {
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
		if m.fresh {
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
	options := run.Options{FreePods: true}
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

func TestEveryMutationIsNoticed(t *testing.T) {
	d := bringUp(t)
	for _, m := range []mutation{{}, {frozen: true}, {fresh: true}} {
		m.spoil = func(*spoiler) {}
		report, found := d.examine(t, m)
		if report.Exit() != run.ExitRight || len(found) > 0 {
			t.Fatalf("the stack is not whole before anything is taken from it: exit code %d, %v", report.Exit(), found)
		}
	}
	mutations := allMutations()
	noticed := 0
	for _, m := range mutations {
		if t.Run(m.name, func(t *testing.T) {
			report, found := d.examine(t, m)
			t.Logf("%d wrong, %d undecided, %d right", report.Count(run.Wrong), report.Count(run.Undecided), report.Count(run.Right))
			if report.Count(run.Wrong) == 0 {
				t.Errorf("no case is red: %d undecided, %d right", report.Count(run.Undecided), report.Count(run.Right))
			}
			if !names(found, m) {
				t.Errorf("doctor does not name %s of %q, but: %v", m.ingredient, m.words, found)
			}
		}) {
			noticed++
		}
	}
	t.Run("invisible", func(t *testing.T) { invisible(t, d) })
	t.Logf("mutations: %d of %d noticed, %d invisible by nature", noticed, len(mutations), len(unseen))
}

// names reports whether a finding is about the ingredient that a mutation took away.
func names(found []doctor.Finding, m mutation) bool {
	for _, f := range found {
		if f.Ingredient == m.ingredient && strings.Contains(f.Subject+" "+f.Sentence, m.words) {
			return true
		}
	}
	return false
}
