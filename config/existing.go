package config

import (
	"regexp"
	"slices"
	"strings"

	"ambient-ecs/problem"
)

var (
	// ecsName is what ECS accepts as the name of a cluster or a service.
	// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCluster.html, 2026-11-29.
	ecsName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,255}$`)
	// ecsClusterARN is the ARN of an ECS cluster.
	ecsClusterARN = regexp.MustCompile(`^arn:([a-z-]+):ecs:([a-z0-9-]+):([0-9]{12}):cluster/([A-Za-z0-9_-]{1,255})$`)
)

// ExistingClusters are the keys of an account's ECS clusters that other teams made, sorted.
func (c Config) ExistingClusters(account string) (keys []string) {
	for _, key := range c.ClustersOf(account) {
		if c.Clusters[key].Existing != "" {
			keys = append(keys, key)
		}
	}
	return keys
}

// ExistingClusterARNs are the ARNs of these clusters, sorted by key.
func (c Config) ExistingClusterARNs(account string) (arns []string) {
	for _, key := range c.ExistingClusters(account) {
		arns = append(arns, c.ECSClusterARN(key))
	}
	return arns
}

// ExistingServiceARNs are the ARNs of the services that the stack has on these clusters, sorted by cluster and service.
func (c Config) ExistingServiceARNs(account string) (arns []string) {
	for _, key := range c.ExistingClusters(account) {
		for _, name := range c.Clusters[key].ServiceKeys() {
			if !c.Clusters[key].Services[name].ByOwner() {
				arns = append(arns, c.ServiceARN(key, name))
			}
		}
	}
	return arns
}

// noObjectName says what a name with a _ may do, and how that is seen before it hurts.
const noObjectName = "which no Kubernetes object may have. istiod names ServiceEntries after cluster and service, and what it does with a _ is not known. Callers of an enrolled service find it by its ServiceEntry alone: " +
	"look whether istiod has written one before you enrol the service (docs/adoption.md#names-with-an-underscore)"

// underscored are the services of a cluster that others call, that are not in the mesh yet, and whose names in ECS have a _, as "key (name)".
func (c Config) underscored(cluster string, lives Lives) (names []string) {
	for _, key := range c.Clusters[cluster].ServiceKeys() {
		if name := c.ServiceName(cluster, key); strings.Contains(name, "_") && !c.Clusters[cluster].Services[key].ClientOnly && !lives.Members[cluster+"/"+key] {
			names = append(names, key+" ("+name+")")
		}
	}
	return names
}

// NameNotices are about names in ECS after which istiod may not be able to name its objects.
func (c Config) NameNotices(lives Lives) (all []string) {
	for _, key := range c.ClusterKeys() {
		field := "clusters." + key + ".existing"
		if c.Clusters[key].Existing == "" {
			field = "clusters." + key + ".clusterName"
		}
		if strings.Contains(c.ECSName(key), "_") {
			if !c.anyMember(key, lives) {
				all = append(all, field+": the name has a _, "+noObjectName)
			}
		} else if names := c.underscored(key, lives); len(names) > 0 {
			all = append(all, "clusters."+key+".services: the names in ECS of "+strings.Join(names, ", ")+" have a _, "+noObjectName)
		}
	}
	return all
}

// anyMember reports whether a service of a cluster is in the mesh.
func (c Config) anyMember(cluster string, lives Lives) bool {
	return slices.ContainsFunc(c.Clusters[cluster].ServiceKeys(), func(key string) bool { return lives.Members[cluster+"/"+key] })
}

// providersOfTheirs says which capacity providers an existing cluster must have: AWS's provider does not show them. A service that lives
// has found them.
func (c Config) providersOfTheirs(lives Lives) (all []string) {
	for _, key := range c.ClusterKeys() {
		cluster := c.Clusters[key]
		starts := slices.ContainsFunc(cluster.ServiceKeys(), func(name string) bool {
			return len(cluster.Services[name].CapacityProviderStrategy) > 0 && !lives.Members[key+"/"+name]
		})
		if cluster.Existing != "" && starts {
			all = append(all, "clusters."+key+".existing: services have a capacityProviderStrategy, and the capacity providers of an existing cluster are its owner's. The cluster must have "+strings.Join(c.CapacityProvidersOf(key), " and "))
		}
	}
	return all
}

// checkExisting checks an ECS cluster that another team made.
func (c Config) checkExisting(p *problem.List, key string) {
	field, cluster := "clusters."+key+".existing", c.Clusters[key]
	existing := cluster.Existing
	if existing == "" {
		return
	}
	account, known := c.Accounts[cluster.Account]
	arn := ecsClusterARN.FindStringSubmatch(existing)
	switch {
	case arn == nil && strings.Contains(existing, ":"):
		p.Refuse(field, existing, "this is not the ARN of an ECS cluster (arn:aws:ecs:REGION:123456789012:cluster/name)")
		return
	case arn == nil && !ecsName.MatchString(existing):
		p.Refuse(field, existing, "the name of an ECS cluster has at most 255 letters, digits, - and _")
		return
	case arn != nil && (arn[1] != c.Partition() || arn[2] != c.RegionOfCluster(key)):
		p.Refuse(field, existing, "accounts.%s is in region %s, partition %s, and istiod looks for its clusters there only", cluster.Account, c.RegionOfCluster(key), c.Partition())
	case arn != nil && known && arn[3] != account.ID:
		p.Refuse(field, existing, "accounts.%s is %s: name the account that holds the cluster", cluster.Account, account.ID)
	}
	if c.ECSName(key) == c.Prefix(key) {
		p.Refuse(field, existing, "the program gives this name to the cluster that it makes itself: remove existing, or choose another key")
	}
	for _, other := range c.ClusterKeys() {
		if other != key && c.Clusters[other].Account == cluster.Account && c.ECSName(other) == c.ECSName(key) && (c.Clusters[other].Existing == "" || other < key) {
			p.Refuse(field, existing, "clusters.%s is the same ECS cluster: put its services there", other)
		}
	}
	c.checkExistingUse(p, key)
}

// Import is how far a living service has been taken over.
type Import string

const (
	// ImportUnchanged has the service in the state and changes nothing of it.
	ImportUnchanged Import = "unchanged"
	// ImportEnrolled makes the service a member of the mesh.
	ImportEnrolled Import = "enrolled"
)

// ImportedServices are the services of a cluster that the stack takes over or has taken over, sorted.
func (c Config) ImportedServices(cluster string) []string {
	return slices.DeleteFunc(c.Clusters[cluster].ServiceKeys(), func(name string) bool {
		return c.Clusters[cluster].Services[name].Import == ""
	})
}

// HasImports reports whether the stack takes over services of an account.
func (c Config) HasImports(account string) bool {
	return slices.ContainsFunc(c.ExistingClusters(account), func(key string) bool {
		return slices.ContainsFunc(c.Clusters[key].ServiceKeys(), func(name string) bool { return c.Clusters[key].Services[name].Import != "" })
	})
}

// checkImport checks a service that the stack takes over.
func (c Config) checkImport(p *problem.List, cluster, field string, s Service) {
	if s.Import == "" || s.ByOwner() {
		return
	}
	problem.OneOf(p, field+".import", s.Import, ImportUnchanged, ImportEnrolled)
	switch {
	case c.Clusters[cluster].Existing == "":
		p.Add(field+".import", problem.IsSet, "the program makes the cluster, so no service lives on it before: set clusters.%s.existing to the service's cluster", cluster)
	case s.Import == ImportUnchanged && s.ByPipeline():
		p.Add(field+".import", problem.IsSet, "a pipeline deploys the service, and the up that enrols it could not: take it over without deployedBy, and hand it to the pipeline afterwards")
	}
}

// checkExistingUse refuses what would change settings of the cluster, which are its owner's.
func (c Config) checkExistingUse(p *problem.List, key string) {
	if field := "clusters." + key + ".existing"; c.Exec.LogSessions || c.Exec.KMSKeyARN != "" {
		p.Refuse(field, c.Clusters[key].Existing, "ecsExec.logSessions and ecsExec.kmsKeyArn are settings of a cluster, and those of an existing one are its owner's: remove them, and let the owner configure ECS Exec")
	}
}
