package compare

import (
	"fmt"
	"maps"
	"slices"

	"ambient-ecs/config"
)

// peerings compare the account ids and regions of both sides with the configuration.
func (c *comparison) peerings() {
	for _, pair := range c.cfg.Pairs() {
		name := c.cfg.Install + "-" + pair.Key()
		for _, key := range c.cfg.AccountKeys() {
			peering, found := c.world.Accounts[key].Peerings[name]
			if !found {
				continue
			}
			for side, is := range map[string]Side{pair.Requester: peering.Requester, pair.Accepter: peering.Accepter} {
				if want := c.cfg.Accounts[side].ID; is.Account != "" && is.Account != want {
					c.forLife("accounts."+side+".id", want, is.Account, fmt.Sprintf("the peering %s joins account %s", name, is.Account))
				}
				if want := c.cfg.RegionOf(side); is.Region != "" && is.Region != want && !c.told["region"] {
					c.settled(side, is.Region, fmt.Sprintf("the peering %s joins %s", name, is.Region))
				}
			}
		}
	}
}

// connections refuses to peer networks that somebody else has peered. AWS answers a second request from the same VPC with the connection
// that is there, which a destroy would then delete (https://github.com/hashicorp/terraform-provider-aws/issues/27750, 2026-11-30). It
// refuses to accept a request from the other VPC (https://github.com/hashicorp/terraform-provider-aws/issues/44315, 2026-11-30).
func (c *comparison) connections() {
	for _, pair := range c.cfg.Pairs() {
		for _, id := range slices.Sorted(maps.Keys(c.world.Connections)) {
			one := c.world.Connections[id]
			if one.Ours || !c.joined(pair, one) {
				continue
			}
			c.problems.Refuse("connect", config.ConnectPeering, "the networks of accounts %s and %s are joined by a peering of somebody else, %s (%s), and AWS allows one between two VPCs. Leave it to its owner: set connect to %s, and take routeTableIds away (docs/networks.md). "+
				"Or let its owner delete it", pair.Requester, pair.Accepter, id, one.Status, config.ConnectNone)
		}
	}
}

// joined reports whether a connection is between the VPCs of a pair.
func (c *comparison) joined(pair config.Pair, connection Connection) bool {
	for _, one := range c.vpcs(pair.Requester) {
		for _, other := range c.vpcs(pair.Accepter) {
			if connection.joins(one, other) {
				return true
			}
		}
	}
	return false
}

// vpcs are the VPC that an account names, or those that this stack made there.
func (c *comparison) vpcs(account string) []string {
	if named := c.cfg.Accounts[account].Network; named != nil {
		return []string{named.VPCID}
	}
	return slices.Sorted(maps.Keys(c.world.Accounts[account].Installs))
}
