package actions

// CallerIdentity is the look-up of who calls.
const CallerIdentity = "aws:index/getCallerIdentity:getCallerIdentity"

// livingNeeds are the look-ups of what lives, before anything is changed. A deployer without them gets a warning.
var livingNeeds = []Need{
	// AWS answers this call without any permission.
	{Type: CallerIdentity, HomeOnly: true},
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
