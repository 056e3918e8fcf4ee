package policy

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	envoyrbac "github.com/envoyproxy/go-control-plane/envoy/config/rbac/v3"
	httprbac "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/rbac/v3"
	manager "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	networkrbac "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/rbac/v3"
	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pilot/test/xds"
	"istio.io/istio/pkg/cluster"
	"istio.io/istio/pkg/workloadapi"

	"ambient-ecs/mesh/requestpath"
	"ambient-ecs/verify/backend"
)

const (
	waypointClass = "istio-waypoint"
	gatewayLabel  = "gateway.networking.k8s.io/gateway-name"
	// chains is the listener of a waypoint that has one filter chain for each port of each service.
	chains = "main_internal"
)

// gatewaysOf are the gateways of a class that the objects declare, as "namespace/name".
func gatewaysOf(objects []backend.Object, class string) []string {
	var names []string
	for _, o := range objects {
		if _, kind := groupKind(o); kind == "Gateway" && backend.Text(o, "spec", "gatewayClassName") == class {
			names = append(names, backend.ID(o))
		}
	}
	slices.Sort(names)
	return names
}

// chain is how a waypoint handles requests to one port of one service.
type chain struct {
	// paths is the normalization of paths before filters and routes match them.
	paths requestpath.Normalization
	// filters decide about the requests, in order.
	filters []*envoyrbac.RBAC
	// routes are their routes, in the order in which they are tried.
	routes []Route
	// traces is the destination of an HTTP chain's traces, nil for any other chain.
	traces *Traces
}

// readWaypoint reads the listeners that istiod sends to a waypoint.
func readWaypoint(server *xds.FakeDiscoveryServer, namespace, name string) (map[string]chain, error) {
	labels := map[string]string{gatewayLabel: name}
	proxy := server.SetupProxy(&model.Proxy{
		Type: model.Waypoint, ID: name + "." + namespace, ConfigNamespace: namespace, Labels: labels, IPAddresses: []string{"127.0.0.1"},
		Metadata: &model.NodeMetadata{Namespace: namespace, Labels: labels, ClusterID: cluster.ID("Kubernetes")},
	})
	known := map[string]bool{}
	for _, c := range server.Clusters(proxy) {
		known[c.Name] = true
	}
	found := map[string]chain{}
	var problems []error
	for _, l := range server.Listeners(proxy) {
		if l.Name != chains {
			continue
		}
		for _, c := range l.FilterChains {
			read, err := readChain(c, known)
			if err != nil {
				problems = append(problems, fmt.Errorf("waypoint %s/%s: %s: %w", namespace, name, c.Name, err))
			}
			found[c.Name] = read
		}
	}
	return found, errors.Join(problems...)
}

// readChain finds the RBAC filters of a chain, in HTTP chains those of the connection manager, with its routes.
// Known are the names of the waypoint's clusters.
func readChain(c *listener.FilterChain, known map[string]bool) (chain, error) {
	var read chain
	for _, f := range c.Filters {
		switch f.Name {
		case "envoy.filters.network.rbac":
			typed := &networkrbac.RBAC{}
			if err := f.GetTypedConfig().UnmarshalTo(typed); err != nil {
				return chain{}, err
			}
			read.filters = append(read.filters, typed.Rules)
		case "envoy.filters.network.http_connection_manager":
			connections := &manager.HttpConnectionManager{}
			if err := f.GetTypedConfig().UnmarshalTo(connections); err != nil {
				return chain{}, err
			}
			read.paths = requestpath.Normalization{
				DecodeSlashes: connections.PathWithEscapedSlashesAction == manager.HttpConnectionManager_UNESCAPE_AND_FORWARD,
				Canonical:     connections.GetNormalizePath().GetValue(),
				MergeSlashes:  connections.MergeSlashes,
			}
			var err error
			if read.routes, err = readRoutes(connections.GetRouteConfig(), known); err != nil {
				return chain{}, err
			}
			if read.traces, err = readTraces(connections, known); err != nil {
				return chain{}, err
			}
			for _, h := range connections.HttpFilters {
				if h.Name != "envoy.filters.http.rbac" {
					continue
				}
				typed := &httprbac.RBAC{}
				if err := h.GetTypedConfig().UnmarshalTo(typed); err != nil {
					return chain{}, err
				}
				read.filters = append(read.filters, typed.Rules)
			}
		}
	}
	return read, nil
}

// WaypointOf is the waypoint that a client's ztunnel sends a service's traffic to, as "namespace/name" of its
// Service. It is "" for a service without one.
func WaypointOf(s *workloadapi.Service) string {
	host := s.GetWaypoint().GetHostname()
	if host == nil {
		return ""
	}
	name, _, _ := strings.Cut(host.Hostname, ".")
	return host.Namespace + "/" + name
}

// Request is an HTTP request as a waypoint sees it.
type Request struct {
	// Identity is the client's SPIFFE id.
	Identity string
	// Service and Port are its destination.
	Service *workloadapi.Service
	Port    uint32
	// Method, Path and Headers are those of HTTP; header names are in lower case.
	Method, Path string
	Headers      map[string]string
}

// PathOf is a request's path as the service's waypoint makes it before policies, routes and the application see it. A request
// that is not ok is answered with status 400.
func (i *Istiod) PathOf(s *workloadapi.Service, port uint32, path string) (normal string, ok bool) {
	found, _ := i.chainOf(s, port)
	if found == nil {
		return path, true
	}
	return found.paths.Apply(path)
}

// DecideL7 is the decision of the service's waypoint.
func (i *Istiod) DecideL7(r Request) (allowed bool, by string) {
	waypoint := WaypointOf(r.Service)
	found, why := i.chainOf(r.Service, r.Port)
	if found == nil {
		return false, why
	}
	var ok bool
	if r.Path, ok = found.paths.Apply(r.Path); !ok {
		return false, "the waypoint " + waypoint + " takes no request with such a path"
	}
	by = "no policy of the waypoint " + waypoint + " applies"
	for _, rules := range found.filters {
		if rules == nil {
			continue
		}
		name := ""
		for _, key := range sortedPolicies(rules) {
			if permits(rules.Policies[key], r) {
				name = policyName(key)
				break
			}
		}
		switch {
		case rules.Action == envoyrbac.RBAC_DENY && name != "":
			return false, "policy " + name + " denies it at the waypoint " + waypoint
		case rules.Action == envoyrbac.RBAC_ALLOW && name == "":
			return false, "no policy allows it at the waypoint " + waypoint
		case rules.Action == envoyrbac.RBAC_ALLOW:
			by = "policy " + name + " allows it at the waypoint " + waypoint
		}
	}
	return true, by
}

// chainOf is the service's filter chain for a port in its waypoint, or the reason why there is none.
func (i *Istiod) chainOf(s *workloadapi.Service, port uint32) (found *chain, why string) {
	waypoint := WaypointOf(s)
	known, ok := i.waypoints[waypoint]
	if !ok {
		return nil, "istiod has no listeners for the waypoint " + waypoint
	}
	for _, protocol := range []string{"http", "tcp"} {
		if c, ok := known[fmt.Sprintf("inbound-vip|%d|%s|%s", port, protocol, s.Hostname)]; ok {
			return &c, ""
		}
	}
	return nil, fmt.Sprintf("the waypoint %s does not serve %s:%d", waypoint, s.Hostname, port)
}

func sortedPolicies(rules *envoyrbac.RBAC) []string {
	names := make([]string, 0, len(rules.Policies))
	for name := range rules.Policies {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// policyName reads "ns[a]-policy[b]-rule[0]" as "a/b".
func policyName(key string) string {
	namespace, rest, _ := strings.Cut(strings.TrimPrefix(key, "ns["), "]-policy[")
	name, _, ok := strings.Cut(rest, "]-rule[")
	if !ok {
		return key
	}
	return namespace + "/" + name
}
