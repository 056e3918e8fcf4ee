package compare

import (
	"slices"
	"strings"

	"ambient-ecs/config"
)

// InsightsSubject is the key in World.Unseen of the log group of Container Insights that the caller may not look up.
func InsightsSubject(cluster string) string {
	return "the log group of Container Insights of clusters." + cluster
}

// Unmet returns the keys of an account's clusters that the program makes and none of whose names is among the ARNs of the account's ECS
// clusters, and the names among the ARNs that no cluster of the configuration has. One of these may be one of those under its former name.
func Unmet(cfg config.Config, account string, arns []string) (keys, names []string) {
	called := map[string]bool{}
	for _, key := range cfg.ClustersOf(account) {
		called[cfg.ECSName(key)] = true
		if lives := func(arn string) bool { return nameOf(arn) == cfg.ECSName(key) }; cfg.Clusters[key].Existing == "" && !slices.ContainsFunc(arns, lives) {
			keys = append(keys, key)
		}
	}
	for _, arn := range arns {
		if name := nameOf(arn); !called[name] {
			names = append(names, name)
		}
	}
	return keys, names
}

// nameOf is the last part of an ARN: the name, or family and revision of a task definition.
func nameOf(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

// KeyOf is the key of the cluster of this install that has a name and tags, "" if it is none of the install's.
func KeyOf(cfg config.Config, name string, tags map[string]string) string {
	if tags[config.InstallTag] != cfg.Install {
		return ""
	}
	if key := tags[config.ClusterTag]; key != "" {
		return key
	}
	key, own := strings.CutPrefix(name, cfg.Install+"-")
	if !own {
		return ""
	}
	return key
}

// renamed refuses another name for an ECS cluster that lives.
func (c *comparison) renamed() {
	for _, key := range sorted(c.world.Renamed) {
		was := c.world.Renamed[key]
		back := "Set it to " + was + " again"
		if was == c.cfg.Prefix(key) {
			back = "Leave it out again"
		}
		c.problems.Refuse("clusters."+key+".clusterName", c.cfg.Clusters[key].ClusterName, "the cluster lives as %s, and ECS renames none: this up would delete it with every service, and make all of them anew. %s. "+
			"To move, add a cluster under another key, move the callers, and remove this one", was, back)
	}
}

// namedClusters checks the living ECS clusters with names of the stack file, and those that become the stack's.
//
// CreateCluster gives an active cluster of the name back as if it had made it, so the stack would own what is another team's.
//
// An import that stays in the stack file would replace the cluster. The engine compares its id with the one that the state remembers, which an
// update of the resource forgets, and then with the resource's own (pkg/resource/deploy/step_generator.go of Pulumi 3.250). The provider
// imports a cluster by its name and knows it by its ARN (internal/service/ecs/cluster.go of Terraform's, both read 2026-11-30).
func (c *comparison) namedClusters() {
	for _, key := range sorted(c.world.NamedClusters) {
		c.namedCluster(key, c.world.NamedClusters[key])
	}
}

func (c *comparison) namedCluster(key string, living ECSCluster) {
	urn, insights := config.TypeECSCluster+"::"+key, config.TypeLogGroup+"::"+key+"-insights"
	account, name := c.cfg.Clusters[key].Account, c.cfg.ECSName(key)
	imported := c.cfg.Imports[urn] != ""
	field := "clusters." + key + ".clusterName"
	if imported {
		field = "imports." + urn
	}
	of := KeyOf(c.cfg, name, living.Tags)
	switch install := living.Tags[config.InstallTag]; {
	case living.ARN == "" && imported:
		c.problems.Refuse(field, name, "account %s (%s) has no ECS cluster of this name in %s", account, c.cfg.Accounts[account].ID, c.cfg.RegionOf(account))
	case living.ARN == "":
	case install != "" && install != c.cfg.Install:
		c.problems.Refuse(field, name, "its tag %s says that it belongs to the install %s. Two meshes would discover the same services: remove it there first", config.InstallTag, install)
	case of != "" && of != key:
		c.problems.Refuse(field, name, "it is the cluster of the key %s in this install: Pulumi would make it under one key and delete it under the other. Keep the key %s, or choose another name", of, of)
	case imported && living.Tags[config.ClusterTag] == key:
		c.problems.Refuse(field, name, "the stack has the cluster already: take this import away. Pulumi knows the cluster by its ARN and the import by its name, so after a change it would take that for another import, and delete the cluster. "+
			"If the state was lost, remove the tag %s from the cluster first", config.ClusterTag)
	case imported && install != "":
		c.warn("%s: take it away once the stack has the cluster. Pulumi knows the cluster by its ARN and the import by its name, so after a change it would take that for another import, and delete the cluster (docs/adoption.md).", field)
	case install == "" && !imported:
		c.problems.Refuse(field, name, "account %s has an ECS cluster of this name, which this stack did not make. To make it the stack's, add the import %s: %s; to leave it to its owner, name it in existing (docs/adoption.md)", account, urn, name)
	}
	if tags, exists := c.world.InsightsGroups[key]; exists && !c.ours(tags) && c.cfg.Imports[insights] == "" {
		c.problems.Refuse("imports", insights, "Container Insights has made the log group %s, which the program makes for the cluster, so the up would stop: add the import %s: %s", config.InsightsLogGroup(name), insights, config.InsightsLogGroup(name))
	}
}
