package config

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"ambient-ecs/problem"
)

// ByTags reports whether anything of a network is found by tags, and not yet named by id.
func (n *ExistingNetwork) ByTags() bool {
	return n != nil && len(n.VPCTags)+len(n.PrivateSubnetTags)+len(n.RouteTableTags) > 0
}

// Located is the configuration with the networks that tags led to, by account key: what they lead to stands where ids would
// stand. It is checked like ids that somebody wrote.
func (c Config) Located(found map[string]ExistingNetwork) (Config, error) {
	c.Accounts = maps.Clone(c.Accounts)
	for key, network := range found {
		account := c.Accounts[key]
		account.Network = &network
		c.Accounts[key] = account
	}
	var p problem.List
	c.checkNetwork(&p)
	return c, p.Err()
}

// checkNetworkTags checks the tags by which a network is found.
func (c Config) checkNetworkTags(p *problem.List, key string) {
	n, field := c.Accounts[key].Network, "accounts."+key+".network"
	for _, one := range []struct {
		key, ids string
		tags     map[string]string
		named    bool
	}{
		{".vpcTags", "vpcId", n.VPCTags, n.VPCID != ""},
		{".privateSubnetTags", "privateSubnetIds", n.PrivateSubnetTags, len(n.PrivateSubnetIDs) > 0},
		{".routeTableTags", "routeTableIds", n.RouteTableTags, len(n.RouteTableIDs) > 0},
	} {
		switch {
		case len(one.tags) == 0:
			continue
		case key == c.Home:
			p.Add(field+one.key, problem.IsSet, "EKS keeps its network for the life of the stack, and a tag can move: give %s at home", one.ids)
		case one.named:
			p.Add(field+one.key, problem.IsSet, "%s says it too: leave one of the two out", one.ids)
		}
		for _, tag := range slices.Sorted(maps.Keys(one.tags)) {
			value := one.tags[tag]
			switch at := field + one.key + "." + tag; {
			case tag == "":
				p.Refuse(field+one.key, tag, "a tag needs a key")
			case utf8.RuneCountInString(tag) > maxTagKey || !tagText.MatchString(tag):
				p.Refuse(field+one.key, tag, "no tag has such a key: at most %d characters; %s", maxTagKey, tagTextRule)
			case strings.ContainsAny(value, "*?"):
				p.Refuse(at, value, "EC2 takes * and ? as wildcards when it looks for tags, and no tag has them: give the whole value")
			default:
				checkTagValue(p, at, value)
			}
		}
	}
}
