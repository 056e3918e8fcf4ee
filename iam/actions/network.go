package actions

// AssociateZone gives a VPC a private hosted zone.
const AssociateZone = "route53:AssociateVPCWithHostedZone"

var networkNeeds = []Need{
	{
		Type: "aws:index/getAvailabilityZones:getAvailabilityZones",
		Read: ec2("DescribeAvailabilityZones"),
	},
	{
		Type:   "aws:ec2/vpc:Vpc",
		Create: ec2("CreateVpc", "ModifyVpcAttribute"),
		// The provider looks up the VPC's default ACL, route table and security group.
		Read:   ec2("DescribeNetworkAcls", "DescribeRouteTables", "DescribeSecurityGroups", "DescribeVpcAttribute", "DescribeVpcs"),
		Update: ec2("ModifyVpcAttribute"),
		Tag:    ec2Tags,
		Delete: ec2("DeleteVpc"),
	},
	{
		Type:   "aws:ec2/subnet:Subnet",
		Create: ec2("CreateSubnet", "ModifySubnetAttribute"),
		Read:   ec2("DescribeSubnets"),
		Update: ec2("ModifySubnetAttribute"),
		Tag:    ec2Tags,
		// Before it deletes, the provider looks for interfaces that keep the subnet alive.
		Delete: ec2("DeleteSubnet", "DescribeNetworkInterfaces"),
	},
	{
		Type:   "aws:ec2/internetGateway:InternetGateway",
		Create: ec2("AttachInternetGateway", "CreateInternetGateway"),
		Read:   ec2("DescribeInternetGateways"),
		Update: ec2("AttachInternetGateway", "DetachInternetGateway"),
		Tag:    ec2Tags,
		Delete: ec2("DeleteInternetGateway", "DetachInternetGateway"),
	},
	{
		Type:   "aws:ec2/eip:Eip",
		Create: ec2("AllocateAddress"),
		Read:   ec2("DescribeAddresses", "DescribeAddressesAttribute"),
		Tag:    ec2Tags,
		Delete: ec2("DisassociateAddress", "ReleaseAddress"),
	},
	{
		Type:   "aws:ec2/natGateway:NatGateway",
		Create: ec2("CreateNatGateway"),
		Read:   ec2("DescribeNatGateways"),
		Tag:    ec2Tags,
		Delete: ec2("DeleteNatGateway"),
	},
	{
		Type:   "aws:ec2/routeTable:RouteTable",
		Create: ec2("CreateRouteTable"),
		Read:   ec2("DescribeRouteTables"),
		Tag:    ec2Tags,
		Delete: ec2("DeleteRouteTable", "DisassociateRouteTable"),
	},
	{
		Type:   "aws:ec2/route:Route",
		Create: ec2("CreateRoute"),
		Read:   ec2("DescribeRouteTables"),
		Update: ec2("ReplaceRoute"),
		Delete: ec2("DeleteRoute"),
	},
	{
		Type:   "aws:ec2/routeTableAssociation:RouteTableAssociation",
		Create: ec2("AssociateRouteTable"),
		Read:   ec2("DescribeRouteTables"),
		Update: ec2("ReplaceRouteTableAssociation"),
		Delete: ec2("DisassociateRouteTable"),
	},
	{
		Type: "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
		// The group is adopted, not created: the provider tags it first, then empties it.
		Create: ec2("CreateTags", "RevokeSecurityGroupEgress", "RevokeSecurityGroupIngress"),
		Read:   ec2("DescribeSecurityGroupRules", "DescribeSecurityGroups"),
		Update: ec2("RevokeSecurityGroupEgress", "RevokeSecurityGroupIngress"),
		Tag:    ec2Tags,
	},
	{
		Type: "aws:ec2/vpcEndpoint:VpcEndpoint",
		// Private DNS puts AWS's hosted zone of the service into the VPC, in the deployer's name
		// (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html, 2026-11-29).
		Create: append(ec2("CreateVpcEndpoint"), AssociateZone),
		// The provider reads the subnets' addresses from the endpoint's interfaces.
		Read:   ec2("DescribeNetworkInterfaces", "DescribePrefixLists", "DescribeVpcEndpoints"),
		Update: ec2("ModifyVpcEndpoint"),
		Tag:    ec2Tags,
		Delete: ec2("DeleteVpcEndpoints"),
	},
	{
		Type:   "aws:ec2/flowLog:FlowLog",
		Create: ec2("CreateFlowLogs"),
		Read:   ec2("DescribeFlowLogs"),
		Tag:    ec2Tags,
		Delete: ec2("DeleteFlowLogs"),
	},
	{
		Type:   "aws:ec2/vpcPeeringConnection:VpcPeeringConnection",
		Create: ec2("CreateVpcPeeringConnection"),
		Read:   ec2("DescribeVpcPeeringConnections"),
		Update: ec2("ModifyVpcPeeringConnectionOptions"),
		Tag:    ec2Tags,
		Delete: ec2("DeleteVpcPeeringConnection"),
	},
	{
		Type:   "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter",
		Create: ec2("AcceptVpcPeeringConnection"),
		Read:   ec2("DescribeVpcPeeringConnections"),
		Update: ec2("ModifyVpcPeeringConnectionOptions"),
		Tag:    ec2Tags,
	},
	{
		Type:   "aws:ec2/peeringConnectionOptions:PeeringConnectionOptions",
		Create: ec2("ModifyVpcPeeringConnectionOptions"),
		Read:   ec2("DescribeVpcPeeringConnections"),
		Update: ec2("ModifyVpcPeeringConnectionOptions"),
	},
	{
		Type: "aws:ec2/securityGroup:SecurityGroup",
		// AWS gives a new group a rule that lets everything out; the provider revokes it.
		Create: ec2("CreateSecurityGroup", "RevokeSecurityGroupEgress"),
		Read:   ec2("DescribeSecurityGroups"),
		Update: ec2("RevokeSecurityGroupEgress", "RevokeSecurityGroupIngress"),
		Tag:    ec2Tags,
		Delete: ec2("DeleteSecurityGroup", "DescribeNetworkInterfaces"),
	},
	{
		Type:   "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
		Create: ec2("AuthorizeSecurityGroupIngress"),
		Read:   ec2("DescribeSecurityGroupRules"),
		Update: ec2("ModifySecurityGroupRules"),
		Tag:    ec2Tags,
		Delete: ec2("RevokeSecurityGroupIngress"),
	},
	{
		Type:   "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
		Create: ec2("AuthorizeSecurityGroupEgress"),
		Read:   ec2("DescribeSecurityGroupRules"),
		Update: ec2("ModifySecurityGroupRules"),
		Tag:    ec2Tags,
		Delete: ec2("RevokeSecurityGroupEgress"),
	},
	{
		Type:     "aws:ec2/launchTemplate:LaunchTemplate",
		HomeOnly: true,
		Create:   ec2("CreateLaunchTemplate"),
		Read:     ec2("DescribeLaunchTemplateVersions", "DescribeLaunchTemplates"),
		Update:   ec2("CreateLaunchTemplateVersion", "ModifyLaunchTemplate"),
		Tag:      ec2Tags,
		Delete:   ec2("DeleteLaunchTemplate"),
	},
}
