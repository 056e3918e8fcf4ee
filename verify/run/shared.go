package run

import (
	"fmt"
	"slices"
	"strings"

	"ambient-ecs/verify/cases"
)

// members compares the workloads that istiod knows behind a shared name with those that the stack runs behind
// it.
func (r *runner) members(c cases.Case) (Verdict, string, string) {
	if err := r.facts.workloads.err; err != nil {
		return Undecided, "nothing", err.Error()
	}
	var found, missing, foreign []string
	for _, w := range r.facts.workloads.value {
		if w.Service == c.Host && !slices.Contains(found, w.Identity) {
			found = append(found, w.Identity)
		}
	}
	for _, want := range c.Servers {
		if !slices.Contains(found, want) {
			missing = append(missing, want)
		}
	}
	for _, one := range found {
		if !slices.Contains(c.Servers, one) {
			foreign = append(foreign, one)
		}
	}
	seen := fmt.Sprintf("%d of %d", len(c.Servers)-len(missing), len(c.Servers))
	switch {
	case len(missing) > 0:
		return Wrong, seen, "istiod knows no task of " + strings.Join(missing, ", ")
	case len(foreign) > 0:
		return Wrong, seen + " and others", strings.Join(foreign, ", ") + " answer under the name too"
	}
	return Right, "its members", seen
}
