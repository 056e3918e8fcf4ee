package config

import (
	"regexp"

	"ambient-ecs/problem"
	"ambient-ecs/quota"
)

// ConnectSettings say how the networks of the accounts are joined.
type ConnectSettings struct {
	// Connect joins the accounts' networks: ConnectPeering, ConnectTransitGateway or ConnectNone. An account may have its own way.
	Connect Connect `config:"connect"`
	// TransitGateway goes with ConnectTransitGateway.
	TransitGateway TransitGateway `config:"transitGateway"`
}

// Connect is a way to join networks.
type Connect string

const (
	// ConnectPeering peers every pair of accounts.
	ConnectPeering Connect = "peering"
	// ConnectTransitGateway attaches every account to the transit gateway of its region.
	ConnectTransitGateway Connect = "transit-gateway"
	// ConnectNone makes nothing: somebody else joins the networks.
	ConnectNone Connect = "none"
)

// TransitGateway is the transit gateway of the mesh.
type TransitGateway struct {
	// ID is a transit gateway that exists and is shared with every account. Its route tables are its owner's. Empty: the
	// program makes one for each region, in the home account, and shares it.
	ID string `config:"id"`
	// Organization says that all accounts are in one AWS Organization with resource sharing switched on. AWS RAM then shares
	// without an invitation, which the program would otherwise accept in each account. Only of a gateway that the program makes.
	Organization bool `config:"organization"`
}

// peered reports whether every pair of networks is peered, which is what connect says by default.
func (c Config) peered() bool { return c.Connect != ConnectTransitGateway && c.Connect != ConnectNone }

// Joins reports whether the program joins networks.
func (c Config) Joins() bool { return len(c.JoinedKeys()) > 1 && c.Connect != ConnectNone }

// TransitRegions are the regions that get a transit gateway: the home account's first, and the others sorted. A region gets none if
// somebody else joins all its networks.
func (c Config) TransitRegions() []string {
	if c.Connect != ConnectTransitGateway || c.TransitGateway.ID != "" {
		return nil
	}
	regions := []string{c.Region}
	for _, region := range c.Regions() {
		if region != c.Region && len(c.JoinedKeysIn(region)) > 0 {
			regions = append(regions, region)
		}
	}
	return regions
}

// RegionPairs are all pairs of TransitRegions, by region. The home region requests where it takes part, else the first by name.
func (c Config) RegionPairs() (pairs []Pair) {
	regions := c.TransitRegions()
	for i, requester := range regions {
		for _, accepter := range regions[i+1:] {
			pairs = append(pairs, Pair{Requester: requester, Accepter: accepter})
		}
	}
	return pairs
}

var transitGatewayID = regexp.MustCompile(`^tgw-[0-9a-f]{17}$`)

func (c Config) checkConnect(p *problem.List) {
	problem.OneOf(p, "connect", c.Connect, ConnectPeering, ConnectTransitGateway, ConnectNone)
	if peers := len(c.JoinedKeys()) - 1; c.peered() && peers > quota.MostPeerings {
		p.Refuse("connect", c.Connect, "each network is peered with every other, and AWS raises the quota to %d peerings of a VPC at most (%s): choose %s", quota.MostPeerings, quota.Peerings.Source.Address, ConnectTransitGateway)
	}
	switch {
	case c.Connect != ConnectTransitGateway:
		if c.TransitGateway != (TransitGateway{}) {
			p.Add("transitGateway", problem.IsSet, "only connect %s uses it", ConnectTransitGateway)
		}
		return
	case len(c.NetworkKeys()) == 1:
		p.Refuse("connect", c.Connect, "there is one network, and nothing to join it with")
	case len(c.JoinedKeys()) == 1:
		p.Refuse("connect", c.Connect, "somebody else joins every other network (connect %s of the accounts): choose %s for the stack", AccountConnectNone, ConnectNone)
	}
	if id := c.TransitGateway.ID; id != "" {
		if !transitGatewayID.MatchString(id) {
			p.Refuse("transitGateway.id", id, "this is not the id of a transit gateway, such as tgw-0123456789abcdef0")
		}
		if c.TransitGateway.Organization {
			p.Add("transitGateway.organization", problem.IsSet, "the owner of %s shares it, and the program makes no share", id)
		}
	}
}
