package compare

import (
	"slices"
	"strings"

	"ambient-ecs/config"
)

// ECSClustersSubject is the key in World.Unseen of the ECS clusters of the accounts.
const ECSClustersSubject = "the accounts of the ECS clusters"

// Elsewhere returns the keys of the clusters that the configuration has in another account, and whose names are among the ARNs of an
// account's ECS clusters.
func Elsewhere(cfg config.Config, account string, arns []string) (keys []string) {
	for _, key := range cfg.ClusterKeys() {
		home, name := cfg.Clusters[key].Account, cfg.ECSName(key)
		belongs := func(other string) bool { return cfg.Clusters[other].Account == account && cfg.ECSName(other) == name }
		lists := func(arn string) bool { return strings.HasSuffix(arn, ":cluster/"+name) }
		if home != account && slices.ContainsFunc(arns, lists) && !slices.ContainsFunc(cfg.ClusterKeys(), belongs) {
			keys = append(keys, key)
		}
	}
	return keys
}

// strays refuses another account for an ECS cluster that lives. A preview shows updates by another account's provider, and each of them
// fails, because that account has none of the cluster's resources.
func (c *comparison) strays() {
	for _, key := range sorted(c.world.Strays) {
		was := c.world.Strays[key]
		c.problems.Refuse("clusters."+key+".account", c.cfg.Clusters[key].Account, "the cluster lives in account %s, and ECS moves no cluster. Set it to %s again. "+
			"To move, add a cluster under another key, move the callers, and remove this one", was, was)
	}
}
