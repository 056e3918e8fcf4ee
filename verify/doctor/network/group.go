package network

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

type direction string

const (
	in  direction = "into"
	out direction = "out of"
)

// permits reports whether security groups let TCP to a port through. A host without security groups is open.
func (f *Facts) permits(groups []string, way direction, peer netip.Addr, peerGroups []string, port int) bool {
	if len(groups) == 0 {
		return true
	}
	for _, id := range groups {
		group := f.group(id)
		if group == nil {
			continue
		}
		if slices.ContainsFunc(group.rules(way), func(r Rule) bool { return r.hasPort(port) && r.hasPeer(peer, peerGroups) }) {
			return true
		}
	}
	return false
}

func (r Rule) hasPort(port int) bool {
	switch strings.ToLower(r.Protocol) {
	case "-1":
		return true
	case "tcp", "6":
		return r.From <= port && port <= r.To
	}
	return false
}

func (r Rule) hasPeer(peer netip.Addr, groups []string) bool {
	return r.CIDR != "" && contains(r.CIDR, peer) || r.Group != "" && slices.Contains(groups, r.Group)
}

// blame chooses the groups of a host to which a missing rule belongs: one that has rules for the port, else one
// that has rules for the direction, else all.
func (f *Facts) blame(groups []string, way direction, port int) []string {
	for _, fits := range []func(Rule) bool{func(r Rule) bool { return r.hasPort(port) }, func(Rule) bool { return true }} {
		for _, id := range groups {
			if g := f.group(id); g != nil && slices.ContainsFunc(g.rules(way), fits) {
				return []string{id}
			}
		}
	}
	return groups
}

func (g *Group) rules(way direction) []Rule {
	if way == out {
		return g.Egress
	}
	return g.Ingress
}

// Admitted reports the obstacle for a host in the groups of a neighbour with an address in the same VPC, nil for none. A rule for a prefix
// list is taken for one that admits.
func (f *Facts) Admitted(from *Host, address string, port int) *Obstacle {
	to, err := netip.ParseAddr(address)
	subnet := f.subnet(from.Subnet)
	if err != nil || subnet == nil || len(from.Addresses) == 0 {
		return nil
	}
	peer, err := netip.ParseAddr(from.Addresses[0])
	dest := f.hostIn(subnet.VPC, to)
	if err != nil || dest == nil || f.permits(dest.Groups, in, peer, from.Groups, port) || f.listed(dest.Groups, port) {
		return nil
	}
	return f.closed(dest.Groups, in, peer, port)
}

// listed reports whether a rule of security groups admits a prefix list to a port.
func (f *Facts) listed(groups []string, port int) bool {
	return slices.ContainsFunc(groups, func(id string) bool {
		group := f.group(id)
		return group != nil && slices.ContainsFunc(group.Ingress, func(r Rule) bool { return r.List != "" && r.hasPort(port) })
	})
}

func (f *Facts) closed(groups []string, way direction, peer netip.Addr, port int) *Obstacle {
	groups = f.blame(groups, way, port)
	names := make([]string, len(groups))
	for i, id := range groups {
		names[i] = id
		if g := f.group(id); g != nil && g.Name != "" {
			names[i] += " (" + g.Name + ")"
		}
	}
	fix := fmt.Sprintf("an ingress rule from %s on TCP %d", f.rangeOf(peer), port)
	if way == out {
		fix = fmt.Sprintf("an egress rule to %s on TCP %d", f.rangeOf(peer), port)
	}
	fix = Remade + ", which makes a rule of the stack anew. To a group of somebody else add " + fix
	return &Obstacle{Kind: NoRule, Subject: strings.Join(groups, ", "), Fix: fix,
		Sentence: fmt.Sprintf("no rule of %s lets TCP %d %s the host, with %s (%s) at the other end", strings.Join(names, ", "), port, way, peer, f.rangeOf(peer))}
}
