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
	if len(lb.Groups) > 0 {
		return f.unadmitted(lb, ranges)
	}
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

// Excluded finds a range that the rules do not admit to a port of a load balancer: its own, or those of all its targets.
func (f *Facts) Excluded(lb *LoadBalancer, ranges []string) *Obstacle {
	for _, l := range lb.Listeners {
		port, groups := l.TargetPort, [][]string{}
		for _, target := range lb.Targets {
			if node := f.HostAt(target); node != nil {
				groups = append(groups, node.Groups)
			}
		}
		if len(lb.Groups) > 0 {
			port, groups = l.Port, [][]string{lb.Groups}
		}
		for _, cidr := range ranges {
			if len(groups) == 0 || slices.ContainsFunc(groups, func(g []string) bool { return len(g) == 0 || f.admits(g, cidr, port) }) {
				continue
			}
			blamed := strings.Join(f.blame(groups[0], in, port), ", ")
			return &Obstacle{Kind: NoRule, Subject: blamed,
				Sentence: fmt.Sprintf("no rule of %s admits all of %s to port %d of load balancer %s (TCP %d)", blamed, cidr, l.Port, lb.Name, port),
				Fix:      fmt.Sprintf(Remade+", or add an ingress rule from %s on TCP %d to the security group", cidr, port)}
		}
	}
	return nil
}

// Foreign finds a range outside of the given ones that a rule of a load balancer's targets admits to one of its
// ports. what is the name of the given ones.
func (f *Facts) Foreign(lb *LoadBalancer, ranges []string, what string) *Obstacle {
	for _, l := range lb.Listeners {
		if o := f.foreign(lb.Groups, l.Port, ranges, what, fmt.Sprintf("port %d of load balancer %s", l.Port, lb.Name)); o != nil {
			return o
		}
	}
	for _, l := range lb.Listeners {
		for _, target := range lb.Targets {
			node := f.HostAt(target)
			if node == nil {
				continue
			}
			where := fmt.Sprintf("port %d of the nodes, to which load balancer %s hands port %d on", l.TargetPort, lb.Name, l.Port)
			if o := f.foreign(node.Groups, l.TargetPort, ranges, what, where); o != nil {
				return o
			}
		}
	}
	return nil
}

// foreign finds a rule of some groups that admits a range outside of the given ones to a port.
func (f *Facts) foreign(groups []string, port int, ranges []string, what, where string) *Obstacle {
	for _, id := range groups {
		group := f.group(id)
		if group == nil {
			continue
		}
		for _, r := range group.Ingress {
			if r.CIDR == "" || !r.hasPort(port) || slices.ContainsFunc(ranges, func(outer string) bool { return stack.Inside(outer, r.CIDR) }) {
				continue
			}
			return &Obstacle{Kind: Open, Subject: id,
				Sentence: fmt.Sprintf("a rule of %s admits %s, which is outside of %s, to %s", id, r.CIDR, what, where),
				Fix:      "remove the rule, or the range from the source ranges of the gateway"}
		}
	}
	return nil
}

// unadmitted is Unadmitted for a load balancer with security groups of its own.
func (f *Facts) unadmitted(lb *LoadBalancer, ranges []string) *Obstacle {
	for _, l := range lb.Listeners {
		for _, cidr := range ranges {
			// Only the ports of the program's rules: the status port is for health checks.
			if f.admits(lb.Groups, cidr, l.Port) || !slices.ContainsFunc(ranges, func(other string) bool { return f.admits(lb.Groups, other, l.Port) }) {
				continue
			}
			groups := f.blame(lb.Groups, in, l.Port)
			return &Obstacle{Kind: NoRule, Subject: strings.Join(groups, ", "),
				Sentence: fmt.Sprintf("no rule of %s admits all of %s to port %d of load balancer %s", strings.Join(groups, ", "), cidr, l.Port, lb.Name),
				Fix:      fmt.Sprintf(Remade+": the group has a rule from %s on TCP %d", cidr, l.Port)}
		}
	}
	return nil
}
