package sandboxed

import (
	"fmt"
	"net/netip"
	"slices"

	"istio.io/istio/pkg/workloadapi"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/mesh"
)

// networkLabel names the mesh network that a gateway leads to.
const networkLabel = "topology.istio.io/network"

// way is whether one proxy can reach another.
type way struct {
	open bool
	why  string
	// unknown says on which unproven assumption the answer rests.
	unknown string
}

// way goes from a client's ztunnel to a destination's: directly, or through the gateway of the destination's mesh
// network. The gateway is for clients on another network, and for those whose token says "remote".
//
// Pods are on no network but EKS's, which a remote client reaches through the gateway alone. Solo does not document which
// path it takes to another task: a task counts as on the mesh's network, and yet it is near the client. So both paths must
// be open, and the worse result counts.
func (m *model) way(c *caller, w *workloadapi.Workload, ip netip.Addr) way {
	directly := m.straight(c.host, ip)
	if w.Network == c.network && !c.remote {
		return directly
	}
	through := m.through(c.host, w.Network, ip)
	switch {
	case c.callsOnly:
		through.unknown = "unknown: that a task of an account that only calls reaches others through the gateway's endpoint, as assumed, was not tried on AWS"
		return through
	case w.Network != c.network || through.open == directly.open:
		return through
	case m.taskAt(ip) == nil:
		through.unknown = "unknown: that a task with \"remote\" in its token reaches EKS through the gateway, as assumed, is not documented"
		return through
	}
	closed, other := through, "directly"
	if through.open {
		closed, other = directly, "through the gateway"
	}
	closed.why += fmt.Sprintf("; unknown: whether a task with \"remote\" in its token goes through the gateway or directly, so both ways must be open, and only %s is it", other)
	return closed
}

func (m *model) straight(from aws.Host, ip netip.Addr) way {
	open, why := aws.Reach(m.Tx, from, ip, hbone)
	return way{open: open, why: why}
}

// through goes to the gateway's load balancer, on to a gateway's pod, and from there to the destination.
func (m *model) through(from aws.Host, network string, ip netip.Addr) way {
	gateway, why := m.gatewayOf(network)
	if why != "" {
		return way{why: why}
	}
	address := ""
	for _, a := range api.Maps(gateway, "status", "addresses") {
		address = api.String(a, "value")
	}
	if address == "" {
		return way{why: "gateway " + api.ID(gateway) + " has no address"}
	}
	if ok, why := aws.Dial(m.Tx, from, address, hbone); !ok {
		return way{why: "to the gateway: " + why}
	}
	last := way{why: "no pod of gateway " + api.ID(gateway) + " is ready"}
	for _, pod := range m.cluster.List(api.PodKind, api.Namespace(gateway)) {
		if !ready(pod) || api.Labels(pod)[gatewayLabel] != api.Name(gateway) {
			continue
		}
		host, ok := m.podHost(pod)
		if !ok {
			continue
		}
		last = m.straight(host, ip)
		if !last.open {
			last.why = "from the gateway: " + last.why
			return last
		}
	}
	return last
}

// gatewayOf is the gateway into a mesh network. Istio's ambient code finds it by the label of the Gateway, its older code by
// the label of the Service. It is not known which of them Solo's code reads, so both labels must be right.
func (m *model) gatewayOf(network string) (gateway api.Object, why string) {
	for _, gateway := range m.cluster.List(mesh.GatewayKind, "") {
		if api.Labels(gateway)[networkLabel] != network || !slices.ContainsFunc(api.Maps(gateway, "spec", "listeners"), func(l api.Object) bool {
			return api.Int(l, "port") == hbone
		}) {
			continue
		}
		for _, service := range m.cluster.List(api.ServiceKind, api.Namespace(gateway)) {
			if labels := api.Labels(service); labels[gatewayLabel] == api.Name(gateway) && labels[networkLabel] == network {
				return gateway, ""
			}
		}
		why = fmt.Sprintf("the Service of gateway %s is not labelled for mesh network %q", api.ID(gateway), network)
	}
	if why == "" {
		why = fmt.Sprintf("no gateway leads into mesh network %q", network)
	}
	return nil, why
}
