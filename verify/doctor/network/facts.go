// Package network decides whether one host can open a TCP connection to another, and names the first obstacle.
// It decides from facts that AWS reports: routes, peering connections, gateways, security groups and load
// balancers. It calls no API.
package network

import (
	"net/netip"
	"slices"
)

// Facts are the networks of all accounts of a mesh.
type Facts struct {
	VPCs          []VPC
	Subnets       []Subnet
	Routes        []Route
	Peerings      []Peering
	Attachments   []Attachment
	Joints        []Joint
	Gateways      []Gateway
	Groups        []Group
	Hosts         []Host
	LoadBalancers []LoadBalancer
	Endpoints     []Endpoint
	// Apart are the VPCs that overlap others. An address means nobody there, unless the VPC is named.
	Apart []string
}

// Endpoint is an interface endpoint of the gateway. State is "available" when it works, Interfaces are ids of hosts.
type Endpoint struct {
	ID, State  string
	Interfaces []string
	// Names are its DNS names. Zone is the private hosted zone that leads the gateway's name to one of them. Nil: it was not looked at.
	Names []string
	Zone  *Zone
}

// Zone is a private hosted zone. The zero value: there is none.
type Zone struct {
	ID string
	// VPCs are those whose resolvers ask it, Targets the names to which its aliases lead.
	VPCs, Targets []string
}

// VPC is a network with its address ranges.
type VPC struct {
	ID, Account string
	CIDRs       []string
}

// Subnet is a part of a VPC. Table is the route table that holds for it: its own, or the VPC's main one.
type Subnet struct{ ID, VPC, CIDR, Table string }

// Route is one row of a route table. Target is the id of a gateway, of a connection or of something else.
type Route struct{ Table, Destination, Target string }

// Peering is a peering connection; Status is "active" when it works.
type Peering struct{ ID, Status, RequesterVPC, AccepterVPC string }

// Attachment is the attachment of a VPC to a transit gateway; State is "available" when it works.
type Attachment struct{ ID, Gateway, VPC, State string }

// Joint is a peering of two transit gateways; State is "available" when it works.
type Joint struct{ ID, Gateway, Peer, State string }

// Gateway is a way out of a VPC.
type Gateway struct {
	ID string
	// NAT is true for a NAT gateway, false for an internet gateway.
	NAT bool
	// Up says whether a NAT gateway is available, or an internet gateway is attached to VPC.
	Up  bool
	VPC string
	// Subnet is the subnet of a NAT gateway.
	Subnet string
}

// Group is a security group.
type Group struct {
	ID, Name        string
	Ingress, Egress []Rule
}

// Rule admits a peer: a range, the members of a security group, or a prefix list, of which nobody sees here what is in it. Protocol is
// "tcp" or "-1" for all.
type Rule struct {
	Protocol, CIDR, Group, List string
	From, To                    int
}

// Host is a network interface. Pods are addresses of their node's interface.
type Host struct {
	ID, Subnet string
	Addresses  []string
	// Groups are security group ids. A host without any is open, as a network load balancer can be.
	Groups []string
	// Public says that it has a public address as well.
	Public bool
	// ControlPlane says that the control plane of the mesh's EKS cluster calls from it.
	ControlPlane bool
}

// LoadBalancer is a load balancer of a Kubernetes Service.
type LoadBalancer struct {
	Name, DNSName, State string
	Internal             bool
	// Addresses are its private ones, one for each zone.
	Addresses []string
	Listeners []Listener
	// Targets are addresses of the nodes behind it.
	Targets []string
	// Unhealthy says why a listener has no healthy target, by its port. It is empty where health is not known.
	Unhealthy map[int]string
	// Groups are its own security groups. Then its rules decide who may connect, and targets admit these groups. Empty:
	// targets see the client's address and admit that.
	Groups []string
	// SourceRanges are the ranges that its Service admits. Empty means all.
	SourceRanges []string
}

// vpcWith is the VPC that holds an address, nil if none does.
func (f *Facts) vpcWith(ip netip.Addr) *VPC {
	return first(f.VPCs, func(v VPC) bool {
		return !slices.Contains(f.Apart, v.ID) && slices.ContainsFunc(v.CIDRs, func(cidr string) bool { return contains(cidr, ip) })
	})
}

// Listener is a port of the load balancer with the port of its targets.
type Listener struct{ Port, TargetPort int }

// Balancer finds a load balancer by its DNS name.
func (f *Facts) Balancer(dnsName string) *LoadBalancer {
	return first(f.LoadBalancers, func(lb LoadBalancer) bool { return dnsName != "" && lb.DNSName == dnsName })
}

// HostAt is the host that has an address, with that address alone. For a pod it is the node with the pod's
// address.
func (f *Facts) HostAt(address string) *Host {
	return first(f.Hosts, func(h Host) bool {
		subnet := f.subnet(h.Subnet)
		return address != "" && slices.Contains(h.Addresses, address) && (subnet == nil || !slices.Contains(f.Apart, subnet.VPC))
	}).at(address)
}

// HostIn is the host that has an address in one VPC.
func (f *Facts) HostIn(vpc, address string) *Host {
	to, err := netip.ParseAddr(address)
	if err != nil {
		return nil
	}
	return f.hostIn(vpc, to).at(address)
}

// at is the host with one of its addresses alone.
func (h *Host) at(address string) *Host {
	if h == nil {
		return nil
	}
	one := *h
	one.Addresses = []string{address}
	return &one
}

func (f *Facts) subnet(id string) *Subnet {
	return first(f.Subnets, func(s Subnet) bool { return s.ID == id })
}

func (f *Facts) group(id string) *Group {
	return first(f.Groups, func(g Group) bool { return g.ID == id })
}

func (f *Facts) vpc(id string) *VPC { return first(f.VPCs, func(v VPC) bool { return v.ID == id }) }

// hostIn finds the host with an address in one VPC.
func (f *Facts) hostIn(vpc string, to netip.Addr) *Host {
	return first(f.Hosts, func(h Host) bool {
		subnet := f.subnet(h.Subnet)
		return subnet != nil && subnet.VPC == vpc && slices.Contains(h.Addresses, to.String())
	})
}

func first[T any](all []T, match func(T) bool) *T {
	if i := slices.IndexFunc(all, match); i >= 0 {
		return &all[i]
	}
	return nil
}

func contains(cidr string, ip netip.Addr) bool {
	p, err := netip.ParsePrefix(cidr)
	return err == nil && p.Contains(ip)
}
