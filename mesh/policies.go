package mesh

import (
	"maps"
	"slices"

	"ambient-ecs/config"
	"ambient-ecs/mesh/policy"
)

// policies returns the policies of every namespace of ECS services, by namespace.
func policies(cfg config.Config) (map[string][]policy.Policy, error) {
	m := policy.Mesh{TrustDomain: cfg.TrustDomain}
	at, callers := map[string]int{}, map[string]bool{config.EKSNamespace: true}
	if cfg.Ingress.On() {
		for _, maker := range cfg.Doors() {
			callers[cfg.IngressNamespaceAt(maker)] = true
		}
	}
	for i, namespace := range cfg.Namespaces() {
		n := policy.Namespace{Name: namespace.Name, Stage: policy.Stage(cfg.StageOf(namespace))}
		if namespace.Shared == "" && cfg.TeamOf(namespace.Cluster) != "" {
			n.Owned, n.Deny = true, rules(cfg.Refusals(namespace.Cluster))
		}
		for _, identity := range cfg.Identities() {
			if identity.Namespace == namespace.Name {
				n.ServiceAccounts = append(n.ServiceAccounts, identity.ServiceAccount)
			}
		}
		m.Namespaces, at[namespace.Name] = append(m.Namespaces, n), i
	}
	for _, w := range cfg.Waypoints() {
		n := &m.Namespaces[at[w.Namespace.Name]]
		n.Waypoints = append(n.Waypoints, w.Name)
		if n.Owned && w.Service == "" {
			n.Front = w.Name
		}
	}
	forwarders := forwarders(cfg)
	for _, d := range cfg.Destinations() {
		guard := cfg.Guard(d)
		s := policy.Service{Name: d.Name(), Hostname: d.Hostname, Port: d.Port, Waypoint: d.Waypoint, Forwarders: forwarders[d.Hostname]}
		if d.Waypoint != "" && d.Shared == "" && cfg.OwnWaypoint(d.Cluster, d.Service) == "" {
			s.Entry = cfg.ServiceEntry(d.Cluster, d.Service)
		}
		allow, deny := cfg.Admissions(d)
		s.Allow, s.Deny = rules(allow), rules(deny)
		n := &m.Namespaces[at[d.Namespace]]
		n.Services = append(n.Services, s)
		for _, r := range slices.Concat(guard.Allow, guard.Deny) {
			for _, source := range r.Sources() {
				if source.Kind == config.SourceEKS {
					callers[source.Name] = true
				}
			}
		}
	}
	m.Callers = slices.Sorted(maps.Keys(callers))
	return m.Policies()
}

func rules(admissions []config.Admission) []policy.Rule {
	var all []policy.Rule
	for _, a := range admissions {
		rule := policy.Rule{Namespaces: a.Namespaces, Port: a.Port, Methods: a.Methods, Paths: a.Paths, Headers: a.Headers}
		for _, account := range a.ServiceAccounts {
			rule.Identities = append(rule.Identities, policy.Identity{Namespace: account.Namespace, ServiceAccount: account.Name})
		}
		all = append(all, rule)
	}
	return all
}

// forwarders returns, by hostname, the waypoints of other services that forward requests to a service. The service
// admits them, because the forwarded traffic is declared. A waypoint that stands for both services is the called
// service's own, and not a forwarder.
func forwarders(cfg config.Config) map[string][]policy.Identity {
	all := map[string][]policy.Identity{}
	for _, d := range cfg.Destinations() {
		for _, backend := range cfg.Backends(d) {
			waypoint := policy.Identity{Namespace: d.Namespace, ServiceAccount: d.Waypoint}
			own := backend.Namespace == d.Namespace && backend.Waypoint == d.Waypoint
			if d.Waypoint != "" && !own && !slices.Contains(all[backend.Hostname], waypoint) {
				all[backend.Hostname] = append(all[backend.Hostname], waypoint)
			}
		}
	}
	return all
}
