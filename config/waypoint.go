package config

// NamespaceWaypoint is the name of a waypoint that stands for a whole namespace.
const NamespaceWaypoint = "waypoint"

// Waypoint is a waypoint of a namespace of ECS services.
type Waypoint struct {
	// Namespace is where it lives, Name its Gateway's name and that of its service account.
	Namespace Namespace
	Name      string
	// Service is the one ECS service that it stands for. Empty: every service of the namespace.
	Service string
}

// Waypoints are the waypoints of the stack, in the order of Namespaces.
func (c Config) Waypoints() []Waypoint {
	var all []Waypoint
	for _, namespace := range c.Namespaces() {
		if name := c.NamespaceWaypointOf(namespace); name != "" {
			all = append(all, Waypoint{Namespace: namespace, Name: name})
		}
		if namespace.Cluster == "" {
			continue
		}
		for _, service := range c.Clusters[namespace.Cluster].ServiceKeys() {
			if name := c.OwnWaypoint(namespace.Cluster, service); name != "" {
				all = append(all, Waypoint{Namespace: namespace, Name: name, Service: service})
			}
		}
	}
	return all
}

// NamespaceWaypointOf is the name of the waypoint that stands for a whole namespace, or "".
func (c Config) NamespaceWaypointOf(n Namespace) string {
	if c.Clusters[n.Cluster].Waypoint || c.SharedServices[n.Shared].Waypoint {
		return NamespaceWaypoint
	}
	return ""
}

// OwnWaypoint is the name of a service's own waypoint, or "". The service is enrolled by a tag, which discovery
// makes a label of its ServiceEntry; a namespace's waypoint is enrolled by a label of the namespace.
func (c Config) OwnWaypoint(cluster, service string) string {
	s := c.Clusters[cluster].Services[service]
	if !s.Waypoint || s.Shared != "" || s.ClientOnly {
		return ""
	}
	return service + "-" + NamespaceWaypoint
}

// WaypointOf is the name of the waypoint in front of a service: its own, else its namespace's, else "".
func (c Config) WaypointOf(cluster, service string) string {
	if own := c.OwnWaypoint(cluster, service); own != "" {
		return own
	}
	s := c.Clusters[cluster].Services[service]
	switch {
	case s.ClientOnly:
		return ""
	case s.Shared != "" && c.SharedServices[s.Shared].Waypoint, s.Shared == "" && c.Clusters[cluster].Waypoint:
		return NamespaceWaypoint
	}
	return ""
}
