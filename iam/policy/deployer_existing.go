package policy

import (
	"slices"
	"strings"
)

// existingTags are the tags by which an ECS cluster of another team joins.
var existingTags = Values{InstallTag, "ecs.solo.io/discovery-enabled"}

func lodges(d Deployer) bool { return len(d.Clusters) > 0 }

func existingClusters(d Deployer, _ AccountKind) []string { return d.Clusters }

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
		policy: ExistingPolicy, sid: "ReadExistingClusters", applies: lodges,
		covers: oneOf(ecs("DescribeClusters", "ListTagsForResource")), resources: existingClusters,
	},
	{
		// The other tags are their owner's, who may decide by them who may do what.
		policy: ExistingPolicy, sid: "TagExistingClusters", applies: lodges,
		covers: oneOf(ecs("TagResource", "UntagResource")), resources: existingClusters,
		condition: func(Deployer, AccountKind) Condition {
			return Condition{"ForAllValues:StringEquals": {"aws:TagKeys": slices.Clone(existingTags)}}
		},
	},
	{
		policy: ExistingPolicy, sid: "ServicesOnExistingClusters", applies: func(d Deployer) bool { return len(d.Services) > 0 },
		covers: oneOf(ecs("CreateService", "DeleteService", "DescribeServiceDeployments", "DescribeServices", "ListServiceDeployments",
			"ListTagsForResource", "TagResource", "UntagResource", "UpdateService")),
		resources: existingServices,
	},
	{
		policy: ExistingPolicy, sid: "ReadServicesOfOwners", applies: func(d Deployer) bool { return len(d.Owned) > 0 },
		covers: oneOf(ecs("DescribeServices")), resources: func(d Deployer, _ AccountKind) []string { return d.Owned },
	},
}
