package aws

import (
	"net/netip"
)

// network parses an IPv4 CIDR whose host bits are zero.
func network(cidr string) (netip.Prefix, bool) {
	p, err := netip.ParsePrefix(cidr)
	return p, err == nil && p.Addr().Is4() && p.Masked() == p
}

// isNetwork is a check for an IPv4 CIDR, in the provider's words.
func isNetwork(v any) string {
	s, _ := v.(string)
	p, err := netip.ParsePrefix(s)
	switch {
	case err != nil || !p.Addr().Is4():
		return `"` + s + `" is not a valid IPv4 CIDR block: invalid CIDR address: ` + s
	case p.Masked() != p:
		return `"` + s + `" is not a valid IPv4 CIDR block; did you mean "` + p.Masked().String() + `"?`
	}
	return ""
}

// within reports whether inner lies in outer.
func within(inner, outer netip.Prefix) bool {
	return inner.Bits() >= outer.Bits() && outer.Contains(inner.Addr())
}

// host returns the n-th address of a network.
func host(p netip.Prefix, n int) netip.Addr {
	b := p.Addr().As4()
	v := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	v += uint32(n)
	return netip.AddrFrom4([4]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)})
}

// size is the number of addresses of a network.
func size(p netip.Prefix) int { return 1 << (32 - p.Bits()) }
