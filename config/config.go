// Package config is the stack configuration as one typed value: what a user may set, with every
// rule that can be checked before the first resource is registered.
//
// It imports nothing of Pulumi's resource SDKs. Load reads, Validate refuses, the rest of the
// program only reads the result.
package config

import "time"

// Project is the Pulumi project whose configuration keys this package owns.
const Project = "ambient-ecs"

// Config is the whole stack configuration. The names in the tags are the keys of the stack file, each
// typed, described and defaulted in Pulumi.yaml.
type Config struct {
	// Install prefixes every fixed physical name, so that two stacks fit in one account.
	Install string `config:"installName"`
	// Region is the AWS region of every account, for example "eu-central-1".
	Region string `config:"region"`
	// Owner becomes the tag "owner" of every AWS resource. Empty: no such tag.
	Owner string `config:"owner"`
	// Tags are put on every AWS resource of every account.
	Tags map[string]string `config:"tags"`

	// Home is the key in Accounts of the account that holds EKS and istiod.
	Home string `config:"home"`
	// Accounts are the AWS accounts of the mesh, by a short name of the user's choice.
	Accounts map[string]Account `config:"accounts"`
	// Clusters are the ECS clusters of the mesh, by a short name of the user's choice.
	Clusters map[string]Cluster `config:"clusters"`
	// SharedServices are names that ECS services of several clusters have in common.
	SharedServices map[string]SharedService `config:"sharedServices"`

	// NAT says how many NAT gateways each VPC has: NATSingle or NATPerZone.
	NAT NAT `config:"natGateways"`
	// ZoneIDs are availability zone ids ("euc1-az1"), the same in every account. Empty: the first
	// three that the region offers are looked up once and then kept. They are for the life of a stack.
	ZoneIDs []string `config:"zoneIds"`

	// KubernetesVersion is the EKS minor version, for example "1.34".
	KubernetesVersion string `config:"kubernetesVersion"`
	// Addons pins the versions of the EKS add-ons by add-on name.
	Addons map[string]string `config:"addonVersions"`
	// NodeInstanceTypes are the instance types of the managed node group.
	NodeInstanceTypes []string `config:"nodeInstanceTypes"`
	// NodeCount is the desired and least number of nodes, NodeCountMax the most.
	NodeCount    int `config:"nodeCount"`
	NodeCountMax int `config:"nodeCountMax"`
	// NodeDiskGiB is the size of a node's root volume in GiB.
	NodeDiskGiB int `config:"nodeDiskGiB"`
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

	// IstioVersion is both chart version and image tag, for example "1.28.3-patch0-solo": of the nodes' agents and
	// ztunnels, of the tasks whose cluster says nothing of its own, and of istiod where IstioRevisions is empty.
	IstioVersion string `config:"istioVersion"`
	// IstioRevisions are istiods that run side by side, each with its version, by the name of the revision. The istiod
	// without a revision has the name UnnamedRevision. Empty: that one alone.
	IstioRevisions map[string]string `config:"istioRevisions"`
	// IstioDefaultRevision is the istiod that programs gateways, nodes and tasks.
	IstioDefaultRevision string `config:"istioDefaultRevision"`
	// MeshCA is a certificate authority of one's own. Not set: istiod makes one.
	MeshCA MeshCA `config:"meshCa"`
	// ImageHub is the registry path of Istio's images, without a tag.
	ImageHub string `config:"imageHub"`
	// ImageVariant is appended to the tag ("distroless"), or empty.
	ImageVariant string `config:"imageVariant"`
	// ChartRepository holds the charts base, istiod, cni and ztunnel: "oci://…" or "https://…".
	ChartRepository string `config:"chartRepository"`
	// ChartUsername and ChartPassword are the repository's credentials; both or neither.
	ChartUsername string `config:"chartUsername"`
	ChartPassword Secret `config:"chartPassword"`
	// License is the Solo Enterprise licence that the ECS feature needs.
	License Secret `config:"license"`
	// LicenseDelivery says how istiod gets at the licence's Kubernetes Secret: LicenseEnv or LicenseSecretRef.
	LicenseDelivery LicenseDelivery `config:"licenseDelivery"`
	// ECSAccountsDelivery says how istiod learns of the accounts: AccountsChart or AccountsEnv.
	ECSAccountsDelivery AccountsDelivery `config:"ecsAccountsDelivery"`
	// PilotEnv is merged over istiod's environment.
	PilotEnv map[string]string `config:"pilotEnv"`
	// Network is the mesh network of the EKS cluster (topology.istio.io/network).
	Network string `config:"meshNetwork"`
	// TrustDomain is the first part of every SPIFFE identity.
	TrustDomain string `config:"trustDomain"`
	// PathNormalization is what waypoints do to a path before rules look at it, in Istio's words.
	PathNormalization PathNormalization `config:"pathNormalization"`
	// GatewayAnnotations are merged over those that make the east-west gateway's load balancer internal.
	GatewayAnnotations map[string]string `config:"gatewayAnnotations"`
	// GatewayAPISource is a URL or a folder with the Gateway API custom resource definitions.
	GatewayAPISource string `config:"gatewayApiSource"`
	// GatewayAPISHA256 is the hex checksum of the file at GatewayAPISource when that is a URL.
	// Empty: the checksum pinned in code for the default source.
	GatewayAPISHA256 string `config:"gatewayApiSha256"`
	// PolicyStage is how far the policies of the ECS namespaces go, where these say nothing of their own.
	PolicyStage PolicyStage `config:"policyStage"`
	// TestWorkloads adds eks-shell and eks-echo to the namespace default.
	TestWorkloads bool `config:"testWorkloads"`

	// HealthCheck times the ztunnel container of every task.
	HealthCheck HealthCheck `config:"ztunnelHealthCheck"`
	// ExecutionRoleSourceCheck adds aws:SourceAccount and aws:SourceArn to the trust of the
	// execution roles.
	ExecutionRoleSourceCheck bool `config:"executionRoleSourceCheck"`
	// Observability is what shows the mesh at work: metrics, dashboards, traces, queries and alarms.
	Observability Observability `config:"observability"`

	// LogRetentionDays applies to every log group; a value that CloudWatch Logs knows.
	LogRetentionDays int `config:"logRetentionDays"`
	// Protect guards VPCs, subnets, peerings, the EKS cluster and its key against deletion.
	Protect bool `config:"protect"`

	// loaded is when the configuration was loaded: certificates are judged by this time.
	loaded time.Time
	// secret are the keys whose values are encrypted in the stack file, in whole or in part.
	secret map[string]bool
}

// Account is one AWS account and how to reach it.
type Account struct {
	// ID is the 12-digit account id.
	ID string `config:"id"`
	// Profile is a profile of the AWS shared configuration. With RoleArn it is the source profile.
	Profile string `config:"profile"`
	// RoleARN is a role to assume; ExternalID and SessionName go with it.
	RoleARN     string `config:"roleArn"`
	ExternalID  Secret `config:"externalId"`
	SessionName string `config:"sessionName"`
	// Domain is the DNS domain of the account's ECS services, for example "ecs.local".
	Domain string `config:"domain"`
	// VPCCIDR is the IPv4 CIDR of the account's VPC, /16 to /24. At home it is for the life of a stack,
	// and so are the subnets.
	VPCCIDR string `config:"vpcCidr"`
	// Subnets fixes the subnet CIDRs. Nil: computed from VPCCIDR.
	Subnets *Subnets `config:"subnets"`
	// Reach says how ztunnel in the account's tasks gets to EKS workloads: ReachGateway or ReachDirect.
	// Empty: ReachGateway.
	Reach Reach `config:"reach"`
	// RegistrySecrets are Secrets Manager secrets with the credentials of registries, by registry host
	// ("registry.example.com"). Every container whose image comes from such a host is pulled with them.
	RegistrySecrets map[string]string `config:"registrySecrets"`
}

// Subnets is a given subnet plan: one private CIDR per zone, and public ones in the first zones.
type Subnets struct {
	Private []string `config:"private"`
	Public  []string `config:"public"`
}

// Cluster is one ECS cluster.
type Cluster struct {
	// Account is a key of Config.Accounts.
	Account string `config:"account"`
	// ServiceAccount is the Kubernetes service account of services that name none. Empty: "ecs".
	ServiceAccount string `config:"serviceAccount"`
	// PolicyStage is the namespace's. Empty: Config.PolicyStage.
	PolicyStage PolicyStage `config:"policyStage"`
	Guard
	// Waypoint puts one waypoint in front of all services of the cluster that serve.
	Waypoint bool `config:"waypoint"`
	// ZtunnelVersion is the version of ztunnel in the cluster's tasks. Empty: Config.IstioVersion. It lets the tasks
	// follow an upgrade cluster by cluster.
	ZtunnelVersion string `config:"ztunnelVersion"`
	// Services are the cluster's ECS services by name.
	Services map[string]Service `config:"services"`
}

// Service is one ECS service on Fargate.
type Service struct {
	// Image is the application's container image.
	Image string `config:"image"`
	// Port is the TCP port that the application listens on. 0 only with ClientOnly or Shared.
	Port int `config:"port"`
	// Command replaces the image's command. Empty: the image's own.
	Command []string `config:"command"`
	// CPU is in units of 1/1024 vCPU, Memory in MiB, of the whole task. 0: 256 and 512.
	CPU    int `config:"cpu"`
	Memory int `config:"memory"`
	// DesiredCount is the number of tasks. Nil: 1.
	DesiredCount *int `config:"desiredCount"`
	// ClientOnly means that the service only calls others: no inbound rule at all.
	ClientOnly bool `config:"clientOnly"`
	// ServiceAccount overrides Cluster.ServiceAccount.
	ServiceAccount string `config:"serviceAccount"`
	// Shared is the shared service that this one belongs to. It has the shared service's name, port and policies, and
	// an identity in its namespace.
	Shared string `config:"shared"`
	Guard
	// Waypoint puts a waypoint of its own in front of the service.
	Waypoint bool `config:"waypoint"`
	// Traffic shapes what the waypoint passes on. It needs a waypoint, the service's or the cluster's.
	Traffic *Traffic `config:"traffic"`
	// Environment is the application container's environment; it wins over what the program sets
	// (ALL_PROXY, NO_PROXY).
	Environment map[string]string `config:"environment"`
	// Egress opens further outbound connections, past the mesh.
	Egress []Egress `config:"egress"`
}

// Egress is one outbound rule of a service's own security group.
type Egress struct {
	// Description says what is called.
	Description string `config:"description"`
	// CIDR is the IPv4 destination.
	CIDR string `config:"cidr"`
	// Protocol is "tcp" or "udp". Empty: "tcp".
	Protocol string `config:"protocol"`
	// Port is the destination port.
	Port int `config:"port"`
}

// HealthCheck is the timing of the ztunnel container's health check, in seconds. It also decides how
// long the application waits for the mesh, because its container starts when ztunnel is healthy.
type HealthCheck struct {
	Interval    int `config:"interval"`
	Timeout     int `config:"timeout"`
	Retries     int `config:"retries"`
	StartPeriod int `config:"startPeriod"`
}

// Secret is a value that must not be printed.
type Secret string

// String hides the value.
func (Secret) String() string { return "[secret]" }

// GoString hides the value.
func (Secret) GoString() string { return "[secret]" }

// Reveal returns the value.
func (s Secret) Reveal() string { return string(s) }

// NAT is the number of NAT gateways of a VPC.
type NAT string

const (
	NATSingle  NAT = "single"
	NATPerZone NAT = "per-zone"
)

// Reach is the way from an ECS task to EKS workloads.
type Reach string

const (
	// ReachGateway goes through the east-west gateway: the task counts as remote.
	ReachGateway Reach = "gateway"
	// ReachDirect goes to the pods themselves, which needs port 15008 open on the nodes.
	ReachDirect Reach = "direct"
)

// LicenseDelivery is the way istiod refers to the licence's Kubernetes Secret.
type LicenseDelivery string

const (
	LicenseEnv       LicenseDelivery = "env"
	LicenseSecretRef LicenseDelivery = "secretRef"
)

// AccountsDelivery is the way istiod learns of the ECS accounts.
type AccountsDelivery string

const (
	AccountsChart AccountsDelivery = "chart"
	AccountsEnv   AccountsDelivery = "env"
)

// PolicyStage is how far the policies of a namespace go. A namespace moves through the stages in this order: everything
// is admitted, nothing is, then what is declared, by identity and at last by request.
type PolicyStage string

const (
	// StagePermissive has no policy: every workload of the mesh may call every other.
	StagePermissive PolicyStage = "permissive"
	// StageDenyAll refuses every call.
	StageDenyAll PolicyStage = "deny-all"
	// StageL4 refuses every call but those that Guard admits, by the caller's identity and the port.
	StageL4 PolicyStage = "l4"
	// StageL7 is StageL4 and looks besides, where there is a waypoint, at methods, paths and headers.
	StageL7 PolicyStage = "l7"
)
