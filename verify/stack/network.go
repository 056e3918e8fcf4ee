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

// CIDRs are the networks of the account's VPC, the primary one first.
func (a Account) CIDRs() []string { return append([]string{a.VPCCIDR}, a.SecondaryCIDRs...) }

// InHome reports whether a network lies in one of the home account's networks, where EKS is.
func (s *Stack) InHome(network string) bool {
	return slices.ContainsFunc(s.Accounts[s.HomeAccount].CIDRs(), func(outer string) bool { return Inside(outer, network) })
}

// Admitted are the CIDRs that may reach the gateway: those that the stack declares, or the mesh's if it declares
// none.
func (s *Stack) Admitted() []string {
	if len(s.GatewaySources) == 0 {
		return s.MeshCIDRs
	}
	return s.GatewaySources
}
