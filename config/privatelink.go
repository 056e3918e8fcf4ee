package config

import (
	"slices"

	"ambient-ecs/problem"
)

// ConnectPrivateLink gives an account an interface endpoint of the east-west gateway, and nothing else. Its network may overlap
// others: no route leads there, so its services call and cannot be called (docs/networks.md).
const ConnectPrivateLink AccountConnect = "privatelink"

// CallsOnly reports whether an account only calls the mesh, through an endpoint of the gateway.
func (c Config) CallsOnly(account string) bool {
	return c.Accounts[account].Connect == ConnectPrivateLink
}

// CallingAccounts are the accounts that only call, sorted.
func (c Config) CallingAccounts() []string {
	return slices.DeleteFunc(c.AccountKeys(), func(key string) bool { return !c.CallsOnly(key) })
}

// DiscoveredAccounts are the accounts whose ECS clusters istiod reads, sorted. An account that only calls is not one of them: its
// tasks' addresses may mean somebody else in the networks of the mesh.
func (c Config) DiscoveredAccounts() []string {
	return slices.DeleteFunc(c.AccountKeys(), c.CallsOnly)
}

// callsOnlyReason is why nothing in such an account can be called.
const callsOnlyReason = "istiod's discovery hands out the private addresses of tasks, and in an account with connect privatelink they may mean somebody else's: its services only call"

// checkPrivateLink checks the accounts that only call, and refuses what would be called there.
func (c Config) checkPrivateLink(p *problem.List) {
	for _, key := range c.AccountKeys() {
		account, field := c.Accounts[key], "accounts."+key
		if !c.CallsOnly(key) {
			continue
		}
		switch {
		case key == c.Home:
			p.Refuse(field+".connect", account.Connect, "the gateway is in the home account: an endpoint of it is for another account")
		case c.Abroad(key):
			p.Refuse(field+".connect", account.Connect, "the account is in %s and the gateway in %s: the endpoint service is made for one region", c.RegionOf(key), c.Region)
		case c.Doors()[0] != DoorController:
			p.Refuse(field+".connect", account.Connect, "an endpoint leads to the load balancer of the AWS Load Balancer Controller, which has a security group of its own: begin gatewayLoadBalancers with %s (docs/load-balancer.md)", DoorController)
		}
		if account.Reach == ReachDirect {
			p.Refuse(field+".reach", account.Reach, "no route leads to the pods: all calls go through the gateway's endpoint")
		}
		if len(account.DiscoveryValues) > 0 {
			p.Add(field+".discoveryValues", problem.IsSet, "istiod does not read the account: %s", callsOnlyReason)
		}
		c.checkCallingNetwork(p, key)
		c.checkCallers(p, key)
	}
}

// checkCallingNetwork checks the network of an account that only calls.
func (c Config) checkCallingNetwork(p *problem.List, key string) {
	network, field := c.Accounts[key].Network, "accounts."+key+".network"
	if network == nil {
		return
	}
	c.checkUnroutedTables(p, key)
	for _, other := range c.AccountKeys() {
		if of := c.Accounts[other].Network; other != key && of != nil && network.VPCID != "" && of.VPCID == network.VPCID {
			p.Refuse(field+".vpcId", network.VPCID, "accounts.%s is in the same VPC, which is one network: an account with connect %s has one to itself", other, ConnectPrivateLink)
		}
	}
}

// checkCallers refuses everything in an account that somebody would call.
func (c Config) checkCallers(p *problem.List, account string) {
	for _, key := range c.ClustersOf(account) {
		cluster, field := c.Clusters[key], "clusters."+key
		for _, name := range cluster.ServiceKeys() {
			if !cluster.Services[name].ClientOnly {
				p.Refuse(field+".services."+name, "not clientOnly", "%s. Set clientOnly, or move the service to another account", callsOnlyReason)
			}
		}
		for _, own := range []struct {
			key string
			set bool
		}{{"access", cluster.Access != ""}, {"allow", len(cluster.Allow) > 0}, {"deny", len(cluster.Deny) > 0}, {"waypoint", cluster.Waypoint}} {
			if own.set {
				p.Add(field+"."+own.key, problem.IsSet, "nobody can call a service of accounts.%s: %s", account, callsOnlyReason)
			}
		}
		if team := c.TeamOf(key); team != "" {
			p.Refuse("teams."+team, key, "the team's services could not be called: %s", callsOnlyReason)
		}
	}
}
