package config

import (
	"slices"

	"ambient-ecs/eks/access"
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

// RolesOfTeams are the ARNs of roles of other teams that the tasks of an account have: their task roles and their execution role.
func (c Config) RolesOfTeams(account string) []string {
	all := c.TeamTaskRoles(account)
	if theirs := c.TheirExecutionRole(account); theirs != "" {
		all = append(all, theirs)
		slices.Sort(all)
	}
	return slices.Compact(all)
}

// checkExecutionRole checks an execution role that exists.
func (c Config) checkExecutionRole(p *problem.List, field string, account Account) {
	arn, at := account.ExecutionRoleARN, field+".executionRoleArn"
	switch parts := roleARN.FindStringSubmatch(arn); {
	case arn == "":
		return
	case parts == nil:
		p.Refuse(at, arn, "this is not the ARN of an IAM role (arn:aws:iam::123456789012:role/name)")
		return
	case checkPrincipalPath("role", parts[3]) != "":
		p.Refuse(at, arn, "%s", checkPrincipalPath("role", parts[3]))
	case access.Reserved(arn):
		p.Refuse(at, arn, "only people who sign in at IAM Identity Center have this role, and not ECS")
	case parts[1] != c.Partition():
		p.Refuse(at, arn, "region %s is in the partition %s", c.Region, c.Partition())
	case parts[2] != account.ID:
		p.Refuse(at, arn, "ECS takes execution roles of the task's own account only, which is %s", account.ID)
	}
	if len(account.PullThroughPrefixes) > 0 {
		p.Add(field+".pullThroughPrefixes", problem.IsSet, "executionRoleArn is a role that the program does not change: let its owner allow the import of images")
	}
}
