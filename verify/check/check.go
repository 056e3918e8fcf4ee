// Package check asks the controls about a whole stack, from the output of `pulumi preview --json --show-sames`, and prints what
// they say. It asks neither AWS nor Kubernetes.
package check

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"ambient-ecs/controls"
	"ambient-ecs/verify/preview"
)

// Stack asks every control that resources decide, in the order of their numbers.
func Stack(stack *preview.Stack) []controls.Finding {
	var all controls.Stack
	for _, r := range stack.Resources {
		inputs, _ := readable(r.Inputs).(map[string]any)
		all = append(all, controls.Resource{Type: r.Type, Name: r.Name, Inputs: controls.Of(inputs)})
	}
	var findings []controls.Finding
	for _, control := range controls.Decided() {
		findings = append(findings, control.Check(all))
	}
	return findings
}

// readable replaces what a preview does not print. Pulumi encrypts a value as a whole, so a secret is never a part of a text.
func readable(value any) any {
	switch value := value.(type) {
	case string:
		if value == preview.Unknown || value == preview.Secret {
			return controls.Unknown{}
		}
	case []any:
		all := make([]any, len(value))
		for i, element := range value {
			all[i] = readable(element)
		}
		return all
	case map[string]any:
		all := map[string]any{}
		for key, element := range value {
			all[key] = readable(element)
		}
		return all
	}
	return value
}

// Breaks reports whether the findings fail a check: a mandatory control is broken or, if strict, any control.
func Breaks(findings []controls.Finding, strict bool) bool {
	for _, f := range findings {
		if f.Verdict == controls.Broken && (strict || f.Control.Mandatory) {
			return true
		}
	}
	return false
}

// Table prints for people what is not kept, and counts.
func Table(w io.Writer, findings []controls.Finding) error {
	count := map[controls.Verdict]int{}
	none := 0
	var lines, reasons strings.Builder
	for _, f := range findings {
		if f.Judged == 0 && f.Verdict == controls.Kept {
			none++
			continue
		}
		count[f.Verdict]++
		if f.Verdict == controls.Kept {
			continue
		}
		fmt.Fprintf(&lines, "%s\t%s\t%s\t%s (%s)\n", f.Verdict, f.Control.Level(), f.Control.Name, f.Control.Text, f.Control.ID)
		if len(f.Broken) > 0 {
			fmt.Fprintf(&reasons, "\n%s is broken by %s.\n  To keep it, %s.\n", f.Control.Name, strings.Join(f.Broken, ", "), f.Control.Fix)
		}
		if len(f.Undecided) > 0 {
			fmt.Fprintf(&reasons, "\n%s is undecided for %s: the preview does not print the value.\n", f.Control.Name, strings.Join(f.Undecided, ", "))
		}
	}
	if lines.Len() > 0 {
		rows := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprint(rows, "VERDICT\tLEVEL\tCONTROL\tASKS FOR\n"+lines.String())
		if err := rows.Flush(); err != nil {
			return err
		}
		fmt.Fprintln(w, reasons.String())
	}
	_, err := fmt.Fprintf(w, "%d kept, %d broken, %d undecided, %d without a resource to judge.\n", count[controls.Kept], count[controls.Broken], count[controls.Undecided], none)
	return err
}

// finding is a control's in JSON. Fields are only ever added.
type finding struct {
	Number    int      `json:"number"`
	Name      string   `json:"name"`
	ID        string   `json:"id"`
	Text      string   `json:"text"`
	Level     string   `json:"level"`
	Verdict   string   `json:"verdict"`
	Judged    int      `json:"judged"`
	Broken    []string `json:"broken,omitempty"`
	Undecided []string `json:"undecided,omitempty"`
	Fix       string   `json:"fix,omitempty"`
}

// JSON prints the findings for programs.
func JSON(w io.Writer, findings []controls.Finding) error {
	all := []finding{}
	for _, f := range findings {
		one := finding{
			Number: f.Control.Number, Name: f.Control.Name, ID: f.Control.ID, Text: f.Control.Text, Level: f.Control.Level(),
			Verdict: f.Verdict.String(), Judged: f.Judged, Broken: f.Broken, Undecided: f.Undecided,
		}
		if f.Verdict == controls.Broken {
			one.Fix = f.Control.Fix
		}
		all = append(all, one)
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(all)
}
