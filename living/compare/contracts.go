package compare

// ContractSubject is the key in World.Unseen of a published contract that the caller may not look up.
func ContractSubject(cluster string) string { return "the published contract of clusters." + cluster }

// contracts warns of what services of other stacks have by a published contract, and would lose by this update. Nobody knows here whether
// there are such services.
func (c *comparison) contracts() {
	const lost = "%s is set, and the published contract of clusters.%s names %s, which the program then deletes. Services of other stacks that have it start no further task until their own next `pulumi up`: " +
		"agree on a time with their teams, and let them run it right after (docs/consuming.md)"
	for _, key := range c.cfg.ClusterKeys() {
		published, account := c.world.Contracts[key].Cluster, c.cfg.Clusters[key].Account
		if own := c.cfg.OwnLogGroup(key); c.cfg.Clusters[key].LogGroup != "" && published.LogGroup == own {
			c.warn(lost, "clusters."+key+".logGroup", key, "the log group "+own)
		}
		if own := c.cfg.RoleARN(account, c.cfg.ExecutionRoleName(account)); c.cfg.TheirExecutionRole(account) != "" && published.ExecutionRoleARN == own {
			c.warn(lost, "accounts."+account+".executionRoleArn", key, "the execution role "+own)
		}
	}
}
