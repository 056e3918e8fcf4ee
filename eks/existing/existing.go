// Package existing is what AWS says about an EKS cluster that the program did not make. It imports nothing of Pulumi.
package existing

import (
	"encoding/json"
	"slices"
	"strings"
)

// Cluster is the EKS cluster that the stack file names. The zero value: the account has none of this name.
type Cluster struct {
	Name, ARN string
	// Status is ACTIVE, UPDATING or another word of EKS. Version is a minor version such as "1.34".
	Status, Version string
	// Endpoint is the URL of the API server, CertificateAuthority its root certificate, PEM in base64. OIDCIssuer is the URL of
	// the identity provider.
	Endpoint, CertificateAuthority, OIDCIssuer string
	// VPC is the id of its VPC, SecurityGroup that of the group that EKS made for control plane and nodes.
	VPC, SecurityGroup string
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
	// NodeGroup is the security group that the stack file names for the nodes. Nil: none is named, or it is not known.
	NodeGroup *SecurityGroup
}

// Addon is an add-on of EKS.
type Addon struct {
	Version string
	// Configuration is what the owner configures of it, JSON. Empty: nothing.
	Configuration string
}

// SecurityGroup is a security group. The zero value: there is none with this id.
type SecurityGroup struct{ VPC string }

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

// isTrue reports whether a value is true, as a boolean or as text.
func isTrue(value any) bool {
	text, _ := value.(string)
	return value == true || strings.EqualFold(text, "true")
}
