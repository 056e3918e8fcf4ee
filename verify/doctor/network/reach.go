package network

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// portHTTPS is the port of AWS's APIs and of registries.
const portHTTPS = 443

// Kind is the kind of an obstacle.
type Kind string

// The kinds of obstacles to a connection.
const (
	NoRoute    Kind = "route"
	NoPeering  Kind = "peering"
	NoTransit  Kind = "transit-gateway"
	NoNAT      Kind = "nat"
	NoRule     Kind = "security-group"
	NoSource   Kind = "source-range"
	NoBalancer Kind = "load-balancer"
	NoAddress  Kind = "address"
	NoEndpoint Kind = "gateway-endpoint"
	NoName     Kind = "gateway-zone"
	// Open is a rule that lets too much through.
	Open Kind = "gateway-open"
)

// Obstacle is the first obstacle to a connection.
type Obstacle struct {
	Kind Kind
	// Subject is the id of the resource that has to change.
	Subject, Sentence, Fix string
}

// Remade begins the way back from what somebody has changed by hand: a plain update makes nothing anew that is still in Pulumi's state.
const Remade = "run `pulumi up --refresh`"

// remake begins the way to a route. One that is made by hand would be in the way of the stack's own.
const remake = Remade + ", which makes a route of the stack anew. In a table of somebody else "

// Reach reports the obstacle to a TCP connection from a host to an address and port, nil for none. It checks the routes both
// ways.
func (f *Facts) Reach(from *Host, address string, port int) *Obstacle {
	to, err := netip.ParseAddr(address)
	if err != nil {
		return &Obstacle{Kind: NoAddress, Subject: address, Sentence: address + " is not an address", Fix: "wait until the host has started"}
	}
	subnet := f.subnet(from.Subnet)
	if subnet == nil {
		return &Obstacle{Kind: NoAddress, Subject: from.ID, Sentence: from.ID + " is in no subnet of the mesh", Fix: "run it in a private subnet of the stack"}
	}
	way, obstacle := f.next(subnet, to)
	if obstacle != nil {
		return obstacle
	}
	vpc := subnet.VPC
	switch {
	case way.peering != nil && way.peering.RequesterVPC == vpc:
		vpc = way.peering.AccepterVPC
	case way.peering != nil:
		vpc = way.peering.RequesterVPC
	case way.beyond != "":
		there := f.vpcWith(to)
		if there == nil {
			return f.leaves(from, to, port)
		}
		if vpc = there.ID; strings.HasPrefix(way.beyond, "tgw-") {
			if obstacle := f.arrives(way.beyond, vpc); obstacle != nil {
				return obstacle
			}
		}
	case way.gateway != nil && to.IsPrivate():
		cidr := f.rangeOf(to)
		return &Obstacle{Kind: NoRoute, Subject: subnet.Table,
			Sentence: fmt.Sprintf("route table %s sends %s to %s instead of through a peering connection", subnet.Table, cidr, way.gateway.ID),
			Fix:      fmt.Sprintf(remake+"add a route to %s through the peering connection to %s", cidr, subnet.Table)}
	case way.gateway != nil:
		if obstacle := f.leaves(from, to, port); obstacle != nil {
			return obstacle
		}
		return f.out(from, way)
	}
	return f.inside(from, vpc, to, port)
}

// leaves reports whether a host's own groups let it call an address outside the mesh's networks.
func (f *Facts) leaves(from *Host, to netip.Addr, port int) *Obstacle {
	if !f.permits(from.Groups, out, to, nil, port) {
		return f.closed(from.Groups, out, to, port)
	}
	return nil
}

// Out reports the obstacle to connections from a host to AWS's APIs and to registries, on port 443. A host that may call the endpoints of
// its VPC needs no other address.
func (f *Facts) Out(from *Host) *Obstacle {
	if endpoint := f.endpoint(from); endpoint != nil {
		return f.Reach(from, endpoint.Addresses[0], portHTTPS)
	}
	return f.Reach(from, internet.String(), portHTTPS)
}

// endpoint is an interface of an endpoint that the groups of a host name, nil where they let it call any address.
func (f *Facts) endpoint(from *Host) *Host {
	if f.leaves(from, internet, portHTTPS) == nil {
		return nil
	}
	for _, id := range from.Groups {
		group := f.group(id)
		if group == nil {
			continue
		}
		for _, rule := range group.Egress {
			if rule.Group == "" || !rule.hasPort(portHTTPS) {
				continue
			}
			for i := range f.Hosts {
				if host := &f.Hosts[i]; slices.Contains(host.Groups, rule.Group) && len(host.Addresses) > 0 {
					return host
				}
			}
		}
	}
	return nil
}

// inside is the second half of Reach, in the VPC of the destination.
func (f *Facts) inside(from *Host, vpc string, to netip.Addr, port int) *Obstacle {
	dest := f.hostIn(vpc, to)
	if dest == nil {
		return &Obstacle{Kind: NoAddress, Subject: to.String(), Sentence: fmt.Sprintf("no host in %s has the address %s", vpc, to),
			Fix: "remove a stale route or peering connection to another VPC with this range"}
	}
	if !f.permits(from.Groups, out, to, dest.Groups, port) {
		return f.closed(from.Groups, out, to, port)
	}
	source := from.source()
	if !f.permits(dest.Groups, in, source, from.Groups, port) {
		return f.closed(dest.Groups, in, source, port)
	}
	way, obstacle := f.next(f.subnet(dest.Subnet), source)
	if obstacle != nil {
		obstacle.Sentence = "there is no way back: " + obstacle.Sentence
		return obstacle
	}
	if way.gateway != nil {
		cidr := f.rangeOf(source)
		return &Obstacle{Kind: NoRoute, Subject: way.table,
			Sentence: fmt.Sprintf("there is no way back: route table %s sends %s to %s", way.table, cidr, way.gateway.ID),
			Fix:      fmt.Sprintf(remake+"add a route to %s through the peering connection to %s", cidr, way.table)}
	}
	return nil
}

// source is the source address of a host's connections.
func (h *Host) source() netip.Addr {
	if len(h.Addresses) == 0 {
		return netip.Addr{}
	}
	ip, _ := netip.ParseAddr(h.Addresses[0])
	return ip
}

// Dial reports the obstacle between a host and a port of a load balancer or of an address.
func (f *Facts) Dial(from *Host, name string, port int) *Obstacle {
	if _, err := netip.ParseAddr(name); err == nil {
		return f.Reach(from, name, port)
	}
	lb, listener, obstacle := f.listening(name, port)
	if obstacle != nil {
		return obstacle
	}
	addresses := lb.Addresses
	if !lb.Internal {
		addresses = []string{internet.String()}
	}
	for _, address := range addresses {
		if obstacle := f.Reach(from, address, port); obstacle != nil {
			return obstacle
		}
	}
	return f.behind(from, lb, *listener)
}

// DialEndpoint reports the obstacle between a host and a port of a load balancer, through an interface endpoint in the host's VPC. The
// load balancer's own groups judge the address of the host.
func (f *Facts) DialEndpoint(from *Host, endpoint, name string, port int) *Obstacle {
	e := first(f.Endpoints, func(e Endpoint) bool { return e.ID == endpoint })
	switch {
	case endpoint == "" || e == nil:
		return &Obstacle{Kind: NoEndpoint, Subject: endpoint, Sentence: fmt.Sprintf("the account's endpoint %q of the gateway does not exist", endpoint), Fix: Remade}
	case e.State != "available":
		return &Obstacle{Kind: NoEndpoint, Subject: endpoint, Sentence: fmt.Sprintf("endpoint %s of the gateway is %s, not available", endpoint, e.State),
			Fix: "accept its connection in the home account (`aws ec2 accept-vpc-endpoint-connections`), or delete the endpoint and " + Remade}
	}
	if obstacle := f.named(from, e, name); obstacle != nil {
		return obstacle
	}
	for _, h := range f.Hosts {
		if !slices.Contains(e.Interfaces, h.ID) || len(h.Addresses) == 0 {
			continue
		}
		if obstacle := f.Reach(from, h.Addresses[0], port); obstacle != nil {
			return obstacle
		}
	}
	lb, listener, obstacle := f.listening(name, port)
	if obstacle != nil {
		return obstacle
	}
	if source := from.source(); len(lb.Groups) > 0 && !f.permits(lb.Groups, in, source, nil, port) {
		return f.closed(lb.Groups, in, source, port)
	}
	return f.behind(from, lb, *listener)
}

// listening finds the listener of a load balancer, or says why nothing answers there.
func (f *Facts) listening(name string, port int) (*LoadBalancer, *Listener, *Obstacle) {
	lb := f.Balancer(name)
	if lb == nil {
		return nil, nil, &Obstacle{Kind: NoBalancer, Subject: name, Sentence: "no load balancer has the name " + name, Fix: Remade + ": the gateway's address has changed or was never assigned"}
	}
	if lb.State != "active" {
		return nil, nil, &Obstacle{Kind: NoBalancer, Subject: lb.Name, Sentence: fmt.Sprintf("load balancer %s is %s, not active", lb.Name, lb.State), Fix: "wait for it, or look at the events of its Service"}
	}
	listener := first(lb.Listeners, func(l Listener) bool { return l.Port == port })
	if listener == nil {
		return nil, nil, &Obstacle{Kind: NoBalancer, Subject: lb.Name, Sentence: fmt.Sprintf("load balancer %s has no listener on port %d", lb.Name, port), Fix: fmt.Sprintf("add a listener on port %d to the gateway", port)}
	}
	if why := lb.Unhealthy[port]; why != "" {
		return nil, nil, &Obstacle{Kind: NoBalancer, Subject: lb.Name, Sentence: fmt.Sprintf("load balancer %s has no healthy target for port %d: %s", lb.Name, port, why),
			Fix: "check the node group, the gateway's pods, and the rules for health checks in the nodes' security group"}
	}
	return lb, listener, nil
}

// behind reports whether a load balancer has a target that takes the connection. The load balancer preserves the
// client's address, so the targets' security groups must admit the client.
func (f *Facts) behind(from *Host, lb *LoadBalancer, l Listener) *Obstacle {
	if len(lb.Targets) == 0 {
		return &Obstacle{Kind: NoBalancer, Subject: lb.Name, Sentence: "load balancer " + lb.Name + " has no healthy target", Fix: "check the node group and the gateway's pods"}
	}
	if len(lb.Groups) > 0 && len(lb.Addresses) > 0 {
		from = &Host{Addresses: lb.Addresses[:1], Groups: lb.Groups}
	}
	source := from.source()
	if len(lb.Groups) == 0 && len(lb.SourceRanges) > 0 && !slices.ContainsFunc(lb.SourceRanges, func(cidr string) bool { return contains(cidr, source) }) {
		return &Obstacle{Kind: NoSource, Subject: lb.Name,
			Sentence: fmt.Sprintf("the source ranges of load balancer %s (%s) do not hold %s", lb.Name, strings.Join(lb.SourceRanges, ", "), source),
			Fix:      "add " + f.rangeOf(source) + " to the annotation load-balancer-source-ranges of the gateway"}
	}
	var last *Host
	for _, target := range lb.Targets {
		node := f.HostAt(target)
		if node == nil {
			continue
		}
		if f.permits(node.Groups, in, source, from.Groups, l.TargetPort) {
			return nil
		}
		last = node
	}
	if last == nil {
		return &Obstacle{Kind: NoBalancer, Subject: lb.Name, Sentence: "no target of load balancer " + lb.Name + " is a host of the mesh", Fix: "check the node group"}
	}
	obstacle := f.closed(last.Groups, in, source, l.TargetPort)
	obstacle.Sentence = fmt.Sprintf("load balancer %s hands port %d on to port %d of the nodes: %s", lb.Name, l.Port, l.TargetPort, obstacle.Sentence)
	obstacle.Fix += "; Kubernetes makes the rule from the gateway's source ranges"
	return obstacle
}

// named says why the gateway's name does not lead a host to the endpoint, or returns nil.
func (f *Facts) named(from *Host, e *Endpoint, name string) *Obstacle {
	if e.Zone == nil {
		return nil
	}
	vpc := ""
	if subnet := f.subnet(from.Subnet); subnet != nil {
		vpc = subnet.VPC
	}
	same := func(a, b string) bool {
		return strings.EqualFold(strings.TrimSuffix(a, "."), strings.TrimSuffix(b, "."))
	}
	leads := slices.ContainsFunc(e.Zone.Targets, func(target string) bool {
		return slices.ContainsFunc(e.Names, func(own string) bool { return same(target, own) || same(target, "dualstack."+own) })
	})
	obstacle := Obstacle{Kind: NoName, Subject: e.Zone.ID, Fix: Remade}
	switch {
	case e.Zone.ID == "":
		obstacle.Subject, obstacle.Sentence = name, "the private hosted zone of "+name+" does not exist, so the name leads to the gateway itself, which this network does not reach"
	case !slices.Contains(e.Zone.VPCs, vpc):
		obstacle.Sentence = fmt.Sprintf("the private hosted zone %s of %s is not associated with %s", e.Zone.ID, name, vpc)
	case !leads:
		obstacle.Sentence = fmt.Sprintf("no record of the private hosted zone %s leads %s to endpoint %s", e.Zone.ID, name, e.ID)
	default:
		return nil
	}
	return &obstacle
}
