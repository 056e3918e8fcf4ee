package eks

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi-eks/sdk/v3/go/eks"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/config"
	"ambient-ecs/eks/addon"
	"ambient-ecs/eks/kubeconfig"
	"ambient-ecs/keys"
)

// pulumiEKS makes the provider of the pulumi-eks components. Default providers are switched off. This provider has no
// settings, because the components work through the AWS provider that they also get.
func pulumiEKS(ctx *pulumi.Context, name string, parent pulumi.Resource) (*eks.Provider, error) {
	provider, err := eks.NewProvider(ctx, name, &eks.ProviderArgs{}, pulumi.Parent(parent))
	if err != nil {
		return nil, fmt.Errorf("register the provider of pulumi-eks: %w", err)
	}
	return provider, nil
}

// roleName begins the names of resources from which Pulumi makes the name of an IAM role: the nodes' role, and
// pulumi-eks's service role. It holds the install's name, so that a deployer's permissions can be limited to it. It
// does not begin with the install's name, so that permissions can tell these roles from the mesh's roles.
func roleName(cluster string) string { return "eks-" + cluster }

func (c *Cluster) controlPlane(ctx *pulumi.Context, name string, args *ClusterArgs, plugin *eks.Provider, role nodeRole) (*eks.Cluster, error) {
	entries, err := args.access()
	if err != nil {
		return nil, err
	}
	key, tags, err := c.secretsKey(ctx, name, args)
	if err != nil {
		return nil, err
	}
	// EKS would otherwise make this group itself, keep its logs for ever, and leave the group behind.
	logs, err := cloudwatch.NewLogGroup(ctx, name+"-control-plane", &cloudwatch.LogGroupArgs{
		Name:            pulumi.String(config.ControlPlaneLogGroup(args.Name)),
		RetentionInDays: pulumi.Int(args.LogRetentionDays),
		KmsKeyId:        args.LogKeyARN,
	}, c.child(args, pulumi.DeleteBeforeReplace(true))...)
	if err != nil {
		return nil, fmt.Errorf("register the log group: %w", err)
	}
	mode := eks.AuthenticationModeApi
	yes := true
	cluster, err := eks.NewCluster(ctx, roleName(args.Name), &eks.ClusterArgs{
		Name:    pulumi.String(args.Name),
		Version: pulumi.String(args.Version),
		// Not said, it stays what EKS chose.
		KubernetesServiceIpAddressRange: component.Optional(args.ServiceCIDR),
		VpcId:                           args.VpcID.ToStringOutput().ToStringPtrOutput(),
		SubnetIds:                       args.SubnetIDs,
		EncryptionConfigKeyArn:          key,
		ClusterTags:                     tags,
		EnabledClusterLogTypes:          pulumi.ToStringArray(args.LogTypes),
		AuthenticationMode:              &mode,
		AccessEntries:                   accessEntries(entries),
		ProviderCredentialOpts:          credentials(args.Credentials),
		EndpointPrivateAccess:           pulumi.Bool(true),
		// Set it in both cases: an endpoint that is not mentioned is public. If it is public, setting it also makes
		// pulumi-eks wait until the endpoint answers.
		EndpointPublicAccess: pulumi.Bool(len(args.APICIDRs) > 0),
		PublicAccessCidrs:    publicCIDRs(args.APICIDRs),
		// The node group is a resource of its own. Its nodes carry the group that EKS makes.
		SkipDefaultNodeGroup:      &yes,
		SkipDefaultSecurityGroups: &yes,
		// pulumi-eks would open a TLS connection to the issuer, in a preview as well; see oidc.
		CreateOidcProvider:    pulumi.Bool(false),
		VpcCniOptions:         vpcCNI(args),
		KubeProxyAddonOptions: &eks.KubeProxyAddonOptionsArgs{Version: pulumi.String(args.AddonVersions[addon.KubeProxy])},
	}, pulumi.Parent(c), pulumi.Providers(args.Provider, plugin), pulumi.DependsOn([]pulumi.Resource{logs}), args.transforms(roleName(args.Name), entries, role))
	if err != nil {
		return nil, fmt.Errorf("register the control plane: %w", err)
	}
	c.Name = cluster.EksCluster.Name()
	c.ARN = cluster.EksCluster.Arn()
	c.Endpoint = cluster.EksCluster.Endpoint()
	c.CertificateAuthority = cluster.EksCluster.CertificateAuthority().Data().Elem()
	c.OIDCIssuer = cluster.OidcProviderUrl
	c.SecurityGroupID = cluster.ClusterSecurityGroupId
	return cluster, nil
}

// secretsKey is the key that encrypts what the cluster stores, with the tags by which a later preview knows it. With a key in its
// encryptionConfig, EKS wraps the data keys of all objects by it, and not only those of Secrets, since Kubernetes 1.28
// (https://docs.aws.amazon.com/eks/latest/userguide/envelope-encryption.html, 2026-11-30). pulumi-eks hands the ARN on
// (encryptionConfigKeyArn), and neither EKS nor the provider can take it back.
func (c *Cluster) secretsKey(ctx *pulumi.Context, name string, args *ClusterArgs) (pulumi.StringPtrInput, pulumi.StringMapInput, error) {
	if args.SecretsKeyARN != "" {
		return pulumi.String(args.SecretsKeyARN), pulumi.StringMap{config.SecretsKeyTag: pulumi.String(args.SecretsKeyARN)}, nil
	}
	key, err := c.key(ctx, name, args)
	if err != nil {
		return nil, nil, err
	}
	return key.Arn.ToStringPtrOutput(), nil, nil
}

// key encrypts the cluster's Kubernetes secrets, in addition to EKS's own encryption of its disks. The default key
// policy leaves it to IAM who may use the key.
func (c *Cluster) key(ctx *pulumi.Context, name string, args *ClusterArgs) (*kms.Key, error) {
	key, err := kms.NewKey(ctx, name, &kms.KeyArgs{
		Description:          pulumi.String("Kubernetes secrets of the EKS cluster " + args.Name),
		EnableKeyRotation:    pulumi.Bool(true),
		DeletionWindowInDays: pulumi.Int(keys.WaitDays),
	}, c.child(args, pulumi.Protect(args.Protect))...)
	if err != nil {
		return nil, fmt.Errorf("register the key: %w", err)
	}
	_, err = kms.NewAlias(ctx, name, &kms.AliasArgs{
		Name:        pulumi.String("alias/eks/" + args.Name),
		TargetKeyId: key.KeyId,
	}, c.child(args, pulumi.DeleteBeforeReplace(true))...)
	if err != nil {
		return nil, fmt.Errorf("register the key's alias: %w", err)
	}
	return key, nil
}

// oidc registers the cluster's identity provider in IAM. IAM trusts the issuer by AWS's own root certificates, so the
// program fetches no thumbprint.
func (c *Cluster) oidc(ctx *pulumi.Context, name string, args *ClusterArgs) error {
	provider, err := iam.NewOpenIdConnectProvider(ctx, name, &iam.OpenIdConnectProviderArgs{
		Url:           c.OIDCIssuer,
		ClientIdLists: pulumi.ToStringArray([]string{"sts.amazonaws.com"}),
	}, c.child(args)...)
	if err != nil {
		return fmt.Errorf("register the OIDC provider: %w", err)
	}
	c.OIDCProviderARN = provider.Arn
	return nil
}

// vpcCNI are the options of the network plug-in. Network policies that are off are not mentioned.
func vpcCNI(args *ClusterArgs) *eks.VpcCniOptionsArgs {
	options := &eks.VpcCniOptionsArgs{AddonVersion: pulumi.String(args.AddonVersions[addon.VPCCNI])}
	if args.NetworkPolicies {
		options.EnableNetworkPolicy = pulumi.Bool(true)
	}
	return options
}

// credentials are the credentials of the Kubernetes provider that pulumi-eks makes for itself. Without them it would
// use whatever the environment holds.
func credentials(c kubeconfig.Credentials) eks.KubeconfigOptionsPtrInput {
	if c == (kubeconfig.Credentials{}) {
		return nil
	}
	options := eks.KubeconfigOptionsArgs{}
	if c.Profile != "" {
		options.ProfileName = pulumi.String(c.Profile)
	}
	if c.RoleARN != "" {
		options.RoleArn = pulumi.String(c.RoleARN)
	}
	return options
}

// publicCIDRs returns nil without a public endpoint, because pulumi-eks then refuses a list, even an empty one.
func publicCIDRs(cidrs []string) pulumi.StringArrayInput {
	if len(cidrs) == 0 {
		return nil
	}
	return pulumi.ToStringArray(slices.Sorted(slices.Values(cidrs)))
}
