package publish

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/config"
	"ambient-ecs/ecs"
	"ambient-ecs/mesh"
	"ambient-ecs/network"
	"ambient-ecs/providers"
)

// Deploy publishes the contract of every cluster, if the configuration asks for it.
func Deploy(ctx *pulumi.Context, cfg config.Config, accounts *providers.Accounts, networks *network.Networks, control *mesh.Mesh, fleet *ecs.Fleet) error {
	for _, key := range cfg.ContractClusters() {
		account := accounts.Get(cfg.Clusters[key].Account)
		vpc, groups := networks.Vpcs[account.Key], networks.Tasks[account.Key]
		args := &ContractArgs{
			Contract: cfg.Contract(key),
			VpcID:    vpc.VpcID, PrivateSubnetIDs: vpc.PrivateSubnetIDs, ClientSecurityGroupID: groups.Client.ID, ServerSecurityGroupID: groups.Server.ID,
			ClusterARN: fleet.Clusters[key].ARN,
			Tokens:     map[string]pulumi.StringOutput{},
			Provider:   account.Provider,
		}
		args.Contract.Ztunnel.Labels = control.Restart
		if len(args.Contract.Ingress.Hostnames) > 0 {
			args.IngressAddress = control.IngressAddress
		}
		for name := range args.Contract.Identities {
			args.Tokens[name] = fleet.Tokens[key+"/"+name]
		}
		if _, err := NewContract(ctx, key, args); err != nil {
			return fmt.Errorf("publish the contract of cluster %s: %w", key, err)
		}
	}
	return nil
}
