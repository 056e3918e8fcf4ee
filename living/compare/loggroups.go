package compare

// LogGroupSubject is the key in World.Unseen of a log group that the caller may not look up.
func LogGroupSubject(cluster string) string { return "the log group of clusters." + cluster }

// logGroups checks the log groups of other teams. ECS starts no task whose log group does not exist.
func (c *comparison) logGroups() {
	for _, key := range c.cfg.ClusterKeys() {
		if exists, looked := c.world.LogGroups[key]; looked && !exists {
			account, name := c.cfg.Clusters[key].Account, c.cfg.Clusters[key].LogGroup
			c.problems.Refuse("clusters."+key+".logGroup", name, "account %s (%s) has no log group of this name in %s: no task would start", account, c.cfg.Accounts[account].ID, c.cfg.RegionOf(account))
		}
	}
}
