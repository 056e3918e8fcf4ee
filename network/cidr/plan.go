package cidr

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
)

// MaxZones is the number of zones for which the computed plan has room.
const MaxZones = 3

// Plan is the subnets of a VPC. Private[i] and Public[i] are in the same zone. There can be fewer
// public subnets than private ones, since only NAT gateways live there.
type Plan struct {
	Private []netip.Prefix
	Public  []netip.Prefix
}

// Compute cuts a VPC into one private and one public subnet for each zone. See the package comment
// for the layout.
func Compute(vpc netip.Prefix, zones int) (Plan, error) {
	if err := CheckVPC(vpc); err != nil {
		return Plan{}, err
	}
	if zones < 1 || zones > MaxZones {
		return Plan{}, fmt.Errorf("no subnet plan for %d zones: the plan has room for 1 to %d", zones, MaxZones)
	}
	last := quarter(vpc, MaxZones)
	var plan Plan
	for i := range zones {
		plan.Private = append(plan.Private, quarter(vpc, i))
		plan.Public = append(plan.Public, quarter(last, i))
	}
	return plan, nil
}

// ParsePlan reads a given plan. It reports every subnet that is not an IPv4 CIDR. Plan.Validate checks whether the
// subnets fit their VPC.
func ParsePlan(private, public []string) (Plan, error) {
	var plan Plan
	var problems []error
	parse := func(kind string, cidrs []string) (subnets []netip.Prefix) {
		for i, s := range cidrs {
			p, err := Parse(s)
			if err != nil {
				problems = append(problems, fmt.Errorf("%s subnet %d: %w", kind, i+1, err))
				continue
			}
			subnets = append(subnets, p)
		}
		return subnets
	}
	plan.Private = parse("private", private)
	plan.Public = parse("public", public)
	return plan, errors.Join(problems...)
}

// Validate reports everything that makes the plan unusable in the VPC, or returns nil.
func (p Plan) Validate(vpc netip.Prefix) error {
	var problems []error
	if len(p.Private) == 0 {
		problems = append(problems, errors.New("no private subnet: there is no place for tasks and nodes"))
	}
	if len(p.Public) == 0 {
		problems = append(problems, errors.New("no public subnet: there is no place for a NAT gateway"))
	}
	if len(p.Public) > len(p.Private) {
		problems = append(problems, fmt.Errorf("%d public subnets but only %d private: public subnet %d would be in a zone that nothing uses",
			len(p.Public), len(p.Private), len(p.Private)+1))
	}
	all := p.named()
	for i, s := range all {
		if err := checkSubnet(s.prefix, vpc); err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", s.name, err))
			continue
		}
		for _, other := range all[:i] {
			if Overlap(s.prefix, other.prefix) {
				problems = append(problems, fmt.Errorf("%s: %s overlaps %s %s", s.name, s.prefix, other.name, other.prefix))
			}
		}
	}
	return errors.Join(problems...)
}

// subnet is a subnet with the name that messages use.
type subnet struct {
	name   string
	prefix netip.Prefix
}

func (p Plan) named() []subnet {
	var all []subnet
	for i, s := range p.Private {
		all = append(all, subnet{fmt.Sprintf("private subnet %d", i+1), s})
	}
	for i, s := range p.Public {
		all = append(all, subnet{fmt.Sprintf("public subnet %d", i+1), s})
	}
	return all
}

func checkSubnet(s, vpc netip.Prefix) error {
	switch {
	case !s.IsValid() || !s.Addr().Is4() || s != s.Masked():
		return fmt.Errorf("%s is not an IPv4 network", s)
	case s.Bits() > NarrowestSubnet:
		return fmt.Errorf("%s is too small: AWS accepts no subnet smaller than a /%d", s, NarrowestSubnet)
	case s.Bits() < vpc.Bits() || !vpc.Contains(s.Addr()):
		return fmt.Errorf("%s is not inside the VPC %s", s, vpc)
	}
	return nil
}

// quarter returns the i-th quarter of an IPv4 network, counted from 0.
func quarter(p netip.Prefix, i int) netip.Prefix {
	bits := p.Bits() + 2
	base := p.Addr().As4()
	address := binary.BigEndian.Uint32(base[:]) + uint32(i)<<(32-bits)
	var raw [4]byte
	binary.BigEndian.PutUint32(raw[:], address)
	return netip.PrefixFrom(netip.AddrFrom4(raw), bits)
}
