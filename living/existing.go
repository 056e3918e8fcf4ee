package living

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/living/compare"
	"ambient-ecs/providers"
)

// existing looks up an ECS cluster that another team made.
func (l *looking) existing(key string) error {
	account := l.accounts.Get(l.cfg.Clusters[key].Account)
	living, looked, err := l.ecsCluster(account, key)
	if err != nil || !looked {
		return err
	}
	found := living.ARN != ""
	l.note(func(w *compare.World) { w.ECSClusters[key] = living })
	for _, name := range l.cfg.ImportedServices(key) {
		if found {
			l.at(func() error { return l.imported(account, key, name) })
		}
	}
	for _, name := range l.cfg.OwnedServices(key) {
		if found {
			l.at(func() error { return l.owned(account, key, name) })
		}
	}
	return nil
}

// ecsCluster looks up the ECS cluster of a key. The zero value: there is none. It is not looked if the caller may not look.
func (l *looking) ecsCluster(account *providers.Account, key string) (living compare.ECSCluster, looked bool, err error) {
	subject := compare.ExistingSubject(l.cfg.ECSClusterARN(key))
	cluster, found, err := ask(l, account, subject, func(o pulumi.InvokeOption) (*ecs.LookupClusterResult, error) {
		return ecs.LookupCluster(l.ctx, &ecs.LookupClusterArgs{ClusterName: l.cfg.ECSName(key)}, o)
	})
	if err != nil || !found {
		return living, err == nil && !l.unseen(subject), err
	}
	living = compare.ECSCluster{ARN: cluster.Arn, Status: cluster.Status, Tags: cluster.Tags}
	for _, setting := range cluster.Settings {
		living.Insights = living.Insights || setting.Name == "containerInsights" && setting.Value != "disabled"
	}
	return living, true, nil
}
