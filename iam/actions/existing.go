package actions

// existingNeeds are the types by which an ECS cluster of another team joins.
var existingNeeds = []Need{
	{Type: "aws:ecs/getCluster:getCluster", Read: ecs("DescribeClusters")},
	{Type: "aws:cloudwatch/getLogGroups:getLogGroups", Read: logs("DescribeLogGroups")},
	{
		Type:   "aws:ecs/tag:Tag",
		Create: ecs("TagResource"),
		Read:   ecs("ListTagsForResource"),
		Update: ecs("TagResource"),
		Delete: ecs("UntagResource"),
	},
}
