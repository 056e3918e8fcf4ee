// Package existing is what AWS says about a network that the program did not make. It imports nothing of Pulumi.
package existing

import (
	"net/netip"
	"slices"
	"strings"
)

// Network is a VPC with the subnets and route tables that the stack file names. What does not exist is left out.
type Network struct {
	// VPC is nil where it does not exist.
	VPC *VPC
	// Subnets and Tables are by id. Tables also has the tables of the subnets.
	Subnets map[string]Subnet
	Tables  map[string]Table
	// Endpoints are the interface endpoints of AWS's services, by the last part of the service's name: ecr.api. Only those that were looked
	// for.
	Endpoints map[string]Endpoint
	// S3 is the gateway endpoint of S3. Nil: there is none, or nobody looked.
	S3 *Gateway
}

// Endpoint is an interface endpoint.
type Endpoint struct {
	// Groups are its security groups, by their ids.
	Groups []string
	// PrivateDNS says that the service's own name leads to it in the VPC.
	PrivateDNS bool
	// Several says that the VPC has more than one endpoint of the service. The look-up shows none of them then: groups and private DNS are
	// not known.
	Several bool
}

// Gateway is a gateway endpoint: a prefix list, and the route tables that lead there.
type Gateway struct {
	PrefixList string
	Tables     []string
}

// Groups are the security groups of all endpoints, sorted.
func (n Network) Groups() (all []string) {
	for _, endpoint := range n.Endpoints {
		all = append(all, endpoint.Groups...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// VPC is the network itself.
type VPC struct {
	ID string
	// Owner is the account that made it. An account that uses subnets of it by AWS RAM is not the owner.
	Owner string
	// CIDR is the primary IPv4 network, Secondary are the others, sorted.
	CIDR      string
	Secondary []string
	// DNSSupport and DNSHostnames are the attributes enableDnsSupport and enableDnsHostnames.
	DNSSupport, DNSHostnames bool
}

// Subnet is a subnet with its zone, its free addresses and the id of its route table: its own, or the VPC's main table.
type Subnet struct {
	ID, VPC, CIDR, ZoneID, Table string
	Free                         int
}

// Table is a route table with the routes that somebody added: the local ones are not among them.
type Table struct {
	ID, VPC string
	Routes  []Route
}

// Route leads to a network. Target is the id of a gateway, a connection or an interface.
type Route struct{ CIDR, Target string }

const (
	// DefaultRoute leads to every address.
	DefaultRoute = "0.0.0.0/0"
	// Propagated is the target of a route that a virtual private gateway propagates, where AWS does not tell which one.
	Propagated = "vgw-"
)

// WayOut is the target of the default route, "" without one.
func (t Table) WayOut() string { return t.To(DefaultRoute) }

// To is the target of the route to exactly this network, "" without one.
func (t Table) To(cidr string) string {
	for _, route := range t.Routes {
		if route.CIDR == cidr {
			return route.Target
		}
	}
	return ""
}

// Through is the most specific route to all of a network, the zero value without one.
// https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html#route-tables-priority, 2026-11-30.
func (t Table) Through(cidr string) (through Route) {
	network, err := netip.ParsePrefix(cidr)
	longest := -1
	for _, route := range t.Routes {
		to, bad := netip.ParsePrefix(route.CIDR)
		if err == nil && bad == nil && to.Bits() <= network.Bits() && to.Bits() > longest && to.Contains(network.Addr()) {
			through, longest = route, to.Bits()
		}
	}
	return through
}

// IsInternet reports whether a target is an internet gateway, which serves only hosts with public addresses.
func IsInternet(target string) bool { return strings.HasPrefix(target, "igw-") }

// ZoneIDs are the zones of subnets, in their order, without those that are not known.
func (n Network) ZoneIDs(subnets []string) []string {
	var zones []string
	for _, id := range subnets {
		if zone := n.Subnets[id].ZoneID; zone != "" {
			zones = append(zones, zone)
		}
	}
	return zones
}

// OneInEachZone leaves out subnets in a zone that an earlier one of the list has, and keeps those whose zone is not known.
func (n Network) OneInEachZone(subnets []string) (chosen []string) {
	seen := map[string]bool{}
	for _, id := range subnets {
		zone := n.Subnets[id].ZoneID
		if zone == "" || !seen[zone] {
			chosen = append(chosen, id)
		}
		seen[zone] = true
	}
	return chosen
}

// Zones is the number of different zones of subnets.
func (n Network) Zones(subnets []string) int {
	zones := n.ZoneIDs(subnets)
	slices.Sort(zones)
	return len(slices.Compact(zones))
}

// Free is the number of free addresses of subnets together.
func (n Network) Free(subnets []string) (free int) {
	for _, id := range subnets {
		free += n.Subnets[id].Free
	}
	return free
}
