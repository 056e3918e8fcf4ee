package policy

import "strings"

// existingNeeds are the types by which an ECS cluster of another team joins.
var existingNeeds = []Need{
	{Type: "aws:ecs/getCluster:getCluster", Read: ecs("DescribeClusters")},
	{
		Type:   "aws:ecs/tag:Tag",
		Create: ecs("TagResource"),
		Read:   ecs("ListTagsForResource"),
		Update: ecs("TagResource"),
		Delete: ecs("UntagResource"),
	},
}

// existingServices are the stack's services on ECS clusters of other teams, with their deployments. Their ARNs do not begin with
// the install's name.
func existingServices(d Deployer, _ AccountKind) (arns []string) {
	for _, service := range d.Services {
		arns = append(arns, service, strings.Replace(service, ":service/", ":service-deployment/", 1)+"/*")
	}
	return arns
}

// existingRules are for ECS clusters of other teams: their tags, and the stack's own services on them.
var existingRules = []rule{
	{
		policy: ExistingPolicy, sid: "TagExistingClusters", applies: func(d Deployer) bool { return len(d.Clusters) > 0 },
		covers:    oneOf(ecs("DescribeClusters", "ListTagsForResource", "TagResource", "UntagResource")),
		resources: func(d Deployer, _ AccountKind) []string { return d.Clusters },
	},
	{
		policy: ExistingPolicy, sid: "ServicesOnExistingClusters", applies: func(d Deployer) bool { return len(d.Services) > 0 },
		covers: oneOf(ecs("CreateService", "DeleteService", "DescribeServiceDeployments", "DescribeServices", "ListServiceDeployments",
			"ListTagsForResource", "TagResource", "UntagResource", "UpdateService")),
		resources: existingServices,
	},
}
