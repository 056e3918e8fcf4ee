package aws

import (
	"fmt"
	"slices"

	"ambient-ecs/sandbox/world"
)

const vpcEndpointKind = "aws:ec2/vpcEndpoint:VpcEndpoint"

// Only gateway endpoints are modelled.
func vpcEndpointType() *resourceType {
	return &resourceType{
		token: vpcEndpointKind, service: "EC2", noun: "EC2 VPC Endpoint",
		inputs: map[string]input{
			"policy":          {computed: true, same: sameJSON, check: isJSON},
			"routeTableIds":   {computed: true, same: sameSet},
			"serviceName":     {required: true, replace: true},
			"tags":            tags,
			"vpcEndpointType": {replace: true, preset: "Gateway", check: oneOf("Gateway")},
			"vpcId":           {required: true, replace: true},
		},
		outputs: []string{
			"arn", "cidrBlocks", "dnsEntries", "ipAddressType", "networkInterfaceIds", "ownerId", "prefixListId", "privateDnsEnabled",
			"requesterManaged", "securityGroupIds", "state", "subnetIds",
		},
		create: createEndpoint,
		update: func(c *call, res *world.Resource) error { return c.checkEndpointTables(res) },
	}
}

func createEndpoint(c *call, res *world.Resource) error {
	vpc, err := c.vpc("CreateVpcEndpoint", text(c.in, "vpcId"))
	if err != nil {
		return err
	}
	service := text(c.in, "serviceName")
	gateways := []string{"com.amazonaws." + c.region + ".s3", "com.amazonaws." + c.region + ".dynamodb"}
	if !slices.Contains(gateways, service) {
		return c.refuse("CreateVpcEndpoint", "InvalidServiceName", "The Vpc Endpoint Service '%s' does not exist", service)
	}
	res.ID = newID(c.Tx, "vpce")
	if err := c.checkEndpointTables(res); err != nil {
		return err
	}
	res.Props["arn"] = c.arn("ec2", "vpc-endpoint/"+res.ID)
	res.Props["ownerId"], res.Props["state"], res.Props["vpcId"] = c.account, "available", vpc.ID
	res.Props["prefixListId"] = "pl-" + fmt.Sprintf("%08x", len(service)*2654435761%(1<<32))
	res.Props["cidrBlocks"] = []any{"52.219.0.0/16"}
	res.Props["ipAddressType"], res.Props["privateDnsEnabled"], res.Props["requesterManaged"] = "ipv4", false, false
	for _, k := range []string{"dnsEntries", "networkInterfaceIds", "securityGroupIds", "subnetIds"} {
		res.Props[k] = []any{}
	}
	if res.Props["routeTableIds"] == nil {
		res.Props["routeTableIds"] = []any{}
	}
	if res.Props["policy"] == nil {
		res.Props["policy"] = `{"Statement":[{"Action":"*","Effect":"Allow","Principal":"*","Resource":"*"}],"Version":"2008-10-17"}`
	}
	return nil
}

// checkEndpointTables refuses route tables that are elsewhere or that have a route to the service already.
func (c *call) checkEndpointTables(res *world.Resource) error {
	for _, id := range texts(c.in, "routeTableIds") {
		table, err := c.routeTable("CreateVpcEndpoint", id)
		if err != nil {
			return err
		}
		if table.String("vpcId") != text(c.in, "vpcId") {
			return c.refuse("CreateVpcEndpoint", "InvalidParameter", "Route table %s does not belong to VPC %s", id, text(c.in, "vpcId"))
		}
		others := c.each(vpcEndpointKind, func(r *world.Resource) bool {
			return r.ID != res.ID && r.String("serviceName") == text(c.in, "serviceName") && slices.Contains(texts(r.Props, "routeTableIds"), id)
		})
		if len(others) > 0 {
			return c.refuse("CreateVpcEndpoint", "RouteAlreadyExists", "route table %s already has a route with destination-prefix-list-id %s", id, others[0].String("prefixListId"))
		}
	}
	return nil
}
