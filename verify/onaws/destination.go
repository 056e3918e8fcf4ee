package onaws

import (
	"maps"
	"net/netip"
	"slices"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/onaws/proxy"
)

// inEKS stands for everything in EKS where ECS services are named by "cluster/service".
const inEKS = ""

// destination is where the lines of a request can be, and what they can be about.
type destination struct {
	// services may answer: "cluster/service", or inEKS.
	services []string
	hosts    []string
	ports    []int
	// waypoint is the one that is declared in front of them, "namespace/name", or "".
	waypoint string
}

// destination is that of a request: one service, every member of a shared service, or every backend that a waypoint shares
// requests out to.
func (b *AWS) destination(r backend.Request) destination {
	d := destination{hosts: []string{r.Host}, ports: []int{r.Port}}
	if r.Task != "" {
		// A task is called past its service, and past the service's waypoint.
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

// about tells whether a line can be of a request to here.
func (d destination) about(line proxy.Connection) bool {
	return slices.Contains(d.hosts, line.Service) || slices.Contains(d.ports, line.Port())
}

// origin is where a request starts, as its own ztunnel knows it.
type origin struct {
	// service is the caller, as in destination.
	service string
	// addresses are those that its connections can come from.
	addresses []netip.Addr
}

func originOf(r backend.Request, addresses []netip.Addr) origin {
	if r.From.ECS() {
		return origin{r.From.Cluster + "/" + r.From.Service, addresses}
	}
	return origin{inEKS, addresses}
}

// wrote tells whether a line of the caller's ztunnel is of a connection of the caller. The ztunnels of the nodes have many callers;
// that of a task has one, which it sees at the loopback address.
func (o origin) wrote(line proxy.Connection) bool {
	return !line.Inbound && (o.service != inEKS || o.sent(line))
}

// sent tells whether a line is of a connection that comes from the caller's address.
func (o origin) sent(line proxy.Connection) bool {
	return slices.Contains(o.addresses, line.Source.Addr().Unmap())
}
