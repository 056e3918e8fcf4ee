package sandboxed

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/world"
	"ambient-ecs/verify/stack"
)

// Inspect judges a port of a door from the scheme of its load balancer and from the rules in front of it: those of the load
// balancer's own security groups, or of the nodes behind it. Closed means that only the networks which the stack declares get
// through.
func (b *Backend) Inspect(_ context.Context, door stack.Door, port int) (ok bool, seen string, err error) {
	err = b.world.Look(func(tx *world.Tx) error {
		balancers := aws.LoadBalancers(tx, b.stack.EKSArn)
		at := slices.IndexFunc(balancers, func(r *world.Resource) bool { return r.String("dnsName") == door.Address })
		if at < 0 {
			return fmt.Errorf("no load balancer has the address %s", door.Address)
		}
		ok, seen, err = b.inspect(tx, balancers[at], door, port)
		return err
	})
	return ok, seen, err
}

func (b *Backend) inspect(tx *world.Tx, balancer *world.Resource, door stack.Door, port int) (ok bool, seen string, err error) {
	name := balancer.String("name")
	listeners := api.Maps(balancer.Props, "ports")
	at := slices.IndexFunc(listeners, func(l api.Object) bool { return api.Int(l, "port") == int64(port) })
	if at < 0 {
		return true, fmt.Sprintf("load balancer %s has no listener on port %d", name, port), nil
	}
	scheme := "internet-facing"
	if internal, _ := balancer.Props["internal"].(bool); internal {
		scheme = "internal"
	}
	admitted := b.admitted(tx, balancer, int64(port), api.Int(listeners[at], "nodePort"))
	var foreign []string
	for _, cidr := range admitted {
		if !door.Admits(cidr) {
			foreign = append(foreign, cidr)
		}
	}
	seen = fmt.Sprintf("load balancer %s is %s and port %d is open to %s", name, scheme, port, strings.Join(admitted, ", "))
	switch {
	case len(admitted) == 0:
		return true, fmt.Sprintf("load balancer %s is %s and no rule opens port %d", name, scheme, port), nil
	case len(foreign) > 0:
		return false, seen + ": " + strings.Join(foreign, ", ") + " is outside the mesh and was not declared", nil
	case scheme != "internal" && !door.Public:
		return false, seen + ": its name resolves to addresses of the internet", nil
	}
	return true, seen, nil
}

// admitted are the networks that rules let in: those of the load balancer's own security groups to its port, or those of the
// nodes' to the node port.
func (b *Backend) admitted(tx *world.Tx, balancer *world.Resource, port, nodePort int64) []string {
	home := b.stack.Accounts[b.stack.HomeAccount].ID
	groups := map[string]bool{}
	for _, node := range aws.Nodes(tx, home, b.stack.Region, b.stack.EKSName) {
		for _, group := range api.List(node.Props, "securityGroups") {
			groups[fmt.Sprint(group)] = true
		}
	}
	if own := api.List(balancer.Props, "securityGroups"); len(own) > 0 {
		clear(groups)
		for _, group := range own {
			groups[fmt.Sprint(group)] = true
		}
		nodePort = port
	}
	var cidrs []string
	for _, rule := range rulesFor(tx, home, slices.Collect(maps.Keys(groups)), nodePort) {
		if cidr := rule.String("cidrIpv4"); cidr != "" && !slices.Contains(cidrs, cidr) {
			cidrs = append(cidrs, cidr)
		}
	}
	slices.Sort(cidrs)
	return cidrs
}

// rulesFor are the rules of security groups that let somebody in to a TCP port.
func rulesFor(tx *world.Tx, account string, groups []string, port int64) []*world.Resource {
	return tx.Find(account, ingressKind, func(r *world.Resource) bool {
		within := r.String("ipProtocol") == "tcp" && port >= api.Int(r.Props, "fromPort") && port <= api.Int(r.Props, "toPort")
		return slices.Contains(groups, r.String("securityGroupId")) && (within || r.String("ipProtocol") == "-1")
	})
}
