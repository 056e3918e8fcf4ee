package config

import (
	"fmt"
	"maps"
	"slices"

	"ambient-ecs/ecs/task/definition"
	"ambient-ecs/problem"
)

// NeedsOf is what ECS reads and writes to start a service's tasks, ztunnel's container included. ok is false where the
// service's definition is refused.
func (c Config) NeedsOf(cluster, name string) (needs definition.Needs, ok bool) {
	t := c.TaskOf(cluster, name)
	t.Mesh.Region, t.Mesh.LogGroup, t.Mesh.Token = c.RegionOfCluster(cluster), c.TaskLogGroup(cluster), "later"
	enrolled, err := t.Enrolled()
	if err != nil {
		return definition.Needs{}, false
	}
	return enrolled.Needs(), true
}

// OwnExecutionRole reports whether a service has an execution role of its own: where ECS reads or writes something for it that
// the account's role has no right to, or is not to share.
func (c Config) OwnExecutionRole(cluster, name string) bool {
	if c.TheirExecutionRole(c.Clusters[cluster].Account) != "" || c.Clusters[cluster].Services[name].ByOwner() {
		return false
	}
	if s := c.asService(cluster, name); s.definition == nil {
		return len(s.Secrets) > 0 // the short form logs to the cluster's group, and pulls with registrySecrets
	}
	needs, _ := c.NeedsOf(cluster, name)
	shared := slices.Collect(maps.Values(c.Accounts[c.Clusters[cluster].Account].RegistrySecrets))
	secret := func(arn string) bool { return !slices.Contains(shared, arn) }
	shares := definition.LogGroup{Region: c.RegionOfCluster(cluster), Name: c.TaskLogGroup(cluster)}
	elsewhere := func(group definition.LogGroup) bool { return group != shares }
	return slices.ContainsFunc(needs.Secrets, secret) || slices.ContainsFunc(needs.LogGroups, elsewhere) ||
		len(needs.Parameters)+len(needs.Files)+len(needs.CreatedGroups) > 0
}

// ServiceExecutionRoleName is the IAM role with which ECS starts a service's tasks, where the service has its own.
func (c Config) ServiceExecutionRoleName(cluster, name string) string {
	return c.Prefix(cluster) + "-" + name + "-execution"
}

// ExecutionRoleOf is the ARN of the IAM role with which ECS starts the tasks of a service or a standalone task: its own, its
// owner's, or the account's.
func (c Config) ExecutionRoleOf(cluster, name string) string {
	account := c.Clusters[cluster].Account
	if theirs := c.OwnedExecutionRole(cluster, name); theirs != "" {
		return theirs
	}
	if c.OwnExecutionRole(cluster, name) {
		return c.RoleARN(account, c.ServiceExecutionRoleName(cluster, name))
	}
	return c.ExecutionRoleIn(account)
}

// SecretKeysOf are the KMS keys that the secrets of a service or a standalone task are encrypted with.
func (c Config) SecretKeysOf(cluster, name string) []string {
	return c.asService(cluster, name).SecretKeys
}

// checkExecution checks that ECS can be given the right to what a service's tasks need.
func (c Config) checkExecution(p *problem.List, cluster, name string, s Service) {
	field := c.Field(cluster, name)
	for i, key := range s.SecretKeys {
		switch parts := keyARN.FindStringSubmatch(key); {
		case parts == nil:
			p.Refuse(fmt.Sprintf("%s.secretKeys[%d]", field, i), key, "give the ARN of a KMS key, …:key/…: IAM does not take aliases, and * would be every key")
		case parts[1] != c.Partition():
			p.Refuse(fmt.Sprintf("%s.secretKeys[%d]", field, i), key, "the partition of the stack's accounts is %s", c.Partition())
		}
	}
	c.checkLogRegions(p, cluster, field, s)
	if theirs := c.TheirExecutionRole(c.Clusters[cluster].Account); theirs != "" && len(s.SecretKeys) > 0 {
		p.Add(field+".secretKeys", problem.IsSet, "accounts.%s.executionRoleArn is a role that the program does not change: let its owner allow kms:Decrypt with the keys", c.Clusters[cluster].Account)
	} else if len(s.SecretKeys) > 0 && !c.OwnExecutionRole(cluster, name) {
		p.Add(field+".secretKeys", problem.IsSet, "the service has no secrets that ECS would decrypt with them")
	}
}
