package living

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/config"
	"ambient-ecs/living/compare"
	"ambient-ecs/providers"
)

// strays looks in an account for ECS clusters of this install that the configuration has in another account. The list of an account's
// clusters holds ARNs only, so a cluster whose name matches is looked up for its tags.
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
	return nil
}
