package compare

import (
	"ambient-ecs/iam/evaluation"
)

// executionRoles checks the execution roles that exist. ECS tells of one that it cannot take only when a task does not start. Nobody
// has an identity in the mesh by such a role, so its trust may admit others too.
func (c *comparison) executionRoles() {
	for _, account := range c.cfg.AccountKeys() {
		arn := c.cfg.TheirExecutionRole(account)
		role, looked := c.world.TaskRoles[arn]
		if arn == "" || !looked {
			continue
		}
		field := "accounts." + account + ".executionRoleArn"
		switch {
		case role.ARN == "":
			c.problems.Refuse(field, arn, "there is no role of this name in account %s", account)
			continue
		case role.ARN != arn:
			c.problems.Refuse(field, arn, "the role of this name is %s: give its whole ARN, with the path", role.ARN)
			continue
		}
		id := c.cfg.Accounts[account].ID
		verdict := evaluation.Trusts(&evaluation.Role{ARN: role.ARN, Trust: role.Trust}, evaluation.Caller{Service: ecsTasks}, "sts:AssumeRole", map[string]string{
			"aws:SourceAccount": id, "aws:SourceArn": "arn:" + c.cfg.Partition() + ":ecs:" + c.cfg.RegionOf(account) + ":" + id + ":task/any",
		})
		if !verdict.OK() {
			c.problems.Refuse(field, arn, "its trust does not admit %s for tasks of this account and region: %s", ecsTasks, verdict.Why)
		}
	}
}
