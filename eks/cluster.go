package eks

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/eks/addon"
	"ambient-ecs/eks/kubeconfig"
)

// ClusterTypeToken is the Pulumi type of Cluster.
const ClusterTypeToken = "ambient-ecs:eks:Cluster"

// ClusterArgs configures a Cluster.
type ClusterArgs struct {
	// Name is the physical name of the cluster. Required. IAM policies and log groups contain it.
	Name string
	// Partition and Region are the home account's: "aws", "eu-central-1". Required.
	Partition, Region string
	// Version is the Kubernetes version, for example "1.34". Required. A change upgrades control plane,
	// add-ons and nodes, in this order; EKS goes up by one minor version at a time and never down.
	Version string
	// AddonVersions are the add-ons' versions by name, all of them; see addon.Resolve. Required.
	AddonVersions map[string]string
	// Provider is the AWS provider of the home account. Required.
	Provider pulumi.ProviderResource
	// Credentials are how the kubeconfig authenticates. They must be those of Provider.
	Credentials kubeconfig.Credentials

	// VpcID and SubnetIDs are the home VPC and its private subnets, in two zones at least. Required.
	VpcID     pulumi.StringInput
	SubnetIDs pulumi.StringArrayInput
	// Egress is what the nodes need to reach AWS's API and registries; see network.Vpc.
	Egress []pulumi.Resource
	// DirectCIDRs are the networks, by account key, that reach pods without the east-west gateway. Each gets
	// a rule for HBONE. Empty: everybody takes the gateway.
	DirectCIDRs map[string]string

	// AdminPrincipals and ReaderPrincipals are ARNs of IAM roles or users beside the one that makes the
	// cluster, which is an administrator anyway.
	AdminPrincipals, ReaderPrincipals []string
	// LivingPrincipals are those of them whose access entries the stack has made before. Nil: nobody knows.
	LivingPrincipals []string
	// APICIDRs may reach the API from outside the VPC. Empty: only the private endpoint exists.
	APICIDRs []string
	// APIPrivateCIDRs may reach the private endpoint, besides the nodes: each gets a rule. Required where
	// APICIDRs is empty and the caller does not carry the cluster's security group.
	APIPrivateCIDRs []string

	// InstanceTypes are the nodes' instance types, all of one processor architecture. Required.
	InstanceTypes []string
	// NodeCount is the desired and least number of nodes, NodeCountMax the most. Required.
	NodeCount, NodeCountMax int
	// NodeDiskGiB is the size of a node's root volume. Required: at least the 20 GiB of the image.
	NodeDiskGiB int
	// Tags are put on the instances and volumes of the nodes. A provider's default tags do not get there,
	// because it is EKS that makes them.
	Tags map[string]string

	// IstiodAccounts are the service accounts of all istiods, in istio-system. At least one.
	IstiodAccounts []string
	// IstiodRoleARN is the role that istiod gets by Pod Identity, IstiodRoleID is IAM's unique id of it.
	// Required. The id tells a role that was replaced from the one of the same name before.
	IstiodRoleARN, IstiodRoleID pulumi.StringInput

	// LogRetentionDays applies to the control plane's logs. Required.
	LogRetentionDays int
	// Protect guards the cluster and its key against deletion and replacement.
	Protect bool
}

// leastDiskGiB is the size of the node image.
const leastDiskGiB = 20

var (
	clusterName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$`)
	version     = regexp.MustCompile(`^1\.[0-9]+$`)
)

// Validate reports every problem of the arguments, or returns nil.
func (a *ClusterArgs) Validate() error {
	var problems []error
	refuse := func(format string, values ...any) { problems = append(problems, fmt.Errorf(format, values...)) }
	if !clusterName.MatchString(a.Name) {
		refuse("Name %q: EKS takes at most 100 letters, digits, - and _", a.Name)
	}
	if !strings.HasPrefix(a.Partition, "aws") {
		refuse("Partition %q is not a partition of AWS", a.Partition)
	}
	if a.Region == "" {
		refuse("Region is empty")
	}
	if !version.MatchString(a.Version) {
		refuse("Version %q is not a minor version such as 1.34", a.Version)
	}
	for _, name := range addon.Names() {
		if a.AddonVersions[name] == "" {
			refuse("AddonVersions has no %s: EKS would take whatever is newest on the day it runs", name)
		}
	}
	if a.Provider == nil {
		refuse("Provider is nil: without one the cluster could land in another account")
	}
	if a.VpcID == nil || a.SubnetIDs == nil {
		refuse("VpcID or SubnetIDs is nil: the cluster would be made in the account's default VPC")
	}
	if len(a.IstiodAccounts) == 0 {
		refuse("IstiodAccounts is empty: no istiod would get the role")
	}
	if a.IstiodRoleARN == nil || a.IstiodRoleID == nil {
		refuse("IstiodRoleARN or IstiodRoleID is nil: istiod could not read any ECS cluster")
	}
	if len(a.InstanceTypes) == 0 {
		refuse("InstanceTypes is empty")
	}
	if a.NodeCount < 1 || a.NodeCountMax < a.NodeCount {
		refuse("NodeCount %d and NodeCountMax %d: there must be a node, and not more than the most", a.NodeCount, a.NodeCountMax)
	}
	if a.NodeDiskGiB < leastDiskGiB {
		refuse("NodeDiskGiB %d: the node image needs %d", a.NodeDiskGiB, leastDiskGiB)
	}
	if a.LogRetentionDays < 1 {
		refuse("LogRetentionDays %d: the logs would be kept, and paid for, for ever", a.LogRetentionDays)
	}
	for _, key := range slices.Sorted(maps.Keys(a.DirectCIDRs)) {
		if err := limited(a.DirectCIDRs[key]); err != nil {
			refuse("DirectCIDRs[%q]: %w", key, err)
		}
	}
	for i, cidr := range a.APICIDRs {
		if err := limited(cidr); err != nil {
			refuse("APICIDRs[%d]: %w", i, err)
		}
	}
	for i, cidr := range a.APIPrivateCIDRs {
		if err := limited(cidr); err != nil {
			refuse("APIPrivateCIDRs[%d]: %w", i, err)
		}
	}
	if _, err := a.access(); err != nil {
		refuse("access entries: %w", err)
	}
	return errors.Join(problems...)
}

// limited refuses what is no IPv4 network, and the one that contains everybody.
func limited(cidr string) error {
	network, err := netip.ParsePrefix(cidr)
	switch {
	case err != nil || !network.Addr().Is4():
		return fmt.Errorf("%q is not an IPv4 CIDR", cidr)
	case network.Bits() == 0:
		return fmt.Errorf("%q is everybody", cidr)
	}
	return nil
}

// Cluster is the EKS cluster with its nodes, and the way to its API.
type Cluster struct {
	pulumi.ResourceState

	// Name, ARN and Endpoint are the cluster's. CertificateAuthority is the root certificate of its API
	// server, PEM in base64.
	Name, ARN, Endpoint, CertificateAuthority pulumi.StringOutput
	// OIDCIssuer is the URL of the cluster's identity provider, OIDCProviderARN that of its registration in
	// IAM.
	OIDCIssuer, OIDCProviderARN pulumi.StringOutput
	// SecurityGroupID is the group of control plane and nodes, made by EKS.
	SecurityGroupID pulumi.StringOutput
	// PodIdentity is by the service account of an istiod. It changes when the association does, or the role behind
	// it. A running istiod keeps the credentials it has, so it must restart then: put this on its pods as an
	// annotation.
	PodIdentity map[string]pulumi.StringOutput
	// Kubeconfig is for kubectl and for Kubernetes. It is a secret, though it holds no credential.
	Kubeconfig pulumi.StringOutput
	// Kubernetes is the provider of every Kubernetes object. It depends on Ready.
	Kubernetes *kubernetes.Provider
	// Ready is what a Kubernetes object needs while it lives: cluster, access entries, the way to the private
	// endpoint, nodes, add-ons, and the association of istiod.
	Ready []pulumi.Resource
}

// NewCluster registers the cluster and all that belongs to it.
func NewCluster(ctx *pulumi.Context, name string, args *ClusterArgs, opts ...pulumi.ResourceOption) (*Cluster, error) {
	if args == nil {
		return nil, fmt.Errorf("EKS cluster %s: args is nil", name)
	}
	if err := args.Validate(); err != nil {
		return nil, fmt.Errorf("EKS cluster %s: %w", name, err)
	}
	cluster := &Cluster{}
	if err := ctx.RegisterComponentResource(ClusterTypeToken, name, cluster, opts...); err != nil {
		return nil, fmt.Errorf("EKS cluster %s: %w", name, err)
	}
	if err := cluster.register(ctx, name, args); err != nil {
		return nil, fmt.Errorf("EKS cluster %s: %w", name, err)
	}
	identities := pulumi.StringMap{}
	for account, identity := range cluster.PodIdentity {
		identities[account] = identity
	}
	if err := ctx.RegisterResourceOutputs(cluster, pulumi.Map{
		"name":            cluster.Name,
		"arn":             cluster.ARN,
		"endpoint":        cluster.Endpoint,
		"oidcIssuer":      cluster.OIDCIssuer,
		"oidcProviderArn": cluster.OIDCProviderARN,
		"securityGroupId": cluster.SecurityGroupID,
		"podIdentity":     identities,
		"kubeconfig":      cluster.Kubeconfig,
	}); err != nil {
		return nil, fmt.Errorf("EKS cluster %s: %w", name, err)
	}
	return cluster, nil
}

// register makes the parts in the order in which they need each other.
func (c *Cluster) register(ctx *pulumi.Context, name string, args *ClusterArgs) error {
	plugin, err := pulumiEKS(ctx, name, c)
	if err != nil {
		return err
	}
	controlPlane, err := c.controlPlane(ctx, name, args, plugin)
	if err != nil {
		return err
	}
	if err := c.oidc(ctx, name, args); err != nil {
		return err
	}
	if err := c.direct(ctx, name, args); err != nil {
		return err
	}
	nodes, err := c.nodes(ctx, name, args, plugin, controlPlane)
	if err != nil {
		return err
	}
	c.Ready = []pulumi.Resource{controlPlane, nodes}
	if err := c.privateAPI(ctx, name, args); err != nil {
		return err
	}
	if err := c.addons(ctx, name, args, nodes); err != nil {
		return err
	}
	if err := c.istiodIdentity(ctx, name, args, controlPlane); err != nil {
		return err
	}
	return c.kubernetes(ctx, name, args)
}

// child returns the options of an AWS resource of the component: a fresh slice for each, because appending to
// a shared one would change the options of its siblings.
func (c *Cluster) child(args *ClusterArgs, more ...pulumi.ResourceOption) []pulumi.ResourceOption {
	return append([]pulumi.ResourceOption{pulumi.Parent(c), pulumi.Provider(args.Provider)}, more...)
}
