package enrolled

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"ambient-ecs/contract"
	"ambient-ecs/verify/stack"
)

// FromContract is what a contract says of a stack, for tasks with the identity key, "cluster/serviceaccount", and its bootstrap
// token. An error names the identities that there are.
func FromContract(c contract.Contract, key, token string) (*stack.Stack, error) {
	cluster, name, _ := strings.Cut(key, "/")
	identity, known := c.Identities[name]
	if !known || cluster != c.Cluster.Key {
		var all []string
		for _, name := range slices.Sorted(maps.Keys(c.Identities)) {
			all = append(all, c.Cluster.Key+"/"+name)
		}
		return nil, fmt.Errorf("the contract has no identity %q: choose one of %s", key, strings.Join(all, ", "))
	}
	// A contract is about one account, which needs no name of its own here.
	account := c.AccountID
	z := c.Ztunnel
	return &stack.Stack{
		InstallName: c.Install, Region: c.Region, Partition: c.Partition, TrustDomain: c.Mesh.TrustDomain,
		Accounts: map[string]stack.Account{account: {
			ID: account, Domain: strings.TrimPrefix(c.Mesh.Domains[cluster], c.Install+"-"+cluster+"."), RegistrySecrets: c.RegistrySecrets,
		}},
		PrivateSubnets: map[string][]string{account: c.Network.PrivateSubnetIDs},
		ClientGroups:   map[string]string{account: c.Network.ClientSecurityGroupID},
		ServerGroups:   map[string]string{account: c.Network.ServerSecurityGroupID},
		ExecutionRoles: map[string]string{account: c.Cluster.ExecutionRoleARN},
		TaskRoles:      map[string]string{key: identity.TaskRoleARN},
		Tokens:         map[string]string{key: token},
		Clusters: map[string]stack.Cluster{cluster: {
			Account: account, Region: c.Region, Name: c.Cluster.Name, ARN: c.Cluster.ARN, Namespace: identity.Namespace, LogGroup: c.Cluster.LogGroup, ZtunnelImage: z.Image,
		}},
		ZtunnelHealth:   stack.ZtunnelHealth(z.Health),
		ZtunnelSettings: stack.ZtunnelSettings{CPU: z.CPU, Memory: z.Memory, User: z.User, ReadonlyRootFilesystem: z.ReadonlyRootFilesystem, Environment: z.Environment},
		ZtunnelLabels:   z.Labels,
	}, nil
}
