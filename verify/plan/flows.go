package plan

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"istio.io/istio/pkg/workloadapi"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/policy"
	"ambient-ecs/verify/stack"
)

// Flow is one call, decided before and after a change.
type Flow struct {
	// From is the caller's SPIFFE id, or says that users outside the mesh call. To is the hostname and Port the port that it calls.
	From, To string
	Port     int
	// Request is the method, path and headers, if some policy reads them.
	Request string
	// Now and Then say whether the call is admitted. NowBy and ThenBy name what decided.
	Now, Then     bool
	NowBy, ThenBy string
}

// Stops reports whether the call works now and would not after the change.
func (f Flow) Stops() bool { return f.Now && !f.Then }

// Starts is the opposite.
func (f Flow) Starts() bool { return !f.Now && f.Then }

// Compare decides every call of the mesh's workloads to its services, and of users to the hosts of the ingress, before and after the change.
// It returns the calls whose decision differs. It leaves out calls to ECS services that only call others, because the network stops those
// before any policy does.
func Compare(ctx context.Context, b backend.Backend, s *stack.Stack, change Change) ([]Flow, error) {
	objects, err := policy.Objects(ctx, b)
	if err != nil {
		return nil, err
	}
	planned := change.apply(objects)
	now, err := policy.New(objects)
	if err != nil {
		return nil, fmt.Errorf("decide by the policies as they are: %w", err)
	}
	then, err := policy.New(planned)
	if err != nil {
		return nil, fmt.Errorf("decide by the planned policies: %w", err)
	}
	requests := samples(slices.Concat(objects, planned))
	var flows []Flow
	gone := change.deserted(s)
	for _, to := range servers(now) {
		for _, port := range to.Ports {
			if gone[to.Hostname] {
				flows = append(flows, Flow{From: "everybody", To: to.Hostname, Port: int(port.ServicePort), Request: "any", Now: true, ThenBy: "no ECS service is left behind the name"})
			}
		}
	}
	for _, caller := range callers(now) {
		for _, to := range servers(now) {
			if clients(s)[to.Hostname] || gone[to.Hostname] {
				continue
			}
			for _, port := range to.Ports {
				flows = append(flows, compare(now, then, caller, to, port.ServicePort, requests)...)
			}
		}
	}
	return append(flows, users(now, then, entrances(slices.Concat(objects, planned)), requests)...), nil
}

// deserted are the hostnames that have no ECS service with a task after the change.
func (c Change) deserted(s *stack.Stack) map[string]bool {
	left := map[string]int{}
	for _, cluster := range s.Clusters {
		for _, service := range cluster.Services {
			if service.DesiredCount > 0 && !service.ClientOnly {
				left[service.Hostname]++
			}
		}
	}
	gone := map[string]bool{}
	for host, leaving := range c.Leaving {
		if left[host] > 0 && left[host]-leaving+c.Coming[host] <= 0 {
			gone[host] = true
		}
	}
	return gone
}

// clients are the hostnames of the ECS services that only call others.
func clients(s *stack.Stack) map[string]bool {
	hostnames := map[string]bool{}
	for _, cluster := range s.Clusters {
		for _, service := range cluster.Services {
			if service.ClientOnly {
				hostnames[service.Hostname] = true
			}
		}
	}
	return hostnames
}

// callers are the identities of the workloads in the mesh, each with one of its addresses.
func callers(i *policy.Istiod) []*workloadapi.Workload {
	all := map[string]*workloadapi.Workload{}
	for _, w := range i.Workloads() {
		if w.TunnelProtocol == workloadapi.TunnelProtocol_HBONE && w.Namespace != "istio-system" {
			all[policy.Identity(w)] = w
		}
	}
	var sorted []*workloadapi.Workload
	for _, identity := range slices.Sorted(maps.Keys(all)) {
		sorted = append(sorted, all[identity])
	}
	return sorted
}

// servers are the services with a workload in the mesh.
func servers(i *policy.Istiod) []*workloadapi.Service {
	var all []*workloadapi.Service
	for _, s := range i.Services() {
		if slices.ContainsFunc(i.Workloads(), func(w *workloadapi.Workload) bool {
			return policy.Serves(w, s) && w.TunnelProtocol == workloadapi.TunnelProtocol_HBONE
		}) {
			all = append(all, s)
		}
	}
	return all
}

// compare decides one pair for the plain request. It adds the other requests only where their result differs from the
// plain one's.
func compare(now, then *policy.Istiod, caller *workloadapi.Workload, to *workloadapi.Service, port uint32, requests []sample) []Flow {
	var flows []Flow
	var plain Flow
	for number, r := range requests {
		f := Flow{From: policy.Identity(caller), To: to.Hostname, Port: int(port), Request: r.String()}
		f.Now, f.NowBy = decide(now, caller, to, port, r)
		f.Then, f.ThenBy = decide(then, caller, to, port, r)
		if number == 0 {
			plain = f
		} else if f.Now == plain.Now && f.Then == plain.Then {
			continue
		}
		if f.Now != f.Then {
			flows = append(flows, f)
		}
	}
	return flows
}

// decide follows a call as the caller's ztunnel would send it: to the service's waypoint, if it has one, and to every
// endpoint. It is admitted if all endpoints admit it.
func decide(i *policy.Istiod, caller *workloadapi.Workload, to *workloadapi.Service, port uint32, r sample) (bool, string) {
	at := slices.IndexFunc(i.Services(), func(s *workloadapi.Service) bool {
		return s.Hostname == to.Hostname && s.Namespace == to.Namespace
	})
	if at < 0 {
		return false, "nobody has the name " + to.Hostname
	}
	return reaches(i, policy.Identity(caller), policy.Address(caller), i.Services()[at], port, r)
}

// reaches decides a request of an identity at an address to a service.
func reaches(i *policy.Istiod, identity string, source netip.Addr, service *workloadapi.Service, port uint32, r sample) (bool, string) {
	by := "no policy applies"
	if waypoint := policy.WaypointOf(service); waypoint != "" {
		allowed, reason := i.DecideL7(policy.Request{
			Identity: identity, Service: service, Port: port, Method: r.method, Path: r.path, Headers: r.headers,
		})
		if !allowed {
			return false, reason
		}
		namespace, name, _ := strings.Cut(waypoint, "/")
		identity, source, by = i.Identity(namespace, name), netip.IPv4Unspecified(), reason
	}
	for _, e := range i.Endpoints(service, port) {
		allowed, reason := i.Decide(policy.Connection{Identity: identity, Source: source, Destination: e.Workload, Port: e.Port})
		if !allowed {
			return false, cmp.Or(reason, by)
		}
		by = reason
	}
	return true, by
}
