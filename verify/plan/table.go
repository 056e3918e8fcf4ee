package plan

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// Write prints the calls that a change would stop, and those that it would let through.
func Write(w io.Writer, change Change, flows []Flow) error {
	flows = slices.Clone(flows)
	slices.SortStableFunc(flows, func(a, b Flow) int {
		return cmp.Or(boolean(b.Stops())-boolean(a.Stops()), cmp.Compare(a.To, b.To), cmp.Compare(a.From, b.From))
	})
	stops, starts := 0, 0
	if len(flows) > 0 {
		rows := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintln(rows, "\tCALLER\tSERVICE\tREQUEST\tNOW\tTHEN\tBECAUSE")
		for _, f := range flows {
			mark := "+"
			if f.Stops() {
				mark = "✗"
				stops++
			} else {
				starts++
			}
			fmt.Fprintf(rows, "%s\t%s\t%s:%d\t%s\t%s\t%s\t%s\n", mark, strings.TrimPrefix(f.From, "spiffe://"), f.To, f.Port, f.Request, verdict(f.Now), verdict(f.Then), f.ThenBy)
		}
		if err := rows.Flush(); err != nil {
			return err
		}
		fmt.Fprintln(w)
	}
	_, err := fmt.Fprintf(w, "%s would stop, %s would be admitted. %s. %s.\n",
		counted(stops, "call that works now", "calls that work now"), counted(starts, "call that is refused now", "calls that are refused now"),
		objects(change), restarts(change))
	return err
}

func verdict(admitted bool) string {
	if admitted {
		return "works"
	}
	return "refused"
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func objects(c Change) string {
	if c.Empty() {
		return "Nothing changes by which istiod decides"
	}
	return fmt.Sprintf("%s put, %d removed", counted(len(c.Put), "object", "objects"), len(c.Drop))
}

func restarts(c Change) string {
	if len(c.Restarts) == 0 && len(c.Leaving) > 0 {
		return "No task restarts, and some end"
	}
	if len(c.Restarts) == 0 {
		return "No task restarts"
	}
	return "The tasks of " + strings.Join(c.Restarts, ", ") + " are replaced"
}

func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}
