package eks

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/eks/addon"
	"ambient-ecs/eks/kubeconfig"
	"ambient-ecs/iam/policy"
	"ambient-ecs/network"
	"ambient-ecs/problem"
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
	// ServiceCIDR is the IPv4 network of the addresses of Kubernetes services. For the life of the cluster. Empty: EKS chooses.
	ServiceCIDR string
	// Support is what EKS does at the end of the version's standard support: "STANDARD" (it upgrades) or "EXTENDED".
	// Empty: EKS decides for a new cluster, and a cluster that lives keeps what it has.
	Support string
	// Creator is the ARN of the principal that is about to make the cluster, for a tag. Empty: the cluster lives, and keeps its tag.
	Creator string
	// RoleTrust is the trust document of the service role. Empty: the one that pulumi-eks writes.
	RoleTrust string
	// ZonalShift lets Application Recovery Controller take the cluster's traffic out of a zone.
	ZonalShift bool
	// AddonVersions are the add-ons' versions by name, all of them; see addon.Resolve. Required.
	AddonVersions map[string]string
	// NetworkPolicies has vpc-cni enforce Kubernetes network policies.
	NetworkPolicies bool
	// Provider is the AWS provider of the home account. Required.
	Provider pulumi.ProviderResource
	// Credentials are how the kubeconfig authenticates. They must be those of Provider.
	Credentials kubeconfig.Credentials

	// VpcID and SubnetIDs are the home VPC and its private subnets, in two zones at least. Required.
	VpcID     pulumi.StringInput
	SubnetIDs pulumi.StringArrayInput
	// Egress is the VPC's way out, through which the nodes reach AWS's API and registries. Required.
	Egress component.After[network.Network]

	// AdminPrincipals and ReaderPrincipals are ARNs of IAM roles or users, besides the principal that makes the
	// cluster. That principal is an administrator anyway.
	AdminPrincipals, ReaderPrincipals []string
	// LivingPrincipals are the listed principals whose access entries the stack made before. Nil: not known.
	LivingPrincipals []string
	// APICIDRs may reach the API from outside the VPC. Empty: only the private endpoint exists.
	APICIDRs []string
	// Admitted are the networks that get a rule. APIPrivateCIDRs is required where APICIDRs is empty and the caller does not
	// carry the cluster's security group.
	Admitted

	// Nodes are the node groups. The first one has no key and no taints, and at least one node. Required.
	Nodes []NodeGroup
	// Autoscaling leaves the number of nodes to an autoscaler once a group is made.
	Autoscaling bool
	// NodeRepair lets EKS replace or reboot nodes that are not healthy.
	NodeRepair bool
	// Tags are put on the instances and volumes of the nodes. A provider's default tags do not reach them, because
	// EKS makes the instances and volumes.
	Tags map[string]string

	// Istiod is who gets the role of istiod. Required.
	Istiod

	// NetworkPlugin is whose AWS identity vpc-cni has.
	NetworkPlugin

	// LogTypes are the logs that the control plane writes. Empty: none.
	LogTypes []string
	// Guardrails are the path and the boundary of the roles of control plane and nodes.
	Guardrails policy.Guardrails
	// LogRetentionDays applies to the control plane's logs. Required.
	LogRetentionDays int
	// LogKeyARN is the KMS key of these logs. Nil: CloudWatch's own.
	LogKeyARN pulumi.StringPtrInput
	// VolumeKeyARN is the KMS key of the nodes' volumes. Nil: AWS's own key for EBS.
	VolumeKeyARN pulumi.StringPtrInput
	// SecretsKeyARN is the ARN of a KMS key of others that encrypts what the cluster stores. For the life of the cluster. Empty: the
	// component makes one.
	SecretsKeyARN string
	// Protect guards the cluster and its key against deletion and replacement.
	Protect bool
}

var (
	clusterName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$`)
	version     = regexp.MustCompile(`^1\.[0-9]+$`)
)

// Validate reports every problem of the arguments, or returns nil.
func (a *ClusterArgs) Validate() error {
	var p problem.List
	if !clusterName.MatchString(a.Name) {
		p.Refuse("Name", a.Name, "EKS takes at most 100 letters, digits, - and _")
	}
	if !strings.HasPrefix(a.Partition, "aws") {
		p.Refuse("Partition", a.Partition, "it is no partition of AWS")
	}
	if a.Region == "" {
		p.Missing("Region", "the kubeconfig names it")
	}
	if !version.MatchString(a.Version) {
		p.Refuse("Version", a.Version, "it is not a minor version such as 1.34")
	}
	for _, name := range addon.Names() {
		if a.AddonVersions[name] == "" {
			p.Missing(fmt.Sprintf("AddonVersions[%q]", name), "EKS would take whatever is newest on the day it runs")
		}
	}
	if a.Provider == nil {
		p.Missing("Provider", "without one the cluster could land in another account")
	}
	if a.VpcID == nil {
		p.Missing("VpcID", "the cluster would be made in the account's default VPC")
	}
	if a.SubnetIDs == nil {
		p.Missing("SubnetIDs", "the cluster would be made in the account's default VPC")
	}
	a.Istiod.check(&p)
	a.NetworkPlugin.check(&p)
	if len(a.Nodes) == 0 {
		p.Missing("Nodes", "nothing could run")
	}
	for i, group := range a.Nodes {
		group.check(&p, fmt.Sprintf("Nodes[%d]", i), i == 0)
	}
	if a.LogRetentionDays < 1 {
		p.Refuse("LogRetentionDays", a.LogRetentionDays, "the logs would be kept, and paid for, for ever")
	}
	for i, cidr := range a.APICIDRs {
		p.Because(fmt.Sprintf("APICIDRs[%d]", i), cidr, limited(cidr))
	}
	a.Admitted.check(&p)
	_, err := a.access()
	p.Under("", err)
	return p.Err()
}

// limited refuses a text that is no IPv4 network, and the network that contains every address.
func limited(cidr string) error {
	network, err := netip.ParsePrefix(cidr)
	switch {
	case err != nil || !network.Addr().Is4():
		return errors.New("it is not an IPv4 CIDR")
	case network.Bits() == 0:
		return errors.New("it is everybody")
	}
	return nil
}

// Cluster is the EKS cluster with its nodes, and the access to its API. Whatever is in it sees this and not who made it.
type Cluster struct {
	pulumi.ResourceState

	// Name, ARN and Endpoint are the cluster's. CertificateAuthority is the root certificate of its API
	// server, PEM in base64.
	Name, ARN, Endpoint, CertificateAuthority pulumi.StringOutput
	// OIDCIssuer is the URL of the cluster's identity provider. OIDCProviderARN is the ARN of its registration in
	// IAM, empty where the program made none.
	OIDCIssuer, OIDCProviderARN pulumi.StringOutput
	// VpcID is the VPC of the cluster, AWS the provider of its account.
	VpcID pulumi.StringInput
	AWS   pulumi.ProviderResource
	// SecurityGroupID is the group of the nodes: the one that EKS makes for control plane and nodes, or the one that the stack
	// file names.
	SecurityGroupID pulumi.StringOutput
	// PodIdentity holds a text for each istiod, by its service account. The text changes with the association, or
	// with the role behind it. A running istiod keeps its old credentials, so it must restart then. Put the text on
	// its pods as an annotation.
	PodIdentity map[string]pulumi.StringOutput
	// Effect is the option of every Pod Identity association of the cluster.
	Effect component.Effect
	// Kubeconfig is for kubectl and for Kubernetes. It is a secret, though it holds no credential.
	Kubeconfig pulumi.StringOutput
	// ControlPlane is the cluster without its nodes. What AWS keeps for pods waits for no more, so that it is minutes
	// old when the first pod starts.
	ControlPlane component.After[Cluster]
	// Kubernetes is the provider of every Kubernetes object. It depends on Ready.
	Kubernetes *kubernetes.Provider
	// Ready is what a Kubernetes object needs while it lives: the cluster, the access entries, the rules for the
	// private endpoint, the nodes, the add-ons, and the association of istiod.
	Ready component.After[Cluster]

	// ready becomes Ready.
	ready []pulumi.Resource
}

// NewCluster registers the cluster and everything that belongs to it.
func NewCluster(ctx *pulumi.Context, name string, args *ClusterArgs, opts ...pulumi.ResourceOption) (*Cluster, error) {
	cluster := &Cluster{}
	return component.New(ctx, ClusterTypeToken, name, cluster, args, opts, func() (pulumi.Map, error) {
		if err := cluster.register(ctx, name, args); err != nil {
			return nil, err
		}
		return cluster.outputs(), nil
	})
}

// outputs are the outputs of the component.
func (c *Cluster) outputs() pulumi.Map {
	identities := pulumi.StringMap{}
	for account, identity := range c.PodIdentity {
		identities[account] = identity
	}
	return pulumi.Map{
		"name":            c.Name,
		"arn":             c.ARN,
		"endpoint":        c.Endpoint,
		"oidcIssuer":      c.OIDCIssuer,
		"oidcProviderArn": c.OIDCProviderARN,
		"securityGroupId": c.SecurityGroupID,
		"podIdentity":     identities,
		"kubeconfig":      c.Kubeconfig,
	}
}

// register makes the parts in the order in which they need each other.
func (c *Cluster) register(ctx *pulumi.Context, name string, args *ClusterArgs) error {
	c.VpcID, c.AWS = args.VpcID, args.Provider
	plugin, err := pulumiEKS(ctx, name, c)
	if err != nil {
		return err
	}
	role, err := c.nodeRole(ctx, roleName(args.Name)+"-nodes", args)
	if err != nil {
		return err
	}
	controlPlane, err := c.controlPlane(ctx, name, args, plugin, role)
	if err != nil {
		return err
	}
	if err := c.oidc(ctx, name, args); err != nil {
		return err
	}
	if err := c.direct(ctx, name, args.Admitted); err != nil {
		return err
	}
	agent, err := c.addon(ctx, name, args, addon.PodIdentityAgent, controlPlane)
	if err != nil {
		return err
	}
	groups, err := c.nodes(ctx, name, args, plugin, role, controlPlane, agent)
	if err != nil {
		return err
	}
	c.ControlPlane = component.Made[Cluster](controlPlane)
	c.ready = append(append(c.ready, controlPlane), groups...)
	if err := c.privateAPI(ctx, name, c.SecurityGroupID, args.Admitted); err != nil {
		return err
	}
	if err := c.addons(ctx, name, args, groups[0]); err != nil {
		return err
	}
	if err := c.istiodIdentity(ctx, name, args.Istiod, controlPlane); err != nil {
		return err
	}
	c.Ready = component.Made[Cluster](c.ready...)
	return c.kubernetes(ctx, name, args.Region, args.Credentials)
}

// child returns the options of an AWS resource of the component.
func (c *Cluster) child(args *ClusterArgs, more ...pulumi.ResourceOption) []pulumi.ResourceOption {
	return component.Child(c, args.Provider, more...)
}
