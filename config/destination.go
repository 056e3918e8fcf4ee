package config

import (
	"slices"

	"ambient-ecs/contract"
)

// Destination is what callers call by one hostname: an ECS service that serves, or a shared service with all its
// members.
type Destination struct {
	// Cluster and Service are the ECS service. Empty with Shared, the name of the shared service.
	Cluster, Service string
	Shared           string
	// Namespace is the Kubernetes namespace that its tasks and its waypoint are in.
	Namespace string
	Hostname  string
	Port      int
	// Waypoint is the waypoint in front of it. Empty: none.
	Waypoint string
}

// Name is the name of the ECS service or of the shared service.
func (d Destination) Name() string {
	if d.Shared != "" {
		return d.Shared
	}
	return d.Service
}

// Field is where the stack file says what the destination is.
func (d Destination) Field() string {
	if d.Shared != "" {
		return "sharedServices." + d.Shared
	}
	return "clusters." + d.Cluster + ".services." + d.Service
}

// Destinations are those of the stack, in the order of Namespaces.
func (c Config) Destinations() []Destination {
	var all []Destination
	for _, key := range c.ClusterKeys() {
		for _, name := range c.Clusters[key].ServiceKeys() {
			if s := c.Clusters[key].Services[name]; !s.ClientOnly && s.Shared == "" {
				all = append(all, Destination{
					Cluster: key, Service: name, Namespace: c.Namespace(key), Hostname: c.Hostname(key, name),
					Port: c.PortOf(key, name), Waypoint: c.WaypointOf(key, name),
				})
			}
		}
	}
	for _, name := range c.SharedKeys() {
		all = append(all, Destination{
			Shared: name, Namespace: c.SharedNamespace(name), Hostname: c.SharedHostname(name), Port: c.SharedServices[name].Port,
			Waypoint: c.NamespaceWaypointOf(Namespace{Shared: name}),
		})
	}
	return all
}

// Guard is the guard of a destination, with an Access.
func (c Config) Guard(d Destination) Guard {
	if d.Shared != "" {
		return c.SharedServices[d.Shared].Guard.withDefault()
	}
	return c.GuardOf(d.Cluster, d.Service)
}

// AccountsOf are the accounts that a destination's tasks run in, sorted.
func (c Config) AccountsOf(d Destination) []string {
	if d.Shared == "" {
		return []string{c.Clusters[d.Cluster].Account}
	}
	var all []string
	for _, member := range c.Members(d.Shared) {
		all = append(all, c.Clusters[member.Cluster].Account)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// ServiceEntry is the name of the ServiceEntry that discovery makes of an ECS service.
func (c Config) ServiceEntry(cluster, service string) string {
	return contract.ServiceEntry(c.Accounts[c.Clusters[cluster].Account].ID, c.RegionOfCluster(cluster), c.ECSName(cluster), service)
}
