package cost

// uses say what depends on use with a resource, by its type.
var uses = map[string]string{
	"aws:appautoscaling/target:Target":                          "tasks that autoscaling adds to the desired ones",
	"aws:cloudwatch/logMetricFilter:LogMetricFilter":            "CloudWatch metrics that filters make from logs, while they have values",
	"aws:ec2/flowLog:FlowLog":                                   "VPC flow logs, by GB",
	"aws:ec2/natGateway:NatGateway":                             "data through NAT gateways, by GB",
	"aws:ec2/vpcPeeringConnection:VpcPeeringConnection":         "data over the peering connection from one zone or region to another, by GB",
	"aws:ec2transitgateway/vpcAttachment:VpcAttachment":         "data through the transit gateway, by GB",
	"aws:ec2transitgateway/peeringAttachment:PeeringAttachment": "data from one region to another, by GB",
	"aws:eks/nodeGroup:NodeGroup":                               "nodes beyond the desired ones, and CPU credits of T instances",
	"aws:kms/key:Key":                                           "requests to KMS keys, and their first two rotations",
	"aws:s3/bucket:Bucket":                                      "S3: storage and requests",
	"aws:s3/bucketV2:BucketV2":                                  "S3: storage and requests",
	"aws:scheduler/schedule:Schedule":                           "tasks that start on a schedule",
	"aws:secretsmanager/secret:Secret":                          "requests to Secrets Manager",
	"aws:sns/topic:Topic":                                       "SNS: messages",
}

// free are the types of the program's resources that cost nothing by themselves.
var free = set(
	"aws:appautoscaling/policy:Policy", "aws:appautoscaling/scheduledAction:ScheduledAction", "aws:cloudwatch/queryDefinition:QueryDefinition",
	"aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "aws:ec2/internetGateway:InternetGateway", typeLaunchTemplate,
	"aws:ec2/peeringConnectionOptions:PeeringConnectionOptions", "aws:ec2/route:Route", "aws:ec2/routeTable:RouteTable",
	"aws:ec2/routeTableAssociation:RouteTableAssociation", "aws:ec2/securityGroup:SecurityGroup", "aws:ec2/subnet:Subnet", "aws:ec2/vpc:Vpc",
	"aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter", "aws:ec2/tag:Tag",
	"aws:ec2/vpcEndpointService:VpcEndpointService", "aws:ec2/vpcEndpointServiceAllowedPrinciple:VpcEndpointServiceAllowedPrinciple", "aws:route53/record:Record",
	"aws:ec2transitgateway/transitGateway:TransitGateway", "aws:ec2transitgateway/vpcAttachmentAccepter:VpcAttachmentAccepter",
	"aws:ec2transitgateway/peeringAttachmentAccepter:PeeringAttachmentAccepter", "aws:ec2transitgateway/route:Route",
	"aws:ecs/cluster:Cluster", "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders", "aws:ecs/tag:Tag", typeTaskDefinition,
	"aws:eks/accessEntry:AccessEntry", "aws:eks/accessPolicyAssociation:AccessPolicyAssociation", "aws:eks/addon:Addon",
	"aws:eks/podIdentityAssociation:PodIdentityAssociation",
	"aws:iam/instanceProfile:InstanceProfile", "aws:iam/openIdConnectProvider:OpenIdConnectProvider", "aws:iam/policy:Policy", "aws:iam/role:Role",
	"aws:iam/rolePolicy:RolePolicy", "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "aws:kms/alias:Alias",
	"aws:ram/principalAssociation:PrincipalAssociation", "aws:ram/resourceAssociation:ResourceAssociation", "aws:ram/resourceShare:ResourceShare",
	"aws:ram/resourceShareAccepter:ResourceShareAccepter", "aws:scheduler/scheduleGroup:ScheduleGroup", "aws:sns/topicSubscription:TopicSubscription",
	"aws:sns/topicPolicy:TopicPolicy", "aws:ssm/parameter:Parameter",
	"aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
)

func set(types ...string) map[string]bool {
	all := map[string]bool{}
	for _, t := range types {
		all[t] = true
	}
	return all
}
