//go:build engine

package mutation

import (
	"slices"
	"strings"
	"testing"

	"ambient-ecs/verify/doctor"
	"ambient-ecs/verify/run"
)

// mutation takes one ingredient away from the deployed stack, or spoils it.
type mutation struct {
	name string
	// spoil changes the locked world.
	spoil func(*spoiler)
	// red are the cases that must be wrong. blind are the cases that must be undecided. Every other case must be right, or
	// undecided because its control is red or blind.
	red, blind affected
	// A case that a waypoint answers with status 503 is blind, because the answer could be the application's.
	//
	// kept are the cases that must be wrong on a stack whose discovery is complete: istiod keeps its entries for an
	// account that it can no longer read. red are then the cases of a stack that discovers everything anew.
	kept affected
	// ingredient is the doctor's name for the piece. words, separated by |, must occur in its finding. They name the resource that
	// lacks the piece.
	ingredient, words string
	// frozen stops the sandbox's controllers, so that they do not repair the fault, as real ones would in time.
	frozen bool
}

// whole is a stack with the mutations that are tried on it.
type whole struct {
	name string
	// edit changes the stack file of the dev stack.
	edit      func(*testing.T, string) string
	mutations []mutation
	unseen    []invisible
}

var wholes = []whole{
	{"dev", func(_ *testing.T, text string) string { return text }, allMutations(), slices.Concat(unseen, lasting)},
	{"everything switched on", switchedOn, showcase(), unseenInShowcase},
	{"operated", operated, operations, unseenOperations},
	{"observed", observing, watched(), nil},
	{"open to users", opened, openings, lastingOpenings},
}

func TestEveryMutationTurnsExactlyItsCasesRedAndIsNamed(t *testing.T) {
	noticed, tried, hidden := 0, 0, 0
	for _, w := range wholes {
		t.Run(w.name, func(t *testing.T) {
			d := bringUp(t, w.edit)
			d.nothingMissing(t)
			for _, m := range w.mutations {
				if t.Run(m.name, func(t *testing.T) {
					d.try(t, m, m.kept != "", m.red)
					if m.kept != "" {
						d.try(t, m, false, m.kept)
					}
				}) {
					noticed++
				}
			}
			t.Run("invisible", func(t *testing.T) { d.invisible(t, w.unseen) })
			tried, hidden = tried+len(w.mutations), hidden+len(w.unseen)
		})
	}
	t.Logf("mutations: %d of %d noticed, %d invisible by nature", noticed, tried, hidden)
}

// nothingMissing asserts that a stack is whole before anything is taken from it.
func (d *deployed) nothingMissing(t *testing.T) {
	t.Helper()
	for _, fresh := range []bool{false, true} {
		for _, frozen := range []bool{false, true} {
			report, found := d.examine(t, mutation{spoil: func(*spoiler) {}, frozen: frozen && !fresh}, fresh)
			if report.Exit() != run.ExitRight || len(found) > 0 {
				for _, r := range report.Results {
					if r.Verdict != run.Right {
						t.Errorf("%s is %s: %s", r.Case.ID, r.Verdict, r.Why)
					}
				}
				t.Fatalf("the stack is not whole before anything is taken from it: exit code %d, %v", report.Exit(), found)
			}
		}
	}
}

// try compares the results of verify and doctor for a mutation with the expected ones.
func (d *deployed) try(t *testing.T, m mutation, fresh bool, red affected) {
	t.Helper()
	report, found := d.examine(t, m, fresh)
	t.Logf("%d wrong, %d undecided, %d right", report.Count(run.Wrong), report.Count(run.Undecided), report.Count(run.Right))
	if report.Count(run.Wrong) == 0 && (red != "" || report.Count(run.Undecided) == 0) {
		t.Error("no case is red")
	}
	for _, difference := range d.compare(report, red, m.blind) {
		t.Error(difference)
	}
	precise(t, found, m)
}

// precise asserts that the doctor names the removed ingredient first, and no other one as stopping calls.
func precise(t *testing.T, found []doctor.Finding, m mutation) {
	t.Helper()
	if len(found) == 0 {
		t.Errorf("doctor finds nothing, not even %s", m.ingredient)
		return
	}
	for i, f := range found {
		text := f.Subject + " " + f.Sentence
		if i > 0 && (f.Latent || f.Warning) {
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
