package eks

import (
	"context"
	"strings"

	awseks "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi-eks/sdk/v3/go/eks"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/eks/access"
)

// access returns the entries besides the one that EKS gives to the principal that makes the cluster.
func (a *ClusterArgs) access() ([]access.Entry, error) {
	return access.Entries(a.Partition, a.AdminPrincipals, a.ReaderPrincipals, a.LivingPrincipals)
}

// wholeCluster is the scope of each access policy, and the name of its association.
const wholeCluster = "cluster"

// accessEntries converts the entries to the form of pulumi-eks, each for the whole cluster.
func accessEntries(entries []access.Entry) map[string]eks.AccessEntryArgs {
	all := map[string]eks.AccessEntryArgs{}
	for _, entry := range entries {
		all[entry.Name] = eks.AccessEntryArgs{
			PrincipalArn: pulumi.String(entry.Principal),
			AccessPolicies: map[string]eks.AccessPolicyAssociationInput{wholeCluster: eks.AccessPolicyAssociationArgs{
				PolicyArn:   pulumi.String(entry.Policy),
				AccessScope: awseks.AccessPolicyAssociationAccessScopeArgs{Type: pulumi.String(wholeCluster)},
			}},
		}
	}
	return all
}

// accessParts are the types of the parts of pulumi-eks's component that are named after an entry.
const (
	accessEntryType       = "aws:eks/accessEntry:AccessEntry"
	policyAssociationType = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
)

// keepEntries lets Pulumi find an entry that it knows by a former name. So Pulumi does not make the entry anew. EKS
// would refuse a second entry beside it.
func keepEntries(cluster string, entries []access.Entry) pulumi.ResourceTransform {
	return func(_ context.Context, part *pulumi.ResourceTransformArgs) *pulumi.ResourceTransformResult {
		if part.Type != accessEntryType && part.Type != policyAssociationType {
			return nil
		}
		for _, entry := range entries {
			rest, found := strings.CutPrefix(part.Name, cluster+"-"+entry.Name)
			if entry.Formerly == "" || !found || rest != "" && rest != "-"+wholeCluster {
				continue
			}
			part.Opts.Aliases = append(part.Opts.Aliases, pulumi.Alias{Name: pulumi.String(cluster + "-" + entry.Formerly + rest)})
			return &pulumi.ResourceTransformResult{Props: part.Props, Opts: part.Opts}
		}
		return nil
	}
}
