package policy

import (
	"slices"
	"strings"
)

var savedQueries = logs("DeleteQueryDefinition", "DescribeQueryDefinitions", "PutQueryDefinition")

var metricFilters = logs("DeleteMetricFilter", "DescribeMetricFilters", "PutMetricFilter")

// subscriptions are the actions on a subscription. AWS chooses its id, so no policy can name it.
var subscriptions = sns("GetSubscriptionAttributes", "SetSubscriptionAttributes", "Unsubscribe")

var observabilityRules = []rule{
	{
		policy: ObservabilityPolicy, sid: "OwnAlarms",
		covers: func(a string) bool {
			return strings.HasPrefix(a, "cloudwatch:") && a != "cloudwatch:DescribeAlarms"
		},
		resources: func(d Deployer, _ AccountKind) []string {
			return []string{d.Place.ARN("cloudwatch", "alarm:"+d.Install+"-*")}
		},
	},
	{
		policy: ObservabilityPolicy, sid: "ReadAlarms",
		covers: is("cloudwatch:DescribeAlarms"), resources: everything, condition: inRegion,
	},
	{
		policy: ObservabilityPolicy, sid: "OwnMetricFilters",
		covers: oneOf(metricFilters),
		resources: func(d Deployer, kind AccountKind) []string {
			groups := []string{d.Place.ARN("logs", "log-group:/ecs/"+d.Install+"-*")}
			if kind == HomeAccount {
				groups = append(groups, d.Place.ARN("logs", "log-group:/aws/eks/"+d.Install+"/*"))
			}
			return groups
		},
	},
	{
		policy: ObservabilityPolicy, sid: "SavedQueries",
		covers: oneOf(savedQueries), resources: everything, condition: inRegion,
	},
	{
		policy: ObservabilityPolicy, sid: "OwnTopics",
		covers: func(a string) bool { return strings.HasPrefix(a, "sns:") && !slices.Contains(subscriptions, a) },
		resources: func(d Deployer, _ AccountKind) []string {
			return []string{d.Place.ARN("sns", d.Install+"-*")}
		},
	},
	{
		policy: ObservabilityPolicy, sid: "Subscriptions",
		covers: oneOf(subscriptions), resources: everything, condition: inRegion,
	},
}
