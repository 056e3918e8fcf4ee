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
	// owned is the network where it becomes the stack's.
	owned *layout
	// unrouted are its secondary networks that lead nowhere else.
	unrouted []string
}

// newNetworks are the networks from which the program takes one for a VPC that it makes: 10.64.0.0/16 to 10.127.0.0/16.
const firstNew, lastNew = 64, 127

func (p *Plan) chooseNetworks() {
	why := map[string]string{}
	for _, a := range p.Accounts {
		c := chosen{}
		if c.network, why[a.Key] = p.networkOf(a); c.network != nil {
			c.cidr, c.private = c.network.VPC.CIDR, p.subnetsOfTasks(a, c.network)
		}
		p.networks[a.Key] = c
	}
	for _, a := range p.Accounts {
		c := p.networks[a.Key]
		if c.network != nil {
			c.private = p.withoutShared(a)
		}
		p.networks[a.Key] = c
	}
	for _, a := range p.Accounts {
		c := p.networks[a.Key]
		if c.network != nil && c.network.Zones(c.private) < 2 {
			why[a.Key] = p.whyNone(a, c.network)
			c = chosen{}
		}
		if c.network == nil {
			c = chosen{cidr: p.freeNetwork()}
			p.Report.note("account %s gets a VPC from the program, %s: %s. Tasks move there when they are enrolled", a.Key, c.cidr, why[a.Key])
			p.networks[a.Key] = c
			continue
		}
		if a.Key == p.Home().Key {
			if one := c.network.OneInEachZone(c.private); len(one) < len(c.private) {
				c.balancers = one
			}
		}
		for _, id := range c.private {
			if table := c.network.Subnets[id].Table; table != "" && c.network.VPC.Owner == a.ID {
				c.tables = append(c.tables, table)
			}
		}
		slices.Sort(c.tables)
		c.tables = slices.Compact(c.tables)
		p.networks[a.Key] = c
	}
	p.shareTables()
	for _, a := range p.Accounts {
		c := p.networks[a.Key]
		c.unrouted = p.unroutedOf(a)
		p.networks[a.Key] = c
	}
}

// withoutShared are the private subnets of an account without those in secondary networks whose addresses another account has too, such as
// the same 100.64.0.0/16 in every VPC: nobody there is called from the other account. If the rest are not in two zones, the account keeps them
// all, and the program refuses the overlap.
func (p *Plan) withoutShared(a Account) []string {
	c := p.networks[a.Key]
	var lost []string
	shared := func(id string) bool {
		return slices.ContainsFunc(c.network.VPC.Secondary, func(text string) bool {
			secondary, err := netip.ParsePrefix(text)
			if err != nil || !overlaps(secondary, c.network.Subnets[id].CIDR) || len(p.alsoIn(a, secondary)) == 0 {
				return false
			}
			if !slices.Contains(lost, text) {
				lost = append(lost, text)
			}
			return true
		})
	}
	rest := slices.DeleteFunc(slices.Clone(c.private), shared)
	if len(lost) == 0 {
		return c.private
	}
	var others []string
	for _, text := range lost {
		others = append(others, p.alsoIn(a, netip.MustParsePrefix(text))...)
	}
	slices.Sort(others)
	where := fmt.Sprintf("in %s, because account %s has the same addresses, and nobody there could call a task in them", strings.Join(lost, ", "), strings.Join(slices.Compact(others), ", "))
	if c.network.Zones(rest) < 2 {
		if rest = slices.DeleteFunc(p.privateSubnets(a, c.network), shared); c.network.Zones(rest) < 2 {
			p.Report.yours("accounts.%s.network.privateSubnetIds: tasks cannot stay %s, and no other private subnets are in two zones. Let the owner of the network make some, or let the account only call the mesh (docs/networks.md#networks-that-overlap)", a.Key, where)
			return c.private
		}
		defer p.askWhich(a, c.network, rest)
	}
	var moved []string
	for _, t := range p.clusters {
		for _, s := range t.services {
			if t.account.Key == a.Key && slices.ContainsFunc(s.Subnets, shared) {
				moved = append(moved, t.key+"/"+s.key)
			}
		}
	}
	p.Report.yours("accounts.%s.network.privateSubnetIds: the file leaves out the subnets %s. When they are enrolled, the tasks of %s run in the named subnets: what admits them by address has to admit these, and they need free addresses. "+
		"Leave out services that have to stay, or make other subnets for tasks", a.Key, where, cmp.Or(strings.Join(moved, ", "), "no service"))
	return rest
}

// alsoIn are the accounts other than one that have addresses of a network, in another VPC.
func (p *Plan) alsoIn(a Account, network netip.Prefix) (keys []string) {
	c := p.networks[a.Key]
	for _, other := range p.Accounts {
		o := p.networks[other.Key]
		if other.Key == a.Key || o.network == nil && o.cidr == "" || o.network != nil && c.network != nil && o.network.VPC.ID == c.network.VPC.ID {
			continue
		}
		if slices.ContainsFunc(o.all(), func(cidr string) bool { return overlaps(network, cidr) }) {
			keys = append(keys, other.Key)
		}
	}
	return keys
}

// unroutedOf are the secondary networks of an account's VPC that count in no rule and no route: none of the subnets that the file names is
// there, and another account has addresses of the same range.
func (p *Plan) unroutedOf(a Account) (unrouted []string) {
	c := p.networks[a.Key]
	if c.network == nil {
		return nil
	}
	for _, text := range c.network.VPC.Secondary {
		secondary, err := netip.ParsePrefix(text)
		if err != nil || slices.ContainsFunc(append(slices.Clone(c.private), c.balancers...), func(id string) bool { return overlaps(secondary, c.network.Subnets[id].CIDR) }) {
			continue
		}
		if others := p.alsoIn(a, secondary); len(others) > 0 {
			unrouted = append(unrouted, text)
			p.Report.note("accounts.%s.network.unroutedCidrs: %s is in the network of account %s too, and none of the named subnets is there. Rules, source ranges and routes leave it out", a.Key, text, strings.Join(others, ", "))
		}
	}
	return unrouted
}

// all are the networks of a VPC.
func (c chosen) all() []string {
	if c.network == nil {
		return []string{c.cidr}
	}
	return append([]string{c.cidr}, c.network.VPC.Secondary...)
}

// secondary are the secondary networks that lead to other accounts.
func (c chosen) secondary() []string {
	return slices.DeleteFunc(slices.Clone(c.network.VPC.Secondary), func(cidr string) bool { return slices.Contains(c.unrouted, cidr) })
}

func overlaps(network netip.Prefix, cidr string) bool {
	other, err := netip.ParsePrefix(cidr)
	return err == nil && network.Overlaps(other)
}

// hub is the transit gateway to which the networks are attached already, with the attachment of each account's. It is empty where none is
// attached, where they are attached to several, and where the accounts are in several regions, which no gateway of others joins.
func (p *Plan) hub() (gateway string, attachments map[string]string) {
	attachments = map[string]string{}
	for _, a := range p.Accounts {
		c := p.networks[a.Key]
		if p.RegionOf(a) != p.Region {
			return "", nil
		}
		if c.network == nil {
			continue
		}
		for _, id := range slices.Sorted(maps.Keys(c.network.Attachments)) {
			one := c.network.Attachments[id]
			if !one.Carries || one.Ours {
				continue
			}
			if gateway != "" && gateway != one.Gateway || attachments[a.Key] != "" {
				return "", nil
			}
			gateway, attachments[a.Key] = one.Gateway, id
		}
	}
	return gateway, attachments
}

// networkOf is the VPC of an account that the stack file names, or nil with the reason.
func (p *Plan) networkOf(a Account) (found *Network, why string) {
	all := map[string]*Network{}
	for i := range p.facts[a.Key].Networks {
		if n := &p.facts[a.Key].Networks[i]; n.Tags[config.InstallTag] == "" || a.Own && n.Tags[config.InstallTag] == p.Install {
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
			p.Report.yours("accounts.%s.network: services run in %s. An account has one VPC in the mesh for each region (docs/networks.md#one-vpc-for-each-account-and-region). The file names the first, in which most tasks run: "+
				"tasks of the others move there when they are enrolled, so what they call by private address must be reachable from there. Leave out services that have to stay in their VPC", a.Key, strings.Join(ids, ", "))
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

// subnetsOfTasks are the private subnets that the file names for an account: those in which tasks run, or else nodes of EKS. Modules for
// VPCs give subnets for databases the same way out, so the way out alone does not tell them apart. Where nobody's use tells, the file has
// all of them, and a person chooses.
func (p *Plan) subnetsOfTasks(a Account, n *Network) []string {
	private := p.privateSubnets(a, n)
	inUse := p.inUse(a)
	used := slices.DeleteFunc(slices.Clone(private), func(id string) bool { return !inUse[id] })
	if n.Zones(used) >= 2 {
		return used
	}
	if n.Zones(private) >= 2 {
		p.askWhich(a, n, private)
	}
	return private
}

// inUse are the subnets in which tasks of an account run, and nodes of the EKS cluster that is named.
func (p *Plan) inUse(a Account) map[string]bool {
	used := map[string]bool{}
	for _, c := range p.facts[a.Key].Clusters {
		for _, s := range c.Services {
			for _, id := range s.Subnets {
				used[id] = true
			}
		}
	}
	if p.Inside != nil && a.Key == p.Home().Key {
		for _, id := range p.Inside.EKS.NodeSubnets {
			used[id] = true
		}
	}
	return used
}

// askWhich lets a person choose among subnets of which there are more than one in each zone: some may be for databases.
func (p *Plan) askWhich(a Account, n *Network, subnets []string) {
	if len(n.OneInEachZone(subnets)) == len(subnets) {
		return
	}
	var named []string
	for _, id := range subnets {
		named = append(named, fmt.Sprintf("%s (%s)", id, shown(n.Names[id])))
	}
	p.Report.yours("accounts.%s.network.privateSubnetIds: tasks and nodes do not tell which private subnets of %s are for tasks. The file has all of them, with those of databases if there are any. Keep those that are for tasks, in two zones or more: %s",
		a.Key, n.VPC.ID, strings.Join(named, ", "))
}

// privateSubnets are the subnets whose tasks reach AWS's APIs without an address of their own. Where nobody who was read sees the route
// tables, they are those in which the account's own tasks run.
func (p *Plan) privateSubnets(a Account, n *Network) (ids []string) {
	var inUse map[string]bool
	if isShared(a, n) && p.ofOwner(n) == nil {
		inUse = p.inUse(a)
	}
	for _, id := range slices.Sorted(maps.Keys(n.Subnets)) {
		way := p.tableOf(a, n, id).WayOut()
		if private := way != "" && !existing.IsInternet(way); n.Subnets[id].VPC == n.VPC.ID && (private || inUse[id]) {
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

// joined reports whether the owners have joined the networks: a private route table leads to another account. Missing are the ways
// that are not there. Hubs are the transit gateways, core networks and virtual private gateways to which ways lead: what happens behind
// them is not seen.
func (p *Plan) joined() (joined bool, missing, hubs []string) {
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
				way, lost := wayTo(a.network.Tables[table], b)
				switch {
				case way == "":
					missing = append(missing, fmt.Sprintf("%s in %s to %s of account %s", table, from.Key, lost, to.Key))
					continue
				case isHub(way) && !slices.Contains(hubs, way):
					hubs = append(hubs, way)
				}
				joined = true
			}
		}
	}
	slices.Sort(hubs)
	return joined, missing, hubs
}

// wayTo is the target to which a table sends what is for the private subnets of a network, "" where one of them is not reached, or only by
// the way to the Internet. Lost is the network of the VPC in which that one is.
func wayTo(t existing.Table, to chosen) (target, lost string) {
	for _, id := range to.private {
		if target = routed(t, to.network.Subnets[id].CIDR, to.cidr); target == "" {
			for _, cidr := range to.all() {
				if network, err := netip.ParsePrefix(cidr); err == nil && overlaps(network, to.network.Subnets[id].CIDR) {
					return "", cidr
				}
			}
			return "", to.cidr
		}
	}
	return target, ""
}

// routed is the target of the most specific route that covers a subnet, or its whole network where the subnet's range is not known. A
// default route counts only where it leads to a hub: every other one leads to the Internet, by a NAT gateway, an appliance or an endpoint.
func routed(t existing.Table, subnet, network string) string {
	route := t.Through(cmp.Or(subnet, network))
	if outward := existing.IsInternet(route.Target) || strings.HasPrefix(route.Target, "nat-"); outward || route.CIDR == existing.DefaultRoute && !isHub(route.Target) {
		return ""
	}
	return route.Target
}

// isHub reports whether a target is a transit gateway, a core network of Cloud WAN or a virtual private gateway.
func isHub(target string) bool {
	return strings.HasPrefix(target, "tgw-") || strings.HasPrefix(target, "vgw-") || strings.HasPrefix(target, "arn:") && strings.Contains(target, ":core-network/")
}
