package config

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"ambient-ecs/ecs/task/definition"
	"ambient-ecs/problem"
)

// TheirExecutionRole is the ARN of the execution role that exists in an account, "" if the program makes the roles.
func (c Config) TheirExecutionRole(account string) string {
	return c.Accounts[account].ExecutionRoleARN
}

// ExecutionRoleIn is the ARN of the execution role that the tasks of an account share.
func (c Config) ExecutionRoleIn(account string) string {
	if theirs := c.TheirExecutionRole(account); theirs != "" {
		return theirs
	}
	return c.RoleARN(account, c.ExecutionRoleName(account))
}

// RolesOfTeams are the ARNs of roles of other teams that the tasks of an account have: their task roles and their execution roles.
func (c Config) RolesOfTeams(account string) []string {
	all := c.TeamTaskRoles(account)
	if theirs := c.TheirExecutionRole(account); theirs != "" {
		all = append(all, theirs)
	}
	for _, key := range c.ClustersOf(account) {
		for _, name := range c.OwnedServices(key) {
			if theirs := c.OwnedExecutionRole(key, name); theirs != "" {
				all = append(all, theirs)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// checkExecutionRole checks the execution role that exists in an account.
func (c Config) checkExecutionRole(p *problem.List, key string) {
	field, account := "accounts."+key, c.Accounts[key]
	if c.checkRoleForTasks(p, field+".executionRoleArn", account.ExecutionRoleARN, key, "execution", "not ECS", "which is") && len(account.PullThroughPrefixes) > 0 {
		p.Add(field+".pullThroughPrefixes", problem.IsSet, "executionRoleArn is a role that the program does not change: let its owner allow the import of images")
	}
}

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

// OwnExecutionRole reports whether a service has an execution role of its own: where the stack file names one, or ECS reads or writes
// something for it that the account's role has no right to, or is not to share.
func (c Config) OwnExecutionRole(cluster, name string) bool {
	if c.TheirExecutionRole(c.Clusters[cluster].Account) != "" || c.Clusters[cluster].Services[name].ByOwner() {
		return false
	}
	return c.asService(cluster, name).ExecutionRoleName != "" || c.needsExecutionRole(cluster, name)
}

func (c Config) needsExecutionRole(cluster, name string) bool {
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
	return cmp.Or(c.asService(cluster, name).ExecutionRoleName, c.Prefix(cluster)+"-"+name+"-execution")
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
	} else if len(s.SecretKeys) > 0 && !c.needsExecutionRole(cluster, name) {
		p.Add(field+".secretKeys", problem.IsSet, "the service has no secrets that ECS would decrypt with them")
	}
}

// completeSecret is the ARN of a secret with the six characters that Secrets Manager adds to its name.
var completeSecret = regexp.MustCompile(`^arn:[^:]+:secretsmanager:[^:]+:[^:]+:secret:[^:]+-[A-Za-z0-9]{6}(:|$)`)

// partialSecrets warns of ARNs of secrets without the six characters that Secrets Manager adds. The execution role may read what the
// ARN says, and IAM compares it with the complete one, so the task does not start. An account's registrySecrets are refused so.
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html#ARN_secretnamehyphen,
// https://github.com/aws/aws-cdk/issues/18555 and 20744, 2026-11-30.
func (c Config) partialSecrets() (all []string) {
	check := func(field, arn string) {
		if strings.Contains(arn, ":secretsmanager:") && !completeSecret.MatchString(arn) {
			all = append(all, fmt.Sprintf("%s: %s does not end in the - and six characters that Secrets Manager adds to a secret's name. With a part of the ARN ECS would be refused the secret, and the tasks would not start: "+
				"take the ARN that `aws secretsmanager describe-secret --secret-id NAME --query ARN` prints", field, arn))
		}
	}
	for _, key := range c.ClusterKeys() {
		for _, name := range c.Clusters[key].WorkloadKeys() {
			s, field := c.asService(key, name), c.Field(key, name)
			for _, variable := range slices.Sorted(maps.Keys(s.Secrets)) {
				check(field+".secrets."+variable, s.Secrets[variable])
			}
			if s.definition == nil {
				continue
			}
			for _, source := range s.definition.Sources() {
				check(field+".taskDefinition."+source.Field, source.From)
			}
		}
	}
	return all
}
