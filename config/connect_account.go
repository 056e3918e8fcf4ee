package config

import (
	"slices"

	"ambient-ecs/problem"
)

// AccountConnect is a way in which one account is joined to the others. Empty: the top-level connect joins it.
type AccountConnect string

// AccountConnectNone says that somebody else has joined the account's network to all others. The program makes no connection and no route
// that begins or ends there. The network counts in rules and source ranges as every other does (docs/networks.md).
const AccountConnectNone AccountConnect = "none"

// JoinedByOthers reports whether somebody else joins the network of an account, whatever the top-level connect says.
func (c Config) JoinedByOthers(account string) bool {
	return c.Accounts[c.NetworkKey(account)].Connect == AccountConnectNone
}

// JoinedKeys are the NetworkKeys of the networks that the top-level connect joins.
func (c Config) JoinedKeys() []string { return slices.DeleteFunc(c.NetworkKeys(), c.JoinedByOthers) }

// JoinedKeysIn are the JoinedKeys of a region.
func (c Config) JoinedKeysIn(region string) []string {
	return slices.DeleteFunc(c.JoinedKeys(), func(key string) bool { return c.RegionOf(key) != region })
}

// peers reports whether the program peers the network of an account with others.
func (c Config) peers(account string) bool { return c.peered() && !c.JoinedByOthers(account) }

// checkAccountConnect checks how single accounts are joined. What an account that only calls may not have, checkPrivateLink says.
func (c Config) checkAccountConnect(p *problem.List) {
	for _, key := range c.AccountKeys() {
		account, field := c.Accounts[key], "accounts."+key
		if account.Connect == "" {
			continue
		}
		problem.OneOf(p, field+".connect", account.Connect, ConnectPrivateLink, AccountConnectNone)
		if account.Connect != AccountConnectNone {
			continue
		}
		if key == c.Home {
			p.Refuse(field+".connect", account.Connect, "every account calls the home account, so whoever joins its network joins all of them: set the top-level connect to %s, or say it of the other accounts", ConnectNone)
		}
		if account.Network != nil {
			c.checkUnroutedTables(p, key)
		}
	}
}

// checkUnroutedTables refuses to name the route tables of an account that gets no route.
func (c Config) checkUnroutedTables(p *problem.List, key string) {
	network, field := c.Accounts[key].Network, "accounts."+key+".network"
	for _, tables := range []struct {
		key   string
		given bool
	}{{"routeTableIds", len(network.RouteTableIDs) > 0}, {"routeTableTags", len(network.RouteTableTags) > 0}} {
		if tables.given {
			p.Add(field+"."+tables.key, problem.IsSet, "connect of the account is %s: the program adds no route", c.Accounts[key].Connect)
		}
	}
}
