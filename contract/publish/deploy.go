package publish

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/config"
	"ambient-ecs/ecs"
	"ambient-ecs/iam"
	"ambient-ecs/mesh"
	"ambient-ecs/network"
	"ambient-ecs/providers"
)

// Deploy publishes the contract of every cluster, if the configuration asks for it.
func Deploy(ctx *pulumi.Context, cfg config.Config, accounts *providers.Accounts, networks *network.Networks, roles *iam.Roles, control *mesh.Mesh, fleet *ecs.Fleet) error {
	if !cfg.PublishContract {
		return nil
	}
	for _, key := range cfg.ClusterKeys() {
		account := accounts.Get(cfg.Clusters[key].Account)
		vpc, groups := networks.Vpcs[account.Key], networks.Tasks[account.Key]
		args := &ContractArgs{
			Contract: cfg.Contract(key),
			VpcID:    vpc.VpcID, PrivateSubnetIDs: vpc.PrivateSubnetIDs, ClientSecurityGroup: groups.Client, ServerSecurityGroup: groups.Server,
			ClusterARN:    fleet.Clusters[key].ARN,
			Tokens:        map[string]pulumi.StringOutput{},
			Provider:      account.Provider,
			Network:       networks.Ready(account.Key),
			ExecutionRole: roles.Execution[account.Key].Ready,
			Mesh:          control.Ready,
		}
		args.Contract.Ztunnel.Labels = control.Restart
		for _, name := range slices.Sorted(maps.Keys(args.Contract.Identities)) {
			identity := key + "/" + name
			args.Tokens[name] = fleet.Tokens[identity]
			args.TaskRoles = append(args.TaskRoles, roles.Task[identity].Ready)
			args.Identities = append(args.Identities, control.Namespaces[args.Contract.Identities[name].Namespace])
		}
		if _, err := NewContract(ctx, key, args); err != nil {
			return fmt.Errorf("publish the contract of cluster %s: %w", key, err)
		}
	}
	return nil
}
