package config

import (
	"slices"

	"ambient-ecs/problem"
)

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

// checkWaypoints checks that each waypoint has something to do, and the names that waypoints get. Each is also the name
// of a Service and of a service account.
func (c Config) checkWaypoints(p *problem.List) {
	for _, key := range c.ClusterKeys() {
		serves := func(d Destination) bool { return d.Shared == "" && d.Cluster == key }
		if c.Clusters[key].Waypoint && c.TeamOf(key) == "" && !slices.ContainsFunc(c.Destinations(), serves) {
			p.Refuse("clusters."+key+".waypoint", true, "no service of the cluster's namespace serves, so nothing would go through the waypoint: one of a shared service is in sharedServices")
		}
	}
	taken := distinct(p)
	for _, identity := range c.Identities() {
		taken.taken[identity.Namespace+"/"+identity.ServiceAccount] = "the service account of clusters." + identity.Cluster
	}
	for _, w := range c.Waypoints() {
		field, key := "sharedServices", w.Namespace.Shared
		switch {
		case w.Service != "":
			field, key = "clusters."+w.Namespace.Cluster+".services", w.Service
		case w.Namespace.Cluster != "":
			field, key = "clusters", w.Namespace.Cluster
		}
		tooLong(p, field, key, "name of its waypoint", w.Name, maxLabel)
		if w.Service != "" && label.MatchString(w.Service) && !labelFromLetter.MatchString(w.Service) {
			p.Refuse(field, key, "its waypoint %s would be a Kubernetes Service too, whose name begins with a letter", w.Name)
		}
		taken.add(field, key, "waypoint and its service account", w.Namespace.Name+"/"+w.Name)
	}
}
