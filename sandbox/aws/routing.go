package aws

import (
	"net/netip"
	"slices"

	"ambient-ecs/sandbox/world"
)

// hopKind is the kind of a route's target.
type hopKind int

const (
	toNowhere hopKind = iota
	toLocal
	toGateway
	toNAT
	toPeering
	toTransit
)

// hop is the answer of a route table.
type hop struct {
	kind hopKind
	// target is the gateway, the peering connection, or the attachment at the other end of a transit gateway.
	target *world.Resource
	// why says why there is no way.
	why string
}

// internet stands for any public address.
var internet = netip.MustParseAddr("93.184.215.14")

// tableOf returns the route table of a subnet: its own, or the VPC's main one.
func tableOf(tx *world.Tx, subnet *world.Resource) *world.Resource {
	for _, a := range tx.Find(subnet.Account, routeTableAssociationKind, Has("subnetId", subnet.ID)) {
		return tx.Get(subnet.Account, routeTableKind, a.String("routeTableId"))
	}
	for _, t := range tx.Find(subnet.Account, routeTableKind, func(r *world.Resource) bool {
		return r.String("vpcId") == subnet.String("vpcId") && flag(r.Props, "_main")
	}) {
		return t
	}
	return nil
}

// routeFor finds the way from a subnet to an address by the longest prefix.
func routeFor(tx *world.Tx, subnet *world.Resource, to netip.Addr) hop {
	vpc := tx.Get(subnet.Account, vpcKind, subnet.String("vpcId"))
	table := tableOf(tx, subnet)
	if vpc == nil || table == nil {
		return hop{why: "subnet " + subnet.ID + " has no route table"}
	}
	if slices.ContainsFunc(vpcNetworks(tx, vpc), func(p netip.Prefix) bool { return p.Contains(to) }) {
		return hop{kind: toLocal}
	}
	var best *world.Resource
	longest := -1
	for _, r := range tx.Find(subnet.Account, routeKind, Has("routeTableId", table.ID)) {
		if p, ok := network(r.String("destinationCidrBlock")); ok && p.Contains(to) && p.Bits() > longest {
			best, longest = r, p.Bits()
		}
	}
	if best == nil {
		return hop{why: "route table " + table.ID + " has no route to " + to.String()}
	}
	return follow(tx, best, vpc, to)
}

// follow returns what a route leads to. A route to something that is gone is a black hole.
func follow(tx *world.Tx, route, vpc *world.Resource, to netip.Addr) hop {
	hole := func(id string) hop {
		return hop{why: "the route to " + route.String("destinationCidrBlock") + " in " + route.String("routeTableId") + " is a black hole: " + id}
	}
	if id := route.String("gatewayId"); id != "" {
		gateway := tx.Get(route.Account, internetGatewayKind, id)
		if gateway == nil || gateway.String("vpcId") != vpc.ID {
			return hole(id)
		}
		return hop{kind: toGateway, target: gateway}
	}
	if id := route.String("natGatewayId"); id != "" {
		nat := tx.Get(route.Account, natGatewayKind, id)
		if nat == nil {
			return hole(id)
		}
		return hop{kind: toNAT, target: nat}
	}
	if id := route.String("transitGatewayId"); id != "" {
		attachment, why := through(tx, id, vpc, to)
		if attachment == nil {
			return hop{why: why}
		}
		return hop{kind: toTransit, target: attachment}
	}
	id := route.String("vpcPeeringConnectionId")
	for _, p := range tx.Find("", peeringKind, func(p *world.Resource) bool { return p.ID == id }) {
		if p.String("acceptStatus") == "active" {
			return hop{kind: toPeering, target: p}
		}
	}
	return hole(id)
}

// natIssue says why a NAT gateway does not lead to the internet, or "".
func (h hop) natIssue(tx *world.Tx) string {
	nat := h.target
	if state := nat.String("_state"); state != "available" {
		return nat.ID + " is " + state
	}
	subnet := tx.Get(nat.Account, subnetKind, nat.String("subnetId"))
	if subnet == nil || routeFor(tx, subnet, internet).kind != toGateway {
		return nat.ID + " is in a subnet without a route to an internet gateway"
	}
	return ""
}

// permits reports whether security groups let TCP to a port through, in (ingressRuleKind) or out (egressRuleKind).
// A host without security groups is open.
func permits(tx *world.Tx, account string, groups []string, kind string, peer netip.Addr, peerGroups []string, port int) bool {
	if len(groups) == 0 {
		return true
	}
	for _, id := range groups {
		group := tx.Get(account, securityGroupKind, id)
		if group == nil {
			continue
		}
		for _, rule := range rulesOf(tx, group, kind) {
			if ruleHasPort(rule, port) && ruleHasPeer(rule, peer, peerGroups) {
				return true
			}
		}
	}
	return false
}

func ruleHasPort(rule *world.Resource, port int) bool {
	switch rule.String("ipProtocol") {
	case "-1":
		return true
	case "tcp", "TCP", "6":
		return number(rule.Props, "fromPort") <= port && port <= number(rule.Props, "toPort")
	}
	return false
}

func ruleHasPeer(rule *world.Resource, peer netip.Addr, groups []string) bool {
	if p, ok := network(rule.String("cidrIpv4")); ok {
		return p.Contains(peer)
	}
	id := rule.String("referencedSecurityGroupId")
	return id != "" && slices.Contains(groups, NameOf(id))
}
