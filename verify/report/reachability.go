package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"ambient-ecs/verify/backend"
)

// reachability prints the network below the calls: for each port of each host, the sources that reach it. Nearly always that is
// everybody or nobody, so these two have a short form.
func reachability(table []backend.Reach) string {
	if len(table) == 0 {
		return ""
	}
	type port struct {
		host string
		port int
	}
	var order []port
	by := map[port][]backend.Reach{}
	for _, r := range table {
		key := port{r.To, r.Port}
		if by[key] == nil {
			order = append(order, key)
		}
		by[key] = append(by[key], r)
	}
	slices.SortStableFunc(order, func(a, b port) int { return cmp.Or(cmp.Compare(a.host, b.host), cmp.Compare(a.port, b.port)) })
	var text strings.Builder
	text.WriteString("\nThe network alone, before identities and policies:\n")
	rows := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(rows, "  TO\tPORT\tOPEN FROM\tCLOSED FROM")
	for _, key := range order {
		var open, closed []string
		for _, r := range by[key] {
			if r.Open {
				open = append(open, r.From)
			} else {
				closed = append(closed, r.From)
			}
		}
		fmt.Fprintf(rows, "  %s\t%d\t%s\t%s\n", key.host, key.port, sources(open, closed), sources(closed, open))
	}
	// A strings.Builder does not fail.
	_ = rows.Flush()
	return text.String()
}

// sources are names of hosts. If all hosts of a kind are among them, the kind stands for its hosts.
func sources(names, others []string) string {
	switch {
	case len(names) == 0:
		return "-"
	case len(others) == 0:
		return "everybody"
	}
	var text []string
	for _, kind := range []struct {
		name string
		is   func(string) bool
	}{{"every task", func(name string) bool { return !pod(name) }}, {"every pod", pod}} {
		of := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !kind.is(name) })
		if len(of) > 1 && !slices.ContainsFunc(others, kind.is) {
			of = []string{kind.name}
		}
		text = append(text, of...)
	}
	return strings.Join(text, ", ")
}

func pod(name string) bool { return strings.HasPrefix(name, "eks ") }
