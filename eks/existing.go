package eks

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/eks/access"
	"ambient-ecs/eks/existing"
	"ambient-ecs/eks/kubeconfig"
	"ambient-ecs/problem"
)

// ExistingClusterTypeToken is the Pulumi type of a Cluster that somebody else made.
const ExistingClusterTypeToken = "ambient-ecs:eks:ExistingCluster"

// ExistingClusterArgs configures a Cluster that exists.
type ExistingClusterArgs struct {
	// Found is what AWS says about the cluster. Required.
	Found existing.Cluster
	// NodesGroupID is the security group of the nodes. Empty: the one that EKS made for control plane and nodes.
	NodesGroupID string
	// Partition and Region are the home account's: "aws", "eu-central-1". Required.
	Partition, Region string
	// Provider is the AWS provider of the home account. Required.
	Provider pulumi.ProviderResource
	// Credentials are how the kubeconfig authenticates. They must be those of Provider.
	Credentials kubeconfig.Credentials
	// Kubeconfig is the text of a kubeconfig that somebody else wrote, for the cluster. Empty: Credentials say who talks to it.
	Kubeconfig string
	// Admitted are the networks that get a rule: DirectCIDRs in the group of the nodes, APIPrivateCIDRs in that of the cluster.
	Admitted
	// AdminPrincipals and ReaderPrincipals are ARNs of IAM roles or users that get an access entry. Empty: the program makes none.
	AdminPrincipals, ReaderPrincipals []string
	// LivingPrincipals are the listed principals whose access entries the stack made before. Nil: not known.
	LivingPrincipals []string
	// Istiod is who gets the role of istiod. Required.
	Istiod
}

// Validate reports every problem of the arguments, or returns nil.
func (a *ExistingClusterArgs) Validate() error {
	var p problem.List
	for _, required := range []struct{ name, value string }{
		{"Found.Name", a.Found.Name}, {"Found.ARN", a.Found.ARN}, {"Found.Endpoint", a.Found.Endpoint},
		{"Found.VPC", a.Found.VPC}, {"Found.SecurityGroup", a.Found.SecurityGroup},
	} {
		if required.value == "" {
			p.Missing(required.name, "AWS says it of every cluster that is ACTIVE, and the mesh needs it")
		}
	}
	if a.Kubeconfig == "" && a.Found.CertificateAuthority == "" {
		p.Missing("Found.CertificateAuthority", "without it the API server could be anyone")
	}
	if a.Kubeconfig != "" {
		_, err := kubeconfig.Read(a.Kubeconfig)
		p.Under("Kubeconfig", err)
	}
	if !strings.HasPrefix(a.Partition, "aws") {
		p.Refuse("Partition", a.Partition, "it is no partition of AWS")
	}
	if a.Region == "" {
		p.Missing("Region", "the kubeconfig names it")
	}
	if a.Provider == nil {
		p.Missing("Provider", "without one nothing could join the cluster")
	}
	a.Istiod.check(&p)
	a.Admitted.check(&p)
	_, err := access.Entries(a.Partition, a.AdminPrincipals, a.ReaderPrincipals, a.LivingPrincipals)
	p.Under("", err)
	return p.Err()
}

// NewExistingCluster registers what joins a cluster that exists: the association of istiod with its role, and the rules and
// access entries that are asked for. It makes, changes and deletes nothing of the cluster itself.
func NewExistingCluster(ctx *pulumi.Context, name string, args *ExistingClusterArgs, opts ...pulumi.ResourceOption) (*Cluster, error) {
	cluster := &Cluster{}
	return component.New(ctx, ExistingClusterTypeToken, name, cluster, args, opts, func() (pulumi.Map, error) {
		if err := cluster.join(ctx, name, args); err != nil {
			return nil, err
		}
		return cluster.outputs(), nil
	})
}

// join registers the parts in the order in which they need each other. What lives there has to wait for nothing but the account's
// provider.
func (c *Cluster) join(ctx *pulumi.Context, name string, args *ExistingClusterArgs) error {
	text := func(value string) pulumi.StringOutput { return pulumi.String(value).ToStringOutput() }
	found := args.Found
	c.AWS, c.VpcID = args.Provider, pulumi.String(found.VPC)
	c.Name, c.ARN, c.Endpoint, c.CertificateAuthority = text(found.Name), text(found.ARN), text(found.Endpoint), text(found.CertificateAuthority)
	c.OIDCIssuer, c.OIDCProviderARN = text(found.OIDCIssuer), text("")
	c.SecurityGroupID = text(found.SecurityGroup)
	if args.NodesGroupID != "" {
		c.SecurityGroupID = text(args.NodesGroupID)
	}
	c.ControlPlane = component.Made[Cluster](args.Provider)
	c.ready = []pulumi.Resource{args.Provider}
	if err := c.direct(ctx, name, args.Admitted); err != nil {
		return err
	}
	if err := c.privateAPI(ctx, name, text(found.SecurityGroup), args.Admitted); err != nil {
		return err
	}
	if err := c.admit(ctx, name, args); err != nil {
		return err
	}
	if err := c.istiodIdentity(ctx, name, args.Istiod); err != nil {
		return err
	}
	c.Ready = component.Made[Cluster](c.ready...)
	if args.Kubeconfig != "" {
		return c.kubernetesBy(ctx, name, text(args.Kubeconfig))
	}
	return c.kubernetes(ctx, name, args.Region, args.Credentials)
}

// admit makes the access entries that are asked for. Everything that talks to the API waits for them, because the deployer's may be
// among them.
func (c *Cluster) admit(ctx *pulumi.Context, name string, args *ExistingClusterArgs) error {
	entries, err := access.Entries(args.Partition, args.AdminPrincipals, args.ReaderPrincipals, args.LivingPrincipals)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		var formerly []pulumi.ResourceOption
		if entry.Formerly != "" {
			formerly = append(formerly, pulumi.Aliases([]pulumi.Alias{{Name: pulumi.String(name + "-" + entry.Formerly)}}))
		}
		made, err := eks.NewAccessEntry(ctx, name+"-"+entry.Name, &eks.AccessEntryArgs{
			ClusterName:  c.Name,
			PrincipalArn: pulumi.String(entry.Principal),
		}, component.Child(c, c.AWS, formerly...)...)
		if err != nil {
			return fmt.Errorf("register the access entry of %s: %w", entry.Principal, err)
		}
		policy, err := eks.NewAccessPolicyAssociation(ctx, name+"-"+entry.Name, &eks.AccessPolicyAssociationArgs{
			ClusterName:  c.Name,
			PrincipalArn: made.PrincipalArn,
			PolicyArn:    pulumi.String(entry.Policy),
			AccessScope:  eks.AccessPolicyAssociationAccessScopeArgs{Type: pulumi.String(wholeCluster)},
		}, component.Child(c, c.AWS, formerly...)...)
		if err != nil {
			return fmt.Errorf("register the access policy of %s: %w", entry.Principal, err)
		}
		c.ready = append(c.ready, made, policy)
	}
	return nil
}
