package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpoint "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	routes "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	manager "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pilot/test/xds"
	"istio.io/istio/pkg/cluster"
)

// IngressClass is the class of gateways for clients outside the mesh.
const IngressClass = "istio"

// entrance is how an ingress gateway handles requests.
type entrance struct {
	// listeners are by port.
	listeners map[uint32]*manager.HttpConnectionManager
	// tables are the routes, by the name that a listener has for them.
	tables map[string]*routes.RouteConfiguration
	// clusters are the endpoints of each destination.
	clusters map[string]*endpoint.ClusterLoadAssignment
}

// readGateway reads what istiod sends to an ingress gateway.
func readGateway(server *xds.FakeDiscoveryServer, namespace, name string) entrance {
	labels := map[string]string{gatewayLabel: name}
	proxy := server.SetupProxy(&model.Proxy{
		Type: model.Router, ID: name + "." + namespace, ConfigNamespace: namespace, Labels: labels, IPAddresses: []string{"127.0.0.1"},
		Metadata: &model.NodeMetadata{Namespace: namespace, Labels: labels, ClusterID: cluster.ID("Kubernetes"), EnableHBONE: true},
	})
	e := entrance{map[uint32]*manager.HttpConnectionManager{}, map[string]*routes.RouteConfiguration{}, map[string]*endpoint.ClusterLoadAssignment{}}
	for _, l := range server.Listeners(proxy) {
		for _, c := range l.FilterChains {
			for _, f := range c.Filters {
				connections := &manager.HttpConnectionManager{}
				if f.GetTypedConfig().MessageIs(connections) && f.GetTypedConfig().UnmarshalTo(connections) == nil {
					e.listeners[l.GetAddress().GetSocketAddress().GetPortValue()] = connections
				}
			}
		}
	}
	for _, table := range server.Routes(proxy) {
		e.tables[table.Name] = table
	}
	for _, assignment := range server.Endpoints(proxy) {
		e.clusters[assignment.ClusterName] = assignment
	}
	return e
}

// Entry is a request of a client outside the mesh, as an ingress gateway receives it.
type Entry struct {
	// Gateway is the gateway, as "namespace/name". Port is the port of its listener.
	Gateway string
	Port    uint32
	// Host and Path are those of the request.
	Host, Path string
}

// Entered is what an ingress gateway does with a request.
type Entered struct {
	// Status is the answer of the gateway itself: a redirection, or 404. 0: it passes the request on.
	Status uint32
	// Backends share the requests that it passes on.
	Backends []Backend
	// Why says what decided.
	Why string
}

// Enter is the decision of an ingress gateway.
func (i *Istiod) Enter(e Entry) Entered {
	gateway := i.gateways[e.Gateway]
	listener := gateway.listeners[e.Port]
	if listener == nil {
		return Entered{Status: 404, Why: fmt.Sprintf("the gateway %s has no listener on port %d", e.Gateway, e.Port)}
	}
	table := gateway.tables[listener.GetRds().GetRouteConfigName()]
	for _, host := range virtualHosts(table, e.Host) {
		for _, r := range host.Routes {
			if !pathMatches(r.GetMatch(), e.Path) {
				continue
			}
			if r.GetRedirect() != nil {
				return Entered{Status: 301, Why: "the route " + r.Name + " redirects to " + r.GetRedirect().GetSchemeRedirect()}
			}
			return Entered{Backends: backendsOf(r.GetRoute()), Why: "the route " + r.Name}
		}
	}
	return Entered{Status: 404, Why: fmt.Sprintf("the gateway %s has no route for %s%s on port %d", e.Gateway, e.Host, e.Path, e.Port)}
}

// virtualHosts are the ones for a name, the most exact first. Envoy looks at the first alone.
func virtualHosts(table *routes.RouteConfiguration, name string) []*routes.VirtualHost {
	var found []*routes.VirtualHost
	length := func(h *routes.VirtualHost) int {
		best := -1
		for _, domain := range h.Domains {
			suffix, wildcard := strings.CutPrefix(domain, "*")
			if domain == name {
				return 1 << 16
			}
			if wildcard && strings.HasSuffix(name, suffix) {
				best = max(best, len(suffix))
			}
		}
		return best
	}
	for _, h := range table.GetVirtualHosts() {
		if length(h) >= 0 {
			found = append(found, h)
		}
	}
	slices.SortStableFunc(found, func(a, b *routes.VirtualHost) int { return cmp.Compare(length(b), length(a)) })
	return found[:min(len(found), 1)]
}

func pathMatches(m *routes.RouteMatch, path string) bool {
	path = cmp.Or(path, "/")
	if prefix := m.GetPathSeparatedPrefix(); prefix != "" {
		return path == prefix || strings.HasPrefix(path, prefix+"/")
	}
	if exact := m.GetPath(); exact != "" {
		return path == exact
	}
	return strings.HasPrefix(path, m.GetPrefix())
}

func backendsOf(action *routes.RouteAction) []Backend {
	var all []Backend
	add := func(name string, weight uint32) {
		if parts := strings.Split(name, "|"); len(parts) == 4 && weight > 0 {
			var port uint32
			fmt.Sscan(parts[1], &port)
			all = append(all, Backend{Hostname: parts[3], Port: port, Weight: weight, Known: true})
		}
	}
	if single := action.GetCluster(); single != "" {
		add(single, 1)
	}
	for _, one := range action.GetWeightedClusters().GetClusters() {
		add(one.Name, one.GetWeight().GetValue())
	}
	return all
}

// Hop is an endpoint to which an ingress gateway sends requests.
type Hop struct {
	// Address is that of a task, or of a pod of a waypoint.
	Address string
	// Tunnel says that the gateway speaks HBONE to it. Otherwise it connects to the port of the application, by plain
	// text or by the mTLS of sidecars, which no ztunnel takes.
	Tunnel bool
}

// Hops are the endpoints to which an ingress gateway sends requests for a backend.
func (i *Istiod) Hops(gateway string, b Backend) []Hop {
	var all []Hop
	assignment := i.gateways[gateway].clusters[fmt.Sprintf("outbound|%d||%s", b.Port, b.Hostname)]
	for _, locality := range assignment.GetEndpoints() {
		for _, e := range locality.GetLbEndpoints() {
			all = append(all, hopOf(e.GetEndpoint().GetAddress(), e.GetMetadata()))
		}
	}
	return all
}

// hopOf reads an endpoint. One behind a tunnel is a listener of the proxy itself, with the real address in its metadata.
func hopOf(address *core.Address, metadata *core.Metadata) Hop {
	if internal := address.GetEnvoyInternalAddress(); internal != nil {
		of := metadata.GetFilterMetadata()["envoy.filters.listener.original_dst"].GetFields()
		first := func(name string) string {
			host, _, _ := strings.Cut(of[name].GetStringValue(), ":")
			return host
		}
		return Hop{Address: cmp.Or(first("waypoint"), first("local")), Tunnel: true}
	}
	return Hop{Address: address.GetSocketAddress().GetAddress()}
}

// TrustsForwarded reports whether an ingress gateway believes what a client says of itself in X-Forwarded-For or
// X-Forwarded-Client-Cert.
func (i *Istiod) TrustsForwarded(gateway string) bool {
	for _, l := range i.gateways[gateway].listeners {
		kept := l.ForwardClientCertDetails != manager.HttpConnectionManager_SANITIZE && l.ForwardClientCertDetails != manager.HttpConnectionManager_SANITIZE_SET
		if !l.GetUseRemoteAddress().GetValue() || l.XffNumTrustedHops != 0 || kept {
			return true
		}
	}
	return false
}
