package config

import (
	"maps"
	"slices"
)

// SharedService is one name for ECS services of several clusters. Each of them names it in Service.Shared.
//
// The members live in one namespace, because Istio joins endpoints by name inside a namespace only. Each cluster
// has its own service account in it, because a service account is bound to one task role.
type SharedService struct {
	// Enabled false leaves out the service and its members, wherever they are named. Nil: true.
	Enabled *bool `config:"enabled"`
	// Hostname is the name. Empty: NAME.INSTALL.DOMAIN with the home account's domain.
	Hostname string `config:"hostname"`
	// Port is the port of every member.
	Port int `config:"port"`
	// Locality says which members a caller prefers: LocalitySameZone or LocalityAny. Empty: LocalitySameZone.
	Locality Locality `config:"locality"`
	// PolicyStage is the namespace's. Empty: Config.PolicyStage.
	PolicyStage PolicyStage `config:"policyStage"`
	Guard
	// Waypoint puts a waypoint in front of the service.
	Waypoint bool `config:"waypoint"`
	// Traffic shapes what the waypoint passes on. It needs the waypoint.
	Traffic *Traffic `config:"traffic"`
}

// Locality is a preference among the endpoints of a shared service.
type Locality string

const (
	// LocalitySameZone prefers members in the caller's zone, then in its region. Zones are compared by their names, and
	// a name is another zone in another account.
	LocalitySameZone Locality = "same-zone"
	// LocalityAny uses all members alike.
	LocalityAny Locality = "any"
)

// LocalityOrDefault is the preference among the endpoints.
func (s SharedService) LocalityOrDefault() Locality {
	if s.Locality == "" {
		return LocalitySameZone
	}
	return s.Locality
}

// Member is one ECS service of a shared service.
type Member struct{ Cluster, Service string }

// Namespace is a Kubernetes namespace of ECS services: that of a cluster or that of a shared service. One of Cluster
// and Shared is set.
type Namespace struct {
	Name            string
	Cluster, Shared string
}

// Namespaces are the namespaces of the ECS services: the clusters' in the order of their keys, then those of the
// shared services.
func (c Config) Namespaces() []Namespace {
	var all []Namespace
	for _, key := range c.ClusterKeys() {
		all = append(all, Namespace{Name: c.Namespace(key), Cluster: key})
	}
	for _, name := range c.SharedKeys() {
		all = append(all, Namespace{Name: c.SharedNamespace(name), Shared: name})
	}
	return all
}

// SharedKeys are the names of the shared services, sorted.
func (c Config) SharedKeys() []string { return slices.Sorted(maps.Keys(c.SharedServices)) }

// SharedNamespace is the Kubernetes namespace of a shared service.
func (c Config) SharedNamespace(shared string) string { return c.Install + "-" + shared }

// SharedHostname is the name under which the mesh knows a shared service.
func (c Config) SharedHostname(shared string) string {
	if own := c.SharedServices[shared].Hostname; own != "" {
		return own
	}
	return shared + "." + c.Install + "." + c.Accounts[c.Home].Domain
}

// SharedServiceAccount is the service account of a cluster's members of a shared service, in the shared namespace.
func (c Config) SharedServiceAccount(shared, cluster string) string { return shared + "-" + cluster }

// Members are the ECS services of a shared service, sorted.
func (c Config) Members(shared string) []Member {
	var all []Member
	for _, key := range c.ClusterKeys() {
		for _, name := range c.Clusters[key].ServiceKeys() {
			if c.Clusters[key].Services[name].Shared == shared {
				all = append(all, Member{key, name})
			}
		}
	}
	return all
}

// NamespaceOf is the Kubernetes namespace of a service: its cluster's, or that of the shared service it belongs to.
func (c Config) NamespaceOf(cluster, service string) string {
	if shared := c.Clusters[cluster].Services[service].Shared; shared != "" {
		return c.SharedNamespace(shared)
	}
	return c.Namespace(cluster)
}

// IdentityOf is the identity that a service's tasks have in the mesh.
func (c Config) IdentityOf(cluster, service string) Identity {
	return Identity{
		Cluster:        cluster,
		Account:        c.Clusters[cluster].Account,
		Namespace:      c.NamespaceOf(cluster, service),
		ServiceAccount: c.ServiceAccountOf(cluster, service),
	}
}

// PortOf is the port of a service: its own, or that of the shared service it belongs to. 0: it only calls others.
func (c Config) PortOf(cluster, service string) int {
	s := c.Clusters[cluster].Services[service]
	switch {
	case s.ClientOnly:
		return 0
	case s.Port == 0 && s.Shared != "":
		return c.SharedServices[s.Shared].Port
	}
	return s.Port
}
