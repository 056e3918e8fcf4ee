// Package run tries the cases of a stack on a back end.
//
// It makes every call once for each state, controls included, and judges afterwards: a failure counts only if its
// control succeeded, a success only if the access log shows the two identities. What could not be tried is
// undecided, never blocked.
package run

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"time"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/cases"
	"ambient-ecs/verify/stack"
)

// DefaultParallel is how many calls are made at the same time.
const DefaultParallel = 8

// Options are what a run may do.
type Options struct {
	// Policies walks the policy states. Without it nothing is changed.
	Policies bool
	// IfPermissive walks them too, unless the stack has policies of its own.
	IfPermissive bool
	// Intrusive adds what needs a workload of its own, or takes a part of the mesh away for a while.
	Intrusive bool
	// Writes also sends requests with methods other than GET, HEAD and OPTIONS.
	Writes bool
	// Harmless says that a pod outside the mesh costs nothing here, that no request changes anything, and that calls can be made
	// from every workload, so that neither Intrusive nor Writes is needed for them.
	Harmless bool
	// Waiting says of services that have yet to join the mesh why that is known, by "cluster/service". No case is about them.
	Waiting map[string]string
	// Only, if set, picks the cases whose id or name matches.
	Only *regexp.Regexp
	// Parallel is how many calls are made at the same time. 0: DefaultParallel.
	Parallel int
	// Every is how far apart the calls of Rolling begin, unless a call takes longer. 0: 200 ms.
	Every time.Duration
	// Progress, if set, hears of every step.
	Progress func(Step)
}

// Step is one step of a run.
type Step struct {
	// State is the state that was entered, or that the call was made in.
	State string
	// What is the call that ended, "" for a state that was entered.
	What string
	// Outcome is the call's.
	Outcome backend.Outcome
	// Done of Total calls are made.
	Done, Total int
}

// Run tries the cases. An error means that nothing was tried, or that the mesh could not be put back as it was; the
// report is not nil in the second case.
func Run(ctx context.Context, b backend.Backend, s *stack.Stack, o Options) (*Report, error) {
	if o.Parallel <= 0 {
		o.Parallel = DefaultParallel
	}
	if o.Progress == nil {
		o.Progress = func(Step) {}
	}
	o.Policies = o.Policies || o.IfPermissive && ownPolicies(s) == ""
	if err := preflight(ctx, b, s, o); err != nil {
		return nil, err
	}
	s = s.Waiting(slices.Sorted(maps.Keys(o.Waiting)))
	matrix := cases.Of(s)
	r := &runner{backend: b, stack: s, options: o, states: map[string]cases.State{}, answers: map[string]backend.Answer{}}
	for _, state := range matrix.States {
		r.states[state.ID] = state
	}
	report := &Report{Install: s.InstallName, Backend: b.Name(), Stage: s.PolicyStage, Started: time.Now()}
	for _, service := range slices.Sorted(maps.Keys(o.Waiting)) {
		report.Waiting = append(report.Waiting, service)
		report.Skipped = append(report.Skipped, Skipped{ID: service, Name: "waits to join the mesh", Reason: "waits to join the mesh: " + o.Waiting[service]})
	}
	_, watched := b.(backend.Watcher)
	_, observed := b.(backend.Observer)
	visitor, _ := b.(backend.Visitor)
	selected := o.pick(s, matrix, report, watched, observed, visitor)
	if len(selected) == 0 {
		return nil, errors.New("no case is to be run")
	}
	r.facts = gather(ctx, b, s, selected)
	if surveyor, ok := b.(backend.Surveyor); ok && o.Only == nil {
		var err error
		if report.Reachability, err = surveyor.Reachability(ctx); err != nil {
			return nil, fmt.Errorf("survey the network: %w", err)
		}
	}
	failed := r.try(ctx, plan(matrix, selected))
	for _, c := range selected {
		report.Results = append(report.Results, r.judge(c))
	}
	report.Calls = r.answers
	report.Interrupted = ctx.Err() != nil
	report.Took = time.Since(report.Started)
	return report, failed
}

// pick returns the cases to run, and puts the others on the report with what keeps them out. Watched says that the back end
// sees istiod's discovery, observed that it sees the observability tools. visitor is nil for a back end that makes the calls of all
// users.
func (o Options) pick(s *stack.Stack, m cases.Matrix, report *Report, watched, observed bool, visitor backend.Visitor) []cases.Case {
	stays := ""
	if visitor != nil && s.Ingress.On() {
		stays = visitor.Visits()
	}
	var selected []cases.Case
	wanted := func(id, name string) bool {
		return o.Only == nil || o.Only.MatchString(id) || o.Only.MatchString(name)
	}
	walked := map[string]bool{}
	for _, state := range m.States {
		walked[state.ID] = len(state.Policies) > 0
	}
	for _, c := range m.Cases {
		reason := ""
		switch {
		case !wanted(c.ID, c.Name):
			continue
		case c.Extra == cases.Disturbs && !o.Intrusive, c.Extra == cases.ExtraPod && !o.Intrusive && !o.Harmless:
			reason = fmt.Sprintf("needs --intrusive: %s", c.Extra)
		case c.Extra == cases.Writes && !o.Writes && !o.Harmless:
			reason = fmt.Sprintf("needs --writes: %s", c.Extra)
		case c.Extra == cases.Shell && !o.Harmless:
			reason = fmt.Sprintf("cannot be tried from here: it needs %s", c.Extra)
		case walked[c.State] && !o.Policies:
			reason = "needs --policies: it is tried under " + c.State
			if o.IfPermissive {
				reason = "the stack's own policies are in force"
			}
		case stays != "" && c.Request.From.User:
			reason = "cannot be tried from here: " + stays
		case withoutExec(s, c) != "":
			reason = withoutExec(s, c)
		case c.Kind == cases.Live && !watched:
			reason = "this back end does not see istiod's discovery"
		case cases.Observed(c.Kind) && !observed:
			reason = "Prometheus and CloudWatch cannot be asked from here"
		default:
			if o.Intrusive && c.Sharper != nil {
				c.Control = c.Sharper
			}
			selected = append(selected, c)
			continue
		}
		report.Skipped = append(report.Skipped, Skipped{c.ID, c.Name, reason})
	}
	for _, c := range m.Inapplicable {
		if wanted(c.ID, c.Name) {
			report.Skipped = append(report.Skipped, Skipped(c))
		}
	}
	return selected
}
