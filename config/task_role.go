package config

import (
	"slices"
	"strings"

	"ambient-ecs/problem"
)

// TeamTaskRole is the ARN of the task role that the team has for an identity, "" if the program makes it.
func (c Config) TeamTaskRole(identity Identity) string {
	for _, name := range c.ServicesOf(identity) {
		return c.asService(identity.Cluster, name).TaskRoleARN
	}
	return ""
}

// TeamTaskRoles are the task roles of teams in an account, sorted.
func (c Config) TeamTaskRoles(account string) (arns []string) {
	for _, identity := range c.Identities() {
		if arn := c.TeamTaskRole(identity); arn != "" && identity.Account == account {
			arns = append(arns, arn)
		}
	}
	slices.Sort(arns)
	return slices.Compact(arns)
}

// TaskRoleARN is the ARN of the task role of an identity, the program's own or the team's.
func (c Config) TaskRoleARN(identity Identity) string {
	if arn := c.TeamTaskRole(identity); arn != "" {
		return arn
	}
	return c.RoleARN(identity.Account, c.TaskRoleName(identity.Cluster, identity.ServiceAccount))
}

// checkTaskRole checks a task role that the team has.
func (c Config) checkTaskRole(p *problem.List, cluster, name string, s Service) {
	field, arn := c.Field(cluster, name)+".taskRoleArn", s.TaskRoleARN
	account := c.Clusters[cluster].Account
	if c.checkRoleForTasks(p, field, arn, account, "task", "no task", "and accounts."+account+" is") && s.Permissions != nil {
		p.Add(c.Field(cluster, name)+".permissions", problem.IsSet, "taskRoleArn is a role of the team, whose permissions the program does not change: put them on that role")
	}
}

// plainRole is the account and the name of a role, which make it unique. IAM does not tell upper from lower case in them.
func plainRole(arn string) string {
	parts := roleARN.FindStringSubmatch(arn)
	if parts == nil {
		return arn
	}
	return strings.ToLower(parts[2] + "/" + parts[3][strings.LastIndex(parts[3], "/")+1:])
}

// checkTaskRoles refuses a role of two identities. istiod gives a task every identity whose service account names the task's
// role, so each of them could take the other's.
func (c Config) checkTaskRoles(p *problem.List) {
	taken := map[string]string{}
	c.eachRole(func(account, _, _, name string) {
		taken[plainRole(c.RoleARN(account, name))] = "the program makes a role of this name itself"
	})
	for _, identity := range c.Identities() {
		arn := c.TeamTaskRole(identity)
		if arn == "" {
			continue
		}
		who := identity.Namespace + "/" + identity.ServiceAccount
		if other, is := taken[plainRole(arn)]; is {
			service := c.ServicesOf(identity)[0]
			p.Refuse(c.Field(identity.Cluster, service)+".taskRoleArn", arn,
				"%s, and one role is one identity: a task gets every identity whose service account names its role. Give %s a role of its own", other, who)
			continue
		}
		taken[plainRole(arn)] = who + " has it"
	}
}

// execOfTeamRoles tells of roles to which the program cannot add what ECS Exec needs, until tasks run with them. Then `ambient doctor` knows
// what they may do.
func (c Config) execOfTeamRoles(lives Lives) (all []string) {
	for _, identity := range c.Identities() {
		if arn := c.TeamTaskRole(identity); arn != "" && c.ExecOnFor(identity) && !lives.TaskRoles[arn] {
			all = append(all, "clusters."+identity.Cluster+": commands in tasks of "+identity.ServiceAccount+" (ECS Exec, and `ambient verify` by it) need ssmmessages:CreateControlChannel, CreateDataChannel, OpenControlChannel and OpenDataChannel, "+
				"and with ecsExec.logSessions the right to write to the log group of the sessions. The program does not change "+arn+": add them there, or set exec to false")
		}
	}
	return all
}
