package run

import (
	"time"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/cases"
)

// Verdict is the result of a case.
type Verdict string

const (
	// Right: what was expected was seen, and its control too.
	Right Verdict = "right"
	// Wrong: something else was seen.
	Wrong Verdict = "wrong"
	// Undecided: the case could not be decided. It is never a pass.
	Undecided Verdict = "undecided"
)

// The exit codes of a report.
const (
	ExitRight       = 0
	ExitWrong       = 1
	ExitUndecided   = 3
	ExitInterrupted = 130
)

// Result is one case that was run.
type Result struct {
	Case    cases.Case
	Verdict Verdict
	// Seen is the observation in a word or two. Why is a sentence with the reason for the verdict.
	Seen, Why string
	// Inspected says that the case was judged from configuration, because it cannot be tried from where the verifier
	// runs.
	Inspected bool
	Took      time.Duration
}

// Skipped is a case that was not run, and why.
type Skipped struct{ ID, Name, Reason string }

// Report is the result of a run.
type Report struct {
	Install, Backend, Stage string
	Started                 time.Time
	Took                    time.Duration
	Results                 []Result
	Skipped                 []Skipped
	// Waiting are the services that no case is about, because they have yet to join the mesh: "cluster/service". They do not change the exit
	// code: the stack's side is there, and the rest is their owners' to do, or a later step.
	Waiting []string
	// Reachability is the network beneath the calls, of a back end that can see it, if no cases were picked.
	Reachability []backend.Reach
	// Interrupted says that the run ended early.
	Interrupted bool
	// Calls are all answers by cases.Key, those of controls too.
	Calls map[string]backend.Answer
}

// Count is how many cases have a verdict.
func (r *Report) Count(v Verdict) int {
	n := 0
	for _, result := range r.Results {
		if result.Verdict == v {
			n++
		}
	}
	return n
}

// Exit is the exit code: 0 only if every case was decided and right.
func (r *Report) Exit() int {
	switch {
	case r.Interrupted:
		return ExitInterrupted
	case r.Count(Wrong) > 0:
		return ExitWrong
	case r.Count(Undecided) > 0 || len(r.Results) == 0:
		return ExitUndecided
	}
	return ExitRight
}
