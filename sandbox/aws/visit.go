package aws

import (
	"fmt"
	"net/netip"
	"slices"

	"ambient-ecs/sandbox/world"
)

// Visit reports whether a client reaches a port of a load balancer, and if not, why. The client is outside of this world:
// on the Internet, or in a private network that leads to the load balancer's VPC. So only the load balancer's side counts.
func Visit(tx *world.Tx, client netip.Addr, dnsName string, port int) (ok bool, why string) {
	lb := first(tx.Find("", LoadBalancerKind, Has("dnsName", dnsName)))
	if lb == nil {
		return false, "no such host: " + dnsName
	}
	name := lb.String("name")
	listener, why := listenerOf(lb, port)
	if why != "" {
		return false, why
	}
	if flag(lb.Props, "internal") != private(client) {
		if private(client) {
			return false, fmt.Sprintf("load balancer %s has public addresses, and no client comes to them from the private address %s", name, client)
		}
		return false, fmt.Sprintf("load balancer %s is internal, and %s comes from the Internet", name, client)
	}
	for _, id := range texts(lb.Props, "subnets") {
		subnet := tx.Get(lb.Account, subnetKind, id)
		if subnet == nil {
			return false, fmt.Sprintf("subnet %s of load balancer %s does not exist", id, name)
		}
		if way := routeFor(tx, subnet, client); !private(client) && way.kind != toGateway {
			return false, fmt.Sprintf("no way back from load balancer %s to %s: subnet %s has no route to an internet gateway", name, client, id)
		}
	}
	if lb.String("targetType") == "ip" {
		groups := texts(lb.Props, "securityGroups")
		if !permits(tx, lb.Account, groups, ingressRuleKind, client, nil, port) {
			return false, closed("into", groups, client, port)
		}
		return toTargets(tx, lb, listener)
	}
	return behind(tx, Host{IP: client}, lb, listener)
}

// shared are the private addresses of carriers. (RFC 6598)
var shared = netip.MustParsePrefix("100.64.0.0/10")

func private(ip netip.Addr) bool { return ip.IsPrivate() || shared.Contains(ip) }

// listenerOf returns the port behind a listener of an active load balancer, or why there is none.
func listenerOf(lb *world.Resource, port int) (behind int, why string) {
	if state := lb.String("state"); state != "active" {
		return 0, fmt.Sprintf("load balancer %s is %s", lb.String("name"), state)
	}
	listeners := list(lb.Props, "ports")
	at := slices.IndexFunc(listeners, func(l any) bool { p, _ := l.(map[string]any); return number(p, "port") == port })
	if at < 0 {
		return 0, fmt.Sprintf("load balancer %s has no listener on port %d", lb.String("name"), port)
	}
	return number(listeners[at].(map[string]any), "nodePort"), ""
}
