package compare

import "strings"

// LogGroupsSubject is the key in World.Unseen of the log groups of the accounts.
const LogGroupsSubject = "the log groups of the accounts"

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

// unusedLogGroups warns of log groups that the update deletes. The preview shows each as one deletion among those of a cluster or a switch,
// and CloudWatch gives nothing back.
func (c *comparison) unusedLogGroups() {
	for _, key := range c.cfg.AccountKeys() {
		if names := c.world.UnusedLogGroups[key]; len(names) > 0 {
			c.warn("Account %s: this update deletes log groups with everything that they hold, because the stack file makes nothing that logs to them: %s. "+
				"Copy first what has to be kept: aws logs create-export-task (docs/living-stack.md#log-groups)", key, strings.Join(names, ", "))
		}
	}
}
