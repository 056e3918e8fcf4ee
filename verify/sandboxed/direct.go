package sandboxed

import (
	"fmt"
	"net/netip"
	"strings"

	"istio.io/istio/pkg/workloadapi"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/mesh"
	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/policy"
)

// destination is the workload at an address.
type destination struct {
	name string
	// hostname is the hostname that the application reports.
	hostname string
	// inMesh says that a ztunnel takes incoming connections. identity is the identity that it proves. why says why
	// it can prove none.
	inMesh        bool
	identity, why string
	trust         *mesh.Authority
	listens       func(port uint32) bool
	// logs says that its ztunnel's access log can be read.
	logs bool
}

// destination finds what runs at an address.
func (m *model) destination(ip netip.Addr) destination {
	if t := m.taskAt(ip); t != nil {
		d := destination{name: t.title(), hostname: "ip-" + strings.ReplaceAll(ip.String(), ".", "-"), listens: t.listens, logs: t.logs(ztunnel)}
		d.identity, d.why = m.identity(*t)
		d.trust = trustOfTask(*t)
		if d.why == "" && !t.started() {
			d.listens = func(uint32) bool { return false }
		}
		return d
	}
	pod := m.podAt(ip)
	if pod == nil {
		return destination{name: ip.String(), why: "nothing runs at " + ip.String() + " any more", listens: func(uint32) bool { return false }}
	}
	d := destination{name: "pod " + api.ID(pod), hostname: api.Name(pod), logs: true, listens: func(port uint32) bool { return podListens(pod, port) }}
	if _, gateway := api.Labels(pod)["gateway.istio.io/managed"]; gateway {
		d.identity, d.why = m.podIdentity(pod)
		d.trust = m.trustOfPod(pod)
		return d
	}
	node := api.String(pod, "spec", "nodeName")
	switch {
	case !captured(m.cluster, pod):
		d.why = "pod " + api.ID(pod) + " is not captured by the mesh"
	case m.ztunnelOn(node) == nil:
		d.why = "no ztunnel is ready on node " + node
	default:
		d.inMesh = true
		d.identity, d.why = m.podIdentity(pod)
		d.trust = m.trustOfPod(pod)
	}
	return d
}

// directByName is a call without ztunnel to a name: that of a Service of the cluster, from a pod, or one of the internet.
func (m *model) directByName(c *caller, r backend.Request) backend.Answer {
	s := m.istiod.Lookup(r.Host, c.namespace)
	if s == nil {
		return m.outside(c, r)
	}
	if !c.localNames || !kubernetesName(s) {
		return c.nameless(fmt.Sprintf("%s is not in the mesh, and only the mesh knows %s", c.name, r.Host))
	}
	return m.toEndpoints(s, r, 0, func(e policy.Endpoint) backend.Answer {
		at := r
		at.Port = int(e.Port)
		return m.direct(c, policy.Address(e.Workload), at)
	})
}

// direct is a plain TCP connection to an address, as the network lets it through. A pod of the mesh has its ztunnel
// in front, which lets in what policies allow to somebody without an identity. Tasks have nothing in front.
func (m *model) direct(c *caller, ip netip.Addr, r backend.Request) backend.Answer {
	if ok, why := aws.Reach(m.Tx, c.host, ip, r.Port); !ok {
		return lost(why)
	}
	d := m.destination(ip)
	port := uint32(r.Port)
	if d.inMesh {
		if w := m.workloadAt(ip); w != nil {
			if allowed, by := m.istiod.Decide(policy.Connection{Source: c.host.IP, Destination: w, Port: port}); !allowed {
				return reset(by)
			}
		}
	}
	switch {
	case port == hbone && d.identity != "":
		return reset(d.name + " speaks mTLS on this port")
	case !d.listens(port):
		return refused(fmt.Sprintf("nothing in %s listens on port %d", d.name, port))
	}
	answer := m.answered(d, r, fmt.Sprintf("port %d of %s is open to %s, past every proxy", port, d.name, c.host))
	if d.inMesh {
		// ztunnel logs the connection, with no client to name.
		answer.Server = d.identity
	}
	return answer
}

// workloadAt is the workload that istiod knows by an address, on whatever network.
func (m *model) workloadAt(ip netip.Addr) *workloadapi.Workload {
	for _, w := range m.istiod.Workloads() {
		if policy.Address(w) == ip {
			return w
		}
	}
	return nil
}
