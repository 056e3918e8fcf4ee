package stack

import "net/netip"

// Inside reports whether a network lies in another one ("10.0.0.0/16"). A text that is no network lies in none.
func Inside(outer, inner string) bool {
	o, err := netip.ParsePrefix(outer)
	if err != nil {
		return false
	}
	i, err := netip.ParsePrefix(inner)
	return err == nil && o.Bits() <= i.Bits() && o.Contains(i.Addr())
}

// Admitted are the CIDRs that may reach the gateway: those that the stack declares, or the mesh's if it declares
// none.
func (s *Stack) Admitted() []string {
	if len(s.GatewaySources) == 0 {
		return s.MeshCIDRs
	}
	return s.GatewaySources
}
