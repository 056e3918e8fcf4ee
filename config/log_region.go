package config

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"ambient-ecs/ecs/task/definition"
	"ambient-ecs/problem"
	"ambient-ecs/quota"
)

// LogGroup is a log group that a container names, in the region that it names.
type LogGroup = definition.LogGroup

// checkLogRegions checks the regions that the containers of a task definition write their logs to. A region other than the tasks' is
// allowed, because awslogs writes to any (https://github.com/aws/aws-cdk/pull/18212, 2026-11-30).
func (c Config) checkLogRegions(p *problem.List, cluster, field string, s Service) {
	if s.definition == nil {
		return
	}
	account := c.Clusters[cluster].Account
	own := c.RegionOf(account)
	for i, container := range s.definition.ContainerDefinitions {
		l := container.LogConfiguration
		if l == nil || l.LogDriver != types.LogDriverAwslogs {
			continue
		}
		at, region := fmt.Sprintf("%s.taskDefinition.containerDefinitions[%d].logConfiguration.options.awslogs-region", field, i), l.Options["awslogs-region"]
		switch {
		case region == "" || region == own || !regionName.MatchString(own):
		case !regionName.MatchString(region):
			p.Refuse(at, region, "this is no region of the partitions aws, aws-cn or aws-us-gov")
		case quota.Partition(region) != c.Partition():
			p.Refuse(at, region, "it is in the partition %s and the tasks in %s, where their role has no rights", quota.Partition(region), c.Partition())
		case c.Accounts[account].EgressOrDefault() == EgressEndpoints && !s.callsByHTTPS():
			p.Refuse(at, region, "with accounts.%s.egress %s the tasks reach the services of %s only: log there, or give the service an egress rule on port %d", account, EgressEndpoints, own, portHTTPS)
		}
	}
}
