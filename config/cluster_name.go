package config

import (
	"strings"

	"ambient-ecs/problem"
)

// ClusterTag is the tag of a cluster with a clusterName that holds its key, which the name does not say.
const ClusterTag = "ambient-ecs-cluster"

// NamedClusters are the keys of an account's ECS clusters that the program makes or imports under a name that does not begin as its own
// names do, sorted.
func (c Config) NamedClusters(account string) (keys []string) {
	for _, key := range c.ClustersOf(account) {
		if name := c.Clusters[key].ClusterName; name != "" && !strings.HasPrefix(name, c.Install+"-") {
			keys = append(keys, key)
		}
	}
	return keys
}

// NamedClusterARNs are the ARNs of these clusters, sorted by key.
func (c Config) NamedClusterARNs(account string) (arns []string) {
	for _, key := range c.NamedClusters(account) {
		arns = append(arns, c.ECSClusterARN(key))
	}
	return arns
}

// checkClusterName checks the name that the stack file gives to a cluster of the program.
func (c Config) checkClusterName(p *problem.List, key string) {
	field, cluster := "clusters."+key+".clusterName", c.Clusters[key]
	name := cluster.ClusterName
	switch {
	case name == "":
		return
	case cluster.Existing != "":
		p.Add(field, problem.IsSet, "existing names the cluster, which stays another team's: remove one of the two")
		return
	case !ecsName.MatchString(name):
		p.Refuse(field, name, "the name of an ECS cluster has at most 255 letters, digits, - and _")
		return
	}
	for _, other := range c.ClusterKeys() {
		of := c.Clusters[other]
		if other != key && of.Account == cluster.Account && of.Existing == "" && strings.EqualFold(c.ECSName(other), name) && (of.ClusterName == "" || other < key) {
			p.Refuse(field, name, "clusters.%s is called %s, and ECS has one cluster of a name in an account and region. Upper and lower case make no difference, because istiod names what it finds in lower case", other, c.ECSName(other))
		}
	}
}
