package aws

import (
	"fmt"
	"net/netip"
	"strings"

	"ambient-ecs/sandbox/world"
)

// Host is one end of a connection: an address in a subnet, behind security groups.
type Host struct {
	Account, Subnet string
	IP              netip.Addr
	// Groups are security group ids. A host without any is open, as a network load balancer is.
	Groups []string
	// Public says that the host has a public address as well.
	Public bool
}

func (h Host) String() string { return h.IP.String() }

// HostOf is the host behind a network interface.
func HostOf(eni *world.Resource) Host {
	ip, _ := netip.ParseAddr(eni.String("privateIp"))
	return Host{
		Account: eni.Account, Subnet: eni.String("subnetId"), IP: ip,
		Groups: texts(eni.Props, "securityGroups"), Public: eni.String("publicIp") != "",
	}
}

// InterfaceOf returns the network interface of a task or a node, or nil.
func InterfaceOf(tx *world.Tx, owner *world.Resource) *world.Resource {
	return tx.Get(owner.Account, interfaceKind, owner.String("networkInterfaceId"))
}

// HostAt finds the host with an address in a VPC. An address without an interface of its own is a pod's, if the
// subnet holds nodes: pods share the security groups of their node.
func HostAt(tx *world.Tx, account, vpc string, ip netip.Addr) (Host, bool) {
	for _, eni := range tx.Find(account, interfaceKind, Has("vpcId", vpc, "privateIp", ip.String())) {
		return HostOf(eni), true
	}
	for _, subnet := range tx.Find(account, subnetKind, Has("vpcId", vpc)) {
		if p, ok := network(subnet.String("cidrBlock")); !ok || !p.Contains(ip) {
			continue
		}
		for _, node := range tx.Find(account, instanceKind, Has("subnetId", subnet.ID)) {
			return Host{Account: account, Subnet: subnet.ID, IP: ip, Groups: texts(node.Props, "securityGroups")}, true
		}
	}
	return Host{}, false
}

// Reach reports whether a host can open a TCP connection to an address and port, and if not, why: routes both
// ways, peering connections, NAT and internet gateways, and the security groups of both ends count.
func Reach(tx *world.Tx, from Host, to netip.Addr, port int) (ok bool, why string) {
	subnet := tx.Get(from.Account, subnetKind, from.Subnet)
	if subnet == nil {
		return false, fmt.Sprintf("%s is in no subnet", from)
	}
	way := routeFor(tx, subnet, to)
	switch way.kind {
	case toLocal:
		return reachInside(tx, from, subnet.Account, subnet.String("vpcId"), to, port)
	case toPeering:
		account, vpc := farSide(way.target, subnet)
		return reachInside(tx, from, account, vpc, to, port)
	case toTransit:
		return reachInside(tx, from, way.target.Account, way.target.String("vpcId"), to, port)
	case toNAT, toGateway:
		if to.IsPrivate() {
			return false, fmt.Sprintf("no route leads to %s: %s is not a public address", to, to)
		}
		if !permits(tx, from.Account, from.Groups, egressRuleKind, to, nil, port) {
			return false, closed("out of", from.Groups, to, port)
		}
		if way.kind == toNAT {
			why = way.natIssue(tx)
			return why == "", why
		}
		if !from.Public {
			return false, fmt.Sprintf("%s has no public address, and its route to the internet is not a NAT gateway", from)
		}
		return true, ""
	}
	return false, way.why
}

// farSide returns the VPC at the other end of a peering connection.
func farSide(peering, subnet *world.Resource) (account, vpc string) {
	if peering.String("vpcId") == subnet.String("vpcId") {
		return peering.String("peerOwnerId"), peering.String("peerVpcId")
	}
	return peering.Account, peering.String("vpcId")
}

// reachInside is the second half of Reach, in the VPC of the destination.
func reachInside(tx *world.Tx, from Host, account, vpc string, to netip.Addr, port int) (bool, string) {
	dest, ok := HostAt(tx, account, vpc, to)
	if !ok {
		return false, fmt.Sprintf("no host has the address %s in %s", to, vpc)
	}
	if !permits(tx, from.Account, from.Groups, egressRuleKind, to, dest.Groups, port) {
		return false, closed("out of", from.Groups, to, port)
	}
	if !permits(tx, dest.Account, dest.Groups, ingressRuleKind, from.IP, from.Groups, port) {
		return false, closed("into", dest.Groups, from.IP, port)
	}
	back := tx.Get(dest.Account, subnetKind, dest.Subnet)
	if back == nil {
		return false, fmt.Sprintf("%s is in no subnet", dest)
	}
	switch way := routeFor(tx, back, from.IP); way.kind {
	case toLocal, toPeering, toTransit:
		return true, ""
	case toNowhere:
		return false, "no way back: " + way.why
	default:
		return false, fmt.Sprintf("no way back: %s sends its answers to %s through %s", dest, from, way.target.ID)
	}
}

func closed(way string, groups []string, peer netip.Addr, port int) string {
	return fmt.Sprintf("no rule of %s lets TCP %d %s the host (the other end is %s)", strings.Join(groups, ", "), port, way, peer)
}

// Dial is Reach by name: an address, the DNS name of a load balancer of this world, or any name of the internet.
func Dial(tx *world.Tx, from Host, name string, port int) (ok bool, why string) {
	if ip, err := netip.ParseAddr(name); err == nil {
		return Reach(tx, from, ip, port)
	}
	if endpoint, private := privateAlias(tx, from, name); endpoint != nil {
		return dialEndpoint(tx, from, endpoint, port)
	} else if private {
		return false, "no such host: " + name + ", in a private hosted zone without a record that leads anywhere"
	}
	for _, lb := range tx.Find("", LoadBalancerKind, Has("dnsName", name)) {
		return dialLoadBalancer(tx, from, lb, port)
	}
	if strings.Contains(name, ".elb.") || strings.HasSuffix(name, ".internal") || !strings.Contains(name, ".") {
		return false, "no such host: " + name
	}
	if region, service, ours := serviceOf(name); ours && port == 443 {
		return dialService(tx, from, region, service)
	}
	return Reach(tx, from, internet, port)
}

// dialLoadBalancer goes to a load balancer, and on to a node behind it. Its name has one address for each zone,
// and a client takes any of them, so one that does not answer is reported.
func dialLoadBalancer(tx *world.Tx, from Host, lb *world.Resource, port int) (bool, string) {
	listener, why := listenerOf(lb, port)
	if why != "" {
		return false, why
	}
	enis := tx.Find(lb.Account, interfaceKind, Has("loadBalancerArn", lb.ID))
	if len(enis) == 0 {
		return false, fmt.Sprintf("load balancer %s has no interface", lb.String("name"))
	}
	for _, eni := range enis {
		target := HostOf(eni)
		if flag(lb.Props, "internal") {
			if ok, why := Reach(tx, from, target.IP, port); !ok {
				return false, why
			}
		} else if ok, why := Reach(tx, from, internet, port); !ok {
			return false, why
		}
	}
	if lb.String("targetType") == "ip" {
		return toTargets(tx, lb, listener)
	}
	return behind(tx, from, lb, listener)
}

// behind reports whether a load balancer has a node that takes the connection. It hands on the client's own
// address, so the nodes' security group must admit that.
func behind(tx *world.Tx, from Host, lb *world.Resource, nodePort int) (bool, string) {
	nodes := Nodes(tx, lb.Account, lb.Region, lb.String("clusterName"))
	if len(nodes) == 0 {
		return false, fmt.Sprintf("load balancer %s has no healthy target: the cluster has no nodes", lb.String("name"))
	}
	for _, node := range nodes {
		if permits(tx, node.Account, texts(node.Props, "securityGroups"), ingressRuleKind, from.IP, from.Groups, nodePort) {
			return true, ""
		}
	}
	return false, closed("into", texts(nodes[0].Props, "securityGroups"), from.IP, nodePort)
}

// Nodes returns the instances of an EKS cluster's active node groups.
func Nodes(tx *world.Tx, account, region, cluster string) []*world.Resource {
	var nodes []*world.Resource
	for _, group := range tx.Find(account, eksNodeGroupKind, func(r *world.Resource) bool {
		return r.Region == region && r.String("clusterName") == cluster && r.String("status") == "ACTIVE"
	}) {
		nodes = append(nodes, instancesOf(tx, group)...)
	}
	return nodes
}
