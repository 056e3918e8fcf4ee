package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/cases"
	"ambient-ecs/verify/run"
)

// sample is a report with one case of each verdict, and text that every format must escape.
func sample() *run.Report {
	call := func(id, name string, expect backend.Outcome) cases.Case {
		return cases.Case{ID: id, Name: name, Kind: cases.Call, State: cases.Base, Expect: expect,
			Request: backend.Request{From: backend.Source{Cluster: "ecs-1", Service: "shell"}, Host: "echo.mesh", Port: 8080}}
	}
	denied := call("15", "6.2 EKS to C1 blocked", backend.Policy)
	denied.State = "P0"
	denied.Control = &cases.Control{State: cases.Base, Differs: "without deny-all"}
	return &run.Report{
		Install: "mesh", Backend: "sandbox", Stage: "permissive", Started: time.Date(2026, 1, 21, 12, 0, 0, 0, time.UTC), Took: 1500 * time.Millisecond,
		Results: []run.Result{
			{Case: call("5", "EKS-to-ECS", backend.Answered), Verdict: run.Right, Seen: "answered", Took: 12 * time.Millisecond},
			{Case: denied, Verdict: run.Wrong, Seen: "network", Why: `curl said: <connection "timed out" & more>` + "\x1b[0m"},
			{Case: call("pair/ecs-1/ecs-2", "ecs-1 to ecs-2", backend.Answered), Verdict: run.Undecided, Seen: "undecided", Why: "no marker"},
			{Case: cases.Case{ID: "gateway/15012", Name: "closed", Kind: cases.Gateway, State: cases.Base, Port: 15012}, Verdict: run.Right, Seen: "closed", Inspected: true},
		},
		Skipped: []run.Skipped{
			{ID: "11", Name: "Cross-cluster", Reason: "not applicable: the stack has no second cluster in its home account"},
			{ID: "12", Name: "Cross-cluster", Reason: "not applicable: the stack has no second cluster in its home account"},
			{ID: "16", Name: "blocked", Reason: "needs --policies: it is tried under P0"},
			{ID: "19", Name: "allowed", Reason: "needs --policies: it is tried under P0+P1"},
		},
	}
}

func written(t *testing.T, format string, r *run.Report) string {
	t.Helper()
	var out bytes.Buffer
	if err := Write(&out, format, r); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestReachabilityIsOneLineForEachPort(t *testing.T) {
	r := sample()
	if text := written(t, "table", r); strings.Contains(text, "OPEN FROM") {
		t.Errorf("a back end that sees no network has a table of it:\n%s", text)
	}
	for _, from := range []string{"ecs-1/shell", "ecs-2/shell", "eks default/shell"} {
		r.Reachability = append(r.Reachability,
			backend.Reach{From: from, To: "ecs-2/echo", Port: 15008, Open: true}, backend.Reach{From: from, To: "ecs-2/echo", Port: 8080, Why: "no rule"},
			backend.Reach{From: from, To: "load balancer", Port: 15012, Open: from != "eks default/shell"})
	}
	text := written(t, "table", r)
	for _, want := range []string{
		`TO +PORT +OPEN FROM +CLOSED FROM`, `ecs-2/echo +8080 +- +everybody`, `ecs-2/echo +15008 +everybody +-`, `load balancer +15012 +every task +eks default/shell`,
	} {
		if !regexp.MustCompile(want).MatchString(text) {
			t.Errorf("no %q in:\n%s", want, text)
		}
	}
	var document struct{ Reachability []backend.Reach }
	if err := json.Unmarshal([]byte(written(t, "json", r)), &document); err != nil || len(document.Reachability) != 9 || document.Reachability[1].Why != "no rule" {
		t.Errorf("%+v %v", document, err)
	}
}

func TestTableShowsEveryColumnAndWhatWasNotRight(t *testing.T) {
	text := written(t, "table", sample())
	for _, want := range []string{
		`CASE +SOURCE +DESTINATION +POLICY +EXPECTED +SEEN +TIME`,
		`✓ +5 EKS-to-ECS +ecs-1/shell +echo.mesh:8080 +none +answered +answered +12ms`,
		`✗ +15 6.2 EKS to C1 blocked +ecs-1/shell +echo.mesh:8080 +P0 +policy +network`,
		`\? +pair/ecs-1/ecs-2 `,
		`closed \(inspected\)`,
		`11, 12: not applicable: the stack has no second cluster`,
		`2 cases more: run with --policies`,
		`expected policy, seen network: curl said`,
		`4 cases on sandbox: 2 right, 1 wrong, 1 undecided, in 1.5s`,
	} {
		if !regexp.MustCompile(want).MatchString(text) {
			t.Errorf("the table has no %q:\n%s", want, text)
		}
	}
}

func TestJSONIsReadable(t *testing.T) {
	var d document
	if err := json.Unmarshal([]byte(written(t, "json", sample())), &d); err != nil {
		t.Fatal(err)
	}
	if d.Right != 2 || d.Wrong != 1 || d.Undecided != 1 || d.Exit != run.ExitWrong || len(d.Cases) != 4 || len(d.Skipped) != 4 {
		t.Errorf("got %+v", d)
	}
	if c := d.Cases[1]; c.Control != "without deny-all (as deployed)" || c.Verdict != "wrong" || c.Expected != "policy" {
		t.Errorf("got %+v", c)
	}
}

func TestJUnitIsWellFormedAndCounts(t *testing.T) {
	text := written(t, "junit", sample())
	decoder := xml.NewDecoder(strings.NewReader(text))
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
	}
	var all suites
	if err := xml.Unmarshal([]byte(text), &all); err != nil {
		t.Fatal(err)
	}
	if all.Tests != 8 || all.Failures != 1 || all.Errors != 1 || all.Skipped != 4 {
		t.Errorf("counted %d tests, %d failures, %d errors, %d skipped", all.Tests, all.Failures, all.Errors, all.Skipped)
	}
	tests, failures, errs, skips := 0, 0, 0, 0
	for _, s := range all.Suites {
		for _, c := range s.Cases {
			tests++
			if c.Failure != nil {
				failures++
			}
			if c.Error != nil {
				errs++
			}
			if c.Skipped != nil {
				skips++
			}
		}
	}
	if tests != all.Tests || failures != all.Failures || errs != all.Errors || skips != all.Skipped {
		t.Errorf("the suites hold %d tests, %d failures, %d errors, %d skipped", tests, failures, errs, skips)
	}
}

func TestUnknownFormatIsRefused(t *testing.T) {
	if err := Check("xml"); err == nil || !strings.Contains(err.Error(), "junit") {
		t.Errorf("got %v", err)
	}
	for _, format := range Formats {
		if err := Check(format); err != nil {
			t.Error(err)
		}
	}
}

func TestAServiceThatWaitsIsNamed(t *testing.T) {
	r := sample()
	for _, format := range []string{"table", "json"} {
		if strings.Contains(written(t, format, r), "ait") {
			t.Errorf("%s: nothing waits", format)
		}
	}
	r.Waiting = []string{"prod/billing"}
	if text := written(t, "table", r); !strings.Contains(text, "prod/billing waits to join the mesh: no case is about it. `ambient doctor` says") {
		t.Errorf("the table is\n%s", text)
	}
	if text := written(t, "json", r); !strings.Contains(text, `"waiting": [`) || !strings.Contains(text, `"prod/billing"`) {
		t.Errorf("the document is\n%s", text)
	}
}
