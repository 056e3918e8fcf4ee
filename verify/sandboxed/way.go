package sandboxed

import (
	"fmt"
	"net/netip"

	"istio.io/istio/pkg/workloadapi"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/kubernetes/api"
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
func (m *model) way(c *caller, w *workloadapi.Workload, ip netip.Addr) way {
	directly := m.straight(c.host, ip)
	if w.Network == c.network && !c.remote {
		return directly
	}
	through := m.through(c.host, w.Network, ip)
	if w.Network == c.network && through.open != directly.open {
		through.unknown = fmt.Sprintf("unknown: that a task with \"remote\" in its token goes through the gateway, as assumed, is not documented; directly the port is %s", state(directly))
		if !through.open {
			through.why += "; " + through.unknown
		}
	}
	return through
}

func state(w way) string {
	if w.open {
		return "open"
	}
	return "closed"
}

func (m *model) straight(from aws.Host, ip netip.Addr) way {
	open, why := aws.Reach(m.Tx, from, ip, hbone)
	return way{open: open, why: why}
}

// through goes to the gateway's load balancer, on to a gateway's pod, and from there to the destination.
func (m *model) through(from aws.Host, network string, ip netip.Addr) way {
	service := m.gatewayOf(network)
	if service == nil {
		return way{why: fmt.Sprintf("no gateway leads into mesh network %q", network)}
	}
	address := ""
	for _, ingress := range api.Maps(service, "status", "loadBalancer", "ingress") {
		if address = api.String(ingress, "hostname"); address == "" {
			address = api.String(ingress, "ip")
		}
	}
	if address == "" {
		return way{why: "gateway " + api.ID(service) + " has no address"}
	}
	if ok, why := aws.Dial(m.Tx, from, address, hbone); !ok {
		return way{why: "to the gateway: " + why}
	}
	selector := api.Object{"matchLabels": api.Map(service, "spec", "selector")}
	last := way{why: "no pod of gateway " + api.ID(service) + " is ready"}
	for _, pod := range m.cluster.List(api.PodKind, api.Namespace(service)) {
		if !ready(pod) || !api.Matches(selector, api.Labels(pod)) {
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

// gatewayOf is the Service of the gateway into a mesh network.
func (m *model) gatewayOf(network string) api.Object {
	for _, service := range m.cluster.List(api.ServiceKind, "") {
		labels := api.Labels(service)
		if labels[gatewayLabel] == "" || labels[networkLabel] != network {
			continue
		}
		for _, port := range api.Maps(service, "spec", "ports") {
			if api.Int(port, "port") == hbone {
				return service
			}
		}
	}
	return nil
}
