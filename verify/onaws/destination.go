package onaws

import (
	"maps"
	"net/netip"
	"slices"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/onaws/proxy"
)

// inEKS stands for all workloads in EKS, in lists that name ECS services by "cluster/service".
const inEKS = ""

// destination says in which access logs the lines of a request can be, and which endpoints they can name.
type destination struct {
	// services are the services that may answer: "cluster/service", or inEKS.
	services []string
	hosts    []string
	ports    []int
	// waypoint is the declared waypoint in front of them, "namespace/name", or "".
	waypoint string
}

// destination is the destination of a request: one service, every member of a shared service, or every backend to which a
// waypoint sends a share of the requests.
func (b *AWS) destination(r backend.Request) destination {
	d := destination{hosts: []string{r.Host}, ports: []int{r.Port}}
	if r.Task != "" {
		// A call to a task bypasses its service and the service's waypoint.
		d.services = []string{r.Task}
		return d
	}
	declared := b.stack.Destinations[r.Host]
	if declared.Waypoint != "" {
		d.waypoint = declared.Namespace + "/" + declared.Waypoint
	}
	shares := []map[string]int{declared.Traffic.Split}
	for _, route := range declared.Traffic.Routes {
		shares = append(shares, route.To)
	}
	for _, weights := range shares {
		for _, host := range slices.Sorted(maps.Keys(weights)) {
			if !slices.Contains(d.hosts, host) {
				d.hosts = append(d.hosts, host)
			}
		}
	}
	for _, host := range d.hosts {
		members := b.members(host)
		if len(members) == 0 {
			members = []string{inEKS}
		}
		for _, member := range members {
			if !slices.Contains(d.services, member) {
				d.services = append(d.services, member)
			}
		}
		if port := b.stack.Destinations[host].Port; port != 0 && !slices.Contains(d.ports, port) {
			d.ports = append(d.ports, port)
		}
	}
	return d
}

// members are the ECS services that have a hostname.
func (b *AWS) members(host string) []string {
	var all []string
	for _, key := range b.stack.ClusterKeys() {
		for _, name := range b.stack.Clusters[key].ServiceKeys() {
			if b.stack.Clusters[key].Services[name].Hostname == host {
				all = append(all, key+"/"+name)
			}
		}
	}
	return all
}

// about reports whether a line can be from a request to this destination.
func (d destination) about(line proxy.Connection) bool {
	return slices.Contains(d.hosts, line.Service) || slices.Contains(d.ports, line.Port())
}

// origin is the starting point of a request, as the caller's ztunnel knows it.
type origin struct {
	// service is the caller, in the form of destination.services.
	service string
	// addresses are the possible source addresses of its connections.
	addresses []netip.Addr
}

func originOf(r backend.Request, addresses []netip.Addr) origin {
	if r.From.ECS() {
		return origin{r.From.Cluster + "/" + r.From.Service, addresses}
	}
	return origin{inEKS, addresses}
}

// wrote reports whether a line of the caller's ztunnel is from a connection of the caller. The ztunnels of the nodes have many
// callers. The ztunnel of a task has one, which it sees at the loopback address.
func (o origin) wrote(line proxy.Connection) bool {
	return !line.Inbound && (o.service != inEKS || o.sent(line))
}

// sent reports whether a line is from a connection from the caller's address.
func (o origin) sent(line proxy.Connection) bool {
	return slices.Contains(o.addresses, line.Source.Addr().Unmap())
}
