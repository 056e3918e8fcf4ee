package run

import (
	"fmt"
	"maps"

	"ambient-ecs/verify/cases"
	"ambient-ecs/verify/policy"
	"ambient-ecs/verify/stack"
)

// shares compares how istiod tells the ingress to share out the requests of users with what the stack declares. Any backend may answer a
// request, so no call shows it: the case counts as inspected.
func (r *runner) shares(c cases.Case) (Verdict, string, string) {
	if err := r.facts.istiod.err; err != nil {
		return Undecided, "nothing", err.Error()
	}
	entered := r.facts.istiod.value.Enter(policy.Entry{Gateway: r.stack.Ingress.Namespace + "/" + stack.IngressName, Port: uint32(c.Port), Host: c.Host, Path: c.Path})
	found := map[string]float64{}
	for _, b := range entered.Backends {
		found[b.Hostname] += float64(b.Weight)
	}
	if has, declared := stack.Shares(found), stack.Shares(c.Shares); !maps.Equal(has, declared) {
		return Wrong, "otherwise", fmt.Sprintf("of a thousand requests %s sends %v, and %v is declared", entered.Why, has, declared)
	}
	return Right, "as declared", entered.Why
}
