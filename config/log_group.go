package config

import (
	"regexp"
	"strings"

	"ambient-ecs/problem"
)

// TaskLogGroup is the log group of the tasks of a cluster: the one that the program makes, or another team's. The account's execution
// role may write to those of its clusters, and to no other.
func (c Config) TaskLogGroup(cluster string) string {
	if theirs := c.Clusters[cluster].LogGroup; theirs != "" {
		return theirs
	}
	return c.OwnLogGroup(cluster)
}

// OwnLogGroup is the log group that the program makes for a cluster.
func (c Config) OwnLogGroup(cluster string) string { return "/ecs/" + c.Prefix(cluster) }

// TheirLogGroups are the keys of an account's clusters whose log group another team made, sorted.
func (c Config) TheirLogGroups(account string) (keys []string) {
	for _, key := range c.ClustersOf(account) {
		if c.Clusters[key].LogGroup != "" {
			keys = append(keys, key)
		}
	}
	return keys
}

// logGroupName is what CloudWatch accepts as the name of a log group.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html, 2026-11-29.
var logGroupName = regexp.MustCompile(`^[a-zA-Z0-9_/.#-]{1,512}$`)

// checkLogGroup checks a log group that another team made.
func (c Config) checkLogGroup(p *problem.List, cluster string) {
	field, name := "clusters."+cluster+".logGroup", c.Clusters[cluster].LogGroup
	switch {
	case name == "":
		return
	case strings.HasPrefix(name, "arn:"):
		p.Refuse(field, name, "give the name of the log group, and not its ARN: tasks write to groups of their own account and region only")
	case !logGroupName.MatchString(name):
		p.Refuse(field, name, "the name of a log group has 1 to 512 letters, digits and _ / . # -")
	case strings.HasPrefix(name, "/ecs/"+c.Install+"-"):
		p.Refuse(field, name, "the program makes groups of these names itself: leave logGroup out")
	}
	if c.Observability.Alarms.Enabled {
		p.Refuse(field, name, "the alarm about unhealthy ztunnels counts by a metric filter of the log group, and the filters of this one are its owner's: leave logGroup or observability.alarms out")
	}
}
