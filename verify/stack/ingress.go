package stack

import (
	"maps"
	"slices"
	"strings"
)

// Ingress is the declared way from users outside the mesh to its services. It is empty if the stack has none.
type Ingress struct {
	// Scheme is SchemePublic or "internal".
	Scheme string `json:"scheme"`
	// Sources are the CIDRs that may reach the load balancer.
	Sources []string `json:"sources"`
	// Namespace and ServiceAccount are the gateway's identity.
	Namespace      string `json:"namespace"`
	ServiceAccount string `json:"serviceAccount"`
	// CertificateARN is the certificate with which the load balancer ends TLS. Empty: the gateway ends TLS.
	CertificateARN string                 `json:"certificateArn"`
	Hosts          map[string]IngressHost `json:"hosts"`
}

// IngressHost has the routes of one name that users ask for.
type IngressHost struct {
	Routes []Route `json:"routes"`
}

// SchemePublic is a load balancer with public addresses.
const SchemePublic = "public"

// IngressName is the name of the ingress Gateway.
const IngressName = "ingress"

// On reports whether the stack has an ingress.
func (i Ingress) On() bool { return len(i.Hosts) > 0 }

// HostKeys are the names that users ask for, sorted.
func (i Ingress) HostKeys() []string { return slices.Sorted(maps.Keys(i.Hosts)) }

// Example is a name that a user may ask for: the host itself, or a name that a wildcard covers.
func Example(host string) string {
	if rest, wildcard := strings.CutPrefix(host, "*."); wildcard {
		return "verify." + rest
	}
	return host
}

// Under reports whether a path lies under the route's prefix, in whole segments.
func (r Route) Under(path string) bool {
	prefix := strings.TrimSuffix(r.PathPrefix, "/")
	return path == prefix || strings.HasPrefix(path, prefix+"/")
}

// RouteFor is the index of the route that gets a path, or -1. The longest prefix counts.
func (h IngressHost) RouteFor(path string) int {
	best := -1
	for n, r := range h.Routes {
		if r.Under(path) && (best < 0 || len(strings.TrimSuffix(r.PathPrefix, "/")) > len(strings.TrimSuffix(h.Routes[best].PathPrefix, "/"))) {
			best = n
		}
	}
	return best
}

// Backends are the hostnames that get requests of a route, sorted.
func (r Route) Backends() []string {
	var all []string
	for host, weight := range r.To {
		if weight > 0 {
			all = append(all, host)
		}
	}
	slices.Sort(all)
	return all
}

// Door is a load balancer of the mesh and who may reach it.
type Door struct {
	// Address is its DNS name.
	Address string
	// Sources are the CIDRs that may reach it.
	Sources []string
	// Public says that it may have public addresses.
	Public bool
}

// Gateway is the door of the east-west gateway.
func (s *Stack) Gateway() Door { return Door{Address: s.GatewayAddress, Sources: s.Admitted()} }

// Entrance is the door for users outside the mesh.
func (s *Stack) Entrance() Door {
	return Door{Address: s.IngressAddress, Sources: s.Ingress.Sources, Public: s.Ingress.Scheme == SchemePublic}
}

// Admits reports whether a network lies in one of those that may reach the door.
func (d Door) Admits(cidr string) bool {
	return slices.ContainsFunc(d.Sources, func(outer string) bool { return Inside(outer, cidr) })
}
