package aws

import (
	"net/netip"

	"ambient-ecs/quota"
	"ambient-ecs/sandbox/world"
)

const (
	vpcKind         = "aws:ec2/vpc:Vpc"
	subnetKind      = "aws:ec2/subnet:Subnet"
	associationKind = "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation"
)

func vpcType() *resourceType {
	return &resourceType{
		token: vpcKind, service: "EC2", noun: "EC2 VPC", creates: "CreateVpc", deletes: "DeleteVpc",
		inputs: map[string]input{
			"cidrBlock":                        {required: true, replace: true, check: isNetwork},
			"enableDnsHostnames":               {chosen: false},
			"enableDnsSupport":                 {preset: true},
			"enableNetworkAddressUsageMetrics": {chosen: false},
			"instanceTenancy":                  {preset: "default", check: oneOf("default", "dedicated")},
			"tags":                             tags,
		},
		outputs: values{
			"arn": arn("ec2", "vpc/${id}"), "ownerId": "${Account}", "dhcpOptionsId": "dopt-0${Account}",
			"defaultNetworkAclId": nil, "defaultRouteTableId": nil, "defaultSecurityGroupId": nil, "mainRouteTableId": nil,
		},
		newID:   ec2ID("vpc"),
		missing: refusal{"InvalidVpcID.NotFound", "The vpc ID '${id}' does not exist"},
		quota:   quota.VPCs.Default,
		full:    refusal{"VpcLimitExceeded", "The maximum number of VPCs has been reached."},
		holders: []link{
			{kind: subnetKind, property: "vpcId"}, {kind: internetGatewayKind, property: "vpcId"}, {kind: interfaceKind, property: "vpcId"},
			{kind: vpcEndpointKind, property: "vpcId"},
		},
		parts: []link{{kind: flowLogKind, property: "vpcId"}, {kind: associationKind, property: "vpcId"}},
		held:  refusal{"DependencyViolation", "The vpc '${id}' has dependencies and cannot be deleted."},
		check: func(c *call, _ *world.Resource) error {
			if p, ok := network(text(c.in, "cidrBlock")); !ok || p.Bits() < 16 || p.Bits() > 28 {
				return c.refuse("InvalidVpc.Range", "The CIDR '%s' is invalid.", text(c.in, "cidrBlock"))
			}
			if flag(c.in, "enableDnsHostnames") && !flag(c.in, "enableDnsSupport") {
				return c.refuseIn("ModifyVpcAttribute", "InvalidParameterCombination", "enableDnsHostnames needs enableDnsSupport")
			}
			return nil
		},
		create: func(c *call, res *world.Resource) error {
			// AWS makes a main route table, a network ACL and a default security group with every VPC.
			table := c.make(routeTableKind, newID(c.Tx, "rtb"), "ec2", map[string]any{"vpcId": res.ID, "_main": true})
			table.Props["arn"] = c.arn("ec2", "route-table/"+table.ID)
			group := c.newGroup(res.ID, "default", "default VPC security group", "ec2")
			c.openGroup(group)
			res.Props["defaultNetworkAclId"], res.Props["defaultSecurityGroupId"] = newID(c.Tx, "acl"), group.ID
			res.Props["defaultRouteTableId"], res.Props["mainRouteTableId"] = table.ID, table.ID
			return nil
		},
		remove: removeVPC,
	}
}

// associationType is a secondary network of a VPC.
func associationType() *resourceType {
	return &resourceType{
		token: associationKind, service: "EC2", noun: "EC2 VPC IPv4 CIDR Block Association", creates: "AssociateVpcCidrBlock",
		inputs: map[string]input{
			"cidrBlock": {required: true, replace: true, check: isNetwork},
			"vpcId":     {required: true, replace: true, refers: vpcKind},
		},
		newID: ec2ID("vpc-cidr-assoc"),
	}
}

// vpcNetworks are the networks of a VPC, the primary one first.
func vpcNetworks(tx *world.Tx, vpc *world.Resource) (all []netip.Prefix) {
	if primary, ok := network(vpc.String("cidrBlock")); ok {
		all = append(all, primary)
	}
	for _, association := range tx.Find(vpc.Account, associationKind, Has("vpcId", vpc.ID)) {
		if secondary, ok := network(association.String("cidrBlock")); ok {
			all = append(all, secondary)
		}
	}
	return all
}

// make puts a resource that AWS makes by itself into the world.
func (c *call) make(kind, id, owner string, props map[string]any) *world.Resource {
	res := &world.Resource{Account: c.account, Region: c.region, Kind: kind, ID: id, Owner: owner, Props: props}
	c.Put(res)
	return res
}

// removeVPC removes the resources that AWS made with the VPC, and its peering connections. It refuses while the
// VPC has other resources.
func removeVPC(c *call, res *world.Resource) error {
	tables, groups := c.each(routeTableKind, Has("vpcId", res.ID)), c.each(securityGroupKind, Has("vpcId", res.ID))
	for _, r := range tables {
		if r.Props["_main"] != true {
			return c.refuses(c.kind.held, res)
		}
	}
	for _, r := range groups {
		if r.String("name") != "default" {
			return c.refuses(c.kind.held, res)
		}
	}
	for _, table := range tables {
		for _, route := range c.each(routeKind, Has("routeTableId", table.ID)) {
			c.Drop(route)
		}
		c.Drop(table)
	}
	for _, group := range groups {
		dropGroup(c.Tx, group)
	}
	for _, p := range c.peerings(func(p *world.Resource) bool { return p.String("vpcId") == res.ID || p.String("peerVpcId") == res.ID }) {
		c.Drop(p)
	}
	return nil
}
