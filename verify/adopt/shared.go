package adopt

import (
	"fmt"
	"slices"
	"strings"

	"ambient-ecs/network/existing"
)

// isShared reports whether another account owns an account's VPC and shares its subnets by AWS RAM. AWS shows route tables to the owner alone:
// https://docs.aws.amazon.com/vpc/latest/userguide/vpc-share-limitations.html, 2026-11-29.
func isShared(a Account, n *Network) bool {
	return n != nil && n.VPC.Owner != "" && n.VPC.Owner != a.ID
}

// ofOwner is a VPC as its owner sees it, nil where the owner's account was not read.
func (p *Plan) ofOwner(n *Network) *Network {
	for _, a := range p.Accounts {
		if a.ID != n.VPC.Owner {
			continue
		}
		for i := range p.facts[a.Key].Networks {
			if seen := &p.facts[a.Key].Networks[i]; seen.VPC.ID == n.VPC.ID {
				return seen
			}
		}
	}
	return nil
}

// standsFor is the key of the account whose entry says what only the owner of a shared VPC can say, "" where the file has no such entry.
func (p *Plan) standsFor(n *Network) string {
	for _, a := range p.Accounts {
		if c := p.networks[a.Key]; a.ID == n.VPC.Owner && c.network != nil && c.network.VPC.ID == n.VPC.ID {
			return a.Key
		}
	}
	return ""
}

// tableOf is the route table of a subnet, as the account or the owner of the VPC sees it. The zero Table: neither was seen.
func (p *Plan) tableOf(a Account, n *Network, subnet string) existing.Table {
	if table, seen := n.Tables[n.Subnets[subnet].Table]; seen || !isShared(a, n) {
		return table
	}
	if n = p.ofOwner(n); n == nil {
		return existing.Table{}
	}
	return n.Tables[n.Subnets[subnet].Table]
}

// whyNone says why none of the subnets of an account's VPC are for tasks.
func (p *Plan) whyNone(a Account, n *Network) string {
	switch {
	case isShared(a, n) && p.ofOwner(n) == nil:
		return fmt.Sprintf("account %s owns %s and shows account %s no route tables, it was not read, and the account's own tasks do not run in two zones there. Read that account too (--account), or name the VPC by hand (docs/networks.md#one-vpc-of-several-accounts)",
			n.VPC.Owner, n.VPC.ID, a.Key)
	case isShared(a, n):
		return fmt.Sprintf("%s, which account %s shares, has no subnets in two zones that the account sees and whose default route leads to a NAT gateway or a transit gateway, and tasks of the mesh have no public address", n.VPC.ID, n.VPC.Owner)
	}
	return fmt.Sprintf("%s has no subnets in two zones whose default route leads to a NAT gateway or a transit gateway, and tasks of the mesh have no public address", n.VPC.ID)
}

// shareTables gives the owners of shared VPCs the route tables of the other accounts' subnets, and says what was seen of such a VPC.
func (p *Plan) shareTables() {
	for _, a := range p.Accounts {
		c := p.networks[a.Key]
		if !isShared(a, c.network) {
			continue
		}
		if p.ofOwner(c.network) == nil {
			p.Report.yours("accounts.%s.network: account %s owns %s, which it shares, and was not read. The file names the subnets in which tasks of account %s run (%s). Route tables are not shown to the account, so whether these have a way to AWS's APIs and registries was not seen: ask the owner, or read that account too (--account)",
				a.Key, c.network.VPC.Owner, c.network.VPC.ID, a.Key, strings.Join(c.private, ", "))
			continue
		}
		owner := p.standsFor(c.network)
		if owner == "" {
			p.Report.note("accounts.%s.network: account %s owns %s, and its route tables were read there. No entry of the file is the owner's in this VPC", a.Key, c.network.VPC.Owner, c.network.VPC.ID)
			continue
		}
		p.Report.note("accounts.%[1]s.network: account %[2]s owns %[3]s and its entry has the route tables of the subnets of account %[1]s, which does not see them (docs/networks.md#one-vpc-of-several-accounts)", a.Key, owner, c.network.VPC.ID)
		o := p.networks[owner]
		for _, id := range slices.Concat(c.private, c.balancers) {
			if table := p.tableOf(a, c.network, id).ID; table != "" {
				o.tables = append(o.tables, table)
			}
		}
		slices.Sort(o.tables)
		o.tables = slices.Compact(o.tables)
		p.networks[owner] = o
	}
}

// joinedByOwners are the accounts whose VPC only an account without an entry can join to the others. All says that the whole file has to
// leave the joining to the owners: the home account is one of them, or they leave fewer than two networks to join.
func (p *Plan) joinedByOwners() (keys []string, all bool) {
	if !p.severalNetworks() {
		return nil, false
	}
	others := map[string]bool{}
	for _, a := range p.Accounts {
		switch c := p.networks[a.Key]; {
		case c.network == nil:
			others[a.Key] = true
		case !isShared(a, c.network) || p.standsFor(c.network) != "":
			others[c.network.VPC.ID] = true
		default:
			keys = append(keys, a.Key)
		}
	}
	return keys, len(keys) > 0 && (len(others) < 2 || slices.Contains(keys, p.Home().Key))
}
