package stack

import (
	"net/netip"
	"slices"
)

// Inside reports whether a network lies in another one ("10.0.0.0/16"). A text that is no network lies in none.
func Inside(outer, inner string) bool {
	o, err := netip.ParsePrefix(outer)
	if err != nil {
		return false
	}
	i, err := netip.ParsePrefix(inner)
	return err == nil && o.Bits() <= i.Bits() && o.Contains(i.Addr())
}

// InMesh reports whether a network lies in one of the mesh's networks.
func (s *Stack) InMesh(cidr string) bool {
	return slices.ContainsFunc(s.MeshCIDRs, func(outer string) bool { return Inside(outer, cidr) })
}
