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

const (
	portHTTPS = 443
	// exitTLS is curl's exit code for a TLS handshake that failed.
	exitTLS = 35
	// noUpstream begins Envoy's own answer when it does not get through.
	noUpstream = "upstream connect error or disconnect/reset before headers"
)

// enter follows a request of a user from the load balancer of the ingress to the application.
func (m *model) enter(r backend.Request) backend.Answer {
	address := m.stack.IngressAddress
	for _, source := range m.stack.Ingress.Sources {
		client, err := clientIn(source)
		if err != nil {
			return undecided(err.Error())
		}
		if ok, why := aws.Visit(m.Tx, client, address, r.Port); !ok {
			return lost(fmt.Sprintf("from %s: %s", source, why))
		}
	}
	gateway := m.entrance(address)
	if gateway == nil {
		return lost("no Gateway has the address " + address)
	}
	pod := m.podOfGateway(gateway)
	if pod == nil {
		return lost("no pod of gateway " + api.ID(gateway) + " is ready, so the load balancer has no healthy target")
	}
	if why := m.handshake(gateway, r.Port); why != "" {
		return backend.Answer{Outcome: backend.Undecided, Exit: exitTLS, Why: why}
	}
	entered := m.istiod.Enter(policy.Entry{Gateway: api.ID(gateway), Port: uint32(r.Port), Host: r.Host, Path: r.Path})
	switch {
	case entered.Status == 404:
		return backend.Answer{Outcome: backend.Unrouted, Status: 404, Why: entered.Why}
	case entered.Status != 0:
		return backend.Answer{Outcome: backend.Redirect, Status: int(entered.Status), Why: entered.Why}
	}
	self, why := m.gatewayCaller(gateway, pod)
	if why != "" {
		return failed(503, noUpstream, why)
	}
	answer := m.forward(self, gateway, entered, r)
	answer.Caller = self.identity
	return answer
}

// clientIn is an address of a network.
func clientIn(cidr string) (netip.Addr, error) {
	prefix, err := netip.ParsePrefix(cidr)
	switch {
	case err != nil:
		return netip.Addr{}, fmt.Errorf("the stack's sources of the ingress: %w", err)
	case prefix.Bits() == 0:
		return netip.MustParseAddr("203.0.113.9"), nil // of everybody, somebody on the Internet
	case prefix.IsSingleIP():
		return prefix.Addr(), nil
	}
	return prefix.Masked().Addr().Next(), nil
}

// entrance is the ingress Gateway with an address, or nil.
func (m *model) entrance(address string) api.Object {
	for _, gateway := range m.cluster.List(mesh.GatewayKind, m.stack.Ingress.Namespace) {
		for _, a := range api.Maps(gateway, "status", "addresses") {
			if address != "" && api.String(a, "value") == address {
				return gateway
			}
		}
	}
	return nil
}

// podOfGateway is a ready pod of a Gateway, or nil.
func (m *model) podOfGateway(gateway api.Object) api.Object {
	for _, pod := range m.cluster.List(api.PodKind, api.Namespace(gateway)) {
		if ready(pod) && api.Labels(pod)[gatewayLabel] == api.Name(gateway) {
			return pod
		}
	}
	return nil
}

// handshake says why no client ends a TLS handshake on a port, or "". The load balancer has the certificate, or the gateway.
func (m *model) handshake(gateway api.Object, port int) string {
	if port != portHTTPS {
		return ""
	}
	for _, listener := range api.Maps(gateway, "spec", "listeners") {
		if api.Int(listener, "port") != portHTTPS {
			continue
		}
		if api.String(listener, "protocol") == "HTTPS" {
			for _, ref := range api.Maps(listener, "tls", "certificateRefs") {
				name := api.String(ref, "name")
				secret := m.cluster.Get(api.SecretKind, api.Namespace(gateway), name)
				if api.String(secret, "data", "tls.crt") == "" || api.String(secret, "data", "tls.key") == "" {
					return fmt.Sprintf("the gateway has no certificate: Secret %s/%s does not have tls.crt and tls.key", api.Namespace(gateway), name)
				}
			}
			return ""
		}
		for _, service := range m.cluster.List(api.ServiceKind, api.Namespace(gateway)) {
			notes := api.Annotations(service)
			if api.Labels(service)[gatewayLabel] == api.Name(gateway) && notes[balancerNote+"ssl-cert"] != "" && notes[balancerNote+"ssl-ports"] == "443" {
				return ""
			}
		}
		return "the load balancer has no certificate on port 443, and the gateway behind it speaks clear text"
	}
	return ""
}

// balancerNote begins the annotations that the makers of load balancers read.
const balancerNote = "service.beta.kubernetes.io/aws-load-balancer-"

// gatewayCaller is a pod of a gateway as the start of calls to services.
func (m *model) gatewayCaller(gateway, pod api.Object) (*caller, string) {
	host, ok := m.podHost(pod)
	if !ok {
		return nil, "pod " + api.ID(pod) + " has no address"
	}
	self := &caller{name: "ingress " + api.ID(gateway), host: host, namespace: api.Namespace(gateway), network: m.stack.MeshNetwork, proxied: true, trust: m.trustOfPod(pod)}
	self.identity, self.doubt = m.podIdentity(pod)
	return self, self.doubt
}

// forward follows a request from the gateway to a service. Of several backends the one with the largest share gets it.
func (m *model) forward(self *caller, gateway api.Object, entered policy.Entered, r backend.Request) backend.Answer {
	to, remark := heaviest(entered.Backends)
	service := m.istiod.Lookup(to.Hostname, self.namespace)
	hops := m.istiod.Hops(api.ID(gateway), to)
	if service == nil || len(hops) == 0 {
		return failed(503, "no healthy upstream", fmt.Sprintf("%s, and the gateway knows no endpoint of %s", entered.Why, to.Hostname))
	}
	on := r
	on.From, on.Host, on.Port = backend.Source{}, to.Hostname, int(to.Port)
	var worst *backend.Answer
	for _, hop := range hops {
		if answer := m.hop(self, service, hop, on); worst == nil || worst.Outcome == backend.Answered && answer.Outcome != backend.Answered {
			worst = &answer
		}
	}
	answer := *worst
	if answer.Outcome == backend.Policy || answer.Outcome == backend.Network {
		answer = failed(503, noUpstream, "the gateway does not get through to "+to.Hostname+": "+answer.Why)
	}
	answer.Why = joined(entered.Why+"; "+answer.Why, remark)
	return answer
}

// hop is a request to one endpoint of the gateway: a waypoint, or a task.
func (m *model) hop(self *caller, service *workloadapi.Service, hop policy.Hop, r backend.Request) backend.Answer {
	ip, err := netip.ParseAddr(hop.Address)
	switch {
	case err != nil:
		return reset("the gateway's endpoint " + hop.Address + " is no address")
	case !hop.Tunnel:
		return lost(fmt.Sprintf("it connects to port %d of %s itself and not by the tunnel: %s, which istiod does not have, would lead it through", r.Port, ip, preferTunnel))
	}
	if pod := m.podAt(ip); pod != nil && strings.HasPrefix(api.String(m.cluster.Get(mesh.GatewayKind, api.Namespace(pod), api.Labels(pod)[gatewayLabel]), "spec", "gatewayClassName"), "istio-waypoint") {
		return m.throughWaypoint(self, service, r)
	}
	for _, e := range m.istiod.Endpoints(service, uint32(r.Port)) {
		if policy.Address(e.Workload) == ip {
			return m.toEndpoint(self, e, r)
		}
	}
	return reset(fmt.Sprintf("%s is no endpoint of %s any more", ip, service.Hostname))
}

// preferTunnel is the variable of istiod that makes gateways call tasks by HBONE.
const preferTunnel = "PILOT_PREFER_SENDING_HBONE"
