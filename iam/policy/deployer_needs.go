package policy

import "slices"

// Need lists the IAM actions that it takes to manage one type of resource.
type Need struct {
	// Type is the type token of a Pulumi resource or function.
	Type string
	// HomeOnly says that only the home account has such resources.
	HomeOnly bool
	// TeamsOnly says that only stacks with teams have such resources.
	TeamsOnly bool
	// Create, Read, Update, Tag and Delete are the IAM actions of each step. A refresh needs Read, and every other
	// step needs it too. The actions are the calls of the AWS provider (6.83, which wraps Terraform's 5.100), and
	// what the services demand of the caller besides.
	Create, Read, Update, Tag, Delete []string
}

// All are the need's actions, each once.
func (n Need) All() []string {
	all := slices.Concat(n.Create, n.Read, n.Update, n.Tag, n.Delete)
	slices.Sort(all)
	return slices.Compact(all)
}

// service returns a function that puts the prefix of a service before action names.
func service(prefix string) func(names ...string) []string {
	return func(names ...string) []string {
		actions := make([]string, len(names))
		for i, name := range names {
			actions[i] = prefix + ":" + name
		}
		return actions
	}
}

var (
	ec2  = service("ec2")
	iam  = service("iam")
	eks  = service("eks")
	ecs  = service("ecs")
	kms  = service("kms")
	logs = service("logs")
	sns  = service("sns")
	ssm  = service("ssm")

	cloudwatch = service("cloudwatch")
	scaling    = service("application-autoscaling")
	schedules  = service("scheduler")
	quotas     = service("servicequotas")

	ec2Tags = ec2("CreateTags", "DeleteTags")
	eksTags = eks("TagResource", "UntagResource")
	ecsTags = ecs("TagResource", "UntagResource")
)

// Needs are the types that the program registers, with the children of pulumi-eks's components.
var Needs = slices.Concat(livingNeeds, networkNeeds, identityNeeds, eksNeeds, ecsNeeds, existingNeeds, scalingNeeds, scheduleNeeds, transitNeeds, privateLinkNeeds, observabilityNeeds, contractNeeds, teamNeeds)

const callerIdentity = "aws:index/getCallerIdentity:getCallerIdentity"

// livingNeeds are the look-ups of what lives, before anything is changed. A deployer without them gets a warning.
var livingNeeds = []Need{
	// AWS answers this call without any permission.
	{Type: callerIdentity, HomeOnly: true},
	{Type: "aws:iam/getRole:getRole", Read: iam("GetRole")},
	{Type: "aws:ec2/getVpcs:getVpcs", Read: ec2("DescribeVpcs")},
	{Type: "aws:ec2/getVpc:getVpc", Read: ec2("DescribeRouteTables", "DescribeVpcAttribute", "DescribeVpcs")},
	{Type: "aws:ec2/getSubnet:getSubnet", Read: ec2("DescribeSubnets")},
	{Type: "aws:ec2/getSubnets:getSubnets", Read: ec2("DescribeSubnets")},
	{Type: "aws:ec2/getRouteTables:getRouteTables", Read: ec2("DescribeRouteTables")},
	{Type: "aws:ec2/getSecurityGroups:getSecurityGroups", Read: ec2("DescribeSecurityGroups")},
	{Type: "aws:ec2/getSecurityGroup:getSecurityGroup", Read: ec2("DescribeSecurityGroups")},
	{Type: "aws:vpc/getSecurityGroupRules:getSecurityGroupRules", HomeOnly: true, Read: ec2("DescribeSecurityGroupRules")},
	{Type: "aws:vpc/getSecurityGroupRule:getSecurityGroupRule", HomeOnly: true, Read: ec2("DescribeSecurityGroupRules")},
	{Type: "aws:ec2/getVpcEndpoint:getVpcEndpoint", Read: ec2("DescribePrefixLists", "DescribeVpcEndpoints")},
	{Type: "aws:ec2/getRouteTable:getRouteTable", Read: ec2("DescribeRouteTables")},
	{Type: "aws:ec2/getVpcPeeringConnections:getVpcPeeringConnections", Read: ec2("DescribeVpcPeeringConnections")},
	{Type: "aws:ec2/getVpcPeeringConnection:getVpcPeeringConnection", Read: ec2("DescribeVpcPeeringConnections")},
	{Type: "aws:eks/getCluster:getCluster", HomeOnly: true, Read: eks("DescribeCluster")},
	{Type: "aws:eks/getAddon:getAddon", HomeOnly: true, Read: eks("DescribeAddon")},
	{Type: "aws:eks/getAccessEntry:getAccessEntry", HomeOnly: true, Read: eks("DescribeAccessEntry")},
	{Type: "aws:eks/getNodeGroups:getNodeGroups", HomeOnly: true, Read: eks("ListNodegroups")},
	{Type: "aws:eks/getNodeGroup:getNodeGroup", HomeOnly: true, Read: eks("DescribeNodegroup")},
	{Type: "aws:ec2/getLaunchTemplate:getLaunchTemplate", HomeOnly: true, Read: ec2("DescribeLaunchTemplateVersions", "DescribeLaunchTemplates")},
	{Type: "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings", HomeOnly: true, Read: ec2("DescribeInstanceTypeOfferings")},
	{Type: "aws:servicequotas/getServiceQuota:getServiceQuota", Read: quotas("GetAWSDefaultServiceQuota", "GetServiceQuota")},
	{Type: "aws:ecs/getClusters:getClusters", Read: ecs("ListClusters")},
	{Type: "aws:cloudwatch/getLogGroup:getLogGroup", Read: logs("DescribeLogGroups", "ListTagsForResource")},
	{Type: "aws:kms/getAlias:getAlias", Read: kms("DescribeKey", "ListAliases")},
	{Type: "aws:ecs/getService:getService", Read: ecs("DescribeServices")},
	{Type: "aws:ecs/getTaskDefinition:getTaskDefinition", Read: ecs("DescribeTaskDefinition")},
}

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
		Create: append(ec2("CreateVpcEndpoint"), associateZone),
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

var identityNeeds = []Need{
	{
		Type:   "aws:iam/role:Role",
		Create: iam("CreateRole"),
		Read:   iam("GetRole", "GetRolePolicy", "ListAttachedRolePolicies", "ListRolePolicies"),
		Update: iam("UpdateAssumeRolePolicy", "UpdateRole", "UpdateRoleDescription"),
		Tag:    iam("TagRole", "UntagRole"),
		Delete: iam("DeleteRole", "ListInstanceProfilesForRole"),
	},
	{
		Type:   "aws:iam/rolePolicy:RolePolicy",
		Create: iam("PutRolePolicy"),
		Read:   iam("GetRolePolicy"),
		Update: iam("PutRolePolicy"),
		Delete: iam("DeleteRolePolicy"),
	},
	{
		Type:     "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
		HomeOnly: true,
		Create:   iam("AttachRolePolicy"),
		Read:     iam("ListAttachedRolePolicies"),
		Delete:   iam("DetachRolePolicy"),
	},
	{
		Type:     "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
		HomeOnly: true,
		Create:   iam("CreateOpenIDConnectProvider"),
		Read:     iam("GetOpenIDConnectProvider"),
		Update:   iam("AddClientIDToOpenIDConnectProvider", "RemoveClientIDFromOpenIDConnectProvider", "UpdateOpenIDConnectProviderThumbprint"),
		Tag:      iam("TagOpenIDConnectProvider", "UntagOpenIDConnectProvider"),
		Delete:   iam("DeleteOpenIDConnectProvider"),
	},
}
