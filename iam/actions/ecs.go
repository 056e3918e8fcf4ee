package actions

import "slices"

var ecsNeeds = []Need{
	{
		Type:   "aws:cloudwatch/logGroup:LogGroup",
		Create: logs("CreateLogGroup", "PutRetentionPolicy"),
		Read:   logs("DescribeLogGroups", "ListTagsForResource"),
		Update: logs("AssociateKmsKey", "DeleteRetentionPolicy", "DisassociateKmsKey", "PutRetentionPolicy"),
		Tag:    logs("TagResource", "UntagResource"),
		Delete: logs("DeleteLogGroup"),
	},
	{
		Type: "aws:ecs/cluster:Cluster",
		// The first cluster of an account makes the service-linked role of ECS.
		Create: slices.Concat(ecs("CreateCluster"), iam("CreateServiceLinkedRole")),
		Read:   ecs("DescribeClusters"),
		Update: ecs("UpdateCluster"),
		Tag:    ecsTags,
		Delete: ecs("DeleteCluster"),
	},
	{
		Type:   "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders",
		Create: ecs("PutClusterCapacityProviders"),
		Read:   ecs("DescribeClusters"),
		Update: ecs("PutClusterCapacityProviders"),
		Delete: ecs("PutClusterCapacityProviders"),
	},
	{
		Type:   "aws:ecs/taskDefinition:TaskDefinition",
		Create: slices.Concat(ecs("RegisterTaskDefinition"), iam("PassRole")),
		Read:   ecs("DescribeTaskDefinition"),
		Tag:    ecsTags,
		Delete: ecs("DeregisterTaskDefinition"),
	},
	{
		Type:   "aws:ecs/service:Service",
		Create: ecs("CreateService"),
		// With the two actions on deployments the provider finds out when a service is steady.
		Read:   ecs("DescribeServiceDeployments", "DescribeServices", "ListServiceDeployments"),
		Update: ecs("UpdateService"),
		Tag:    ecsTags,
		Delete: ecs("DeleteService"),
	},
}
