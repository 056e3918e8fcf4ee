package plan

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/policy"
	"ambient-ecs/verify/stack"
)

// entrance is a port of an ingress gateway at which users ask for a host. Paths are those that routes tell apart.
type entrance struct {
	// gateway is "namespace/name", account the name of its service account.
	gateway, account string
	port             uint32
	host             string
	paths            []string
}

// entrances are the hosts and paths that the routes of ingress gateways have.
func entrances(objects []backend.Object) []entrance {
	all := map[string]*entrance{}
	for _, gateway := range objects {
		if backend.Text(gateway, "kind") != "Gateway" || backend.Text(gateway, "spec", "gatewayClassName") != policy.IngressClass {
			continue
		}
		id := backend.ID(gateway)
		for _, route := range objects {
			if backend.Text(route, "kind") != "HTTPRoute" || !backend.HasParent(backend.Map(route, "spec"), backend.NamespaceOf(route), id) {
				continue
			}
			for _, listener := range backend.Objects(gateway, "spec", "listeners") {
				port := uint32(backend.Number(listener, "port"))
				for _, host := range backend.Texts(route, "spec", "hostnames") {
					at := fmt.Sprint(id, port, host)
					if all[at] == nil {
						all[at] = &entrance{gateway: id, account: accountOf(gateway), port: port, host: stack.Example(host)}
					}
					for _, rule := range backend.Objects(route, "spec", "rules") {
						all[at].paths = append(all[at].paths, pathsOf(rule)...)
					}
				}
			}
		}
	}
	var sorted []entrance
	for _, e := range all {
		slices.Sort(e.paths)
		e.paths = slices.Compact(e.paths)
		sorted = append(sorted, *e)
	}
	slices.SortFunc(sorted, func(a, b entrance) int {
		return cmp.Or(cmp.Compare(a.gateway, b.gateway), cmp.Compare(a.host, b.host), cmp.Compare(a.port, b.port))
	})
	return sorted
}

// accountOf is the service account of a gateway's pods. istiod names it after gateway and class, unless an annotation has the name.
func accountOf(gateway backend.Object) string {
	annotations := backend.AnnotationsOf(gateway)
	return cmp.Or(annotations["gateway.istio.io/service-account"], annotations["gateway.istio.io/name-override"], backend.NameOf(gateway)+"-"+policy.IngressClass)
}

// pathsOf are the paths of a rule. One that says none has all of them.
func pathsOf(rule map[string]any) (paths []string) {
	for _, match := range backend.Objects(rule, "matches") {
		paths = append(paths, cmp.Or(backend.Text(match, "path", "value"), "/"))
	}
	return or(paths, "/")
}

// users decides the requests of users, before and after a change. Besides the paths of the routes it asks with each request that some policy
// tells apart, and keeps those whose result is another than that of the route's own path.
func users(now, then *policy.Istiod, doors []entrance, requests []sample) (flows []Flow) {
	for _, door := range doors {
		plain := map[string]Flow{}
		for _, path := range door.paths {
			plain[path] = visit(now, then, door, sample{method: "GET", path: path})
			flows = append(flows, plain[path])
		}
		for _, r := range requests {
			route := door.routeOf(r.path)
			of, routed := plain[route]
			if f := visit(now, then, door, r); routed && r.String() != of.Request && (f.Now != of.Now || f.Then != of.Then) {
				flows = append(flows, f)
			}
		}
	}
	return slices.DeleteFunc(flows, func(f Flow) bool { return f.Now == f.Then })
}

// routeOf is the longest of the paths under which a request is.
func (e entrance) routeOf(path string) (route string) {
	for _, one := range e.paths {
		if under := strings.TrimSuffix(one, "/"); (path == under || strings.HasPrefix(path, under+"/")) && len(one) > len(route) {
			route = one
		}
	}
	return route
}

func visit(now, then *policy.Istiod, door entrance, r sample) Flow {
	f := Flow{From: "users", To: door.host, Port: int(door.port), Request: r.String()}
	f.Now, f.NowBy = admits(now, door, r)
	f.Then, f.ThenBy = admits(then, door, r)
	return f
}

// admits follows a request as the ingress gateway would send it: by its routes to every backend, as the gateway's identity.
func admits(i *policy.Istiod, door entrance, r sample) (bool, string) {
	entered := i.Enter(policy.Entry{Gateway: door.gateway, Port: door.port, Host: door.host, Path: r.path})
	if entered.Status != 0 {
		return false, entered.Why
	}
	namespace, _, _ := strings.Cut(door.gateway, "/")
	identity, by := i.Identity(namespace, door.account), entered.Why
	for _, to := range entered.Backends {
		service := i.Lookup(to.Hostname, namespace)
		if service == nil {
			return false, "nobody has the name " + to.Hostname
		}
		allowed, reason := reaches(i, identity, netip.IPv4Unspecified(), service, to.Port, r)
		if !allowed {
			return false, cmp.Or(reason, by)
		}
	}
	return true, by
}
