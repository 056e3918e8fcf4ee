package eks

import (
	awseks "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi-eks/sdk/v3/go/eks"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/eks/access"
)

// access are the entries beside the one that EKS gives to the principal that makes the cluster.
func (a *ClusterArgs) access() ([]access.Entry, error) {
	return access.Entries(a.Partition, a.Credentials.RoleARN, a.AdminPrincipals, a.ReaderPrincipals)
}

// accessEntries are the same entries as pulumi-eks takes them, each for the whole cluster.
func accessEntries(entries []access.Entry) map[string]eks.AccessEntryArgs {
	all := map[string]eks.AccessEntryArgs{}
	for _, entry := range entries {
		all[entry.Name] = eks.AccessEntryArgs{
			PrincipalArn: pulumi.String(entry.Principal),
			AccessPolicies: map[string]eks.AccessPolicyAssociationInput{"cluster": eks.AccessPolicyAssociationArgs{
				PolicyArn:   pulumi.String(entry.Policy),
				AccessScope: awseks.AccessPolicyAssociationAccessScopeArgs{Type: pulumi.String("cluster")},
			}},
		}
	}
	return all
}
