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

// NetworkSettings are what the VPCs of all accounts have in common.
type NetworkSettings struct {
	// NAT says how many NAT gateways each VPC has: NATSingle or NATPerZone.
	NAT NAT `config:"natGateways"`
	// ZoneIDs are availability zone ids ("euc1-az1"), the same in every account of the region. Empty: the first
	// three that the region offers are looked up once and then kept. They are for the life of a stack.
	ZoneIDs []string `config:"zoneIds"`
}

// NAT is the number of NAT gateways of a VPC.
type NAT string

const (
	NATSingle  NAT = "single"
	NATPerZone NAT = "per-zone"
)

// Subnets is a given subnet plan: one private CIDR per zone, and public ones in the first zones.
type Subnets struct {
	// Private are IPv4 CIDRs, one for each zone. Tasks and nodes live there.
	Private []string `config:"private"`
	// Public are IPv4 CIDRs in the first zones, for NAT gateways.
	Public []string `config:"public"`
}

// Zones is the number of availability zones that an account's VPC spreads over.
func (c Config) Zones(account string) int {
	if n := c.Accounts[account].Network; n != nil {
		if len(n.PrivateSubnetTags) > 0 {
			return minZones // or more: AWS is not asked yet
		}
		return len(n.PrivateSubnetIDs)
	}
	if s := c.Accounts[account].Subnets; s != nil && len(s.Private) > 0 {
		return len(s.Private)
	}
	if ids, _ := c.ZoneIDsOf(account); len(ids) > 0 {
		return len(ids)
	}
	return zone.Default
}

// SubnetPlan is the subnets of the VPC that the program makes for an account: those that are given, or computed ones.
func (c Config) SubnetPlan(account string) (cidr.Plan, error) {
	settings := c.Accounts[account]
	if settings.Subnets != nil {
		return cidr.ParsePlan(settings.Subnets.Private, settings.Subnets.Public)
	}
	vpc, err := cidr.ParseVPC(settings.VPCCIDR)
	if err != nil {
		return cidr.Plan{}, fmt.Errorf("vpcCidr: %w", err)
	}
	return cidr.Compute(vpc, c.Zones(account))
}

// MeshCIDRs are the CIDRs of all VPCs, in the order of NetworkKeys.
func (c Config) MeshCIDRs() []string { return c.cidrsOf(func(string) bool { return true }) }

// NetworksOfOthers are the CIDRs of all networks but an account's own that the program joins: those to which it adds routes.
func (c Config) NetworksOfOthers(account string) []string {
	if c.JoinedByOthers(account) {
		return nil
	}
	own := c.NetworkKey(account)
	return c.cidrsOf(func(other string) bool { return other != own && !c.JoinedByOthers(other) })
}

// cidrsOf are the CIDRs of some networks, by their NetworkKeys.
func (c Config) cidrsOf(chosen func(network string) bool) (all []string) {
	for _, key := range c.NetworkKeys() {
		if chosen(key) {
			all = append(all, c.Accounts[key].CIDRs()...)
		}
	}
	return all
}

// NetworkKey is the account that stands for an account's network: the account itself or, of those that share one VPC, the one whose
// entry names the route tables or the attachment. Without such an entry it is the first.
func (c Config) NetworkKey(account string) string {
	network := c.Accounts[account].Network
	if network == nil || network.VPCID == "" {
		return account
	}
	found := ""
	for _, key := range c.AccountKeys() {
		other := c.Accounts[key].Network
		if other == nil || other.VPCID != network.VPCID {
			continue
		}
		if other.asOwner() {
			return key
		}
		if found == "" {
			found = key
		}
	}
	return found
}

// NetworkKeys are the accounts that stand for the networks that are joined, by whomever, sorted: one for each VPC. The network of an
// account that only calls is not one of them, because nothing leads into it.
func (c Config) NetworkKeys() []string {
	return slices.DeleteFunc(c.AccountKeys(), func(key string) bool { return c.CallsOnly(key) || c.NetworkKey(key) != key })
}

// CIDRs are the networks of the account's VPC, the primary one first, without those that lead nowhere else.
func (a Account) CIDRs() []string {
	if a.Network == nil {
		return []string{a.VPCCIDR}
	}
	return append([]string{a.VPCCIDR}, a.Network.SecondaryCIDRs...)
}

// Pair is two accounts whose VPCs are peered.
type Pair struct {
	Requester string
	Accepter  string
}

// Key names the pair: "requester-accepter".
func (p Pair) Key() string { return p.Requester + "-" + p.Accepter }

// PairOf is the pair of two networks, by their keys. The one at home requests where it takes part, else the first by key.
func PairOf(home, one, other string) Pair {
	if other == home || one != home && other < one {
		one, other = other, one
	}
	return Pair{Requester: one, Accepter: other}
}

// Pairs are all pairs of networks that the program joins, by JoinedKeys, if they are peered.
func (c Config) Pairs() []Pair {
	var all []Pair
	if !c.peered() {
		return nil
	}
	keys, home := c.JoinedKeys(), c.NetworkKey(c.Home)
	for i, first := range keys {
		for _, second := range keys[i+1:] {
			all = append(all, PairOf(home, first, second))
		}
	}
	return all
}

// directions are the parts of a region's name in the spelling of its zone ids.
var directions = strings.NewReplacer(
	"northeast", "ne", "northwest", "nw", "southeast", "se", "southwest", "sw",
	"central", "c", "north", "n", "south", "s", "east", "e", "west", "w", "gov", "g", "-", "",
)

// zonePrefix is what the zone ids of a region begin with: "euc1" for eu-central-1, "usgw1" for
// us-gov-west-1.
func zonePrefix(region string) string {
	geography, rest, _ := strings.Cut(region, "-")
	return geography + directions.Replace(rest)
}

func (c Config) checkNetwork(p *problem.List) {
	problem.OneOf(p, "natGateways", c.NAT, NATSingle, NATPerZone)
	c.checkZoneIDs(p, c.Home)
	taken := taken{}
	for _, key := range c.AccountKeys() {
		if vpc, ok := c.checkVPC(p, key); ok && !c.CallsOnly(key) {
			taken.add(p, placed{field: "accounts." + key + ".vpcCidr", account: c.NetworkKey(key), network: vpc, peered: c.peers(key)})
		}
		if c.Accounts[key].Network != nil {
			c.checkExistingNetwork(p, key, &taken)
			continue
		}
		c.checkZones(p, key)
	}
}

// taken are the networks of the accounts that were read so far.
type taken []placed

// placed is a network of a VPC, with the field that gives it.
type placed struct {
	// account stands for the VPC (NetworkKey).
	field, account string
	network        netip.Prefix
	// peered says that the VPC is peered with every other one of which the same is said.
	peered bool
	// unrouted says that no route of another VPC leads there.
	unrouted bool
}

// add refuses a network that overlaps one of another account, and remembers it. Networks that lead nowhere else may be the same, unless
// the VPCs are peered: AWS peers no VPCs of which any networks overlap
// (https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html, 2026-11-30).
func (t *taken) add(p *problem.List, n placed) {
	for _, other := range *t {
		peered := n.peered && other.peered
		if other.account == n.account || !cidr.Overlap(n.network, other.network) || !peered && n.unrouted && other.unrouted {
			continue
		}
		reason := "no route would tell the two apart"
		switch {
		case peered:
			reason = "every pair of accounts is peered, and VPCs that overlap cannot be"
		case n.unrouted || other.unrouted:
			reason = "the VPC with the unrouted network reaches its own hosts there, and not the other account's"
		}
		p.Refuse(n.field, n.network.String(), "it overlaps %s, %s: %s", other.field, other.network, reason)
	}
	*t = append(*t, n)
}

// checkVPC checks an account's VPC and its given subnets. It reports whether the CIDR is worth comparing with others.
func (c Config) checkVPC(p *problem.List, key string) (netip.Prefix, bool) {
	account := c.Accounts[key]
	field := "accounts." + key + ".vpcCidr"
	parse, narrowest := cidr.ParseVPC, cidr.NarrowestVPC
	if account.Network != nil {
		parse, narrowest = cidr.ParseExisting, cidr.NarrowestSubnet
	}
	if account.VPCCIDR == "" {
		p.Missing(field, "give the IPv4 CIDR of the account's VPC, /%d to /%d", cidr.WidestVPC, narrowest)
		return netip.Prefix{}, false
	}
	vpc, err := parse(account.VPCCIDR)
	if err != nil {
		p.Because(field, account.VPCCIDR, err)
		return netip.Prefix{}, false
	}
	if !c.CallsOnly(key) {
		c.checkServiceRanges(p, field, vpc)
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
		// A plan with a broken network has the wrong counts, so later checks would mislead.
		p.Because(field, given, err)
		return
	}
	p.Because(field, given, plan.Validate(vpc))
}

// checkZones checks the number of zones of an account's VPC against its subnets and NAT gateways.
func (c Config) checkZones(p *problem.List, key string) {
	zones := c.Zones(key)
	ids, zoneIDs := c.ZoneIDsOf(key)
	subnets := c.Accounts[key].Subnets
	switch {
	case subnets == nil:
		if zones > cidr.MaxZones {
			p.Refuse(zoneIDs, ids, "the computed subnet plan of accounts.%s has room for %d zones", key, cidr.MaxZones)
		}
	case len(ids) > 0 && len(subnets.Private) != len(ids):
		p.Refuse("accounts."+key+".subnets.private", subnets.Private, "there are %d zoneIds: give one private subnet for each", len(ids))
	case c.NAT == NATPerZone && len(subnets.Public) < zones:
		p.Refuse("accounts."+key+".subnets.public", subnets.Public, "natGateways is %s, which needs a public subnet in each of the %d zones", NATPerZone, zones)
	}
	if key == c.Home && zones < 2 {
		field, value := zoneIDs, ids
		if subnets != nil && len(subnets.Private) > 0 {
			field, value = "accounts."+key+".subnets.private", subnets.Private
		}
		p.Refuse(field, value, "EKS needs subnets in at least two availability zones, and the home VPC has %d", zones)
	}
}

// serviceRanges are where EKS takes the addresses of Kubernetes services from; it chooses one of them when the cluster is made. A VPC of
// the mesh in that range could not be reached from the pods.
var serviceRanges = []string{"10.100.0.0/16", "172.20.0.0/16"}

// A range of services is in one of privateRanges, and between these two in size.
// https://docs.aws.amazon.com/eks/latest/APIReference/API_KubernetesNetworkConfigRequest.html, 2026-11-30.
const widestServices, narrowestServices = 12, 24

// servicesIn are the networks in which Kubernetes services may have addresses. None where somebody else has the cluster: its range is
// looked up.
func (c Config) servicesIn() []string {
	switch {
	case c.HasExistingEKS():
		return nil
	case c.ServiceIPv4CIDR != "":
		return []string{c.ServiceIPv4CIDR}
	}
	return serviceRanges
}

// checkServiceRanges refuses a network of a VPC that Kubernetes services may have.
func (c Config) checkServiceRanges(p *problem.List, field string, network netip.Prefix) {
	for _, r := range c.servicesIn() {
		if services, err := cidr.Parse(r); err == nil && cidr.Overlap(network, services) {
			if c.ServiceIPv4CIDR != "" {
				p.Refuse(field, network.String(), "serviceIpv4Cidr gives %s to Kubernetes services, and pods could not reach a VPC there", r)
				continue
			}
			p.Refuse(field, network.String(), "EKS may take the addresses of Kubernetes services from %s, and pods could not reach a VPC there. For a new cluster serviceIpv4Cidr chooses another range", r)
		}
	}
}

// checkServiceRange checks the range that the stack file chooses.
func (c Config) checkServiceRange(p *problem.List) {
	if c.ServiceIPv4CIDR == "" || c.HasExistingEKS() {
		return
	}
	services, err := cidr.Parse(c.ServiceIPv4CIDR)
	if err != nil {
		p.Because("serviceIpv4Cidr", c.ServiceIPv4CIDR, err)
		return
	}
	private := false
	for _, wide := range privateRanges[:3] { // those of RFC 1918
		private = private || wide.Overlaps(services) && wide.Bits() <= services.Bits()
	}
	if !private || services.Bits() < widestServices || services.Bits() > narrowestServices {
		p.Refuse("serviceIpv4Cidr", c.ServiceIPv4CIDR, "EKS takes a network of /%d to /%d in 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16", widestServices, narrowestServices)
	}
	if home := c.Accounts[c.Home].Network; home != nil {
		for _, text := range home.UnroutedCIDRs {
			if network, err := cidr.ParseExisting(text); err == nil && cidr.Overlap(network, services) {
				p.Refuse("serviceIpv4Cidr", c.ServiceIPv4CIDR, "it overlaps %s of the home account's VPC, and EKS refuses that", text)
			}
		}
	}
}
