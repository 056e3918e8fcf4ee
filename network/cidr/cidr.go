package cidr

import (
	"errors"
	"fmt"
	"net/netip"
)

const (
	// WidestVPC and NarrowestVPC limit the prefix length of a VPC. AWS allows no VPC wider than /16. In a VPC
	// narrower than /24 the computed public subnets would be smaller than NarrowestSubnet.
	WidestVPC    = 16
	NarrowestVPC = 24
	// NarrowestSubnet is the longest prefix that AWS accepts for a subnet, and for a VPC.
	NarrowestSubnet = 28
)

// refused lists the blocks that cannot hold a VPC, with the reason.
var refused = []struct {
	block  netip.Prefix
	reason string
}{
	{netip.MustParsePrefix("0.0.0.0/8"), "AWS refuses 0.0.0.0/8"},
	{netip.MustParsePrefix("127.0.0.0/8"), "127.0.0.0/8 is loopback"},
	{netip.MustParsePrefix("169.254.0.0/16"), "169.254.0.0/16 is link-local, where AWS serves metadata, credentials and DNS"},
	{netip.MustParsePrefix("224.0.0.0/4"), "224.0.0.0/4 is multicast"},
	{netip.MustParsePrefix("240.0.0.0/4"), "240.0.0.0/4 is reserved, and the mesh takes the virtual addresses of its services from 240.240.0.0/16"},
}

// Parse reads an IPv4 CIDR. It refuses a CIDR whose address has bits set beyond the prefix. AWS would silently store
// another CIDR, and every later preview would show the difference.
func Parse(s string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("%q is not a CIDR such as 10.0.0.0/16", s)
	}
	if !p.Addr().Is4() {
		return netip.Prefix{}, fmt.Errorf("%q is not an IPv4 CIDR", s)
	}
	if p != p.Masked() {
		return netip.Prefix{}, fmt.Errorf("%q has bits set beyond /%d: the network is %s", s, p.Bits(), p.Masked())
	}
	return p, nil
}

// ParseVPC reads an IPv4 CIDR that can be a VPC's.
func ParseVPC(s string) (netip.Prefix, error) {
	p, err := Parse(s)
	if err != nil {
		return netip.Prefix{}, err
	}
	return p, CheckVPC(p)
}

// ParseExisting reads an IPv4 CIDR that a VPC may have which somebody else made: it may be smaller than ParseVPC's.
func ParseExisting(s string) (netip.Prefix, error) {
	p, err := Parse(s)
	if err != nil {
		return netip.Prefix{}, err
	}
	return p, check(p, NarrowestSubnet)
}

// CheckVPC says why p cannot be the CIDR of a VPC, or returns nil.
func CheckVPC(p netip.Prefix) error { return check(p, NarrowestVPC) }

func check(p netip.Prefix, narrowest int) error {
	if !p.IsValid() || !p.Addr().Is4() || p != p.Masked() {
		return fmt.Errorf("%s is not an IPv4 network", p)
	}
	var problems []error
	switch {
	case p.Bits() < WidestVPC:
		problems = append(problems, fmt.Errorf("%s is too large: a VPC is at most a /%d", p, WidestVPC))
	case p.Bits() > narrowest:
		problems = append(problems, fmt.Errorf("%s is too small: a VPC must be at least a /%d to hold its subnets", p, narrowest))
	}
	for _, r := range refused {
		// A wider network was refused above for its size.
		if p.Bits() >= r.block.Bits() && p.Overlaps(r.block) {
			problems = append(problems, fmt.Errorf("%s cannot be a VPC: %s", p, r.reason))
		}
	}
	return errors.Join(problems...)
}

// Overlap reports whether two networks share an address.
func Overlap(a, b netip.Prefix) bool { return a.Overlaps(b) }
