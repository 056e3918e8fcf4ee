package aws

import (
	"net/netip"

	"ambient-ecs/sandbox/world"
)

// RefusedAt is the id of the VPC in which a security group refuses a TCP connection that a host opens, or "". A packet that no
// route takes to its destination is refused by nobody.
func RefusedAt(tx *world.Tx, from Host, to netip.Addr, port int) string {
	subnet := tx.Get(from.Account, subnetKind, from.Subnet)
	if subnet == nil {
		return ""
	}
	account, vpc := subnet.Account, subnet.String("vpcId")
	switch way := routeFor(tx, subnet, to); way.kind {
	case toLocal:
	case toPeering:
		account, vpc = farSide(way.target, subnet)
	case toTransit:
		account, vpc = way.target.Account, way.target.String("vpcId")
	default:
		return ""
	}
	dest, ok := HostAt(tx, account, vpc, to)
	switch {
	case !ok:
		return ""
	case !permits(tx, from.Account, from.Groups, egressRuleKind, to, dest.Groups, port):
		return subnet.String("vpcId")
	case !permits(tx, dest.Account, dest.Groups, ingressRuleKind, from.IP, from.Groups, port):
		return vpc
	}
	return ""
}

// RecordsRefusals reports whether a flow log of a VPC records the connections that are refused there.
func RecordsRefusals(tx *world.Tx, vpc string) bool {
	return len(tx.Find("", flowLogKind, func(r *world.Resource) bool {
		return r.String("vpcId") == vpc && r.String("trafficType") != "ACCEPT"
	})) > 0
}
