package compare

import (
	"net/netip"
	"slices"
	"strings"

	"ambient-ecs/config"
	"ambient-ecs/network/existing"
	"ambient-ecs/network/zone"
	"ambient-ecs/quota"
)

// NetworkSubject is the network of an account among the look-ups.
func NetworkSubject(account string) string { return "the network of account " + account }

// networks compares the networks that the configuration names with what AWS says about them.
func (c *comparison) networks() {
	for _, key := range c.cfg.AccountKeys() {
		if found, looked := c.world.Networks[key]; looked {
			n := named{comparison: c, key: key, field: "accounts." + key + ".network", settings: c.cfg.Accounts[key], found: found}
			n.check()
		}
		if sees, looked := c.world.Gateways[key]; looked && sees == nil {
			c.problems.Refuse("transitGateway.id", c.cfg.TransitGateway.ID, "account %s sees no such transit gateway in %s: its owner has to share it with the account by AWS RAM, and outside an AWS Organization the account has to accept the share", key, c.cfg.Region)
		}
	}
}

// homeNetwork compares the network of the home account with the one in which EKS lives. EKS moves no cluster.
func (c *comparison) homeNetwork(vpc string) {
	home := c.cfg.Accounts[c.cfg.Home]
	field, seen := "accounts."+c.cfg.Home+".network.vpcId", "the EKS cluster lives in "+vpc
	switch {
	case vpc == "":
	case home.Network != nil && home.Network.VPCID != vpc:
		c.forLife(field, home.Network.VPCID, vpc, seen)
	case home.Network == nil && c.world.Cluster.ForeignVPC:
		c.forLife(field, "", vpc, seen+", which the program did not make")
	}
}

// named is one network of the configuration beside the one that exists.
type named struct {
	*comparison
	key, field string
	settings   config.Account
	found      existing.Network
}

func (n named) check() {
	if n.found.VPC == nil {
		n.problems.Refuse(n.field+".vpcId", n.settings.Network.VPCID, "account %s has no such VPC in %s, and sees none that is shared with it", n.key, n.cfg.RegionOf(n.key))
		return
	}
	n.cidrs()
	n.dns()
	n.sharedHome()
	n.private()
	n.balancers()
	n.attachment()
	n.tables()
}

// cidrs compares the networks of the VPC. Rules, source ranges and routes are made from the stack file alone.
func (n named) cidrs() {
	vpc := n.found.VPC
	if n.settings.VPCCIDR != vpc.CIDR {
		n.problems.Refuse("accounts."+n.key+".vpcCidr", n.settings.VPCCIDR, "the primary network of %s is %s", vpc.ID, vpc.CIDR)
	}
	settings := n.settings.Network
	for key, given := range map[string][]string{".secondaryCidrs": settings.SecondaryCIDRs, ".unroutedCidrs": settings.UnroutedCIDRs} {
		for _, cidr := range given {
			if !slices.Contains(vpc.Secondary, cidr) {
				n.problems.Refuse(n.field+key, cidr, "%s has no such secondary network", vpc.ID)
			}
		}
	}
	for _, cidr := range vpc.Secondary {
		if !slices.Contains(slices.Concat(settings.SecondaryCIDRs, settings.UnroutedCIDRs), cidr) {
			n.problems.Refuse(n.field+".secondaryCidrs", settings.SecondaryCIDRs, "%s has the secondary network %s too: add it, because rules, source ranges and routes count it, or name it in unroutedCidrs", vpc.ID, cidr)
		}
	}
	n.unroutedSubnets()
}

// unroutedSubnets refuses subnets of the mesh in a network that leads nowhere else.
func (n named) unroutedSubnets() {
	settings := n.settings.Network
	for key, ids := range map[string][]string{".privateSubnetIds": settings.PrivateSubnetIDs, ".loadBalancerSubnetIds": settings.LoadBalancerSubnetIDs, ".publicSubnetIds": settings.PublicSubnetIDs} {
		for _, id := range ids {
			subnet, err := netip.ParsePrefix(n.found.Subnets[id].CIDR)
			for _, cidr := range settings.UnroutedCIDRs {
				if unrouted, bad := netip.ParsePrefix(cidr); err == nil && bad == nil && unrouted.Overlaps(subnet) {
					n.problems.Refuse(n.field+key, id, "it is in %s, and unroutedCidrs says that nothing leads there: other accounts would not reach it", cidr)
				}
			}
		}
	}
}

// dns checks the VPC's attributes.
func (n named) dns() {
	vpc := n.found.VPC
	switch {
	case !vpc.DNSSupport:
		n.problems.Refuse(n.field+".vpcId", vpc.ID, "enableDnsSupport is off there, and tasks resolve the gateway's name by the VPC's own resolver")
	case !vpc.DNSHostnames && n.key == n.cfg.Home:
		n.problems.Refuse(n.field+".vpcId", vpc.ID, "enableDnsHostnames is off there, and EKS nodes register by their DNS names")
	case !vpc.DNSHostnames && n.cfg.CallsOnly(n.key):
		n.problems.Refuse(n.field+".vpcId", vpc.ID, "enableDnsHostnames is off there, and without it the VPC does not ask the private hosted zone that leads the gateway's name to the endpoint")
	case !vpc.DNSHostnames && len(n.cfg.Pairs()) > 0 && !n.cfg.JoinedByOthers(n.key):
		n.problems.Refuse(n.field+".vpcId", vpc.ID, "enableDnsHostnames is off there, and AWS refuses a peering that resolves names without it")
	}
}

// there returns the subnets of a list that exist in the VPC, and refuses the others.
func (n named) there(name string, ids []string) (there []existing.Subnet) {
	for _, id := range ids {
		subnet, exists := n.found.Subnets[id]
		switch {
		case !exists:
			n.problems.Refuse(n.field+name, id, "account %s has no such subnet in %s, and sees none that is shared with it", n.key, n.cfg.RegionOf(n.key))
		case subnet.VPC != n.found.VPC.ID:
			n.problems.Refuse(n.field+name, id, "it is in %s and not in %s", subnet.VPC, n.found.VPC.ID)
		default:
			there = append(there, subnet)
		}
	}
	return there
}

// private checks the subnets of tasks and nodes.
func (n named) private() {
	ids := n.settings.Network.PrivateSubnetIDs
	there := n.there(".privateSubnetIds", ids)
	if len(there) < len(ids) {
		return // what is missing would be counted as zones and addresses
	}
	if n.found.Zones(ids) < 2 {
		n.problems.Refuse(n.field+".privateSubnetIds", ids, "they are all in %s: name subnets in at least two zones", there[0].ZoneID)
	}
	var blind []string
	isolated := false
	for _, subnet := range there {
		if n.key == n.cfg.Home && !n.cfg.HasExistingEKS() && zone.WithoutEKS(subnet.ZoneID) {
			n.problems.Refuse(n.field+".privateSubnetIds", subnet.ID, "it is in %s, where EKS accepts no subnet of a cluster", subnet.ZoneID)
		}
		table, seen := n.table(subnet)
		if !seen {
			blind = append(blind, subnet.ID)
			continue
		}
		switch way := table.WayOut(); {
		case way == "" && n.byEndpoints():
			isolated = true
		case way == "":
			n.problems.Refuse(n.field+".privateSubnetIds", subnet.ID, "its route table %s has no default route: nothing there would reach AWS's APIs and registries. If the owner's endpoints lead there, set accounts.%s.egress to %s", table.ID, n.key, config.EgressEndpoints)
		case existing.IsInternet(way):
			n.problems.Refuse(n.field+".privateSubnetIds", subnet.ID, "the default route of its route table %s leads to the internet gateway %s, and tasks have no public address: name subnets behind a NAT gateway or a transit gateway", table.ID, way)
		}
	}
	if len(blind) > 0 && !n.installed(n.key) {
		n.warn("%s.privateSubnetIds: account %s owns %s, and shows account %s no route tables. Whether %s have a way to AWS's APIs, registries and the other accounts was not looked at: ask their owner, or `ambient doctor` after `pulumi up`",
			n.field, n.found.VPC.Owner, n.found.VPC.ID, n.key, strings.Join(blind, ", "))
	}
	n.tasks()
	n.addresses(there)
	n.endpoints(there, isolated)
}

// table is the route table of a subnet, as the owner of the VPC sees it. Who shares a VPC sees none. seen is false where no account of the
// stack shows it.
func (n named) table(subnet existing.Subnet) (table existing.Table, seen bool) {
	if table, seen = n.found.Tables[subnet.Table]; seen || n.found.VPC.Owner == n.settings.ID {
		return table, true
	}
	owner := n.world.Networks[n.cfg.NetworkKey(n.key)]
	table, seen = owner.Tables[owner.Subnets[subnet.ID].Table]
	return table, seen
}

// addresses compares the free addresses with those that EKS needs besides what lives.
func (n named) addresses(subnets []existing.Subnet) {
	if n.key != n.cfg.Home || n.cfg.HasExistingEKS() || n.world.Cluster != nil || n.world.Unseen[ClusterSubject] != "" {
		return
	}
	nodes := 0
	for _, group := range n.cfg.NodeGroupList() {
		nodes += max(group.Desired, 0)
	}
	need := quota.ControlPlaneAddresses + (nodes+len(subnets)-1)/len(subnets)*quota.DaemonAddresses
	for _, subnet := range subnets {
		if subnet.Free < need {
			n.problems.Refuse(n.field+".privateSubnetIds", subnet.ID, "it has %d free addresses, and the EKS control plane and the nodes need %d in each subnet", subnet.Free, need)
		}
	}
}

// balancers checks the subnets of load balancers.
func (n named) balancers() {
	if n.key != n.cfg.Home {
		return
	}
	private := n.settings.Network.PrivateSubnetIDs
	if len(n.settings.Network.LoadBalancerSubnetIDs) > 0 {
		n.balancer(".loadBalancerSubnetIds", n.there(".loadBalancerSubnetIds", n.settings.Network.LoadBalancerSubnetIDs))
	} else if n.found.Zones(private) < len(n.found.ZoneIDs(private)) {
		n.problems.Missing(n.field+".loadBalancerSubnetIds", "several private subnets are in one zone, and a network load balancer takes one subnet of each")
	} else {
		var subnets []existing.Subnet
		for _, id := range private {
			subnets = append(subnets, n.found.Subnets[id])
		}
		n.balancer(".privateSubnetIds", subnets)
	}
	for _, subnet := range n.balancer(".publicSubnetIds", n.there(".publicSubnetIds", n.settings.Network.PublicSubnetIDs)) {
		if table, seen := n.table(subnet); seen && !existing.IsInternet(table.WayOut()) {
			n.problems.Refuse(n.field+".publicSubnetIds", subnet.ID, "the default route of its route table %s leads to no internet gateway: nobody would reach a public load balancer there", table.ID)
		}
	}
}

// balancer checks the subnets of one load balancer: one in each zone, with room.
func (n named) balancer(name string, subnets []existing.Subnet) []existing.Subnet {
	zones := map[string]string{}
	for _, subnet := range subnets {
		if other := zones[subnet.ZoneID]; other != "" {
			n.problems.Refuse(n.field+name, subnet.ID, "%s is in the same zone, %s, and a network load balancer takes one subnet of each", other, subnet.ZoneID)
		}
		zones[subnet.ZoneID] = subnet.ID
		if !n.lives() && n.world.Unseen[ClusterSubject] == "" && subnet.ID != "" && subnet.Free < quota.BalancerAddresses {
			n.problems.Refuse(n.field+name, subnet.ID, "it has %d free addresses, and a load balancer needs %d", subnet.Free, quota.BalancerAddresses)
		}
	}
	return subnets
}
