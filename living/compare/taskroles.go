package compare

import (
	"slices"
	"strings"

	"ambient-ecs/config"
	"ambient-ecs/iam/evaluation"
)

// TaskRoleSubject is the key in World.Unseen of a task role that the caller may not look up.
func TaskRoleSubject(arn string) string { return "the trust of the task role " + arn }

// ecsTasks is the service that takes task roles.
const ecsTasks = "ecs-tasks.amazonaws.com"

// taskRoles checks the task roles of teams. Who can take such a role has its identity in the mesh, so nobody but ECS may,
// and ECS for tasks of the role's account only.
func (c *comparison) taskRoles() {
	for _, identity := range c.cfg.Identities() {
		arn := c.cfg.TeamTaskRole(identity)
		role, looked := c.world.TaskRoles[arn]
		if arn == "" || !looked {
			continue
		}
		field := c.cfg.Field(identity.Cluster, c.cfg.ServicesOf(identity)[0]) + ".taskRoleArn"
		if !c.roleExists(field, arn, identity.Account, role) {
			continue
		}
		for _, reason := range strangers(c.cfg, identity, role) {
			c.problems.Refuse(field, arn, "%s. Whoever takes the role has the identity %s/%s in the mesh", reason, identity.Namespace, identity.ServiceAccount)
		}
	}
}

// roleExists refuses a role of somebody else that is not there, or that has another path.
func (c *comparison) roleExists(field, arn, account string, role Role) bool {
	switch {
	case role.ARN == "":
		c.problems.Refuse(field, arn, "there is no role of this name in account %s", account)
	case role.ARN != arn:
		c.problems.Refuse(field, arn, "the role of this name is %s: give its whole ARN, with the path", role.ARN)
	default:
		return true
	}
	return false
}

// ecsTakes asks the trust of a role whether ECS may take the role for a task.
func ecsTakes(role Role, task source) evaluation.Verdict {
	return evaluation.Trusts(&evaluation.Role{ARN: role.ARN, Trust: role.Trust}, evaluation.Caller{Service: ecsTasks}, "sts:AssumeRole", map[string]string{
		"aws:SourceAccount": task.account, "aws:SourceArn": task.arn,
	})
}

// strangers says whom a task role's trust admits besides ECS for tasks of its account, and whether it admits ECS at all.
//
// The condition on the source is AWS's own advice against the confused deputy.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html, 2026-11-29.
func strangers(cfg config.Config, identity config.Identity, role Role) (reasons []string) {
	trust, err := evaluation.Parse(role.Trust)
	if err != nil {
		return []string{"its trust cannot be read: " + err.Error()}
	}
	var others []string
	for _, s := range trust.Statement {
		if s.Effect != "Allow" {
			continue
		}
		if s.NotPrincipal != nil {
			others = append(others, "everybody but some principals")
		}
		for _, kind := range []string{"AWS", "CanonicalUser", "Federated", "Service"} {
			for _, name := range s.Principal[kind] {
				if kind != "Service" || name != ecsTasks {
					others = append(others, name)
				}
			}
		}
	}
	slices.Sort(others)
	if others = slices.Compact(others); len(others) > 0 {
		reasons = append(reasons, "its trust admits "+strings.Join(others, ", ")+", and a task role is for "+ecsTasks+" alone")
	}
	own := taskOf(cfg, identity.Account, cfg.Accounts[identity.Account].ID)
	switch foreign := foreignAccounts(cfg, identity.Account, trust, role); {
	case slices.Contains(foreign, anyAccount):
		reasons = append(reasons, "its trust admits "+ecsTasks+" for tasks of every account: add the condition StringEquals aws:SourceAccount "+own.account)
	case len(foreign) > 0:
		reasons = append(reasons, "its trust admits "+ecsTasks+" for tasks of "+strings.Join(foreign, ", ")+" besides: let the condition name the account "+own.account+" alone")
	}
	if verdict := ecsTakes(role, own); !verdict.OK() {
		reasons = append(reasons, "its trust does not admit "+ecsTasks+" for tasks of this account and region: "+verdict.Why)
	}
	return reasons
}
