package aws

import (
	"fmt"
	"slices"
	"strings"

	"ambient-ecs/sandbox/world"
)

const vpcEndpointKind = "aws:ec2/vpcEndpoint:VpcEndpoint"

// vpcEndpointType models gateway endpoints, and interface endpoints of AWS's own services and of the endpoint services of accounts.
func vpcEndpointType() *resourceType {
	return &resourceType{
		token: vpcEndpointKind, service: "EC2", noun: "EC2 VPC Endpoint", creates: "CreateVpcEndpoint", updates: "ModifyVpcEndpoint",
		inputs: map[string]input{
			"policy": {
				same: sameJSON, check: isJSON,
				chosen: `{"Statement":[{"Action":"*","Effect":"Allow","Principal":"*","Resource":"*"}],"Version":"2008-10-17"}`,
			},
			"privateDnsEnabled": {chosen: false},
			"routeTableIds":     {chosen: []any{}, same: sameSet, refers: routeTableKind},
			"securityGroupIds":  {chosen: []any{}, same: sameSet, refers: securityGroupKind},
			"serviceName":       {required: true, replace: true},
			"subnetIds":         {chosen: []any{}, same: sameSet, refers: subnetKind},
			"tags":              tags,
			"vpcEndpointType":   {replace: true, preset: "Gateway", check: oneOf("Gateway", "Interface")},
			"vpcId":             {required: true, replace: true, refers: vpcKind},
		},
		outputs: values{
			"arn": arn("ec2", "vpc-endpoint/${id}"), "ownerId": "${Account}", "state": "available", "prefixListId": nil,
			"cidrBlocks": nil, "ipAddressType": "ipv4", "requesterManaged": false, "dnsEntries": nil, "networkInterfaceIds": nil,
		},
		newID: ec2ID("vpce"),
		check: checkEndpoint,
		create: func(c *call, res *world.Resource) error {
			res.Props["cidrBlocks"], res.Props["networkInterfaceIds"], res.Props["dnsEntries"], res.Props["prefixListId"] = []any{}, []any{}, []any{}, ""
			if text(c.in, "vpcEndpointType") == "Interface" {
				return c.connect(res)
			}
			res.Props["cidrBlocks"] = []any{"52.219.0.0/16"}
			res.Props["prefixListId"] = "pl-" + fmt.Sprintf("%08x", len(text(c.in, "serviceName"))*2654435761%(1<<32))
			return nil
		},
		update: func(c *call, res *world.Resource) error {
			if text(c.in, "vpcEndpointType") == "Interface" {
				return c.connect(res)
			}
			return nil
		},
		remove: func(c *call, res *world.Resource) error {
			for _, eni := range c.each(interfaceKind, Has("_endpoint", res.ID)) {
				c.Drop(eni)
			}
			return nil
		},
	}
}

// gatewayServices have gateway endpoints.
var gatewayServices = []string{"s3", "dynamodb"}

// interfaceServices are some of AWS's services that have interface endpoints.
var interfaceServices = []string{
	"ec2", "ec2messages", "ecr.api", "ecr.dkr", "ecs", "ecs-agent", "ecs-telemetry", "eks", "eks-auth", "elasticloadbalancing", "kms", "logs", "monitoring",
	"secretsmanager", "sns", "sqs", "ssm", "ssmmessages", "sts", "xray",
}

// checkEndpoint refuses a service that is not there, and parts that do not fit.
func checkEndpoint(c *call, res *world.Resource) error {
	name, vpc := text(c.in, "serviceName"), text(c.in, "vpcId")
	service, ours := strings.CutPrefix(name, "com.amazonaws."+c.region+".")
	known := gatewayServices
	if text(c.in, "vpcEndpointType") == "Interface" {
		known = interfaceServices
	}
	if link := strings.HasPrefix(name, privateLink); link && text(c.in, "vpcEndpointType") == "Interface" {
		if err := c.checkPrivateLink(); err != nil {
			return err
		}
	} else if !ours || !slices.Contains(known, service) {
		return c.refuse("InvalidServiceName", "The Vpc Endpoint Service '%s' does not exist", name)
	}
	for _, other := range c.each(vpcEndpointKind, Has("serviceName", name, "vpcId", vpc)) {
		if other.ID != res.ID && flag(c.in, "privateDnsEnabled") && other.Props["privateDnsEnabled"] == true {
			return c.refuse("InvalidParameter", "private-dns-enabled cannot be set because there is already a conflicting DNS domain for %s.%s.%s in the VPC %s", service, c.region, dnsSuffix(c.region), vpc)
		}
	}
	if props := c.get(vpcKind, vpc).Props; flag(c.in, "privateDnsEnabled") && !(flag(props, "enableDnsSupport") && flag(props, "enableDnsHostnames")) {
		return c.refuse("InvalidParameter", "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for %s", vpc)
	}
	zones := map[string]bool{}
	for _, id := range texts(c.in, "subnetIds") {
		subnet := c.get(subnetKind, id)
		if subnet.String("vpcId") != vpc {
			return c.refuse("InvalidSubnetId.NotFound", "Subnet %s does not belong to VPC %s", id, vpc)
		}
		if zone := subnet.String("availabilityZone"); zones[zone] {
			return c.refuse("DuplicateSubnetsInSameZone", "Found another VPC endpoint subnet in the availability zone of %s. VPC endpoint subnets should be in different availability zones supported by the VPC endpoint service.", id)
		} else {
			zones[zone] = true
		}
	}
	for _, id := range texts(c.in, "securityGroupIds") {
		if c.get(securityGroupKind, id).String("vpcId") != vpc {
			return c.refuse("InvalidGroup.NotFound", "Security group %s does not belong to VPC %s", id, vpc)
		}
	}
	return checkEndpointTables(c, res)
}

// connect gives an interface endpoint an interface in each of its subnets, with its security groups.
func (c *call) connect(res *world.Resource) error {
	groups, has := texts(c.in, "securityGroupIds"), map[string]*world.Resource{}
	for _, eni := range c.each(interfaceKind, Has("_endpoint", res.ID)) {
		if !slices.Contains(texts(c.in, "subnetIds"), eni.String("subnetId")) {
			c.Drop(eni)
			continue
		}
		eni.Props["securityGroups"] = anys(groups)
		c.Put(eni)
		has[eni.String("subnetId")] = eni
	}
	var ids []string
	for _, id := range texts(c.in, "subnetIds") {
		eni := has[id]
		if eni == nil {
			var err error
			if eni, err = placeInterface(c.Tx, c.get(subnetKind, id), "ec2", "VPC Endpoint Interface "+res.ID, groups, map[string]any{"_endpoint": res.ID}); err != nil {
				return err
			}
		}
		ids = append(ids, eni.ID)
	}
	slices.Sort(ids)
	res.Props["networkInterfaceIds"] = anys(ids)
	service := strings.TrimPrefix(text(c.in, "serviceName"), "com.amazonaws."+c.region+".")
	name := service + "." + c.region + "." + dnsSuffix(c.region)
	if strings.HasPrefix(service, privateLink) {
		name = endpointName(res.ID, service, c.region)
	}
	res.Props["dnsEntries"] = []any{map[string]any{"dnsName": name, "hostedZoneId": "Z0" + c.account}}
	return nil
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
