package meshservice

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"ambient-ecs/ecs/task/definition"
	"ambient-ecs/problem"
)

// The cluster may be one that the platform gave to a team, whose deployer then has the role team.roleArn of the contract. That role
// registers task definitions of the team's families alone, deregisters none, passes the team's roles alone, and has no rights to
// scale or to change a task role (iam/policy/team.go). What it cannot do is refused here, before AWS would refuse half of a service.

// ofTeam says that the cluster is a team's.
func (m *member) ofTeam() bool { return m.contract.Team.Name != "" }

// family is the family of the task definition in a team's cluster, and empty in another, where it is as the platform's are.
func (m *member) family() string {
	if !m.ofTeam() {
		return ""
	}
	return m.contract.Family(m.name)
}

// checkTeam records what the role of the cluster's team may not do.
func (m *member) checkTeam(p *problem.List) {
	if !m.ofTeam() {
		return
	}
	team := m.contract.Team.Name
	if m.args.Scaling != nil {
		p.Add("scaling", problem.IsSet, "the role of the team %s has no right to Application Auto Scaling, since IAM cannot narrow that right to the team's services: set desiredCount instead, "+
			"or let the platform declare the service, with scaling, in its stack file", team)
	}
	const theirs = "the task role of %s is the platform's, and the role of the team %s may not change it: leave it out, and let the platform " +
		"give the rights in its stack file, as permissions of a service with this identity"
	if m.args.Policy != nil {
		p.Add("policy", problem.IsSet, theirs, m.args.ServiceAccount, team)
	}
	if len(m.args.ManagedPolicyArns) > 0 {
		p.Refuse("managedPolicyArns", m.args.ManagedPolicyArns, theirs, m.args.ServiceAccount, team)
	}
	m.checkTags(p)
	field, role := "executionRoleArn", m.values.executionRole
	if m.args.ExecutionRoleArn == nil {
		field, role = "taskDefinition.executionRoleArn", m.executionRole()
	}
	if role != "" && !m.passes(role) {
		p.Refuse(field, role, "the role of the team %s may not pass this role to ECS: %s", team, m.passable())
	}
}

// checkTags records the tags that the role may not set. A platform of before tells no keys.
func (m *member) checkTags(p *problem.List) {
	known := m.contract.Team.TagKeys
	if known == nil {
		return
	}
	const closed = "the role of the team %s may set the tags %s and no others, since istiod makes labels of tags: let the platform add the key to teams.%s.tagKeys"
	allowed := strings.Join(known, ", ")
	if allowed == "" {
		allowed = "of the mesh"
	}
	team := m.contract.Team.Name
	for _, key := range slices.Sorted(maps.Keys(m.args.Tags)) {
		if !slices.Contains(known, key) {
			p.Refuse("tags."+key, m.args.Tags[key], closed, team, allowed, team)
		}
	}
	if m.definition == nil {
		return
	}
	for i, tag := range m.definition.Tags {
		if key := definition.Text(tag.Key); !slices.Contains(known, key) {
			p.Refuse(fmt.Sprintf("taskDefinition.tags[%d]", i), key, closed, team, allowed, team)
		}
	}
}

// checkSecrets records secrets that the role with which ECS starts the tasks may not read. A role that the inputs name is its owner's to know.
func (m *member) checkSecrets(p *problem.List) {
	if reads := !m.values.known || len(m.values.secrets) > 0; m.args.Secrets == nil || !reads || m.args.ExecutionRoleArn != nil || m.executionRole() != "" {
		return
	}
	c := m.contract
	switch {
	case !m.ofTeam():
		p.Missing("executionRoleArn", "the account's execution role may read no secret: name a role that may read these, and that may write to the cluster's log group")
		return
	case c.Team.SecretPrefix == "":
		p.Add("secrets", problem.IsSet, "the platform has not granted secrets to the execution role of the team %s yet: its next update does, with the version of this package", c.Team.Name)
		return
	}
	at := fmt.Sprintf("%s:%s:", c.Region, c.AccountID)
	for _, variable := range slices.Sorted(maps.Keys(m.values.secrets)) {
		_, arn, _ := strings.Cut(m.values.secrets[variable], ":"+cmp.Or(c.Partition, "aws")+":")
		own := slices.ContainsFunc([]string{"secretsmanager:" + at + "secret:", "ssm:" + at + "parameter/"}, func(kind string) bool { return strings.HasPrefix(arn, kind+c.Team.SecretPrefix) })
		if !own && !strings.HasPrefix(m.values.secrets[variable], "/"+c.Team.SecretPrefix) {
			p.Refuse("secrets."+variable, m.values.secrets[variable], "%s reads %s: give it such a name%s", c.Cluster.ExecutionRoleARN, m.readable(), m.orOwnRole())
		}
	}
}

// readable says which secrets the execution role of the team reads.
func (m *member) readable() string {
	c := m.contract
	return fmt.Sprintf("secrets that begin with %s, and parameters that begin with /%s, of %s in %s", c.Team.SecretPrefix, c.Team.SecretPrefix, c.AccountID, c.Region)
}

// orOwnRole says how a team reads other secrets, where it makes roles.
func (m *member) orOwnRole() string {
	if m.ownRoles() == "" {
		return ""
	}
	return fmt.Sprintf(", or let the platform allow it by teams.%s.statements, and set executionRoleArn to a role of the team's own that reads it", m.contract.Team.Name)
}

// passes says whether the team's role may pass a role to ECS.
func (m *member) passes(role string) bool {
	c := m.contract
	if own := m.ownRoles(); own != "" && strings.HasPrefix(role, own) {
		return true
	}
	for _, identity := range c.Identities {
		if role == identity.TaskRoleARN {
			return true
		}
	}
	return role == c.Cluster.ExecutionRoleARN
}

// passable says which execution roles the team has.
func (m *member) passable() string {
	without := "leave it out, for " + m.contract.Cluster.ExecutionRoleARN
	if m.contract.Team.SecretPrefix != "" {
		without += ", which reads " + m.readable()
	}
	if own := m.ownRoles(); own != "" {
		return without + ", or name a role of the team's own, whose ARN begins with " + own
	}
	return without + "; the team makes no roles in this account"
}

// ownRoles begins the ARNs of the roles that the team makes, empty where it makes none.
func (m *member) ownRoles() string {
	c := m.contract
	if c.Team.RolePath == "" {
		return ""
	}
	return fmt.Sprintf("arn:%s:iam::%s:role%s%s", cmp.Or(c.Partition, "aws"), c.AccountID, c.Team.RolePath, c.Team.NamePrefix)
}
