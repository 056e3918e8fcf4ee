package config

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"ambient-ecs/network/cidr"
	"ambient-ecs/network/zone"
	"ambient-ecs/problem"
)

// Zones is the number of availability zones that an account's VPC spreads over.
func (c Config) Zones(account string) int {
	if s := c.Accounts[account].Subnets; s != nil && len(s.Private) > 0 {
		return len(s.Private)
	}
	if len(c.ZoneIDs) > 0 {
		return len(c.ZoneIDs)
	}
	return zone.Default
}

func (c Config) checkNetwork(p *problem.List) {
	problem.OneOf(p, "natGateways", c.NAT, NATSingle, NATPerZone)
	p.Because("zoneIds", c.ZoneIDs, zone.Validate(c.ZoneIDs, true))
	prefix := zonePrefix(c.Region)
	for i, id := range c.ZoneIDs {
		wellFormed := zone.Validate([]string{id}, false) == nil && regionName.MatchString(c.Region)
		if wellFormed && !strings.HasPrefix(id, prefix+"-") {
			p.Refuse(fmt.Sprintf("zoneIds[%d]", i), id, "the zone ids of %s begin with %s-", c.Region, prefix)
		}
	}
	vpcs := map[string]netip.Prefix{}
	for _, key := range c.AccountKeys() {
		if vpc, ok := c.checkVPC(p, key); ok {
			for _, other := range c.AccountKeys() {
				if taken, checked := vpcs[other]; checked && cidr.Overlap(vpc, taken) {
					p.Refuse("accounts."+key+".vpcCidr", c.Accounts[key].VPCCIDR, "it overlaps accounts.%s.vpcCidr, %s: every pair of accounts is peered, and VPCs that overlap cannot be", other, taken)
				}
			}
			vpcs[key] = vpc
		}
		c.checkZones(p, key)
	}
}

// checkVPC checks an account's VPC and its given subnets. It reports whether the CIDR is worth comparing with others.
func (c Config) checkVPC(p *problem.List, key string) (netip.Prefix, bool) {
	account := c.Accounts[key]
	field := "accounts." + key + ".vpcCidr"
	if account.VPCCIDR == "" {
		p.Missing(field, "give the IPv4 CIDR of the account's VPC, /%d to /%d", cidr.WidestVPC, cidr.NarrowestVPC)
		return netip.Prefix{}, false
	}
	vpc, err := cidr.ParseVPC(account.VPCCIDR)
	if err != nil {
		p.Because(field, account.VPCCIDR, err)
		return netip.Prefix{}, false
	}
	for _, r := range serviceRanges {
		if cidr.Overlap(vpc, netip.MustParsePrefix(r)) {
			p.Refuse(field, account.VPCCIDR, "EKS may take the addresses of Kubernetes services from %s, and pods could not reach a VPC there", r)
		}
	}
	if account.Subnets != nil {
		c.checkSubnets(p, "accounts."+key+".subnets", vpc, *account.Subnets)
	}
	return vpc, true
}

func (c Config) checkSubnets(p *problem.List, field string, vpc netip.Prefix, s Subnets) {
	given := slices.Concat(s.Private, s.Public)
	plan, err := cidr.ParsePlan(s.Private, s.Public)
	if err != nil {
		// A plan with holes has other counts than the one that was written: its other problems wait.
		p.Because(field, given, err)
		return
	}
	p.Because(field, given, plan.Validate(vpc))
}

// checkZones checks the number of zones of an account's VPC against its subnets and NAT gateways.
func (c Config) checkZones(p *problem.List, key string) {
	zones := c.Zones(key)
	subnets := c.Accounts[key].Subnets
	switch {
	case subnets == nil:
		if zones > cidr.MaxZones {
			p.Refuse("zoneIds", c.ZoneIDs, "the computed subnet plan of accounts.%s has room for %d zones", key, cidr.MaxZones)
		}
	case len(c.ZoneIDs) > 0 && len(subnets.Private) != len(c.ZoneIDs):
		p.Refuse("accounts."+key+".subnets.private", subnets.Private, "there are %d zoneIds: give one private subnet for each", len(c.ZoneIDs))
	case c.NAT == NATPerZone && len(subnets.Public) < zones:
		p.Refuse("accounts."+key+".subnets.public", subnets.Public, "natGateways is %s, which needs a public subnet in each of the %d zones", NATPerZone, zones)
	}
	if key == c.Home && zones < 2 {
		field, value := "zoneIds", c.ZoneIDs
		if subnets != nil && len(subnets.Private) > 0 {
			field, value = "accounts."+key+".subnets.private", subnets.Private
		}
		p.Refuse(field, value, "EKS needs subnets in at least two availability zones, and the home VPC has %d", zones)
	}
}
