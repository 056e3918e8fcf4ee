package report

import (
	"encoding/json"
	"io"
	"time"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/run"
)

// document is the JSON of a report. Fields are only ever added.
type document struct {
	Install     string        `json:"install"`
	Backend     string        `json:"backend"`
	PolicyStage string        `json:"policyStage"`
	Started     time.Time     `json:"started"`
	Seconds     float64       `json:"seconds"`
	Interrupted bool          `json:"interrupted"`
	Exit        int           `json:"exit"`
	Right       int           `json:"right"`
	Wrong       int           `json:"wrong"`
	Undecided   int           `json:"undecided"`
	Cases       []caseEntry   `json:"cases"`
	Skipped     []skippedCase `json:"skipped"`
	// Waiting are the services that have yet to join the mesh, as "cluster/service". They are in Skipped too.
	Waiting []string `json:"waiting,omitempty"`
	// Reachability is present if the back end can see the network.
	Reachability []backend.Reach `json:"reachability,omitempty"`
}

type caseEntry struct {
	ID          string  `json:"id"`
	Name        string  `json:"name"`
	Kind        string  `json:"kind"`
	Source      string  `json:"source"`
	Destination string  `json:"destination"`
	Policy      string  `json:"policy"`
	Expected    string  `json:"expected"`
	Seen        string  `json:"seen"`
	Verdict     string  `json:"verdict"`
	Why         string  `json:"why,omitempty"`
	Inspected   bool    `json:"inspected,omitempty"`
	Control     string  `json:"control,omitempty"`
	Seconds     float64 `json:"seconds"`
}

type skippedCase struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

func asJSON(w io.Writer, r *run.Report) error {
	d := document{
		Install: r.Install, Backend: r.Backend, PolicyStage: r.Stage, Started: r.Started, Seconds: r.Took.Seconds(), Interrupted: r.Interrupted, Exit: r.Exit(),
		Right: r.Count(run.Right), Wrong: r.Count(run.Wrong), Undecided: r.Count(run.Undecided), Cases: []caseEntry{}, Skipped: []skippedCase{}, Waiting: r.Waiting, Reachability: r.Reachability,
	}
	for _, result := range r.Results {
		c := result.Case
		entry := caseEntry{
			ID: c.ID, Name: c.Name, Kind: string(c.Kind), Source: c.Source(), Destination: c.Destination(), Policy: policy(r, c), Expected: c.Expected(),
			Seen: result.Seen, Verdict: string(result.Verdict), Why: result.Why, Inspected: result.Inspected, Seconds: result.Took.Seconds(),
		}
		if c.Control != nil {
			entry.Control = c.Control.Differs + " (" + c.Control.State + ")"
		}
		d.Cases = append(d.Cases, entry)
	}
	for _, s := range r.Skipped {
		d.Skipped = append(d.Skipped, skippedCase{s.ID, s.Name, s.Reason})
	}
	out := json.NewEncoder(w)
	out.SetIndent("", "  ")
	out.SetEscapeHTML(false)
	return out.Encode(d)
}
