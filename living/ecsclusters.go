package living

import (
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/config"
	"ambient-ecs/living/compare"
	"ambient-ecs/providers"
)

// strays looks in an account for ECS clusters of this install that the configuration has in another account, or under another name. The list
// of an account's clusters holds ARNs only, so a cluster that may be one is looked up for its tags.
func (l *looking) strays(account *providers.Account) error {
	clusters, found, err := ask(l, account, compare.ECSClustersSubject, func(o pulumi.InvokeOption) (*ecs.GetClustersResult, error) {
		return ecs.GetClusters(l.ctx, o)
	})
	if err != nil || !found {
		return err
	}
	for _, key := range compare.Elsewhere(l.cfg, account.Key, clusters.ClusterArns) {
		cluster, exists, err := ask(l, account, compare.ECSClustersSubject, func(o pulumi.InvokeOption) (*ecs.LookupClusterResult, error) {
			return ecs.LookupCluster(l.ctx, &ecs.LookupClusterArgs{ClusterName: l.cfg.ECSName(key)}, o)
		})
		if err != nil {
			return err
		}
		if exists && cluster.Tags[config.InstallTag] == l.cfg.Install {
			l.note(func(w *compare.World) { w.Strays[key] = account.Key })
		}
	}
	keys, names := compare.Unmet(l.cfg, account.Key, clusters.ClusterArns)
	if len(keys) == 0 {
		return nil
	}
	for _, name := range names {
		l.at(func() error { return l.renamed(account, keys, name) })
	}
	return nil
}

// renamed looks whether an ECS cluster of an account is one of the keys, under another name than the configuration's. Those of others count
// as none if the caller may not look them up: a deployer has no right to.
func (l *looking) renamed(account *providers.Account, keys []string, name string) error {
	cluster, exists, err := askOfOthers(l, account, "the ECS cluster "+name, func(o pulumi.InvokeOption) (*ecs.LookupClusterResult, error) {
		return ecs.LookupCluster(l.ctx, &ecs.LookupClusterArgs{ClusterName: name}, o)
	})
	if err != nil || !exists {
		return err
	}
	if key := compare.KeyOf(l.cfg, name, cluster.Tags); slices.Contains(keys, key) {
		l.note(func(w *compare.World) { w.Renamed[key] = name })
	}
	return nil
}

// namedCluster looks up the ECS cluster with a name of the stack file, or one to import, and the log group of its Container Insights.
func (l *looking) namedCluster(key string) error {
	account := l.accounts.Get(l.cfg.Clusters[key].Account)
	living, looked, err := l.ecsCluster(account, key)
	if err != nil {
		return err
	}
	if looked {
		l.note(func(w *compare.World) { w.NamedClusters[key] = living })
	}
	subject, name := compare.InsightsSubject(key), config.InsightsLogGroup(l.cfg.ECSName(key))
	exists, err := l.hasLogGroup(account, subject, name)
	if err != nil || !exists {
		return err
	}
	group, found, err := ask(l, account, subject, func(o pulumi.InvokeOption) (*cloudwatch.LookupLogGroupResult, error) {
		return cloudwatch.LookupLogGroup(l.ctx, &cloudwatch.LookupLogGroupArgs{Name: name}, o)
	})
	if err == nil && found {
		l.note(func(w *compare.World) { w.InsightsGroups[key] = group.Tags })
	}
	return err
}
