package sandboxed

import (
	"fmt"
	"slices"

	"istio.io/istio/pkg/workloadapi"

	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/policy"
)

// routed follows a request that the waypoint has let through along the waypoint's routes: the first that matches
// counts. Of several backends the one with the largest share gets the request, so one answer stands for all.
func (m *model) routed(s *workloadapi.Service, r backend.Request, request policy.Request, by string, pod api.Object, self *caller) backend.Answer {
	routes, err := m.istiod.Routes(s, uint32(r.Port))
	if err != nil {
		return undecided(err.Error())
	}
	to, repeats := policy.Backend{Hostname: s.Hostname, Port: uint32(r.Port), Known: true}, 0
	if len(routes) > 0 { // a port of plain TCP has none
		i := slices.IndexFunc(routes, func(route policy.Route) bool { return route.Match.Matches(request) })
		if i < 0 {
			return failed(404, "", fmt.Sprintf("no route of %s matches the request", self.name))
		}
		route := routes[i]
		if f := route.Fault; f != nil && f.AbortPercent >= 100 {
			return failed(int(f.AbortStatus), "fault filter abort", fmt.Sprintf("route %d of %s answers every request with status %d on purpose", i+1, self.name, f.AbortStatus))
		}
		repeats = int(route.Retries.Attempts)
		var remark string
		if to, remark = heaviest(route.Backends); remark != "" {
			by += "; " + remark
		}
		if to.Hostname == "" {
			return failed(500, "", fmt.Sprintf("route %d of %s leads nowhere", i+1, self.name))
		}
	}
	next := s
	if to.Hostname != s.Hostname {
		next = m.istiod.Lookup(to.Hostname, s.Namespace)
	}
	if !to.Known || next == nil {
		return failed(503, "", fmt.Sprintf("%s sends the request to %s, and istiod does not know it", self.name, to.Hostname))
	}
	on := r
	on.Port = int(to.Port)
	answer := m.toEndpoints(next, on, repeats, func(e policy.Endpoint) backend.Answer { return m.toEndpoint(self, e, on) })
	switch answer.Outcome {
	case backend.Answered:
		answer.Why = by + "; " + answer.Why
	case backend.Policy, backend.Network:
		// The waypoint cannot reach the endpoint and answers itself. No policy refused the client.
		answer = failed(503, "upstream connect error or disconnect/reset before headers",
			"the waypoint "+api.ID(pod)+" does not get through to "+next.Hostname+": "+answer.Why)
	}
	return answer
}

// failed is the waypoint's own answer to a failure. It says nothing about the mesh's policies.
func failed(status int, body, why string) backend.Answer {
	return backend.Answer{Outcome: backend.Undecided, Status: status, Body: body, Why: why}
}

// heaviest is the backend with the largest share, the first of equals. The remark says so where others have one too.
func heaviest(backends []policy.Backend) (to policy.Backend, remark string) {
	var sum uint32
	sharing := 0
	for _, b := range backends {
		sum += b.Weight
		if b.Weight > 0 {
			sharing++
		}
		if b.Weight > to.Weight {
			to = b
		}
	}
	if sharing > 1 {
		remark = fmt.Sprintf("of %d backends the one with the largest share is tried, %s with %d of %d", sharing, to.Hostname, to.Weight, sum)
	}
	return to, remark
}
