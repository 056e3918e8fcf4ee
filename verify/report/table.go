package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"ambient-ecs/verify/cases"
	"ambient-ecs/verify/run"
)

var marks = map[run.Verdict]string{run.Right: "✓", run.Wrong: "✗", run.Undecided: "?"}

func table(w io.Writer, r *run.Report) error {
	rows := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(rows, "\tCASE\tSOURCE\tDESTINATION\tPOLICY\tEXPECTED\tSEEN\tTIME")
	for _, result := range r.Results {
		c := result.Case
		seen := result.Seen
		if result.Inspected {
			seen += " (inspected)"
		}
		fmt.Fprintf(rows, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", marks[result.Verdict], title(c), c.Source(), c.Destination(),
			policy(r, c), c.Expected(), seen, seconds(result.Took))
	}
	if err := rows.Flush(); err != nil {
		return err
	}
	_, err := io.WriteString(w, reachability(r.Reachability)+skipped(r)+details(r)+summary(r))
	return err
}

// title is a case's number with its name; a case without a number has its name in its id.
func title(c cases.Case) string {
	if strings.Contains(c.ID, "/") {
		return c.ID
	}
	return c.ID + " " + c.Name
}

// policy is the policy state of a case in the table's words.
func policy(r *run.Report, c cases.Case) string {
	switch {
	case c.State != cases.Base:
		return c.State
	case r.Stage == "" || r.Stage == cases.StagePermissive:
		return "none"
	}
	return r.Stage
}

// skipped lists the cases that were not run, grouped by reason.
func skipped(r *run.Report) string {
	var reasons []string
	by := map[string][]string{}
	for _, s := range r.Skipped {
		if by[s.Reason] == nil {
			reasons = append(reasons, s.Reason)
		}
		by[s.Reason] = append(by[s.Reason], s.ID)
	}
	// Cases that one flag would add are one group to a reader, whatever their policies are.
	merged := map[string]int{}
	text := ""
	for _, reason := range reasons {
		if head, _, ok := strings.Cut(reason, ":"); ok && strings.HasPrefix(head, "needs ") {
			merged[head] += len(by[reason])
			continue
		}
		text += fmt.Sprintf("  %s: %s\n", strings.Join(by[reason], ", "), reason)
	}
	heads := make([]string, 0, len(merged))
	for head := range merged {
		heads = append(heads, head)
	}
	slices.Sort(heads)
	for _, head := range heads {
		text += fmt.Sprintf("  %d cases more: %s\n", merged[head], strings.Replace(head, "needs ", "run with ", 1))
	}
	if text == "" {
		return ""
	}
	return "\nNot run:\n" + text
}

// details explains every case that is not right.
func details(r *run.Report) string {
	text := ""
	for _, result := range r.Results {
		if result.Verdict == run.Right {
			continue
		}
		text += fmt.Sprintf("  %s %s: %s → %s: expected %s, seen %s: %s\n", marks[result.Verdict], title(result.Case), result.Case.Source(),
			result.Case.Destination(), result.Case.Expected(), result.Seen, orNothing(result.Why))
	}
	if text == "" {
		return ""
	}
	return "\nNot right:\n" + text
}

func orNothing(why string) string {
	if why == "" {
		return "nothing more is known"
	}
	return why
}

func summary(r *run.Report) string {
	text := fmt.Sprintf("\n%d cases on %s: %d right, %d wrong, %d undecided, in %s.\n", len(r.Results), r.Backend,
		r.Count(run.Right), r.Count(run.Wrong), r.Count(run.Undecided), seconds(r.Took))
	if len(r.Waiting) > 0 {
		text += strings.Join(r.Waiting, ", ") + " waits to join the mesh: no case is about it. `ambient doctor` says what is left to do.\n"
	}
	if r.Interrupted {
		text += "The run was interrupted: what it had not tried is undecided.\n"
	}
	return text
}
