package config

import (
	"slices"

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
