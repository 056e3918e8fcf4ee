package compare

import (
	"strconv"

	"ambient-ecs/config"
)

// ECSCluster is an ECS cluster that another team made. The zero value: there is none of this name.
type ECSCluster struct {
	ARN string
	// Status is ACTIVE, or another word of ECS.
	Status string
	Tags   map[string]string
	// Insights says that Container Insights is on.
	Insights bool
}

// ExistingSubject is the key in World.Unseen of an ECS cluster that the caller may not look up.
func ExistingSubject(arn string) string { return "the ECS cluster " + arn }

// existing checks the ECS clusters of other teams.
func (c *comparison) existing() {
	for _, key := range c.cfg.ClusterKeys() {
		if living, looked := c.world.ECSClusters[key]; looked {
			c.existingCluster(key, living)
		}
	}
}

func (c *comparison) existingCluster(key string, living ECSCluster) {
	field, name := "clusters."+key+".existing", c.cfg.Clusters[key].Existing
	account := c.cfg.Clusters[key].Account
	if living.ARN == "" {
		c.problems.Refuse(field, name, "account %s (%s) has no ECS cluster of this name in %s", account, c.cfg.Accounts[account].ID, c.cfg.RegionOf(account))
		return
	}
	if want := c.cfg.ECSClusterARN(key); living.ARN != want {
		c.problems.Refuse(field, name, "AWS answers with %s, and the stack file means %s", living.ARN, want)
	}
	if living.Status != "ACTIVE" {
		c.problems.Refuse(field, name, "its status is %s, and ECS starts services on an ACTIVE cluster only", living.Status)
	}
	install, discovered := living.Tags[config.InstallTag], living.Tags[config.DiscoveryTag]
	switch on, _ := strconv.ParseBool(discovered); {
	case install != "" && install != c.cfg.Install:
		c.problems.Refuse(field, name, "its tag %s says that it belongs to the install %s. Two meshes would discover the same services: remove it there first", config.InstallTag, install)
	case install == "" && on:
		c.problems.Refuse(field, name, "it has the tag %s=%s already, which this install did not set, so another istiod may discover it. Remove the tag, and istiod's entries of the cluster go", config.DiscoveryTag, discovered)
	case install == "" && discovered != "":
		c.problems.Refuse(field, name, "it has the tag %s=%s, which this install did not set: the owner keeps the cluster out of meshes. Let the owner remove the tag", config.DiscoveryTag, discovered)
	}
	if c.cfg.Observability.Alarms.Enabled && !living.Insights {
		c.problems.Refuse(field, name, "Container Insights is off, and the alarms of observability.alarms read its metrics. Let the owner switch it on: "+
			"aws ecs update-cluster-settings --region %s --cluster %s --settings name=containerInsights,value=enabled", c.cfg.RegionOf(account), c.cfg.ECSName(key))
	}
}
