package actions

var observabilityNeeds = []Need{
	{
		Type:   "aws:cloudwatch/metricAlarm:MetricAlarm",
		Create: cloudwatch("PutMetricAlarm"),
		Read:   cloudwatch("DescribeAlarms", "ListTagsForResource"),
		Update: cloudwatch("PutMetricAlarm"),
		Tag:    cloudwatch("TagResource", "UntagResource"),
		Delete: cloudwatch("DeleteAlarms"),
	},
	{
		Type:   "aws:cloudwatch/logMetricFilter:LogMetricFilter",
		Create: logs("PutMetricFilter"),
		Read:   logs("DescribeMetricFilters"),
		Update: logs("PutMetricFilter"),
		Delete: logs("DeleteMetricFilter"),
	},
	{
		Type:   "aws:cloudwatch/queryDefinition:QueryDefinition",
		Create: logs("PutQueryDefinition"),
		Read:   logs("DescribeQueryDefinitions"),
		Update: logs("PutQueryDefinition"),
		Delete: logs("DeleteQueryDefinition"),
	},
	{
		Type:   "aws:sns/topic:Topic",
		Create: sns("CreateTopic", "SetTopicAttributes"),
		Read:   sns("GetTopicAttributes", "ListTagsForResource"),
		Update: sns("SetTopicAttributes"),
		Tag:    sns("TagResource", "UntagResource"),
		Delete: sns("DeleteTopic"),
	},
	{
		Type:   "aws:sns/topicSubscription:TopicSubscription",
		Create: sns("Subscribe"),
		Read:   sns("GetSubscriptionAttributes"),
		Update: sns("SetSubscriptionAttributes"),
		Delete: sns("Unsubscribe"),
	},
}
