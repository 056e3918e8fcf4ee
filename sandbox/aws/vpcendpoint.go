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
		token: vpcEndpointKind, service: "EC2", noun: "EC2 VPC Endpoint", creates: "CreateVpcEndpoint", updates: "CreateVpcEndpoint",
		inputs: map[string]input{
			"policy": {
				same: sameJSON, check: isJSON,
				chosen: `{"Statement":[{"Action":"*","Effect":"Allow","Principal":"*","Resource":"*"}],"Version":"2008-10-17"}`,
			},
			"routeTableIds":   {chosen: []any{}, same: sameSet, refers: routeTableKind},
			"serviceName":     {required: true, replace: true},
			"tags":            tags,
			"vpcEndpointType": {replace: true, preset: "Gateway", check: oneOf("Gateway")},
			"vpcId":           {required: true, replace: true, refers: vpcKind},
		},
		outputs: values{
			"arn": arn("ec2", "vpc-endpoint/${id}"), "ownerId": "${Account}", "state": "available", "prefixListId": nil,
			"cidrBlocks": []any{"52.219.0.0/16"}, "ipAddressType": "ipv4", "privateDnsEnabled": false, "requesterManaged": false,
			"dnsEntries": []any{}, "networkInterfaceIds": []any{}, "securityGroupIds": []any{}, "subnetIds": []any{},
		},
		newID: ec2ID("vpce"),
		check: checkEndpointTables,
		create: func(c *call, res *world.Resource) error {
			service := text(c.in, "serviceName")
			if !slices.Contains([]string{"com.amazonaws." + c.region + ".s3", "com.amazonaws." + c.region + ".dynamodb"}, service) {
				return c.refuse("InvalidServiceName", "The Vpc Endpoint Service '%s' does not exist", service)
			}
			res.Props["prefixListId"] = "pl-" + fmt.Sprintf("%08x", len(service)*2654435761%(1<<32))
			return nil
		},
	}
}

// checkEndpointTables refuses route tables that are elsewhere or that have a route to the service already.
func checkEndpointTables(c *call, res *world.Resource) error {
	for _, id := range texts(c.in, "routeTableIds") {
		if vpc := text(c.in, "vpcId"); c.get(routeTableKind, id).String("vpcId") != vpc {
			return c.refuse("InvalidParameter", "Route table %s does not belong to VPC %s", id, vpc)
		}
		for _, other := range c.each(vpcEndpointKind, Has("serviceName", text(c.in, "serviceName"))) {
			if other.ID != res.ID && slices.Contains(texts(other.Props, "routeTableIds"), id) {
				return c.refuse("RouteAlreadyExists", "route table %s already has a route with destination-prefix-list-id %s", id, other.String("prefixListId"))
			}
		}
	}
	return nil
}
