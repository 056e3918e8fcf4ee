package aws

import (
	"ambient-ecs/sandbox/world"
)

// showAssociations adds the networks of a VPC, the primary one first.
func showAssociations(c *call, vpc *world.Resource, answer map[string]any) {
	var all []any
	for _, cidr := range vpcNetworks(c.Tx, vpc) {
		all = append(all, map[string]any{"associationId": "vpc-cidr-assoc-" + cidr.String(), "cidrBlock": cidr.String(), "state": "associated"})
	}
	answer["cidrBlockAssociations"] = all
}

// showFree adds the number of a subnet's free addresses.
func showFree(c *call, subnet *world.Resource, answer map[string]any) {
	answer["availableIpAddressCount"] = free(c.Tx, subnet)
}

// tablesMeant are the route tables with an id, or that are associated with a subnet. DescribeRouteTables does not associate the
// main table with the subnets that have none of their own.
func tablesMeant(c *call) (found []*world.Resource) {
	if id := text(c.in, "routeTableId"); id != "" {
		if table := c.get(routeTableKind, id); table != nil {
			found = append(found, table)
		}
		return found
	}
	for _, association := range c.each(routeTableAssociationKind, Has("subnetId", text(c.in, "subnetId"))) {
		found = append(found, c.get(routeTableKind, association.String("routeTableId")))
	}
	return found
}

// tablesSeen are the route tables of the account with the destinations of their routes, propagated ones among them.
func tablesSeen(c *call) (seen []*world.Resource) {
	for _, table := range c.each(routeTableKind, nil) {
		one := *table
		one.Props = cloneMap(table.Props)
		var destinations []any
		for _, route := range c.each(routeKind, Has("routeTableId", table.ID)) {
			destinations = append(destinations, route.String("destinationCidrBlock"))
		}
		one.Props["_destinations"] = destinations
		seen = append(seen, &one)
	}
	return seen
}

// showRoutes adds the routes of a table without the local ones and those that a virtual private gateway propagates, as the provider does.
func showRoutes(c *call, table *world.Resource, answer map[string]any) {
	routes := []any{}
	for _, route := range c.each(routeKind, Has("routeTableId", table.ID)) {
		if route.String("origin") == "EnableVgwRoutePropagation" {
			continue
		}
		one := map[string]any{"cidrBlock": route.String("destinationCidrBlock")}
		for _, target := range routeTargets {
			one[target] = route.String(target)
		}
		routes = append(routes, one)
	}
	answer["routeTableId"], answer["routes"], answer["associations"] = table.ID, routes, []any{}
}
