package policy

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"istio.io/istio/pkg/workloadapi"
)

// addresses are the services and workloads that every ztunnel knows.
type addresses struct {
	services  []*workloadapi.Service
	workloads []*workloadapi.Workload
}

func (a *addresses) add(address *workloadapi.Address) {
	if s := address.GetService(); s != nil {
		a.services = append(a.services, s)
	}
	if w := address.GetWorkload(); w != nil {
		a.workloads = append(a.workloads, w)
	}
}

// sort puts everything in the order in which it is listed.
func (i *Istiod) sort() {
	slices.SortFunc(i.services, func(a, b *workloadapi.Service) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Hostname, b.Hostname))
	})
	slices.SortFunc(i.workloads, func(a, b *workloadapi.Workload) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Uid, b.Uid))
	})
	slices.SortFunc(i.policies, func(a, b *authorization) int { return cmp.Compare(a.id(), b.id()) })
}

// Services and Workloads are all that ztunnel knows, by namespace and name. They are not to be changed.
func (a *addresses) Services() []*workloadapi.Service { return a.services }

// Workloads are all that ztunnel knows, by namespace and name. They are not to be changed.
func (a *addresses) Workloads() []*workloadapi.Workload { return a.workloads }

// Lookup finds the service that a name refers to for a client in a namespace. It searches as ztunnel's name server
// does: the short forms of Kubernetes, then wildcards. If several services have the name, the client's own
// namespace wins. Lookup also finds a service without a virtual address. Resolves says whether the client can use
// it.
func (a *addresses) Lookup(name, namespace string) *workloadapi.Service {
	for _, candidate := range aliases(strings.TrimSuffix(name, "."), namespace) {
		for _, search := range wildcards(candidate) {
			var found []*workloadapi.Service
			for _, s := range a.services {
				if s.Hostname == search {
					found = append(found, s)
				}
			}
			if len(found) == 0 {
				continue
			}
			if own := slices.IndexFunc(found, func(s *workloadapi.Service) bool { return s.Namespace == namespace }); own >= 0 {
				return found[own]
			}
			return found[0]
		}
	}
	return nil
}

// aliases are the full names for which a name may be a short form.
func aliases(name, namespace string) []string {
	const domain = ".svc.cluster.local"
	names := []string{name}
	switch labels := strings.Split(name, "."); {
	case len(labels) == 1:
		names = append(names, name+"."+namespace+domain)
	case len(labels) == 2:
		names = append(names, name+domain)
	case len(labels) == 3 && labels[2] == "svc":
		names = append(names, name+".cluster.local")
	}
	return names
}

func wildcards(name string) []string {
	names := []string{name}
	for {
		_, rest, ok := strings.Cut(name, ".")
		if !ok {
			return names
		}
		names = append(names, "*."+rest)
		name = rest
	}
}

// Resolves reports whether a client on a mesh network gets an address for a service: only virtual addresses of its
// own network count.
func Resolves(s *workloadapi.Service, network string) bool {
	return slices.ContainsFunc(s.Addresses, func(a *workloadapi.NetworkAddress) bool { return a.Network == network })
}

// VIPs are the virtual addresses of a service.
func VIPs(s *workloadapi.Service) []string {
	var vips []string
	for _, a := range s.Addresses {
		if ip, ok := netip.AddrFromSlice(a.Address); ok {
			vips = append(vips, ip.String())
		}
	}
	return vips
}

// Address is the first address of a workload, or the zero value.
func Address(w *workloadapi.Workload) netip.Addr {
	for _, a := range w.Addresses {
		if ip, ok := netip.AddrFromSlice(a); ok {
			return ip
		}
	}
	return netip.Addr{}
}

// Endpoints are the workloads that serve a port of a service, with the ports that they listen on.
func (a *addresses) Endpoints(s *workloadapi.Service, port uint32) []Endpoint {
	key := s.Namespace + "/" + s.Hostname
	var endpoints []Endpoint
	for _, w := range a.workloads {
		for _, p := range w.Services[key].GetPorts() {
			if p.ServicePort == port {
				endpoints = append(endpoints, Endpoint{Workload: w, Port: p.TargetPort})
			}
		}
	}
	return endpoints
}

// Serves reports whether a workload belongs to a service, on whatever port.
func Serves(w *workloadapi.Workload, s *workloadapi.Service) bool {
	_, ok := w.Services[s.Namespace+"/"+s.Hostname]
	return ok
}

// Endpoint is one workload behind a service.
type Endpoint struct {
	*workloadapi.Workload
	Port uint32
}

// At is the workload with an address on a mesh network, or nil.
func (a *addresses) At(network string, ip netip.Addr) *workloadapi.Workload {
	for _, w := range a.workloads {
		if w.Network == network && slices.ContainsFunc(w.Addresses, func(b []byte) bool { own, _ := netip.AddrFromSlice(b); return own == ip }) {
			return w
		}
	}
	return nil
}

// Identity is the SPIFFE id of a workload.
func Identity(w *workloadapi.Workload) string {
	return spiffe(cmp.Or(w.TrustDomain, "cluster.local"), w.Namespace, cmp.Or(w.ServiceAccount, "default"))
}

// Identity is the SPIFFE id of a service account of this mesh.
func (i *Istiod) Identity(namespace, account string) string {
	return spiffe(i.TrustDomain, namespace, account)
}

func spiffe(trustDomain, namespace, account string) string {
	return "spiffe://" + trustDomain + "/ns/" + namespace + "/sa/" + account
}
