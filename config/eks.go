package config

import (
	"cmp"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"ambient-ecs/eks/addon"
	"ambient-ecs/network/cidr"
	"ambient-ecs/problem"
)

// EKSSettings are the EKS cluster, and who reaches its API.
type EKSSettings struct {
	// ControlPlaneLogs are the types of logs that the control plane writes.
	ControlPlaneLogs []string `config:"controlPlaneLogs"`
	// KubernetesVersion is the EKS minor version, for example "1.34".
	KubernetesVersion string `config:"kubernetesVersion"`
	// ServiceIPv4CIDR is the network of the addresses of Kubernetes services. For the life of a cluster. Empty: EKS takes 10.100.0.0/16 or
	// 172.20.0.0/16.
	ServiceIPv4CIDR string `config:"serviceIpv4Cidr"`
	// KubernetesSupport is what EKS does at the end of the version's standard support: SupportStandard, SupportExtended,
	// or empty. Empty: a new cluster has SupportStandard, and one that lives keeps what it has.
	KubernetesSupport string `config:"kubernetesSupport"`
	// ClusterRoleSourceCheck lets EKS use the cluster's service role for this cluster only.
	ClusterRoleSourceCheck bool `config:"clusterRoleSourceCheck"`
	// ZonalShift lets Application Recovery Controller take the cluster's traffic out of a zone.
	ZonalShift bool `config:"zonalShift"`
	// VPCCNIRole says whose AWS identity vpc-cni has: CNIRoleNodes, CNIRoleBoth or CNIRoleOwn.
	VPCCNIRole CNIRole `config:"vpcCniRole"`
	// Addons pins the versions of the EKS add-ons by add-on name.
	Addons map[string]string `config:"addonVersions"`
	// MetricsServer adds the Kubernetes Metrics Server, an add-on of EKS.
	MetricsServer bool `config:"metricsServer"`
	// AdminPrincipals and ReaderPrincipals are IAM ARNs that get an EKS access entry with
	// AmazonEKSClusterAdminPolicy, or AmazonEKSViewPolicy, which shows no Secret.
	AdminPrincipals  []string `config:"clusterAdmins"`
	ReaderPrincipals []string `config:"clusterReaders"`
	// APICIDRs may reach the EKS API from outside the VPC. Empty closes the public endpoint,
	// which needs DeployerInside.
	APICIDRs []string `config:"apiAccessCidrs"`
	// DeployerInside says that Pulumi runs where the private endpoint can be reached. It needs
	// APIPrivateCIDRs.
	DeployerInside bool `config:"deployerInsideNetwork"`
	// APIPrivateCIDRs may reach the private endpoint of the EKS API, which admits nobody by itself.
	APIPrivateCIDRs []string `config:"apiPrivateCidrs"`
}

// What EKS does with a cluster at the end of the standard support of its version, as AWS's API names it
// (https://docs.aws.amazon.com/eks/latest/APIReference/API_UpgradePolicyRequest.html, 2026-11-29).
const (
	// SupportStandard: EKS upgrades the control plane to the next version.
	SupportStandard = "STANDARD"
	// SupportExtended: the version stays, at six times the price, until the extended support ends.
	SupportExtended = "EXTENDED"
)

// CNIRole says whose AWS identity vpc-cni has, which gives addresses of the VPC to pods.
type CNIRole string

const (
	// CNIRoleNodes: that of the nodes, which have AmazonEKS_CNI_Policy.
	CNIRoleNodes CNIRole = "nodes"
	// CNIRoleBoth: its own, and the nodes keep the policy. It is the step between the others on a cluster that lives.
	CNIRoleBoth CNIRole = "both"
	// CNIRoleOwn: its own, and the nodes have no such policy.
	CNIRoleOwn CNIRole = "own"
)

// OwnCNIRole reports whether vpc-cni has a role of its own.
func (c Config) OwnCNIRole() bool {
	return !c.HasExistingEKS() && (c.VPCCNIRole == CNIRoleBoth || c.VPCCNIRole == CNIRoleOwn)
}

// CNIRoleName is the IAM role of vpc-cni, in the home account. Its name begins as that of the nodes' role does, because a deployer may
// attach EKS's policies to such roles only.
func (c Config) CNIRoleName() string { return "eks-" + c.EKSName() + "-nodes-vpc-cni" }

// EKSName is the name of the EKS cluster.
func (c Config) EKSName() string { return cmp.Or(c.ExistingEKS.Name, c.Install) }

// EKSClusterARN is the ARN of the EKS cluster, computed so that IAM need not wait for it.
func (c Config) EKSClusterARN() string {
	return "arn:" + c.Partition() + ":eks:" + c.Region + ":" + c.Accounts[c.Home].ID + ":cluster/" + c.EKSName()
}

// generated stands for what Pulumi appends to the name of a resource to make the name of what has none in AWS: a
// hyphen and seven random digits.
const generated = "-0123456"

// generatedRoleNames are the IAM roles of EKS, whose names Pulumi makes: the service role, a part of pulumi-eks's
// cluster, and the role of the nodes.
func (c Config) generatedRoleNames() []string {
	if c.HasExistingEKS() {
		return nil
	}
	return []string{"eks-" + c.EKSName() + "-eksRole-role" + generated, "eks-" + c.EKSName() + "-nodes" + generated}
}

var (
	kubernetesVersion = regexp.MustCompile(`^1\.([1-9][0-9])$`)
	principalARN      = regexp.MustCompile(`^arn:([a-z-]+):iam::[0-9]{12}:(role|user)/([\w+=,.@/-]+)$`)
)

const (
	// maxAPICIDRs is how many CIDRs EKS accepts for the public endpoint.
	maxAPICIDRs = 40
	// widestAPICIDR is the widest block that may reach the API, from outside or from inside: wider ones are no
	// restriction.
	widestAPICIDR = 8
)

func (c Config) checkEKS(p *problem.List) {
	c.checkPrincipals(p)
	c.checkPrivateAPIAccess(p)
	if c.HasExistingEKS() {
		return // its owner decides about the rest
	}
	_, known := c.kubernetesMinor()
	switch {
	case c.KubernetesVersion == "":
		p.Missing("kubernetesVersion", "give an EKS minor version, for example 1.34")
	case !known:
		p.Refuse("kubernetesVersion", c.KubernetesVersion, `this is no minor version such as "1.34" (without quotes YAML reads 1.30 as 1.3)`)
	}
	if known {
		c.checkAddons(p)
	}
	c.checkServiceRange(p)
	if s := c.KubernetesSupport; s != "" && s != SupportStandard && s != SupportExtended {
		problem.OneOf(p, "kubernetesSupport", s, SupportStandard, SupportExtended)
	}
	problem.OneOf(p, "vpcCniRole", c.VPCCNIRole, CNIRoleNodes, CNIRoleBoth, CNIRoleOwn)
	c.checkNodes(p)
	c.checkAPIAccess(p)
	c.checkControlPlaneLogs(p)
}

// logAudit is the log of who asked the API for what.
const logAudit = "audit"

// controlPlaneLogs are the types of logs of EKS
// (https://docs.aws.amazon.com/eks/latest/userguide/control-plane-logs.html, 2026-11-29).
var controlPlaneLogs = []string{"api", logAudit, "authenticator", "controllerManager", "scheduler"}

func (c Config) checkControlPlaneLogs(p *problem.List) {
	for i, kind := range c.ControlPlaneLogs {
		field := fmt.Sprintf("controlPlaneLogs[%d]", i)
		problem.OneOf(p, field, kind, controlPlaneLogs...)
		if slices.Contains(c.ControlPlaneLogs[:i], kind) {
			p.Refuse(field, kind, "it is in the list twice")
		}
	}
}

// checkAddons asks the table of pinned versions, which knows what an override may be.
func (c Config) checkAddons(p *problem.List) {
	_, err := addon.Resolve(c.KubernetesVersion, c.Addons, c.MoreAddons()...)
	p.Because("addonVersions", contents(fmt.Sprint(c.Addons)), err)
}

// MoreAddons are the add-ons that are switched on, besides those that every cluster has.
func (c Config) MoreAddons() []string {
	if c.MetricsServer {
		return []string{addon.MetricsServer}
	}
	return nil
}

// kubernetesMinor is 34 for Kubernetes 1.34.
func (c Config) kubernetesMinor() (int, bool) {
	parts := kubernetesVersion.FindStringSubmatch(c.KubernetesVersion)
	if parts == nil {
		return 0, false
	}
	minor, err := strconv.Atoi(parts[1])
	return minor, err == nil
}

// checkPrincipals checks who gets an EKS access entry.
func (c Config) checkPrincipals(p *problem.List) {
	seen := map[string]string{}
	check := func(key string, principals []string) {
		for i, arn := range principals {
			field := fmt.Sprintf("%s[%d]", key, i)
			parts := principalARN.FindStringSubmatch(arn)
			switch {
			case strings.Contains(arn, ":assumed-role/"):
				p.Refuse(field, arn, "this is a session, which is gone when it ends: give the ARN of its role (arn:aws:iam::123456789012:role/name)")
			case parts == nil:
				p.Refuse(field, arn, "an access entry is for an IAM role or user (arn:aws:iam::123456789012:role/name)")
			case c.unfitPrincipal(arn, parts[1], parts[2], parts[3], "EKS") != "":
				p.Refuse(field, arn, "%s", c.unfitPrincipal(arn, parts[1], parts[2], parts[3], "EKS"))
			case seen[arn] != "":
				p.Refuse(field, arn, "%s has it too, and EKS allows one access entry for each principal", seen[arn])
			default:
				seen[arn] = field
			}
		}
	}
	check("clusterAdmins", c.AdminPrincipals)
	check("clusterReaders", c.ReaderPrincipals)
}

// notPublic are the blocks that never call from the Internet. EKS refuses them for its public endpoint.
var notPublic = []string{
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/3",
}

func (c Config) checkAPIAccess(p *problem.List) {
	if len(c.APICIDRs) == 0 && !c.DeployerInside {
		p.Missing("apiAccessCidrs", "Pulumi itself must reach the EKS API: list the public CIDR it calls from (such as 203.0.113.7/32), "+
			"or set deployerInsideNetwork to true, with apiPrivateCidrs, where it runs inside the home VPC's network")
	}
	if len(c.APICIDRs) > maxAPICIDRs {
		p.Refuse("apiAccessCidrs", len(c.APICIDRs), "EKS accepts at most %d CIDRs", maxAPICIDRs)
	}
	for i, text := range c.APICIDRs {
		field := fmt.Sprintf("apiAccessCidrs[%d]", i)
		block, err := cidr.Parse(text)
		switch {
		case err != nil:
			p.Because(field, text, err)
		case block.Bits() < widestAPICIDR:
			p.Refuse(field, text, "this opens the EKS API to the whole Internet, or to most of it, and leaves its credentials as the only guard: list the CIDRs that need it, none wider than /%d", widestAPICIDR)
		case slices.Contains(c.APICIDRs[:i], text):
			p.Refuse(field, text, "it is in the list twice")
		default:
			for _, n := range notPublic {
				if cidr.Overlap(block, netip.MustParsePrefix(n)) {
					p.Refuse(field, text, "addresses in %s do not call from the Internet, and EKS refuses them here; from inside the network list them in apiPrivateCidrs, with deployerInsideNetwork", n)
				}
			}
		}
	}
}

// checkPrivateAPIAccess checks who reaches the private endpoint. The addresses need not be private ones: a network
// behind a VPN may use any.
func (c Config) checkPrivateAPIAccess(p *problem.List) {
	if c.DeployerInside && len(c.APIPrivateCIDRs) == 0 && !c.HasExistingEKS() {
		p.Missing("apiPrivateCidrs", "with deployerInsideNetwork Pulumi calls the private endpoint of the EKS API, whose security group "+
			"admits nobody by itself: list the CIDR that it calls from, for example that of the VPN")
	}
	for i, text := range c.APIPrivateCIDRs {
		field := fmt.Sprintf("apiPrivateCidrs[%d]", i)
		block, err := cidr.Parse(text)
		switch {
		case err != nil:
			p.Because(field, text, err)
		case block.Bits() < widestAPICIDR:
			p.Refuse(field, text, "this admits every network that can be connected, or most of them, and leaves the EKS API's credentials as the only guard: list the CIDRs that need it, none wider than /%d", widestAPICIDR)
		case slices.Contains(c.APIPrivateCIDRs[:i], text):
			p.Refuse(field, text, "it is in the list twice")
		}
	}
}
