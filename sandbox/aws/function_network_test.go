package aws

import (
	"slices"
	"testing"

	"ambient-ecs/sandbox/world"
)

// The provider leaves the routes out that a virtual private gateway propagates. AWS finds a table by them all the same.
func TestAPropagatedRouteIsFoundAndNotShown(t *testing.T) {
	s := newSandbox(t)
	u := s.login(home)
	vpc := u.create(vpcKind, "vpc", props{"cidrBlock": "10.0.0.0/16"})
	for cidr, n := range map[string]int{"10.0.0.0/16": 1, "10.1.0.0/16": 0} {
		if ids := texts(u.asked("aws:ec2/getVpcs:getVpcs", props{"filters": []any{props{"name": "cidr", "values": []any{cidr}}}}), "ids"); len(ids) != n {
			t.Errorf("VPCs with %s: %v", cidr, ids)
		}
	}
	table := u.create(routeTableKind, "table", props{"vpcId": vpc.ID})
	filtered := props{"vpcId": vpc.ID, "filters": []any{props{"name": "route-table-id", "values": []any{table.ID}}, props{"name": "route.destination-cidr-block", "values": []any{"0.0.0.0/0"}}}}
	if ids := texts(u.asked("aws:ec2/getRouteTables:getRouteTables", filtered), "ids"); len(ids) != 0 {
		t.Errorf("without the route: %v", ids)
	}
	s.see(func(tx *world.Tx) {
		tx.Put(&world.Resource{Account: home, Region: region, Kind: routeKind, ID: routeID(table.ID, "0.0.0.0/0"), Props: map[string]any{
			"routeTableId": table.ID, "destinationCidrBlock": "0.0.0.0/0", "gatewayId": "vgw-0", "origin": "EnableVgwRoutePropagation"}})
	})
	if ids := texts(u.asked("aws:ec2/getRouteTables:getRouteTables", filtered), "ids"); !slices.Equal(ids, []string{table.ID}) {
		t.Errorf("with the route: %v", ids)
	}
	if routes := list(u.asked("aws:ec2/getRouteTable:getRouteTable", props{"routeTableId": table.ID}), "routes"); len(routes) != 0 {
		t.Errorf("the table shows %v", routes)
	}
}
