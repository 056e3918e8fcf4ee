package outputs

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/config"
	"ambient-ecs/contract"
	"ambient-ecs/iam/policy"
)

// contractReaders are, by cluster, the name of the parameter with its contract and the policy of whoever may read it.
func contractReaders(cfg config.Config) pulumi.Map {
	all := pulumi.Map{}
	for _, key := range cfg.ContractClusters() {
		place := policy.Place{Partition: cfg.Partition(), Region: cfg.RegionOfCluster(key), Account: cfg.Accounts[cfg.Clusters[key].Account].ID}
		all[key] = pulumi.Map{
			"parameter": pulumi.String(contract.ParameterName(cfg.Install, key)),
			"policy":    pulumi.String(policy.ContractReader(place, contract.Path(cfg.Install, key)).JSON()),
		}
	}
	return all
}
