package aws

import (
	"fmt"
	"hash/crc32"
	"strings"

	"ambient-ecs/sandbox/provider"
	"ambient-ecs/sandbox/world"
)

const (
	routeTableKind            = "aws:ec2/routeTable:RouteTable"
	routeKind                 = "aws:ec2/route:Route"
	routeTableAssociationKind = "aws:ec2/routeTableAssociation:RouteTableAssociation"
)

func routeTableType() *resourceType {
	return &resourceType{
		token: routeTableKind, service: "EC2", noun: "EC2 Route Table",
		inputs:  map[string]input{"tags": tags, "vpcId": {required: true, replace: true}},
		outputs: []string{"arn", "ownerId", "routes", "propagatingVgws"},
		create: func(c *call, res *world.Resource) error {
			if _, err := c.vpc("CreateRouteTable", text(c.in, "vpcId")); err != nil {
				return err
			}
			res.ID = newID(c.Tx, "rtb")
			res.Props["arn"] = c.arn("ec2", "route-table/"+res.ID)
			res.Props["ownerId"] = c.account
			res.Props["routes"], res.Props["propagatingVgws"] = []any{}, []any{}
			return nil
		},
		remove: func(c *call, res *world.Resource) error {
			if len(c.each(routeTableAssociationKind, func(r *world.Resource) bool { return r.String("routeTableId") == res.ID })) > 0 {
				return c.refuse("DeleteRouteTable", "DependencyViolation", "The routeTable '%s' has dependencies and cannot be deleted.", res.ID)
			}
			c.dropRoutes(func(r *world.Resource) bool { return r.String("routeTableId") == res.ID })
			return nil
		},
	}
}

func (c *call) dropRoutes(match func(*world.Resource) bool) {
	for _, r := range c.each(routeKind, match) {
		c.Drop(r)
	}
}

// routeTable returns the route table that an operation names.
func (c *call) routeTable(operation, id string) (*world.Resource, error) {
	if res := c.get(routeTableKind, id); res != nil {
		return res, nil
	}
	return nil, c.refuse(operation, "InvalidRouteTableID.NotFound", "The routeTable ID '%s' does not exist", id)
}

// routeTargets are the modelled properties that say where a route leads.
var routeTargets = []string{"gatewayId", "natGatewayId", "vpcPeeringConnectionId"}

func routeType() *resourceType {
	inputs := map[string]input{
		"destinationCidrBlock": {required: true, replace: true, check: isNetwork},
		"routeTableId":         {required: true, replace: true},
	}
	for _, k := range routeTargets {
		inputs[k] = input{}
	}
	return &resourceType{
		token: routeKind, service: "EC2", noun: "EC2 Route",
		inputs:  inputs,
		outputs: []string{"instanceId", "instanceOwnerId", "networkInterfaceId", "origin", "state"},
		validate: func(in map[string]any) []provider.Failure {
			given := 0
			for _, k := range routeTargets {
				if v, ok := in[k]; ok && !empty(v) {
					given++
				}
			}
			if given != 1 {
				return []provider.Failure{{Property: "gatewayId", Reason: fmt.Sprintf("one of `%s` must be specified", strings.Join(routeTargets, ","))}}
			}
			return nil
		},
		create: func(c *call, res *world.Resource) error {
			table, err := c.routeTable("CreateRoute", text(c.in, "routeTableId"))
			if err != nil {
				return err
			}
			cidr := text(c.in, "destinationCidrBlock")
			same := func(r *world.Resource) bool {
				return r.String("routeTableId") == table.ID && r.String("destinationCidrBlock") == cidr
			}
			if len(c.each(routeKind, same)) > 0 || cidr == c.cidrOf(table.String("vpcId")) {
				return c.refuse("CreateRoute", "RouteAlreadyExists", "The route identified by %s already exists.", cidr)
			}
			if err := c.checkTarget("CreateRoute", table, c.in); err != nil {
				return err
			}
			res.ID = routeID(table.ID, cidr)
			for k, v := range map[string]string{"origin": "CreateRoute", "state": "active", "instanceId": "", "instanceOwnerId": "", "networkInterfaceId": ""} {
				res.Props[k] = v
			}
			return nil
		},
		update: func(c *call, res *world.Resource) error {
			table, err := c.routeTable("ReplaceRoute", res.String("routeTableId"))
			if err != nil {
				return err
			}
			return c.checkTarget("ReplaceRoute", table, c.in)
		},
		find: func(c *call, id string, _ map[string]any) *world.Resource {
			// An import names the table and the destination: rtb-…_10.0.0.0/16.
			if table, cidr, ok := strings.Cut(id, "_"); ok {
				id = routeID(table, cidr)
			}
			return c.get(routeKind, id)
		},
	}
}

// routeID is the provider's own id for a route: the table and a hash of the destination.
func routeID(table, cidr string) string {
	return fmt.Sprintf("r-%s%d", table, crc32.ChecksumIEEE([]byte(cidr)))
}

func (c *call) cidrOf(vpc string) string {
	if res := c.get(vpcKind, vpc); res != nil {
		return res.String("cidrBlock")
	}
	return ""
}

// checkTarget refuses a route to something that does not exist or that the table's VPC is not joined to.
func (c *call) checkTarget(operation string, table *world.Resource, in map[string]any) error {
	vpc := table.String("vpcId")
	apart := func(target string) error {
		return c.refuse(operation, "InvalidParameterValue", "route table %s and network gateway %s belong to different networks", table.ID, target)
	}
	if id := text(in, "gatewayId"); id != "" {
		gateway := c.get(internetGatewayKind, id)
		if gateway == nil {
			return c.refuse(operation, "InvalidInternetGatewayID.NotFound", "The internetGateway ID '%s' does not exist", id)
		}
		if gateway.String("vpcId") != vpc {
			return apart(id)
		}
	}
	if id := text(in, "natGatewayId"); id != "" {
		nat := c.get(natGatewayKind, id)
		if nat == nil || nat.String("_state") == "failed" {
			return c.refuse(operation, "InvalidNatGatewayID.NotFound", "The natGateway ID '%s' does not exist", id)
		}
		if subnet := c.get(subnetKind, nat.String("subnetId")); subnet == nil || subnet.String("vpcId") != vpc {
			return apart(id)
		}
	}
	if id := text(in, "vpcPeeringConnectionId"); id != "" {
		peering := c.peering(id)
		if peering == nil {
			return c.refuse(operation, "InvalidVpcPeeringConnectionID.NotFound", "The vpcPeeringConnection ID '%s' does not exist", id)
		}
		if peering.String("vpcId") != vpc && peering.String("peerVpcId") != vpc {
			return apart(id)
		}
		// AWS would keep a route to a pending connection as a black hole until somebody accepts. The sandbox
		// refuses it like one to a failed connection: a program that relies on it has lost a dependency.
		if status := peering.String("acceptStatus"); status != "active" {
			return c.refuse(operation, "InvalidParameterValue",
				"route table %s and network gateway %s belong to different networks: the vpcPeeringConnection is %s, not active", table.ID, id, status)
		}
	}
	return nil
}

func routeTableAssociationType() *resourceType {
	return &resourceType{
		token: routeTableAssociationKind, service: "EC2", noun: "EC2 Route Table Association",
		inputs: map[string]input{
			"routeTableId": {required: true},
			"subnetId":     {required: true, replace: true},
		},
		create: func(c *call, res *world.Resource) error {
			if err := c.checkAssociation(); err != nil {
				return err
			}
			subnet := text(c.in, "subnetId")
			if len(c.each(routeTableAssociationKind, func(r *world.Resource) bool { return r.String("subnetId") == subnet })) > 0 {
				return c.refuse("AssociateRouteTable", "Resource.AlreadyAssociated",
					"the specified association for route table %s conflicts with an existing association", text(c.in, "routeTableId"))
			}
			res.ID = newID(c.Tx, "rtbassoc")
			return nil
		},
		update: func(c *call, res *world.Resource) error { return c.checkAssociation() },
		find: func(c *call, id string, _ map[string]any) *world.Resource {
			// An import names subnet and table: subnet-…/rtb-….
			if subnet, table, ok := strings.Cut(id, "/"); ok {
				for _, r := range c.each(routeTableAssociationKind, nil) {
					if r.String("subnetId") == subnet && r.String("routeTableId") == table {
						return r
					}
				}
			}
			return c.get(routeTableAssociationKind, id)
		},
	}
}

func (c *call) checkAssociation() error {
	table, err := c.routeTable("AssociateRouteTable", text(c.in, "routeTableId"))
	if err != nil {
		return err
	}
	subnet, err := c.subnet("AssociateRouteTable", text(c.in, "subnetId"))
	if err != nil {
		return err
	}
	if table.String("vpcId") != subnet.String("vpcId") {
		return c.refuse("AssociateRouteTable", "InvalidParameterValue", "Route table %s and subnet %s belong to different networks", table.ID, subnet.ID)
	}
	return nil
}
