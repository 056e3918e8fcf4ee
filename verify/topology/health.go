package topology

import (
	"cmp"
	"fmt"
	"slices"
)

// problems are the rows of parts that do not work as declared: first gateways, the ingress and shared services, which concern
// many callers, then services in the order in which they are shown.
func (m *Mesh) problems() []row {
	var all []row
	for _, l := range []listing{m.gateways(), m.entrance(), m.sharedServices(), m.services()} {
		all = append(all, l.Rows...)
	}
	return slices.DeleteFunc(all, func(r row) bool { return r.Problem == "" })
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

// problem says what is wrong with a node, "" for nothing. A service that the stack declares as stopped may be
// empty.
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

// problemsFirst moves the rows with a problem to the front and keeps the order otherwise.
func problemsFirst[T any](all []T, problem func(T) string) []T {
	rank := func(one T) int {
		if problem(one) != "" {
			return 0
		}
		return 1
	}
	return slices.SortedStableFunc(slices.Values(all), func(a, b T) int { return cmp.Compare(rank(a), rank(b)) })
}
