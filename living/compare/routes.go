package compare

import (
	"slices"
	"strings"

	"ambient-ecs/config"
	"ambient-ecs/network/existing"
	"ambient-ecs/problem"
	"ambient-ecs/quota"
)

// tables checks the route tables that get routes.
func (n named) tables() {
	if !n.cfg.Joins() || n.cfg.CallsOnly(n.key) || n.cfg.JoinedByOthers(n.key) {
		return
	}
	named := n.cfg.Accounts[n.cfg.NetworkKey(n.key)].Network.RouteTableIDs
	if owner := n.found.VPC.Owner; owner != n.settings.ID && len(n.settings.Network.RouteTableIDs) > 0 {
		n.problems.Add(n.field+".routeTableIds", problem.IsSet, "%s belongs to account %s, and only its owner can change route tables: name them in the entry of that account, or set connect to %s", n.found.VPC.ID, owner, config.ConnectNone)
		return
	}
	for _, id := range n.settings.Network.RouteTableIDs {
		table, exists := n.found.Tables[id]
		switch {
		case !exists:
			n.problems.Refuse(n.field+".routeTableIds", id, "account %s has no such route table in %s", n.key, n.cfg.RegionOf(n.key))
		case table.VPC != n.found.VPC.ID:
			n.problems.Refuse(n.field+".routeTableIds", id, "it is in %s and not in %s", table.VPC, n.found.VPC.ID)
		default:
			n.room(table)
		}
	}
	for _, id := range slices.Concat(n.settings.Network.PrivateSubnetIDs, n.settings.Network.LoadBalancerSubnetIDs) {
		table := existing.Table{}
		if subnet, exists := n.found.Subnets[id]; exists {
			table, _ = n.table(subnet)
		}
		if table.ID == "" || slices.Contains(named, table.ID) {
			continue
		}
		switch missing := n.unrouted(table); {
		case n.cfg.TransitGateway.ID == "":
			n.problems.Refuse(n.field+".routeTableIds", named, "%s is not among them, the route table of %s: nothing there would reach the other accounts, or be reached", table.ID, id)
		case missing != "":
			n.problems.Refuse(n.field+".routeTableIds", named, "%s is not among them, the route table of %s, and it has no route to %s through %s: name it and the program adds its routes, or let its owner add them", table.ID, id, missing, n.cfg.TransitGateway.ID)
		}
	}
}

// room compares a table with the routes that come into it.
func (n named) room(table existing.Table) {
	more := 0
	for _, cidr := range n.cfg.NetworksOfOthers(n.key) {
		switch target := table.To(cidr); {
		case target == "":
			more++
		case n.mayBeOurs(target):
		case target == n.cfg.TransitGateway.ID:
			n.problems.Refuse(n.field+".routeTableIds", table.ID, "it has a route to %s already, through %s as the program's would be, and AWS allows one. Leave the table to its owner: take it out of the list", cidr, target)
		default:
			n.problems.Refuse(n.field+".routeTableIds", table.ID, "it has a route to %s already, through %s, which is not this stack's, and connect is %s", cidr, target, n.cfg.Connect)
		}
	}
	limit, by := quota.Routes.Default, " by default"
	if value, known := n.world.Quotas[n.key][quota.Routes.Code]; known {
		limit, by = value, ""
	}
	// The table's own route to the VPC counts as well.
	switch all := len(table.Routes) + 1 + more; {
	case all > quota.MostRoutes:
		n.problems.Refuse(n.field+".routeTableIds", table.ID, "it has %d routes and gets %d more, and AWS raises the quota to %d at most (%s)", all-more, more, quota.MostRoutes, quota.Routes.Source.Address)
	case all > limit:
		n.warn("%s.routeTableIds: %s has %d routes and gets %d more, and AWS allows %d%s. Ask AWS to raise the quota before `pulumi up` (%s)", n.field, table.ID, all-more, more, limit, by, quota.Routes.Source.Address)
	}
}

// unrouted is the first network of another account to which a table has no route through the named gateway, "" where all have one. The
// owner's route may lead to more: 10.0.0.0/8, or every address.
func (n named) unrouted(table existing.Table) string {
	for _, cidr := range n.cfg.NetworksOfOthers(n.key) {
		if table.Through(cidr).Target != n.cfg.TransitGateway.ID {
			return cidr
		}
	}
	return ""
}

// mayBeOurs reports whether the program may have made a route to a target: one of this install's connections, or one that is gone, of an
// install that lives. A route does not show its creator, so an unknown route counts as the program's.
func (n named) mayBeOurs(target string) bool {
	switch {
	case strings.HasPrefix(target, "pcx-"):
		return n.overPeering(target)
	case strings.HasPrefix(target, "tgw-") && n.cfg.Connect == config.ConnectTransitGateway:
		return n.overGateway(target)
	}
	return false
}

func (n named) overPeering(target string) bool {
	if len(n.cfg.Pairs()) == 0 {
		// From peerings to a transit gateway a route moves in place. The stack knows living peerings by name, not by id.
		for _, account := range n.world.Accounts {
			if len(account.Peerings) > 0 {
				return true
			}
		}
		return false
	}
	connection, found := n.world.Connections[target]
	return found && connection.Ours || !found && (n.installed(n.key) || n.world.Unseen[PeeringsSubject] != "")
}

func (n named) overGateway(target string) bool {
	attachments, looked := n.world.Attachments[n.key]
	if !looked {
		return n.cfg.TransitGateway.ID == "" || n.cfg.TransitGateway.ID == target
	}
	for _, one := range attachments {
		if one.Gateway == target {
			return one.Ours || n.settings.Network.AttachmentID != "" && n.installed(n.key)
		}
	}
	return n.installed(n.key)
}
