package config

import (
	"regexp"
	"strings"

	"ambient-ecs/eks/access"
	"ambient-ecs/problem"
)

// GivenRole is a role of the program whose name the stack file gives, or that exists and becomes the stack's.
type GivenRole struct {
	// Name is its name in IAM, URN the end of its URN: TYPE::NAME.
	Name, URN string
	// Field is the key that gives the name. Empty: the program chooses it.
	Field string
	// Imported says that imports has it.
	Imported bool
}

// GivenRoles are these roles of an account.
func (c Config) GivenRoles(account string) (all []GivenRole) {
	c.eachComponentRole(func(r componentRole) {
		of := GivenRole{Name: r.name, URN: TypeRole + "::" + r.component, Field: r.field}
		of.Imported = c.Imports[of.URN] != ""
		if r.account == account && (of.Field != "" || of.Imported) {
			all = append(all, of)
		}
	})
	return all
}

// NamedRoleARNs are the ARNs of the roles of an account whose names do not begin as the program's own do.
func (c Config) NamedRoleARNs(account string) (arns []string) {
	for _, role := range c.GivenRoles(account) {
		if role.Field != "" && !strings.HasPrefix(role.Name, c.Install+"-") {
			arns = append(arns, c.RoleARN(account, role.Name))
		}
	}
	return arns
}

// givesTaskRoleName is the first service or task of a service account that gives the task role a name, "" if none does.
func (c Config) givesTaskRoleName(cluster, serviceAccount string) (first string) {
	for name := range c.Clusters[cluster].workloads() {
		if c.asService(cluster, name).TaskRoleName != "" && c.ServiceAccountOf(cluster, name) == serviceAccount && (first == "" || name < first) {
			first = name
		}
	}
	return first
}

// taskRoleField is the key that gives the name of an identity's task role, "" if none does.
func (c Config) taskRoleField(identity Identity) string {
	if name := c.givesTaskRoleName(identity.Cluster, identity.ServiceAccount); name != "" {
		return c.Field(identity.Cluster, name) + ".taskRoleName"
	}
	return ""
}

// givenRoleName is what IAM accepts as the name of a role (https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html,
// 2026-11-30). None of its characters is a wildcard or a variable in a policy.
var givenRoleName = regexp.MustCompile(`^[\w+=,.@-]{1,64}$`)

// checkGivenRoles checks the names of its roles that a service or a standalone task gives.
func (c Config) checkGivenRoles(p *problem.List, cluster, name string, s Service) {
	field, account := c.Field(cluster, name), c.Clusters[cluster].Account
	if s.TaskRoleName != "" && s.TaskRoleARN != "" {
		p.Add(field+".taskRoleName", problem.IsSet, "taskRoleArn names a role of the team, which the program does not make: remove one of the two")
	}
	switch {
	case s.ExecutionRoleName == "":
	case s.ByOwner():
		p.Add(field+".executionRoleName", problem.IsSet, "deployedBy is %s, and the program makes no execution role for it: owned.executionRoleArn names its owner's", DeployedByOwner)
	case c.TheirExecutionRole(account) != "":
		p.Add(field+".executionRoleName", problem.IsSet, "accounts.%s.executionRoleArn is the role of all tasks of the account: remove one of the two", account)
	}
	for _, of := range []struct{ key, name string }{{"taskRoleName", s.TaskRoleName}, {"executionRoleName", s.ExecutionRoleName}} {
		field, given, lower := field+"."+of.key, of.name, strings.ToLower(of.name)
		switch {
		case given == "":
		case strings.HasPrefix(given, "arn:"):
			p.Refuse(field, given, "give the name of the role, and not its ARN: the path is iamPath")
		case !givenRoleName.MatchString(given):
			p.Refuse(field, given, "the name of an IAM role has 1 to 64 letters, digits and _ + = , . @ -")
		case access.Reserved(c.RoleARN(account, given)):
			p.Refuse(field, given, "IAM Identity Center keeps these names for its own roles")
		case strings.HasPrefix(lower, strings.ToLower(c.Install)+"_"):
			p.Refuse(field, given, "the roles that teams make have names that begin with %s_, and a team could take the identity of such a role", c.Install)
		case strings.HasPrefix(lower, "ci-"+strings.ToLower(c.Install)+"-"):
			p.Refuse(field, given, "the roles of CI have names that begin with ci-%s- (docs/ci.md), and a deployer may change every role of the stack", c.Install)
		}
	}
}

// checkRoleNames refuses a name of the stack file that another role of the account has. IAM does not tell upper from lower case in them.
func (c Config) checkRoleNames(p *problem.List) {
	type role struct{ arn, field, name string }
	var given []role
	taken := map[string]string{}
	c.eachRole(func(account, field, key, name string) {
		if arn := plainRole(c.RoleARN(account, name)); key != name {
			taken[arn] = field + " " + key
		} else if givenRoleName.MatchString(name) {
			given = append(given, role{arn, field, name})
		}
	})
	if given == nil {
		return
	}
	for arn, field := range c.platformPrincipals() {
		taken[plainRole(arn)] = field
	}
	for _, account := range c.AccountKeys() {
		if theirs := c.TheirExecutionRole(account); theirs != "" {
			taken[plainRole(theirs)] = "accounts." + account + ".executionRoleArn"
		}
		for _, cluster := range c.ClustersOf(account) {
			for _, name := range c.OwnedServices(cluster) {
				if theirs := c.OwnedExecutionRole(cluster, name); theirs != "" {
					taken[plainRole(theirs)] = c.Field(cluster, name) + ".owned.executionRoleArn"
				}
			}
		}
	}
	for _, one := range given {
		if other := taken[one.arn]; other != "" {
			p.Refuse(one.field, one.name, "%s has a role of this name, and IAM has one of a name in an account, without a difference between upper and lower case", other)
			continue
		}
		taken[one.arn] = one.field
	}
}
