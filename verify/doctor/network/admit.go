package network

import (
	"fmt"
	"slices"
	"strings"

	"ambient-ecs/verify/stack"
)

// Unadmitted finds a range that a load balancer should admit to a port, and that no rule of its targets names as a whole.
// Parts of it may get in by other rules, such as those for health checks from the load balancer's own subnets. Where no rule
// names any of the ranges, the load balancer does not rely on rules for ranges, and there is nothing to find.
func (f *Facts) Unadmitted(lb *LoadBalancer, ranges []string) *Obstacle {
	for _, l := range lb.Listeners {
		for _, target := range lb.Targets {
			node := f.HostAt(target)
			if node == nil {
				continue
			}
			admits := func(cidr string) bool { return f.admits(node.Groups, cidr, l.TargetPort) }
			if len(node.Groups) == 0 || !slices.ContainsFunc(ranges, admits) {
				continue
			}
			for _, cidr := range ranges {
				if !admits(cidr) {
					groups := f.blame(node.Groups, in, l.TargetPort)
					return &Obstacle{Kind: NoRule, Subject: strings.Join(groups, ", "),
						Sentence: fmt.Sprintf("no rule of %s admits all of %s to port %d of the nodes, to which load balancer %s hands port %d on", strings.Join(groups, ", "), cidr, l.TargetPort, lb.Name, l.Port),
						Fix:      fmt.Sprintf("add an ingress rule from %s on TCP %d to the security group; Kubernetes makes it from the gateway's source ranges", cidr, l.TargetPort)}
				}
			}
		}
	}
	return nil
}

// admits reports whether one rule lets a whole range in to a port.
func (f *Facts) admits(groups []string, cidr string, port int) bool {
	for _, id := range groups {
		group := f.group(id)
		if group != nil && slices.ContainsFunc(group.Ingress, func(r Rule) bool {
			return r.hasPort(port) && stack.Inside(r.CIDR, cidr)
		}) {
			return true
		}
	}
	return false
}

// Foreign finds a range outside of the given ones that a rule of a load balancer's targets admits to one of its
// ports.
func (f *Facts) Foreign(lb *LoadBalancer, ranges []string) *Obstacle {
	for _, l := range lb.Listeners {
		for _, target := range lb.Targets {
			node := f.HostAt(target)
			if node == nil {
				continue
			}
			for _, id := range node.Groups {
				group := f.group(id)
				if group == nil {
					continue
				}
				for _, r := range group.Ingress {
					if r.CIDR == "" || !r.hasPort(l.TargetPort) || slices.ContainsFunc(ranges, func(outer string) bool { return stack.Inside(outer, r.CIDR) }) {
						continue
					}
					return &Obstacle{Kind: Open, Subject: id,
						Sentence: fmt.Sprintf("a rule of %s admits %s, which is outside of the mesh, to port %d of the nodes, to which load balancer %s hands port %d on", id, r.CIDR, l.TargetPort, lb.Name, l.Port),
						Fix:      "remove the rule, or the range from the gateway's source ranges"}
				}
			}
		}
	}
	return nil
}
