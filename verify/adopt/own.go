package adopt

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"ambient-ecs/config"
	"ambient-ecs/network/existing"
)

// NAT is a NAT gateway: its subnet, and the allocation of its address.
type NAT struct{ Subnet, Allocation string }

// layout is a VPC that exists in the form in which the program makes one, so that it can become the stack's.
type layout struct {
	// private and public are the networks of the subnets, in the order of their zones. Each zone has a private one.
	private, public []string
	// perZone says that each zone has a NAT gateway, and a route table for its private subnet.
	perZone bool
	// imports are the ids of its parts by TYPE::NAME.
	imports map[string]string
	// untagged are the ids that EC2 tags, for the owner to give away.
	untagged []string
}

// layoutOf reads a VPC as one of the program's. The reasons say why it is none.
func (p *Plan) layoutOf(a Account, n *Network) (l layout, reasons []string) {
	no := func(format string, args ...any) { reasons = append(reasons, fmt.Sprintf(format, args...)) }
	switch {
	case n.VPC.Owner != a.ID:
		no("account %s owns it", n.VPC.Owner)
	case n.Default:
		no("AWS made it with the account")
	}
	for _, tag := range []string{"aws:cloudformation:stack-name", "alpha.eksctl.io/cluster-name"} {
		if stack := n.Tags[tag]; stack != "" {
			no("its tag %s says that %s has it, which would put it back", tag, shown(stack))
		}
	}
	if len(n.VPC.Secondary) > 0 {
		no("it has secondary networks, %s", strings.Join(n.VPC.Secondary, ", "))
	}
	if len(n.Attachments) > 0 {
		no("it is attached to a transit gateway by %s, and a network of the stack has an attachment of the stack", strings.Join(slices.Sorted(maps.Keys(n.Attachments)), ", "))
	}
	l.imports = map[string]string{}
	parts := parts{n: n, no: no}
	parts.sort()
	if len(reasons) > 0 {
		return l, reasons
	}
	l.perZone = parts.perZone
	take := func(kind, name, id string) {
		l.imports[kind+"::vpc-"+a.Key+name] = id
		if strings.Count(id, "/")+strings.Count(id, "_") == 0 && id != "" {
			l.untagged = append(l.untagged, id)
		}
	}
	take(config.TypeVPC, "", n.VPC.ID)
	take(config.TypeInternetGateway, "", parts.internet)
	take(config.TypeRouteTable, "-public", parts.publicTable)
	take(config.TypeRoute, "-public", parts.publicTable+"_"+existing.DefaultRoute)
	for i, id := range parts.public {
		l.public = append(l.public, n.Subnets[id].CIDR)
		take(config.TypeSubnet, fmt.Sprintf("-public-%d", i+1), id)
		take(config.TypeAssociation, fmt.Sprintf("-public-%d", i+1), id+"/"+parts.publicTable)
	}
	for i, id := range parts.private {
		l.private = append(l.private, n.Subnets[id].CIDR)
		take(config.TypeSubnet, fmt.Sprintf("-private-%d", i+1), id)
		take(config.TypeAssociation, fmt.Sprintf("-private-%d", i+1), id+"/"+n.Subnets[id].Table)
	}
	for i, id := range parts.gateways {
		table, name := n.Subnets[parts.private[i]].Table, "-private"
		if l.perZone {
			name = fmt.Sprintf("-private-%d", i+1)
		}
		take(config.TypeNATGateway, fmt.Sprintf("-nat-%d", i+1), id)
		take(config.TypeAddress, fmt.Sprintf("-nat-%d", i+1), n.NATs[id].Allocation)
		take(config.TypeRouteTable, name, table)
		take(config.TypeRoute, name, table+"_"+existing.DefaultRoute)
	}
	if n.S3 != "" {
		take(config.TypeVPCEndpoint, "-s3", n.S3)
	}
	slices.Sort(l.untagged)
	return l, nil
}

// parts sorts the subnets, tables and gateways of a VPC.
type parts struct {
	n  *Network
	no func(format string, args ...any)
	// public and private are subnets, in the order of their zones, and gateways are the NAT gateways of the first zones.
	public, private, gateways []string
	internet, publicTable     string
	perZone                   bool
}

func (p *parts) sort() {
	byTable := map[string]int{}
	for _, id := range slices.Sorted(maps.Keys(p.n.Subnets)) {
		subnet := p.n.Subnets[id]
		way := p.n.Tables[subnet.Table].WayOut()
		switch {
		case subnet.Table == p.n.Main:
			p.no("its subnet %s has no route table of its own", id)
		case existing.IsInternet(way):
			if p.publicTable != "" && p.publicTable != subnet.Table {
				p.no("its public subnets have several route tables")
			}
			p.public, p.publicTable, p.internet = append(p.public, id), subnet.Table, way
		case strings.HasPrefix(way, "nat-"):
			p.private = append(p.private, id)
			byTable[subnet.Table]++
		default:
			p.no("the default route of its subnet %s leads to neither an internet gateway nor a NAT gateway", id)
		}
	}
	if len(p.public) == 0 || len(p.private) == 0 {
		p.no("it has no public or no private subnets")
		return
	}
	p.perZone = len(byTable) > 1
	gateway := map[string]string{} // of a zone
	for table := range byTable {
		id := p.n.Tables[table].WayOut()
		nat, known := p.n.NATs[id]
		if !known || nat.Allocation == "" || !slices.Contains(p.public, nat.Subnet) {
			p.no("the NAT gateway %s is not in a public subnet with an address of its own", id)
			continue
		}
		gateway[p.n.Subnets[nat.Subnet].ZoneID] = id
	}
	if p.perZone && (len(byTable) != len(p.private) || len(gateway) != len(p.private)) {
		p.no("it has %d route tables for %d private subnets: the program makes one for all, or one with a NAT gateway for each", len(byTable), len(p.private))
	}
	p.order(gateway)
}

// order puts the zones with a NAT gateway first, then those with a public subnet: the program's first public subnets are in its first zones.
func (p *parts) order(gateway map[string]string) {
	zone := func(id string) string { return p.n.Subnets[id].ZoneID }
	public := map[string]bool{}
	for _, id := range p.public {
		if public[zone(id)] {
			p.no("it has several public subnets in %s", zone(id))
		}
		public[zone(id)] = true
	}
	private := map[string]string{}
	for _, id := range p.private {
		if private[zone(id)] != "" {
			p.no("it has several private subnets in %s", zone(id))
		}
		private[zone(id)] = id
	}
	for z := range public {
		if private[z] == "" {
			p.no("it has a public subnet and no private one in %s", z)
		}
	}
	rank := func(id string) int {
		switch z := zone(id); {
		case gateway[z] != "":
			return 0
		case public[z]:
			return 1
		}
		return 2
	}
	first := func(x, y string) int {
		return cmp.Or(rank(x)-rank(y), cmp.Compare(zone(x), zone(y)), cmp.Compare(x, y))
	}
	slices.SortFunc(p.public, first)
	slices.SortFunc(p.private, first)
	for _, id := range p.private {
		if at := zone(id); gateway[at] != "" {
			p.gateways = append(p.gateways, gateway[at])
			if of := p.n.Tables[p.n.Subnets[id].Table].WayOut(); p.perZone && of != gateway[at] {
				p.no("the private subnet %s goes out by %s, which is in another zone", id, of)
			}
		}
	}
}

// ownNetworks makes the VPCs of the accounts that the command gives away the stack's, where they have the program's layout.
func (p *Plan) ownNetworks() {
	modes := map[bool]string{}
	for _, a := range p.Accounts {
		c := p.networks[a.Key]
		if !a.Own {
			continue
		}
		if c.network == nil {
			p.Report.note("account %s has no VPC that could become the stack's", a.Key)
			continue
		}
		what := fmt.Sprintf("%s of account %s", c.network.VPC.ID, a.Key)
		l, reasons := p.layoutOf(a, c.network)
		if other := modes[!l.perZone]; len(reasons) == 0 && other != "" {
			reasons = append(reasons, fmt.Sprintf("account %s has another number of NAT gateways for each zone, and natGateways is for all", other))
		}
		if len(reasons) > 0 {
			p.Report.note("%s stays its owner's, and the file names it in network: %s (docs/adoption.md#what-becomes-the-stacks)", what, strings.Join(reasons, "; "))
			continue
		}
		modes[l.perZone] = a.Key
		c.owned = &l
		p.networks[a.Key] = c
		p.Report.Taken = append(p.Report.Taken, fmt.Sprintf("accounts.%s: %s becomes the stack's, with %d parts in imports. A destroy deletes it", a.Key, what, len(l.imports)))
		if c.network.Tags[config.InstallTag] != p.Install {
			p.Report.Before = append(p.Report.Before, fmt.Sprintf("give %s away to the stack, by its tag: aws ec2 create-tags --region %s --resources %s --tags Key=%s,Value=%s",
				c.network.VPC.ID, p.RegionOf(a), strings.Join(l.untagged, " "), config.InstallTag, p.Install))
		}
	}
}

// imports are the ids of everything that becomes the stack's, by TYPE::NAME: the parts of VPCs, and log groups that have the names of the
// program's already.
func (p *Plan) imports() (o object) {
	all := map[string]string{}
	for _, c := range p.networks {
		if c.owned != nil {
			maps.Copy(all, c.owned.imports)
		}
	}
	for _, t := range p.clusters {
		if group := "/ecs/" + p.Install + "-" + t.key; slices.Contains(p.facts[t.account.Key].LogGroups, group) {
			all[config.TypeLogGroup+"::"+t.key+"-tasks"] = group
		}
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		o.set(name, all[name], "")
	}
	return o
}

// natMode is natGateways, "" for the default.
func (p *Plan) natMode() string {
	for _, c := range p.networks {
		if c.owned != nil && c.owned.perZone {
			return string(config.NATPerZone)
		}
	}
	return ""
}
