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
