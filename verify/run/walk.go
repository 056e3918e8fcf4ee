package run

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/cases"
	"ambient-ecs/verify/stack"
)

// restoreTime is how long putting the mesh back as it was may take after an interrupt.
const restoreTime = 3 * time.Minute

// ErrNotRestored is the error of a run that could not undo what it did.
var ErrNotRestored = errors.New("the mesh is not as it was")

type runner struct {
	backend backend.Backend
	stack   *stack.Stack
	options Options
	states  map[string]cases.State
	facts   facts

	mu      sync.Mutex
	answers map[string]backend.Answer
	done    int
	total   int
	// applied are the temporary policies that may exist, hidden the cluster that istiod may not see. Both are
	// written before the change, so that one that was interrupted is undone too.
	applied []cases.Policy
	hidden  string
}

// stop is the calls of one state.
type stop struct {
	state cases.State
	calls []backend.Request
}

// plan returns the calls of the cases and of their controls, each once, by state in walking order.
func plan(m cases.Matrix, selected []cases.Case) []stop {
	wanted := map[string][]backend.Request{}
	seen := map[string]bool{}
	add := func(state string, r backend.Request) {
		if key := cases.Key(state, r); !seen[key] {
			seen[key] = true
			wanted[state] = append(wanted[state], r)
		}
	}
	for _, c := range selected {
		if c.Kind == cases.Call {
			add(c.State, c.Request)
		}
		if c.Control != nil {
			add(c.Control.State, c.Control.Request)
		}
	}
	var stops []stop
	for _, s := range m.States {
		if len(wanted[s.ID]) > 0 {
			stops = append(stops, stop{s, wanted[s.ID]})
		}
	}
	return stops
}

// try makes the calls, one state after the other, and puts the mesh back as it was whatever happens. Its error says
// that it could not.
func (r *runner) try(ctx context.Context, stops []stop) (err error) {
	for _, s := range stops {
		r.total += len(s.calls)
	}
	defer func() {
		// An interrupt ends the calls, but not the restore.
		calm, cancel := context.WithTimeout(context.WithoutCancel(ctx), restoreTime)
		defer cancel()
		if failed := r.restore(calm); failed != nil {
			err = errors.Join(err, failed)
		}
	}()
	for i, s := range stops {
		if ctx.Err() != nil {
			r.giveUp(stops[i:], "the run was interrupted")
			return nil
		}
		if err := r.enter(ctx, s.state); err != nil {
			// The present state of the mesh is unknown, so further results would mean nothing.
			r.giveUp(stops[i:], fmt.Sprintf("the state %s could not be entered: %v", s.state.ID, err))
			return nil
		}
		r.options.Progress(Step{State: s.state.ID, Done: r.done, Total: r.total})
		r.calls(ctx, s)
	}
	return nil
}

// calls makes the calls of one state, several at a time.
func (r *runner) calls(ctx context.Context, s stop) {
	var group sync.WaitGroup
	slots := make(chan struct{}, r.options.Parallel)
	for _, request := range s.calls {
		group.Add(1)
		slots <- struct{}{}
		go func() {
			defer func() { <-slots; group.Done() }()
			answer := backend.Answer{Outcome: backend.Undecided, Why: "the run was interrupted"}
			if ctx.Err() == nil {
				answer = r.backend.Call(ctx, request)
			}
			if ctx.Err() != nil && answer.Outcome != backend.Answered {
				// A call that an interrupt cut off looks like one that was blocked.
				answer.Outcome, answer.Why = backend.Undecided, "the run was interrupted"
			}
			r.record(s.state.ID, request, answer)
		}()
	}
	group.Wait()
}

func (r *runner) record(state string, request backend.Request, answer backend.Answer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answers[cases.Key(state, request)] = answer
	r.done++
	r.options.Progress(Step{State: state, What: cases.Caller(request) + " → " + cases.Callee(request), Outcome: answer.Outcome, Done: r.done, Total: r.total})
}

func (r *runner) giveUp(stops []stop, why string) {
	for _, s := range stops {
		for _, request := range s.calls {
			r.record(s.state.ID, request, backend.Answer{Outcome: backend.Undecided, Why: why})
		}
	}
}

// enter changes the mesh from the state it is in to another.
func (r *runner) enter(ctx context.Context, to cases.State) error {
	if to.Hidden != r.hidden && r.hidden != "" {
		if err := r.show(ctx); err != nil {
			return err
		}
	}
	add, remove := without(to.Policies, r.applied), without(r.applied, to.Policies)
	if len(add) > 0 {
		r.applied = append(r.applied, add...)
		if err := r.backend.Apply(ctx, objects(add)); err != nil {
			return fmt.Errorf("apply the temporary policies: %w", err)
		}
	}
	if len(remove) > 0 {
		if err := r.backend.Remove(ctx, objects(remove)); err != nil {
			return fmt.Errorf("remove temporary policies: %w", err)
		}
		r.applied = without(r.applied, remove)
	}
	if to.Hidden != "" && to.Hidden != r.hidden {
		disturber, ok := r.backend.(backend.Disturber)
		if !ok {
			return fmt.Errorf("the back end %s cannot take a discovery tag away", r.backend.Name())
		}
		r.hidden = to.Hidden
		if err := disturber.Hide(ctx, to.Hidden); err != nil {
			return fmt.Errorf("take the discovery tag of %s away: %w", to.Hidden, err)
		}
	}
	return nil
}

func (r *runner) show(ctx context.Context) error {
	disturber, ok := r.backend.(backend.Disturber)
	if !ok {
		return nil
	}
	if err := disturber.Show(ctx, r.hidden); err != nil {
		return fmt.Errorf("give %s its discovery tag back: %w", r.hidden, err)
	}
	r.hidden = ""
	return nil
}

// restore undoes whatever the run may have done.
func (r *runner) restore(ctx context.Context) error {
	var problems []error
	if r.hidden != "" {
		if err := r.show(ctx); err != nil {
			problems = append(problems, fmt.Errorf("%w: %w: tag the cluster ecs.solo.io/discovery-enabled=true by hand", ErrNotRestored, err))
		}
	}
	if len(r.applied) > 0 {
		err := r.backend.Remove(ctx, objects(r.applied))
		if err == nil {
			var left []string
			if left, err = leftovers(ctx, r.backend); err == nil && len(left) > 0 {
				err = fmt.Errorf("%v are still there", left)
			}
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("%w: remove temporary policies: %w: %s", ErrNotRestored, err, Cure))
		} else {
			r.applied = nil
		}
	}
	return errors.Join(problems...)
}

// without is the policies of a that are not in b.
func without(a, b []cases.Policy) []cases.Policy {
	var rest []cases.Policy
	for _, p := range a {
		if !contains(b, p) {
			rest = append(rest, p)
		}
	}
	return rest
}

func contains(all []cases.Policy, p cases.Policy) bool {
	for _, q := range all {
		if q == p {
			return true
		}
	}
	return false
}

func objects(policies []cases.Policy) []backend.Object {
	var all []backend.Object
	for _, p := range policies {
		all = append(all, p.Object())
	}
	return all
}
