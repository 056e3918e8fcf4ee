// Package existing is what AWS says about an EKS cluster that the program did not make. It imports nothing of Pulumi.
package existing

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Cluster is the EKS cluster that the stack file names. The zero value: the account has none of this name.
type Cluster struct {
	Name, ARN string
	// Told says that the stack file tells what is known of the cluster, because the caller may not look it up.
	Told bool
	// Status is ACTIVE, UPDATING or another word of EKS. Version is a minor version such as "1.34".
	Status, Version string
	// Endpoint is the URL of the API server, CertificateAuthority its root certificate, PEM in base64. OIDCIssuer is the URL of
	// the identity provider.
	Endpoint, CertificateAuthority, OIDCIssuer string
	// VPC is the id of its VPC, SecurityGroup that of the group that EKS made for control plane and nodes. ControlPlaneGroups are further
	// groups of the control plane, which its owner gave it.
	VPC, SecurityGroup string
	ControlPlaneGroups []string
	// Mode says where EKS looks for who may call the API: CONFIG_MAP, API_AND_CONFIG_MAP or API.
	Mode string
	// Public and Private say which endpoints answer, PublicCIDRs who reaches the public one.
	Public, Private bool
	PublicCIDRs     []string
	// IPv6 says that pods have IPv6 addresses. ServiceCIDR is where Kubernetes services have theirs.
	IPv6        bool
	ServiceCIDR string
	// AutoMode says that EKS runs the nodes and the network itself (EKS Auto Mode).
	AutoMode bool
	// Addons are the add-ons of EKS that matter to a mesh, by name. Nil: not known.
	Addons map[string]Addon
	// NodeSubnets are the subnets of its managed node groups, sorted. Nil: not known, or there is none.
	NodeSubnets []string
	// NodeGroup is the security group of nodes that do not carry the one that EKS made. Nil: they carry it, or the group is not known.
	NodeGroup *SecurityGroup
}

// Addon is an add-on of EKS.
type Addon struct {
	Version string
	// Configuration is what the owner configures of it, JSON. Empty: nothing.
	Configuration string
}

// SecurityGroup is a security group. The zero value: there is none with this id.
type SecurityGroup struct {
	ID, VPC string
	// Ingress are the rules by which it admits. Nil: they are not known.
	Ingress []Rule
}

// Rule admits by a protocol ("tcp", or "-1" for all) and a range of ports. The peer is a network, a security group or a prefix list.
type Rule struct {
	Protocol          string
	From, To          int
	CIDR, Group, List string
}

// The ports at which the control plane calls webhooks in the nodes, and whose. Kubernetes takes no object that a webhook has to judge while
// it does not reach the webhook. Terraform's module for EKS opens 9443 to the control plane and not 15017
// (https://github.com/istio/istio/issues/46727, comment of 2025-05-30, and istio/istio#36955, 2023-10-03; read 2026-11-30).
const (
	IstiodWebhook     = 15017
	ControllerWebhook = 9443
)

// Shut are those of some ports at which the rules of the nodes' group do not admit the control plane. Networks are those of the VPC: a rule
// that admits one of them whole admits the control plane, which has addresses there. A prefix list is taken for one that does. None where
// the rules are not known.
func (c Cluster) Shut(networks []string, ports ...int) (shut []int) {
	if c.NodeGroup == nil || c.NodeGroup.Ingress == nil {
		return nil
	}
	admitted := append([]string{c.SecurityGroup}, c.ControlPlaneGroups...)
	for _, port := range ports {
		if !slices.ContainsFunc(c.NodeGroup.Ingress, func(r Rule) bool {
			return (r.Protocol == "-1" || r.Protocol == "tcp" && r.From <= port && port <= r.To) &&
				(r.List != "" || r.Group != "" && slices.Contains(admitted, r.Group) || slices.ContainsFunc(networks, r.covers))
		}) {
			shut = append(shut, port)
		}
	}
	return shut
}

// ShutWebhook says that a port is shut, and how its owner opens it.
func (c Cluster) ShutWebhook(region string, port int) (sentence, fix string) {
	whose := "istiod's webhook, which Kubernetes asks before it takes an object of Istio"
	if port == ControllerWebhook {
		whose = "the webhook of the AWS Load Balancer Controller, which Kubernetes asks before it takes a Service"
	}
	return fmt.Sprintf("no rule of %s admits the control plane of %s to port %d, %s: an up would stop there", c.NodeGroup.ID, c.Name, port, whose),
		fmt.Sprintf("let the owner add the rule: aws ec2 authorize-security-group-ingress --region %s --group-id %s --protocol tcp --port %d --source-group %s (docs/existing-eks.md)", region, c.NodeGroup.ID, port, c.SecurityGroup)
}

// covers reports whether the rule admits all of a network.
func (r Rule) covers(network string) bool {
	from, err := netip.ParsePrefix(r.CIDR)
	whole, wrong := netip.ParsePrefix(network)
	return err == nil && wrong == nil && from.Bits() <= whole.Bits() && from.Contains(whole.Addr())
}

// The modes of authentication.
// https://docs.aws.amazon.com/eks/latest/APIReference/API_AccessConfigResponse.html, 2026-11-29.
const (
	ModeConfigMap = "CONFIG_MAP"
	ModeAPI       = "API"
)

// HasEntries reports whether the cluster works with access entries.
func (c Cluster) HasEntries() bool { return c.Mode != ModeConfigMap }

// Usable reports whether EKS accepts changes of what belongs to the cluster.
func (c Cluster) Usable() bool { return slices.Contains([]string{"ACTIVE", "UPDATING"}, c.Status) }

// configuration is the part of vpc-cni's configuration that matters to a mesh.
type configuration struct {
	EnableNetworkPolicy any            `json:"enableNetworkPolicy"`
	Env                 map[string]any `json:"env"`
}

func (a Addon) read() (c configuration) {
	if json.Unmarshal([]byte(a.Configuration), &c) != nil {
		return configuration{}
	}
	return c
}

// EnforcesPolicies reports whether vpc-cni enforces Kubernetes network policies.
func (a Addon) EnforcesPolicies() bool { return isTrue(a.read().EnableNetworkPolicy) }

// StrictGroups reports whether security groups of pods are enforced strictly, which is how vpc-cni does it unless told otherwise.
// Then the kubelet's probes do not reach pods of the mesh that have one
// (https://istio.io/latest/docs/ambient/install/platform-prerequisites, "Amazon Elastic Kubernetes Service", 2026-11-29).
func (a Addon) StrictGroups() bool {
	env := a.read().Env
	return isTrue(env["ENABLE_POD_ENI"]) && env["POD_SECURITY_GROUP_ENFORCING_MODE"] != "standard"
}

// PodNetworks reports whether pods may have addresses of other subnets than their nodes: those that objects ENIConfig in the cluster name.
// (https://github.com/aws/amazon-vpc-cni-k8s, README, AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG, read 2026-11-30).
func (a Addon) PodNetworks() bool { return isTrue(a.read().Env["AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG"]) }

// isTrue reports whether a value is true, as a boolean or as text.
func isTrue(value any) bool {
	text, _ := value.(string)
	return value == true || strings.EqualFold(text, "true")
}
