package sandboxed

import (
	"fmt"
	"strings"

	"istio.io/istio/pkg/workloadapi"

	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/policy"
)

// throughWaypoint is a call to a service that has a waypoint: the client's ztunnel goes there, the waypoint decides,
// and calls an endpoint in its own name.
func (m *model) throughWaypoint(c *caller, s *workloadapi.Service, r backend.Request) backend.Answer {
	name := policy.WaypointOf(s)
	namespace, gateway, _ := strings.Cut(name, "/")
	var pod api.Object
	for _, p := range m.cluster.List(api.PodKind, namespace) {
		if ready(p) && api.Labels(p)[gatewayLabel] == gateway {
			pod = p
			break
		}
	}
	if pod == nil {
		return reset("no pod of the waypoint " + name + " is ready")
	}
	host, ok := m.podHost(pod)
	if !ok {
		return reset("pod " + api.ID(pod) + " has no address")
	}
	w := m.workloadAt(host.IP)
	if w == nil {
		return reset("istiod does not know the waypoint's pod " + api.ID(pod))
	}
	there := m.way(c, w, host.IP)
	if !there.open {
		return lost(there.why)
	}
	if c.doubt != "" {
		return reset(c.doubt)
	}
	self := &caller{name: "waypoint " + name, host: host, network: w.Network, proxied: true, trust: m.trustOfPod(pod)}
	if self.identity, self.doubt = m.podIdentity(pod); self.doubt != "" {
		return reset(self.doubt)
	}
	if why := m.strangers(c.trust, self.trust); why != "" {
		return reset(fmt.Sprintf("%s and %s do not accept each other: %s", c.name, self.name, why))
	}
	answer := m.atWaypoint(c, s, r, pod, self)
	answer.Why = joined(answer.Why, there.unknown)
	if r.From.ECS() {
		answer.Why += "; unknown: waypoints have not been shown to work for calls from ECS in several accounts"
	}
	return answer
}

// atWaypoint is the waypoint's decision about a request.
func (m *model) atWaypoint(c *caller, s *workloadapi.Service, r backend.Request, pod api.Object, self *caller) backend.Answer {
	headers := map[string]string{}
	for key, value := range r.Headers {
		headers[strings.ToLower(key)] = value
	}
	method, path := r.Method, r.Path
	if method == "" {
		method = "GET"
	}
	if path == "" {
		path = "/"
	}
	path, ok := m.istiod.PathOf(s, uint32(r.Port), path)
	if !ok {
		return failed(400, "", self.name+" takes no request with the path "+r.Path)
	}
	r.Path = path
	allowed, by := m.istiod.DecideL7(policy.Request{
		Identity: c.identity, Service: s, Port: uint32(r.Port), Method: method, Path: path, Headers: headers,
	})
	if !allowed {
		return backend.Answer{Outcome: backend.L7, Status: 403, Body: "RBAC: access denied", Why: by}
	}
	return m.routed(s, r, policy.Request{Method: method, Path: path, Headers: headers}, by, pod, self)
}
