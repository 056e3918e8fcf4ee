package aws

import (
	"ambient-ecs/sandbox/world"
)

const (
	vpcKind    = "aws:ec2/vpc:Vpc"
	subnetKind = "aws:ec2/subnet:Subnet"
)

func vpcType() *resourceType {
	return &resourceType{
		token: vpcKind, service: "EC2", noun: "EC2 VPC",
		inputs: map[string]input{
			"cidrBlock":                        {required: true, replace: true, check: isNetwork},
			"enableDnsHostnames":               {computed: true},
			"enableDnsSupport":                 {preset: true},
			"enableNetworkAddressUsageMetrics": {computed: true},
			"instanceTenancy":                  {preset: "default", check: oneOf("default", "dedicated")},
			"tags":                             tags,
		},
		outputs: []string{"arn", "defaultNetworkAclId", "defaultRouteTableId", "defaultSecurityGroupId", "dhcpOptionsId", "mainRouteTableId", "ownerId"},
		create:  createVPC,
		remove:  removeVPC,
	}
}

func createVPC(c *call, res *world.Resource) error {
	p, ok := network(text(c.in, "cidrBlock"))
	if !ok || p.Bits() < 16 || p.Bits() > 28 {
		return c.refuse("CreateVpc", "InvalidVpc.Range", "The CIDR '%s' is invalid.", text(c.in, "cidrBlock"))
	}
	if len(c.each(vpcKind, nil)) >= 5 {
		return c.refuse("CreateVpc", "VpcLimitExceeded", "The maximum number of VPCs has been reached.")
	}
	if flag(c.in, "enableDnsHostnames") && !flag(c.in, "enableDnsSupport") {
		return c.refuse("ModifyVpcAttribute", "InvalidParameterCombination", "enableDnsHostnames needs enableDnsSupport")
	}
	res.ID = newID(c.Tx, "vpc")
	for _, k := range []string{"enableDnsHostnames", "enableNetworkAddressUsageMetrics"} {
		if _, ok := res.Props[k]; !ok {
			res.Props[k] = false
		}
	}
	// AWS makes a main route table, a network ACL and a default security group with every VPC.
	table := c.make(routeTableKind, newID(c.Tx, "rtb"), "ec2", map[string]any{"vpcId": res.ID, "_main": true})
	table.Props["arn"] = c.arn("ec2", "route-table/"+table.ID)
	group := c.newGroup(res.ID, "default", "default VPC security group", "ec2")
	c.openGroup(group)
	res.Props["arn"] = c.arn("ec2", "vpc/"+res.ID)
	res.Props["defaultNetworkAclId"] = newID(c.Tx, "acl")
	res.Props["defaultRouteTableId"], res.Props["mainRouteTableId"] = table.ID, table.ID
	res.Props["defaultSecurityGroupId"] = group.ID
	res.Props["dhcpOptionsId"] = "dopt-0" + c.account
	res.Props["ownerId"] = c.account
	return nil
}

// make puts a resource that AWS makes by itself into the world.
func (c *call) make(kind, id, owner string, props map[string]any) *world.Resource {
	res := &world.Resource{Account: c.account, Region: c.region, Kind: kind, ID: id, Owner: owner, Props: props}
	c.Put(res)
	return res
}

func removeVPC(c *call, res *world.Resource) error {
	inside := func(r *world.Resource) bool { return r.String("vpcId") == res.ID }
	blockers := []struct {
		kind  string
		match func(*world.Resource) bool
	}{
		{subnetKind, inside},
		{internetGatewayKind, inside},
		{interfaceKind, inside},
		{vpcEndpointKind, inside},
		{routeTableKind, func(r *world.Resource) bool { return inside(r) && r.Props["_main"] != true }},
		{securityGroupKind, func(r *world.Resource) bool { return inside(r) && r.String("name") != "default" }},
	}
	for _, b := range blockers {
		if len(c.each(b.kind, b.match)) > 0 {
			return c.refuse("DeleteVpc", "DependencyViolation", "The vpc '%s' has dependencies and cannot be deleted.", res.ID)
		}
	}
	// What AWS made with the VPC goes with it, and so do its peering connections.
	for _, kind := range []string{routeTableKind, securityGroupKind} {
		for _, r := range c.each(kind, inside) {
			dropRules(c.Tx, r)
			c.dropRoutes(func(route *world.Resource) bool { return route.String("routeTableId") == r.ID })
			c.Drop(r)
		}
	}
	for _, p := range c.peerings(func(p *world.Resource) bool { return p.String("vpcId") == res.ID || p.String("peerVpcId") == res.ID }) {
		c.Drop(p)
	}
	return nil
}

// vpc returns the VPC that an operation names.
func (c *call) vpc(operation, id string) (*world.Resource, error) {
	if res := c.get(vpcKind, id); res != nil {
		return res, nil
	}
	return nil, c.refuse(operation, "InvalidVpcID.NotFound", "The vpc ID '%s' does not exist", id)
}
