//go:build engine

package mutation

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"ambient-ecs/verify/cases"
	"ambient-ecs/verify/run"
	"ambient-ecs/verify/stack"
)

// affected names cases, in words with spaces between. "a→b" is every call from a to b that must be answered, by name or by
// address; "*", "eks", "ecs", "users", the keys of accounts and clusters and the names of shared services are places. Any other word is the id of a case, in which *
// stands for a part between slashes. A word that begins with - takes its cases away again.
type affected string

// places are the names that fit the key of a cluster or of a shared service, or EKS's.
func places(s *stack.Stack, key string) []string {
	if key == "" {
		return []string{"*", "eks"}
	}
	if key == users {
		return []string{"*", users}
	}
	if _, shared := s.Shared[key]; shared {
		return []string{"*", "ecs", key}
	}
	return []string{"*", "ecs", key, s.Clusters[key].Account}
}

// users is the place of those who come through the ingress.
const users = "users"

// ends are the clusters of a call, "" for EKS. A call of a shared name ends at the shared service, and one of a user at the service
// behind the ingress.
func ends(s *stack.Stack, c cases.Case) (from, to string) {
	if c.Request.Task != "" {
		to, _, _ = strings.Cut(c.Request.Task, "/")
		return c.Request.From.Cluster, to
	}
	from, host := c.Request.From.Cluster, c.Request.Host
	if c.Request.From.User {
		from, host = users, c.Host
	}
	for key, cluster := range s.Clusters {
		for _, service := range cluster.Services {
			if service.Hostname == host {
				to = cmp.Or(service.Shared, key)
			}
		}
	}
	return from, to
}

// holds reports whether a case is among the named ones.
func (a affected) holds(s *stack.Stack, c cases.Case) bool {
	named := false
	for _, word := range strings.Fields(string(a)) {
		word, without := strings.CutPrefix(word, "-")
		if fits(s, word, c) {
			named = !without
		}
	}
	return named
}

func fits(s *stack.Stack, word string, c cases.Case) bool {
	wantFrom, wantTo, isCall := strings.Cut(word, "→")
	if !isCall {
		ok, err := path.Match(word, c.ID)
		return ok && err == nil
	}
	if c.Kind != cases.Call || c.Expect != "answered" {
		return false
	}
	from, to := ends(s, c)
	return slices.Contains(places(s, from), wantFrom) && slices.Contains(places(s, to), wantTo)
}

// compare returns the differences between a report and the effect that a mutation should have: exactly the red cases are
// wrong, and exactly the blind ones are undecided, besides cases whose control is red or blind.
func (d *deployed) compare(report *run.Report, red, blind affected) []string {
	var differences []string
	known := map[string]cases.Case{}
	for _, r := range report.Results {
		if r.Case.Kind == cases.Call {
			known[cases.Key(r.Case.State, r.Case.Request)] = r.Case
		}
	}
	for _, r := range report.Results {
		want := run.Right
		switch c := r.Case; {
		case red.holds(d.stack, c):
			want = run.Wrong
		case blind.holds(d.stack, c):
			want = run.Undecided
		case c.Control != nil:
			control, isCase := known[cases.Key(c.Control.State, c.Control.Request)]
			if !isCase {
				control = d.control(c)
			}
			if red.holds(d.stack, control) || blind.holds(d.stack, control) {
				want = run.Undecided
			}
		}
		if r.Verdict != want {
			differences = append(differences, fmt.Sprintf("%s is %s, and should be %s: %s", title(d.stack, r.Case), r.Verdict, want, r.Why))
		}
	}
	return differences
}

// control is the control of a case as the case that it would be.
func (d *deployed) control(c cases.Case) cases.Case {
	control := cases.Case{Kind: cases.Call, State: c.Control.State, Request: c.Control.Request, Expect: c.Control.Expect}
	if control.Request.Task != "" {
		from, to := ends(d.stack, control)
		control.ID = "address/" + cmp.Or(from, "eks") + "/" + to
	}
	return control
}

// title is a case as the words of affected name it, with its id.
func title(s *stack.Stack, c cases.Case) string {
	if c.Kind != cases.Call || c.Expect != "answered" {
		return c.ID
	}
	from, to := ends(s, c)
	return fmt.Sprintf("%s→%s (%s)", cmp.Or(from, "eks"), cmp.Or(to, "eks"), c.ID)
}
