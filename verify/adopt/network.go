package adopt

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"ambient-ecs/config"
	"ambient-ecs/network/existing"
)

// chosen is the network of an account in the stack file.
type chosen struct {
	// network is the VPC that exists. Nil: the program makes one with cidr.
	network *Network
	cidr    string
	// private, balancers and tables are the ids for the stack file.
	private, balancers, tables []string
}

// newNetworks are the networks from which the program takes one for a VPC that it makes: 10.64.0.0/16 to 10.127.0.0/16.
const firstNew, lastNew = 64, 127

func (p *Plan) chooseNetworks() {
	for _, a := range p.Accounts {
		network, why := p.networkOf(a)
		c := chosen{network: network}
		if network != nil {
			c.private = privateSubnets(network)
			if network.Zones(c.private) < 2 {
				network, why = nil, fmt.Sprintf("%s has no subnets in two zones whose default route leads to a NAT gateway or a transit gateway, and tasks of the mesh have no public address", network.VPC.ID)
			}
		}
		if network == nil {
			c = chosen{cidr: p.freeNetwork()}
			p.Report.note("account %s gets a VPC from the program, %s: %s. Tasks move there when they are enrolled", a.Key, c.cidr, why)
			p.networks[a.Key] = c
			continue
		}
		c.cidr = network.VPC.CIDR
		if a.Key == p.Home().Key {
			if one := network.OneInEachZone(c.private); len(one) < len(c.private) {
				c.balancers = one
			}
		}
		for _, id := range c.private {
			if table := network.Subnets[id].Table; table != "" && network.VPC.Owner == a.ID {
				c.tables = append(c.tables, table)
			}
		}
		slices.Sort(c.tables)
		c.tables = slices.Compact(c.tables)
		p.networks[a.Key] = c
	}
}

// networkOf is the VPC of an account that the stack file names, or nil with the reason.
func (p *Plan) networkOf(a Account) (found *Network, why string) {
	all := map[string]*Network{}
	for i := range p.facts[a.Key].Networks {
		if n := &p.facts[a.Key].Networks[i]; n.Tags[config.InstallTag] == "" {
			all[n.VPC.ID] = n
		}
	}
	switch {
	case a.VPC == NewVPC:
		return nil, "as the command says"
	case a.VPC != "" && all[a.VPC] == nil:
		return nil, fmt.Sprintf("it has no VPC %s", a.VPC)
	case a.VPC != "":
		return all[a.VPC], ""
	}
	// The VPC in which most tasks run.
	tasks := map[string]int{}
	for _, c := range p.clusters {
		for _, s := range c.services {
			for id, n := range all {
				if c.account.Key == a.Key && slices.ContainsFunc(s.Subnets, func(subnet string) bool { return n.Subnets[subnet].VPC == id }) {
					tasks[id] += 1 + s.Desired
				}
			}
		}
	}
	if ids := slices.SortedFunc(maps.Keys(tasks), func(x, y string) int { return cmp.Or(tasks[y]-tasks[x], cmp.Compare(x, y)) }); len(ids) > 0 {
		if len(ids) > 1 {
			p.Report.yours("accounts.%s.network: services run in %s. The file names the first, in which most tasks run: those of the others move there when they are enrolled", a.Key, strings.Join(ids, ", "))
		}
		return all[ids[0]], ""
	}
	maps.DeleteFunc(all, func(_ string, n *Network) bool { return n.Default })
	switch ids := slices.Sorted(maps.Keys(all)); len(ids) {
	case 0:
		return nil, "it has no VPC but the default one"
	case 1:
		return all[ids[0]], ""
	default:
		return nil, fmt.Sprintf("no service says which of %s to use; --network %s=ID does", strings.Join(ids, ", "), a.Key)
	}
}

// privateSubnets are the subnets whose tasks reach AWS's APIs without an address of their own.
func privateSubnets(n *Network) (ids []string) {
	for _, id := range slices.Sorted(maps.Keys(n.Subnets)) {
		if way := n.Tables[n.Subnets[id].Table].WayOut(); n.Subnets[id].VPC == n.VPC.ID && way != "" && !existing.IsInternet(way) {
			ids = append(ids, id)
		}
	}
	return ids
}

// freeNetwork is a network that no VPC of any account has, and none that was chosen before.
func (p *Plan) freeNetwork() string {
	var used []netip.Prefix
	add := func(cidr string) {
		if prefix, err := netip.ParsePrefix(cidr); err == nil {
			used = append(used, prefix)
		}
	}
	for _, facts := range p.facts {
		for _, n := range facts.Networks {
			add(n.VPC.CIDR)
			for _, cidr := range n.VPC.Secondary {
				add(cidr)
			}
		}
	}
	for _, c := range p.networks {
		add(c.cidr)
	}
	for second := firstNew; second <= lastNew; second++ {
		candidate := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(second), 0, 0}), 16)
		if !slices.ContainsFunc(used, candidate.Overlaps) {
			return candidate.String()
		}
	}
	return ""
}

// joined reports whether the owners have joined the networks: every private route table leads to every other account. Missing are
// the ways that are not there.
func (p *Plan) joined() (joined bool, missing []string) {
	for _, from := range p.Accounts {
		for _, to := range p.Accounts {
			a, b := p.networks[from.Key], p.networks[to.Key]
			if from.Key == to.Key || a.network == nil || b.network == nil || a.network.VPC.ID == b.network.VPC.ID {
				if from.Key != to.Key && (a.network == nil || b.network == nil) {
					missing = append(missing, from.Key+" to "+to.Key)
				}
				continue
			}
			for _, table := range a.tables {
				if a.network.Tables[table].To(b.cidr) == "" {
					missing = append(missing, fmt.Sprintf("%s in %s to %s of account %s", table, from.Key, b.cidr, to.Key))
				} else {
					joined = true
				}
			}
		}
	}
	return joined, missing
}
