package mesh

import (
	"maps"
	"slices"

	"ambient-ecs/config"
	"ambient-ecs/mesh/policy"
)

// policies are the policies of every namespace of ECS services, by namespace.
func policies(cfg config.Config) (map[string][]policy.Policy, error) {
	m := policy.Mesh{TrustDomain: cfg.TrustDomain}
	at, callers := map[string]int{}, map[string]bool{config.EKSNamespace: true}
	for i, namespace := range cfg.Namespaces() {
		n := policy.Namespace{Name: namespace.Name, Stage: policy.Stage(cfg.StageOf(namespace))}
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
	}
	forwarders := forwarders(cfg)
	for _, d := range cfg.Destinations() {
		guard := cfg.Guard(d)
		s := policy.Service{Name: d.Name(), Hostname: d.Hostname, Port: d.Port, Waypoint: d.Waypoint, Forwarders: forwarders[d.Hostname]}
		if d.Waypoint != "" && d.Shared == "" && cfg.OwnWaypoint(d.Cluster, d.Service) == "" {
			s.Entry = cfg.ServiceEntry(d.Cluster, d.Service)
		}
		if choice := cfg.Choice(guard.Access, cfg.AccountsOf(d)); !choice.Empty() {
			s.Allow = append(s.Allow, rule(choice, config.Rule{}))
		}
		s.Allow = append(s.Allow, rules(cfg, d, guard.Allow)...)
		s.Deny = rules(cfg, d, guard.Deny)
		n := &m.Namespaces[at[d.Namespace]]
		n.Services = append(n.Services, s)
		for _, r := range slices.Concat(guard.Allow, guard.Deny) {
			for _, text := range r.From {
				if source, err := config.ParseSource(text); err == nil && source.Kind == config.SourceEKS {
					callers[source.Name] = true
				}
			}
		}
	}
	m.Callers = slices.Sorted(maps.Keys(callers))
	return m.Policies()
}

// rules are the rules that are about the destination's port. Others may be in its cluster's guard.
func rules(cfg config.Config, d config.Destination, declared []config.Rule) []policy.Rule {
	var all []policy.Rule
	for _, r := range declared {
		if r.Port != 0 && r.Port != d.Port {
			continue
		}
		var sources []config.Source
		for _, text := range r.From {
			if source, err := config.ParseSource(text); err == nil {
				sources = append(sources, source)
			}
		}
		// A shared service may have lost its last member, and an account its last cluster.
		if callers := cfg.CallersOf(sources...); !callers.Empty() {
			all = append(all, rule(callers, r))
		}
	}
	return all
}

func rule(callers config.Callers, r config.Rule) policy.Rule {
	compiled := policy.Rule{Namespaces: callers.Namespaces, Port: r.Port, Methods: r.Methods, Paths: r.Paths, Headers: r.Headers}
	for _, account := range callers.ServiceAccounts {
		compiled.Identities = append(compiled.Identities, policy.Identity{Namespace: account.Namespace, ServiceAccount: account.Name})
	}
	return compiled
}

// forwarders are, by hostname, the waypoints of other services that pass requests on to a service: declared traffic is
// admitted. A waypoint that stands for both is the called one's own.
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
