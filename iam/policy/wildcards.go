package policy

// Wildcards are the actions that a document allows on the resource "*", each with the reason. "No resource" means
// that the Service Authorization Reference lists no resource type for the action, so any other resource would allow
// nothing. Where AWS supports a condition that narrows such an action, the statement has it: the region, the ECS
// cluster or the tag in the request.
var Wildcards = map[string]string{
	"application-autoscaling:DescribeScalableTargets":  "no resource: it lists",
	"application-autoscaling:DescribeScalingPolicies":  "no resource: it lists",
	"application-autoscaling:DescribeScheduledActions": "no resource: it lists",

	"ecr:GetAuthorizationToken": "no resource: the token is for the registry, and what may be pulled with it is decided for each repository",

	"ecs:DeregisterTaskDefinition": "no resource",
	"ecs:DescribeTaskDefinition":   "no resource",
	"ecs:ListClusters":             "no resource",
	"ecs:ListServices":             "no resource: narrowed by ecs:cluster",
	"ecs:ListTasks":                "takes container instances only, which Fargate tasks do not have: narrowed by ecs:cluster",

	"eks:CreateCluster":         "no resource: narrowed by the tag in the request",
	"eks:DescribeAddonVersions": "no resource: it reads AWS's own catalogue",

	"kms:CreateKey":   "no resource, since the key has no id yet: narrowed by the tag in the request",
	"kms:ListAliases": "no resource",

	"logs:DescribeLogGroups":        "no resource: it lists",
	"logs:DescribeQueryDefinitions": "no resource: it lists",
	"logs:PutQueryDefinition":       "no resource: a saved query belongs to the account",
	"logs:DeleteQueryDefinition":    "no resource: a saved query belongs to the account",

	"cloudwatch:DescribeAlarms": "AWS takes no narrower scope where composite alarms could be among them",

	"servicequotas:GetAWSDefaultServiceQuota": "no resource: it reads AWS's own catalogue",
	"servicequotas:GetServiceQuota":           "no resource",

	"sns:GetSubscriptionAttributes": "no resource",
	"sns:SetSubscriptionAttributes": "no resource",
	"sns:Unsubscribe":               "no resource",

	"ssm:DescribeParameters": "no resource: it lists, without values",

	"ssmmessages:CreateControlChannel": "no resource",
	"ssmmessages:CreateDataChannel":    "no resource",
	"ssmmessages:OpenControlChannel":   "no resource",
	"ssmmessages:OpenDataChannel":      "no resource",

	"ram:CreateResourceShare":           "no resource: narrowed by the tag in the request",
	"ram:AcceptResourceShareInvitation": "the share and its invitation are another account's, and their ids its choice",
	"ram:GetResourceShareAssociations":  "no resource",
	"ram:GetResourceShareInvitations":   "no resource",
	"ram:GetResourceShares":             "no resource",
	"ram:ListResources":                 "no resource",

	"ec2:GetTransitGatewayRouteTableAssociations":  "the default route table of a gateway is AWS's own, without a tag",
	"ec2:GetTransitGatewayRouteTablePropagations":  "the default route table of a gateway is AWS's own, without a tag",
	"ec2:DescribeTransitGateways":                  describes,
	"ec2:DescribeTransitGatewayVpcAttachments":     describes,
	"ec2:DescribeTransitGatewayPeeringAttachments": describes,

	"ec2:DescribeVpcEndpointServiceConfigurations": describes,
	"ec2:DescribeVpcEndpointServicePermissions":    "no resource in the call that reads them with the others",
	"route53:CreateHostedZone":                     "no resource, since the zone has no id yet",

	"ec2:DescribeAddresses":              describes,
	"ec2:DescribeAddressesAttribute":     describes,
	"ec2:DescribeAvailabilityZones":      describes,
	"ec2:DescribeFlowLogs":               describes,
	"ec2:DescribeInstanceTypeOfferings":  describes,
	"ec2:DescribeInternetGateways":       describes,
	"ec2:DescribeLaunchTemplates":        describes,
	"ec2:DescribeLaunchTemplateVersions": describes,
	"ec2:DescribeNatGateways":            describes,
	"ec2:DescribeNetworkAcls":            describes,
	"ec2:DescribeNetworkInterfaces":      describes,
	"ec2:DescribePrefixLists":            describes,
	"ec2:DescribeRouteTables":            describes,
	"ec2:DescribeSecurityGroupRules":     describes,
	"ec2:DescribeSecurityGroups":         describes,
	"ec2:DescribeSubnets":                describes,
	"ec2:DescribeVpcEndpoints":           describes,
	"ec2:DescribeVpcPeeringConnections":  describes,
	"ec2:DescribeVpcs":                   describes,
}

const describes = "no resource: EC2's describe actions list"
