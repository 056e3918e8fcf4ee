package topology

import (
	"cmp"
	"fmt"
	"slices"
)

// Problem is something in the mesh that does not work as declared.
type Problem struct {
	// Subject names what has the problem, Text says what is wrong with it, and ID is the subject's row.
	Subject, Text, ID string
}

// Problems are the problems of the mesh: first those of gateways and shared services, which concern many callers, then
// those of services in the order in which they are shown.
func (m *Mesh) Problems() []Problem {
	var all []Problem
	for _, l := range []listing{m.gateways(), m.sharedServices(), m.services()} {
		for _, r := range l.Rows {
			if r.Problem != "" {
				all = append(all, Problem{Subject: r.Cells[0], Text: r.Problem, ID: r.ID})
			}
		}
	}
	return all
}

func (g Gateway) problem() string {
	if g.Programmed {
		return ""
	}
	return "not programmed"
}

func (s Shared) problem() string {
	wanted := func(n *Node) bool { return n.Declared > 0 }
	answers := func(n *Node) bool { return n.Healthy > 0 }
	if slices.ContainsFunc(s.Members, wanted) && !slices.ContainsFunc(s.Members, answers) {
		return "nobody answers"
	}
	return ""
}

// problem says what is wrong with a node, "" if nothing is. A service that the stack stopped may be empty.
func (n *Node) problem() string {
	switch {
	case n.group.ECS && n.Declared == 0 && n.Endpoints == 0:
		return ""
	case !n.Found:
		return "unknown to istiod"
	case n.Endpoints == 0:
		return "no workload"
	case n.Protocol != "HBONE":
		return "called in plain text, without an identity"
	case n.Healthy < n.Endpoints:
		return fmt.Sprintf("%d of %d healthy", n.Healthy, n.Endpoints)
	case n.Endpoints < n.Declared:
		return fmt.Sprintf("%d of %d declared tasks", n.Endpoints, n.Declared)
	}
	return ""
}

// problemsFirst returns all with those that have a problem in front, else in their order.
func problemsFirst[T any](all []T, problem func(T) string) []T {
	rank := func(one T) int {
		if problem(one) != "" {
			return 0
		}
		return 1
	}
	return slices.SortedStableFunc(slices.Values(all), func(a, b T) int { return cmp.Compare(rank(a), rank(b)) })
}
