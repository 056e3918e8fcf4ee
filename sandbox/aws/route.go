package aws

import (
	"fmt"
	"hash/crc32"
	"net/netip"
	"slices"
	"strings"

	"ambient-ecs/quota"
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
		token: routeTableKind, service: "EC2", noun: "EC2 Route Table", creates: "CreateRouteTable", deletes: "DeleteRouteTable",
		inputs:  map[string]input{"tags": tags, "vpcId": {required: true, replace: true, refers: vpcKind}},
		outputs: values{"arn": arn("ec2", "route-table/${id}"), "ownerId": "${Account}", "routes": []any{}, "propagatingVgws": []any{}},
		newID:   ec2ID("rtb"),
		missing: refusal{"InvalidRouteTableID.NotFound", "The routeTable ID '${id}' does not exist"},
		holders: []link{{kind: routeTableAssociationKind, property: "routeTableId"}},
		held:    refusal{"DependencyViolation", "The routeTable '${id}' has dependencies and cannot be deleted."},
		parts:   []link{{kind: routeKind, property: "routeTableId"}},
	}
}

// routeTargets are the modelled properties that say where a route leads.
var routeTargets = []string{"gatewayId", "natGatewayId", "transitGatewayId", "vpcPeeringConnectionId"}

func routeType() *resourceType {
	return &resourceType{
		token: routeKind, service: "EC2", noun: "EC2 Route", creates: "CreateRoute", updates: "ReplaceRoute",
		inputs: map[string]input{
			"destinationCidrBlock":   {required: true, replace: true, check: isNetwork},
			"gatewayId":              {refers: internetGatewayKind},
			"natGatewayId":           {refers: natGatewayKind},
			"routeTableId":           {required: true, replace: true, refers: routeTableKind},
			"transitGatewayId":       {refers: transitKind},
			"vpcPeeringConnectionId": {refers: peeringKind},
		},
		outputs: values{"instanceId": "", "instanceOwnerId": "", "networkInterfaceId": "", "origin": "CreateRoute", "state": "active"},
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
		check: checkTarget,
		create: func(c *call, res *world.Resource) error {
			table, cidr := c.get(routeTableKind, text(c.in, "routeTableId")), text(c.in, "destinationCidrBlock")
			vpc := c.get(vpcKind, table.String("vpcId"))
			if len(c.each(routeKind, Has("routeTableId", table.ID, "destinationCidrBlock", cidr))) > 0 || vpc != nil && slices.ContainsFunc(vpcNetworks(c.Tx, vpc), func(p netip.Prefix) bool { return p.String() == cidr }) {
				return c.refuse("RouteAlreadyExists", "The route identified by %s already exists.", cidr)
			}
			// The table's own route to the VPC counts as well.
			if len(c.each(routeKind, Has("routeTableId", table.ID)))+1 >= quota.Routes.Default {
				return c.refuse("RouteLimitExceeded", "The maximum number of routes has been reached.")
			}
			res.ID = routeID(table.ID, cidr)
			return nil
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

// checkTarget refuses a route to a target that is not attached to the table's VPC.
func checkTarget(c *call, _ *world.Resource) error {
	table := c.get(routeTableKind, text(c.in, "routeTableId"))
	vpc := table.String("vpcId")
	apart := func(target, why string) error {
		return c.refuse("InvalidParameterValue", "route table %s and network gateway %s belong to different networks%s", table.ID, target, why)
	}
	if id := text(c.in, "gatewayId"); id != "" && c.get(internetGatewayKind, id).String("vpcId") != vpc {
		return apart(id, "")
	}
	if id := text(c.in, "natGatewayId"); id != "" {
		nat := c.get(natGatewayKind, id)
		if nat.String("_state") == "failed" {
			return c.refuses(c.types[natGatewayKind].missing, nat)
		}
		if subnet := c.get(subnetKind, nat.String("subnetId")); subnet == nil || subnet.String("vpcId") != vpc {
			return apart(id, "")
		}
	}
	if id := text(c.in, "transitGatewayId"); id != "" && attachedTo(c.Tx, id, vpc) == nil {
		return c.refuse("InvalidTransitGatewayID.NotFound", "The transitGateway ID '%s' does not exist.", id)
	}
	if id := text(c.in, "vpcPeeringConnectionId"); id != "" {
		peering := c.peering(id)
		if peering.String("vpcId") != vpc && peering.String("peerVpcId") != vpc {
			return apart(id, "")
		}
		// AWS would keep a route to a pending connection as a black hole until somebody accepts. The sandbox
		// refuses it like one to a failed connection: a program that relies on it has lost a dependency.
		if status := peering.String("acceptStatus"); status != "active" {
			return apart(id, fmt.Sprintf(": the vpcPeeringConnection is %s, not active", status))
		}
	}
	return nil
}

func routeTableAssociationType() *resourceType {
	return &resourceType{
		token: routeTableAssociationKind, service: "EC2", noun: "EC2 Route Table Association", creates: "AssociateRouteTable", updates: "AssociateRouteTable",
		inputs: map[string]input{
			"routeTableId": {required: true, refers: routeTableKind},
			"subnetId":     {required: true, replace: true, refers: subnetKind},
		},
		newID: ec2ID("rtbassoc"),
		check: func(c *call, _ *world.Resource) error {
			table, subnet := c.get(routeTableKind, text(c.in, "routeTableId")), c.get(subnetKind, text(c.in, "subnetId"))
			if table.String("vpcId") != subnet.String("vpcId") {
				return c.refuse("InvalidParameterValue", "Route table %s and subnet %s belong to different networks", table.ID, subnet.ID)
			}
			return nil
		},
		create: func(c *call, _ *world.Resource) error {
			if len(c.each(routeTableAssociationKind, Has("subnetId", text(c.in, "subnetId")))) > 0 {
				return c.refuse("Resource.AlreadyAssociated", "the specified association for route table %s conflicts with an existing association", text(c.in, "routeTableId"))
			}
			return nil
		},
		find: func(c *call, id string, _ map[string]any) *world.Resource {
			// An import names subnet and table: subnet-…/rtb-….
			if subnet, table, ok := strings.Cut(id, "/"); ok {
				return first(c.each(routeTableAssociationKind, Has("subnetId", subnet, "routeTableId", table)))
			}
			return c.get(routeTableAssociationKind, id)
		},
	}
}
