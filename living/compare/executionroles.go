package compare

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
		if !c.roleExists(field, arn, account, role) {
			continue
		}
		if verdict := ecsTakes(role, taskOf(c.cfg, account, c.cfg.Accounts[account].ID)); !verdict.OK() {
			c.problems.Refuse(field, arn, "its trust does not admit %s for tasks of this account and region: %s", ecsTasks, verdict.Why)
		}
	}
}
