package run

import (
	"fmt"

	"ambient-ecs/verify/cases"
	"ambient-ecs/verify/policy"
)

// refusal asks istiod in process whether the tasks of a service refuse an identity that comes to them directly. Nobody can
// make such a call on purpose, so the case counts as inspected.
func (r *runner) refusal(c cases.Case) (Verdict, string, string) {
	if err := r.facts.istiod.err; err != nil {
		return Undecided, "nothing", err.Error()
	}
	istiod := r.facts.istiod.value
	service := istiod.Lookup(c.Host, r.stack.Destinations[c.Host].Namespace)
	if service == nil {
		return Wrong, "no service", "istiod knows no service " + c.Host
	}
	endpoints := istiod.Endpoints(service, uint32(c.Port))
	for _, e := range endpoints {
		if allowed, by := istiod.Decide(policy.Connection{Identity: c.Client, Destination: e.Workload, Port: e.Port}); allowed {
			return Wrong, "admitted", fmt.Sprintf("%s admits %s: %s", e.Name, c.Client, by)
		}
	}
	if len(endpoints) == 0 {
		return Wrong, "no task", "istiod knows no task of " + c.Host
	}
	return Right, "refused", fmt.Sprintf("%d of %d tasks refuse %s", len(endpoints), len(endpoints), c.Client)
}
