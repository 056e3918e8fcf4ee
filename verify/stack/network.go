package stack

import (
	"net/netip"
	"slices"
)

// Inside tells whether a network lies in another one ("10.0.0.0/16"). What cannot be read lies in none.
func Inside(outer, inner string) bool {
	o, err := netip.ParsePrefix(outer)
	if err != nil {
		return false
	}
	i, err := netip.ParsePrefix(inner)
	return err == nil && o.Bits() <= i.Bits() && o.Contains(i.Addr())
}

// InMesh tells whether a network lies in one of the mesh's.
func (s *Stack) InMesh(cidr string) bool {
	return slices.ContainsFunc(s.MeshCIDRs, func(outer string) bool { return Inside(outer, cidr) })
}
