package network

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// internet stands for any public address. It is from a range for documentation, so no route names it.
var internet = netip.MustParseAddr("198.51.100.1")

// hop is where a route leads: inside the VPC, to a peering connection, to a gateway, or beyond what the facts describe.
type hop struct {
	local   bool
	peering *Peering
	gateway *Gateway
	// beyond is the target of a route whose further way is its owner's: a transit gateway, a virtual private gateway, a firewall.
	beyond string
	table  string
}

// others begin the ids of targets behind which other route tables decide, which the mesh's accounts need not see.
var others = []string{"tgw-", "vgw-", "eni-", "vpce-", "arn:"}

// next finds the way from a subnet to an address by the longest prefix.
func (f *Facts) next(subnet *Subnet, to netip.Addr) (hop, *Obstacle) {
	vpc := f.vpc(subnet.VPC)
	if vpc == nil || subnet.Table == "" {
		return hop{}, &Obstacle{Kind: NoRoute, Subject: subnet.ID, Sentence: "subnet " + subnet.ID + " has no route table",
			Fix: Remade + ", which makes an association of the stack anew. Otherwise associate the subnet with the private route table of its VPC"}
	}
	for _, cidr := range vpc.CIDRs {
		if contains(cidr, to) {
			return hop{local: true, table: subnet.Table}, nil
		}
	}
	var best *Route
	longest := -1
	for i, r := range f.Routes {
		p, err := netip.ParsePrefix(r.Destination)
		if r.Table == subnet.Table && err == nil && p.Contains(to) && p.Bits() > longest {
			best, longest = &f.Routes[i], p.Bits()
		}
	}
	target := f.rangeOf(to)
	if best == nil {
		return hop{}, &Obstacle{Kind: NoRoute, Subject: subnet.Table,
			Sentence: fmt.Sprintf("route table %s of subnet %s has no route to %s", subnet.Table, subnet.ID, target),
			Fix:      fmt.Sprintf(remake+"add a route to %s to %s", target, subnet.Table)}
	}
	return f.follow(best, vpc.ID)
}

// follow returns the hop that a route leads to. A route whose target is gone or inactive is a black hole.
func (f *Facts) follow(r *Route, vpc string) (hop, *Obstacle) {
	if p := first(f.Peerings, func(p Peering) bool { return p.ID == r.Target }); p != nil {
		if p.Status != "active" {
			return hop{}, &Obstacle{Kind: NoPeering, Subject: p.ID,
				Sentence: fmt.Sprintf("peering connection %s is %s, not active", p.ID, p.Status),
				Fix:      "accept the peering connection in the accepter's account"}
		}
		return hop{peering: p, table: r.Table}, nil
	}
	if g := first(f.Gateways, func(g Gateway) bool { return g.ID == r.Target }); g != nil && g.Up && (g.NAT || g.VPC == vpc) {
		return hop{gateway: g, table: r.Table}, nil
	}
	if strings.HasPrefix(r.Target, "tgw-") {
		if obstacle := f.attachment(r.Target, vpc); obstacle != nil {
			return hop{}, obstacle
		}
	}
	if slices.ContainsFunc(others, func(kind string) bool { return strings.HasPrefix(r.Target, kind) }) {
		return hop{beyond: r.Target, table: r.Table}, nil
	}
	gone := &Obstacle{Kind: NoRoute, Subject: r.Table,
		Sentence: fmt.Sprintf("the route to %s in %s is a black hole: it leads to %s, which is not there", r.Destination, r.Table, r.Target),
		Fix:      fmt.Sprintf("make the target of the route to %s again, or point the route at another", r.Destination)}
	// The target is missing, not the route.
	switch kind, _, _ := strings.Cut(r.Target, "-"); kind {
	case "pcx":
		gone.Kind, gone.Subject = NoPeering, r.Target
	case "nat":
		gone.Kind, gone.Subject = NoNAT, r.Target
	}
	return hop{}, gone
}

// attachment reports what is wrong with the attachment of a VPC to a transit gateway.
func (f *Facts) attachment(gateway, vpc string) *Obstacle {
	a := first(f.Attachments, func(a Attachment) bool { return a.Gateway == gateway && a.VPC == vpc })
	switch {
	case a == nil:
		return &Obstacle{Kind: NoTransit, Subject: gateway, Sentence: fmt.Sprintf("%s is not attached to transit gateway %s", vpc, gateway),
			Fix: Remade + ", or ask the owner of the VPC to attach it"}
	case a.State != "available":
		return &Obstacle{Kind: NoTransit, Subject: a.ID, Sentence: fmt.Sprintf("attachment %s of %s to %s is %s, not available", a.ID, vpc, gateway, a.State),
			Fix: "ask the owner of the transit gateway to accept the attachment"}
	}
	return nil
}

// arrives reports what is wrong with the way from a transit gateway to a VPC, which may be attached to the gateway of another region.
func (f *Facts) arrives(gateway, vpc string) *Obstacle {
	for _, j := range f.Joints {
		far := j.Peer
		if far == gateway {
			far = j.Gateway
		}
		if j.Gateway != gateway && j.Peer != gateway || !slices.ContainsFunc(f.Attachments, func(a Attachment) bool { return a.Gateway == far && a.VPC == vpc }) {
			continue
		}
		if j.State != "available" {
			return &Obstacle{Kind: NoTransit, Subject: j.ID, Sentence: fmt.Sprintf("peering %s of the transit gateways %s and %s is %s, not available", j.ID, j.Gateway, j.Peer, j.State),
				Fix: Remade + ", which asks for the peering and accepts it"}
		}
		return f.attachment(far, vpc)
	}
	return f.attachment(gateway, vpc)
}

// rangeOf is the range of a VPC that holds an address. A route would name that range.
func (f *Facts) rangeOf(ip netip.Addr) string {
	for _, vpc := range f.VPCs {
		for _, cidr := range vpc.CIDRs {
			if contains(cidr, ip) {
				return cidr
			}
		}
	}
	if ip == internet {
		return "0.0.0.0/0"
	}
	return ip.String()
}

// out reports the obstacle between a host and AWS's APIs and registries, over a NAT or an internet gateway.
func (f *Facts) out(from *Host, way hop) *Obstacle {
	if !way.gateway.NAT {
		if from.Public {
			return nil
		}
		return &Obstacle{Kind: NoNAT, Subject: way.table,
			Sentence: fmt.Sprintf("route table %s leads to an internet gateway, and %s has no public address", way.table, from.ID),
			Fix:      "route private subnets to a NAT gateway"}
	}
	subnet := f.subnet(way.gateway.Subnet)
	if subnet != nil {
		if on, obstacle := f.next(subnet, internet); obstacle == nil && on.gateway != nil && !on.gateway.NAT {
			return nil
		}
	}
	return &Obstacle{Kind: NoNAT, Subject: way.gateway.ID,
		Sentence: fmt.Sprintf("NAT gateway %s is in subnet %s, which has no route to an internet gateway", way.gateway.ID, way.gateway.Subnet),
		Fix:      remake + "add a route 0.0.0.0/0 to an internet gateway to the route table of that subnet"}
}
