package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"ambient-ecs/ecs/task/definition"
	"ambient-ecs/iam/evaluation"
	"ambient-ecs/problem"
	"ambient-ecs/quota"
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

// unrouted warns of logs that a FireLens router cannot deliver, and of routers that fail silently. ECS starts such tasks, and they are
// healthy.
func (c Config) unrouted() (all []string) {
	for _, key := range c.ClusterKeys() {
		for _, name := range c.Clusters[key].WorkloadKeys() {
			d := c.asService(key, name).definition
			if d == nil {
				continue
			}
			at := func(container int) string {
				return fmt.Sprintf("%s.taskDefinition.containerDefinitions[%d]", c.Field(key, name), container)
			}
			for _, to := range d.Deliveries() {
				if lacks := c.lacks(key, name, to); len(lacks) > 0 {
					text := fmt.Sprintf("%s.logConfiguration: the log router writes to %s with the task role, and permissions do not allow %s. The logs would be lost while the service is healthy: "+
						"add a statement (docs/task-definitions.md#logs-through-firelens)", at(to.Container), to.Output, strings.Join(lacks, ", "))
					if to.Admitted {
						text += ", unless the policy of what it writes to admits the role"
					}
					all = append(all, text)
				}
			}
			for _, router := range d.Routers() {
				if d.ContainerDefinitions[router].LogConfiguration == nil {
					all = append(all, fmt.Sprintf("%s.logConfiguration is not set: the container is the log router, and what it cannot deliver it would tell nobody. Give it awslogs, for example with the group %s",
						at(router), c.TaskLogGroup(key)))
				}
			}
		}
	}
	return all
}

// lacks are the rights that a log router does not have, each as action and resource. What a role of the team's or a managed policy
// allows is not known, and counts as allowed.
func (c Config) lacks(cluster, name string, to definition.Delivery) (all []string) {
	identity := c.IdentityOf(cluster, name)
	if c.TeamTaskRole(identity) != "" {
		return nil
	}
	perms := c.PermissionsOf(identity)
	role := &evaluation.Role{ARN: c.TaskRoleARN(identity), Policies: map[string]string{}}
	unread := perms != nil && len(perms.ManagedPolicies) > 0
	if text := perms.Inline(); text != "" {
		role.Policies["permissions"] = text
	}
	rights := to.Rights
	if to.RoleARN != "" {
		rights = []definition.Right{{Action: "sts:AssumeRole", Resource: to.RoleARN}}
	}
	for _, right := range rights {
		resource := c.arnOf(identity.Account, to, right)
		if resource == "" {
			if !unread && !covers(role.Policies["permissions"], right.Action) {
				all = append(all, right.Action)
			}
			continue
		}
		verdict := allows(role, right.Action, resource)
		if !verdict.OK() && (!unread || verdict.Cause == evaluation.Denied) {
			all = append(all, right.Action+" on "+resource)
		}
	}
	return all
}

// allows asks about the group and about what is in it, where the resource is a log group: documents name either.
func allows(role *evaluation.Role, action, resource string) evaluation.Verdict {
	verdict := evaluation.Allows(role, evaluation.Caller{RoleARN: role.ARN}, action, resource, nil)
	_, rest, group := strings.Cut(resource, ":log-group:")
	if !verdict.OK() && verdict.Cause != evaluation.Denied && group && !strings.Contains(rest, ":log-stream:") {
		return evaluation.Allows(role, evaluation.Caller{RoleARN: role.ARN}, action, resource+":log-stream:", nil)
	}
	return verdict
}

// routerServices are the services with interface endpoints that log routers call, by the services of the actions.
var routerServices = map[string]string{"logs": "logs", "firehose": "kinesis-firehose", "kinesis": "kinesis-streams"}

// servicesOfRouter are the services of AWS that the log router of a service calls in the account's region.
func (c Config) servicesOfRouter(account, cluster, name string) (all []string) {
	d := c.asService(cluster, name).definition
	if d == nil {
		return nil
	}
	for _, to := range d.Deliveries() {
		if to.Region != "" && to.Region != c.RegionOf(account) {
			continue
		}
		for _, right := range to.Rights {
			if service := routerServices[right.Service()]; service != "" && !slices.Contains(all, service) {
				all = append(all, service)
			}
		}
		if to.RoleARN != "" {
			all = append(all, "sts")
		}
	}
	return all
}

// arnOf is the ARN of what a right is about, "" where the definition does not say it.
func (c Config) arnOf(account string, to definition.Delivery, right definition.Right) string {
	region := to.Region
	if region == "" {
		region = c.RegionOf(account)
	}
	switch {
	case strings.HasPrefix(right.Resource, "arn:"):
		return right.Resource
	case right.Resource == "", strings.Contains(region, "$"):
		return ""
	case right.Service() == "s3":
		return "arn:" + c.Partition() + ":s3:::" + right.Resource
	}
	return strings.Join([]string{"arn", c.Partition(), right.Service(), region, c.Accounts[account].ID, right.Resource}, ":")
}

// covers reports whether a statement of a policy allows an action on something.
func covers(text, action string) bool {
	d, err := evaluation.Parse(text)
	return err == nil && slices.ContainsFunc(d.Statement, func(s evaluation.Statement) bool { return s.Effect == "Allow" && s.Covers(action) })
}
