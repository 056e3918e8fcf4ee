// Package stack reads the outputs of a deployed mesh's Pulumi stack.
package stack

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Stack is the outputs of an ambient-ecs stack, as `pulumi stack output --json --show-secrets` prints them.
type Stack struct {
	InstallName    string              `json:"installName"`
	Region         string              `json:"region"`
	Partition      string              `json:"partition"`
	HomeAccount    string              `json:"homeAccount"`
	Accounts       map[string]Account  `json:"accounts"`
	VpcIDs         map[string]string   `json:"vpcIds"`
	MeshCIDRs      []string            `json:"meshCidrs"`
	PrivateSubnets map[string][]string `json:"privateSubnetIds"`
	Peerings       map[string]string   `json:"peeringConnectionIds"`
	ClientGroups   map[string]string   `json:"clientSecurityGroupIds"`
	ServerGroups   map[string]string   `json:"serverSecurityGroupIds"`
	// TransitPeerings are the peerings of transit gateways, by their two regions.
	TransitPeerings map[string]string `json:"transitPeeringAttachmentIds"`
	// GatewayEndpoints are the interface endpoints of the gateway, by the keys of accounts that only call.
	GatewayEndpoints map[string]string `json:"gatewayEndpointIds"`
	// GatewayZones are the private hosted zones in which these accounts find the gateway's name, by their keys.
	GatewayZones   map[string]string `json:"gatewayZoneIds"`
	IstiodRole     string            `json:"istiodRoleArn"`
	DiscoveryRoles map[string]string `json:"discoveryRoleArns"`
	TaskRoles      map[string]string `json:"taskRoleArns"`
	EKSName        string            `json:"eksClusterName"`
	EKSArn         string            `json:"eksClusterArn"`
	EKSGroup       string            `json:"eksSecurityGroupId"`
	Kubeconfig     string            `json:"kubeconfig"`
	MeshNetwork    string            `json:"meshNetwork"`
	TrustDomain    string            `json:"trustDomain"`
	PolicyStage    string            `json:"policyStage"`
	TestWorkloads  bool              `json:"testWorkloads"`
	GatewayAddress string            `json:"gatewayAddress"`
	// GatewaySources are the CIDRs that may reach the gateway. The outputs of an older stack do not say: nil.
	GatewaySources []string           `json:"gatewaySources"`
	Clusters       map[string]Cluster `json:"ecsClusters"`
	Shared         map[string]Shared  `json:"sharedServices"`
	// Destinations are everything that can be called, by hostname.
	Destinations map[string]Destination `json:"destinations"`
	Tokens       map[string]string      `json:"bootstrapTokens"`
	// RolePolicies are what the stack gives roles besides what the mesh and its tasks need, for roles that get something.
	RolePolicies []RolePolicies `json:"rolePolicies"`
	// ExecutionRoles are ARNs by account. A service may have one of its own: Service.ExecutionRoleARN.
	ExecutionRoles map[string]string `json:"executionRoleArns"`
	// ZtunnelHealth times the health check of ztunnel in tasks, ZtunnelSettings are what its container has of its own.
	ZtunnelHealth   ZtunnelHealth   `json:"ztunnelHealthCheck"`
	ZtunnelSettings ZtunnelSettings `json:"ztunnelSettings"`
	// ZtunnelLabels are Docker labels of ztunnel's container, with which the mesh restarts its proxies.
	ZtunnelLabels map[string]string `json:"ztunnelLabels"`
	// AlarmTopics are ARNs by account. MeshLogGroup is the log group of istio-system. Both are empty if they are not
	// configured.
	AlarmTopics  map[string]string `json:"alarmTopicArns"`
	MeshLogGroup string            `json:"meshLogGroup"`
	// ObservabilityNamespace is the namespace of the observability tools in EKS, "" without any.
	ObservabilityNamespace string `json:"observabilityNamespace"`
	// Ingress is the declared way in for users outside the mesh, IngressAddress the address of its load balancer.
	Ingress        Ingress `json:"ingress"`
	IngressAddress string  `json:"ingressAddress"`
	// ExistingEKS is the EKS cluster of somebody else in which the mesh lives. It is nil where the stack made the cluster.
	ExistingEKS *ExistingEKS `json:"existingEks"`
	// Observability is the declared observability. It is nil in the outputs of an older stack.
	Observability *Observability `json:"observability"`
}

// ExistingEKS is what the stack file says about an EKS cluster of somebody else.
type ExistingEKS struct {
	Name string `json:"name"`
	// LoadBalancerController says that the AWS Load Balancer Controller there is the owner's too.
	LoadBalancerController bool `json:"loadBalancerController"`
}

// Account says how to get access to an account.
type Account struct {
	ID string `json:"id"`
	// Region is the account's own region. Empty: the stack's.
	Region      string `json:"region"`
	Profile     string `json:"profile"`
	RoleARN     string `json:"roleArn"`
	ExternalID  string `json:"externalId"`
	SessionName string `json:"sessionName"`
	Domain      string `json:"domain"`
	VPCCIDR     string `json:"vpcCidr"`
	// SecondaryCIDRs are the other networks of a VPC that the stack did not make.
	SecondaryCIDRs []string `json:"secondaryCidrs"`
	Reach          string   `json:"reach"`
	// Connect is ConnectPrivateLink for an account that only calls.
	Connect string `json:"connect"`
	// RegistrySecrets are ARNs by registry host.
	RegistrySecrets map[string]string `json:"registrySecrets"`
}

// ConnectPrivateLink joins an account by an endpoint of the gateway. Its services call, and nobody calls them.
const ConnectPrivateLink = "privatelink"

// CallsOnly reports whether an account only calls.
func (s *Stack) CallsOnly(account string) bool {
	return s.Accounts[account].Connect == ConnectPrivateLink
}

// RegionOf is the region of an account.
func (s *Stack) RegionOf(account string) string { return cmp.Or(s.Accounts[account].Region, s.Region) }

// ZtunnelHealth is in seconds.
type ZtunnelHealth struct {
	Interval, Timeout, Retries, StartPeriod int
}

// ZtunnelSettings are in units of 1/1024 vCPU and in MiB.
type ZtunnelSettings struct {
	CPU, Memory            int
	User                   string
	ReadonlyRootFilesystem bool
	Environment            map[string]string
}

// Cluster is one ECS cluster.
type Cluster struct {
	Account        string `json:"account"`
	Region         string `json:"region"`
	Name           string `json:"name"`
	ARN            string `json:"arn"`
	Namespace      string `json:"namespace"`
	ServiceAccount string `json:"serviceAccount"`
	PolicyStage    string `json:"policyStage"`
	LogGroup       string `json:"logGroup"`
	// ZtunnelImage is the image of ztunnel in the cluster's tasks.
	ZtunnelImage string `json:"ztunnelImage"`
	// ExecLogGroup is the log group of the sessions of ECS Exec, "" if they have none.
	ExecLogGroup string             `json:"execLogGroup"`
	Services     map[string]Service `json:"services"`
	// Tasks are the standalone tasks.
	Tasks map[string]Task `json:"tasks"`
}

// Service is one ECS service.
type Service struct {
	ARN        string `json:"arn"`
	Hostname   string `json:"hostname"`
	Port       int    `json:"port"`
	ClientOnly bool   `json:"clientOnly"`
	// DeployedBy is "pipeline" where the task definition belongs to a team's pipeline, and "owner" where the service does too.
	DeployedBy string `json:"deployedBy"`
	// Import is "unchanged" while the service is in the state and not in the mesh, else "".
	Import string `json:"import"`
	// Parameter is the SSM parameter with what the owner of the service sets on it, "" for the stack's own.
	Parameter string `json:"parameter"`
	// Ports are all ports that callers know, the one that is meant without a number first.
	Ports []Port `json:"ports"`
	// DesiredCount is the declared number of tasks.
	DesiredCount int `json:"desiredCount"`
	// Exec says whether commands may run in its tasks. Nil: they may.
	Exec *bool `json:"exec"`
	// Shared is the shared service that it belongs to, or "".
	Shared string `json:"shared"`
	// Namespace is the namespace of its cluster or of the shared service.
	Namespace string `json:"namespace"`
	// Waypoint is the waypoint in front of it, in Namespace, "" for none.
	Waypoint          string `json:"waypoint"`
	ServiceAccount    string `json:"serviceAccount"`
	TaskDefinitionARN string `json:"taskDefinitionArn"`
	// Family is the family of its task definition. ExecutionRoleARN is the role with which ECS starts its tasks. The outputs of an
	// older stack have neither: "".
	Family           string `json:"family"`
	ExecutionRoleARN string `json:"executionRoleArn"`
	// Client is what its application calls others with: a preset of docs/clients.md, "" for curl.
	Client string `json:"client"`
	// Clients are the presets of single containers, by the container's name.
	Clients map[string]string `json:"clients"`
	// Scaling is what Application Auto Scaling is told. Nil: it does not scale.
	Scaling *Scaling `json:"scaling"`
	// Strategy is its capacity provider strategy, nil for the launch type.
	Strategy []CapacityProvider `json:"capacityProviderStrategy"`
	// Allow are the callers that its team admits by a policy of its own, where it is another team's.
	Allow []Rule `json:"allow"`
	// Users are the hosts that lead to it from the ingress, where it is another team's. Nil: none.
	Users *Users `json:"users"`
	// Joined says that another team's stack has it. No output says it: see Join.
	Joined bool `json:"-"`
	// Waits says that it has yet to join the mesh. No output says it: see Waiting.
	Waits bool `json:"-"`
}

// Waiting is the stack in which some services, as "cluster/service", wait to join the mesh: nothing of it leads to them or from them yet, as
// with services that are to run no task.
func (s *Stack) Waiting(services []string) *Stack {
	if len(services) == 0 {
		return s
	}
	waiting := *s
	waiting.Clusters = maps.Clone(s.Clusters)
	for _, name := range services {
		key, service, _ := strings.Cut(name, "/")
		cluster := waiting.Clusters[key]
		cluster.Services = maps.Clone(cluster.Services)
		one := cluster.Services[service]
		one.Waits, one.DesiredCount = true, 0
		cluster.Services[service] = one
		waiting.Clusters[key] = cluster
	}
	return &waiting
}

// Users are the hosts and the path by which users outside the mesh reach a service of another team.
type Users struct {
	Hosts      []string `json:"hosts"`
	PathPrefix string   `json:"pathPrefix"`
}

// ClientNone is the preset of a service whose environment does not lead to ztunnel.
const ClientNone = "none"

// HasExec reports whether commands may run in the service's tasks.
func (s Service) HasExec() bool { return s.Exec == nil || *s.Exec }

// LocalitySameZone prefers members in the caller's zone, then in its region.
const LocalitySameZone = "same-zone"

// Shared is one name for services of several clusters.
type Shared struct {
	Hostname    string `json:"hostname"`
	Namespace   string `json:"namespace"`
	Port        int    `json:"port"`
	PolicyStage string `json:"policyStage"`
	Waypoint    string `json:"waypoint"`
	// Locality is "same-zone" or "any".
	Locality string `json:"locality"`
	// Members are "cluster/service".
	Members []string `json:"members"`
}

// ErrNotUp says that nothing was deployed yet.
var ErrNotUp = errors.New("the stack has no outputs of a finished `pulumi up`")

// Parse reads the JSON of the outputs. It refuses outputs that are not of an ambient-ecs stack.
func Parse(data []byte) (*Stack, error) {
	var s Stack
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, fmt.Errorf("the stack's outputs are not what ambient-ecs exports: %w", err)
	}
	if s.InstallName == "" || s.EKSName == "" || len(s.Accounts) == 0 {
		return nil, fmt.Errorf("%w: installName, eksClusterName or accounts are missing", ErrNotUp)
	}
	return &s, nil
}

// ClusterKeys and ServiceKeys are in the order in which everything is listed.
func (s *Stack) ClusterKeys() []string { return slices.Sorted(maps.Keys(s.Clusters)) }

// ServiceKeys are the names of the cluster's services, sorted.
func (c Cluster) ServiceKeys() []string { return slices.Sorted(maps.Keys(c.Services)) }

// SharedKeys are the names of the shared services, sorted.
func (s *Stack) SharedKeys() []string { return slices.Sorted(maps.Keys(s.Shared)) }

// NamespaceOf is the namespace of a cluster's service.
func (s *Stack) NamespaceOf(cluster, service string) string {
	if own := s.Clusters[cluster].Services[service].Namespace; own != "" {
		return own
	}
	return s.Clusters[cluster].Namespace
}

// NamespaceOfAccount is the namespace of a service account that some of a cluster's services run as.
func (s *Stack) NamespaceOfAccount(cluster, serviceAccount string) string {
	c := s.Clusters[cluster]
	for _, name := range c.ServiceKeys() {
		if c.Services[name].ServiceAccount == serviceAccount {
			return s.NamespaceOf(cluster, name)
		}
	}
	return c.Namespace
}

// IdentityOf is the SPIFFE id of a cluster's service.
func (s *Stack) IdentityOf(cluster, service string) string {
	return s.Identity(s.NamespaceOf(cluster, service), s.Clusters[cluster].Services[service].ServiceAccount)
}

// Answering are the SPIFFE ids that may answer under the name of a cluster's service: its own id, or the ids of
// all members of the shared service that run a task.
func (s *Stack) Answering(cluster, service string) []string {
	of := s.Clusters[cluster].Services[service]
	if of.Shared == "" {
		return []string{s.IdentityOf(cluster, service)}
	}
	var all []string
	for _, key := range s.ClusterKeys() {
		for _, name := range s.Clusters[key].ServiceKeys() {
			if member := s.Clusters[key].Services[name]; member.Shared == of.Shared && member.DesiredCount > 0 {
				all = append(all, s.IdentityOf(key, name))
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Identity is the SPIFFE id of a workload.
func (s *Stack) Identity(namespace, serviceAccount string) string {
	return "spiffe://" + s.TrustDomain + "/ns/" + namespace + "/sa/" + serviceAccount
}

// Elsewhere reports whether a team's pipeline or an owner registers the service's task definition.
func (s Service) Elsewhere() bool { return s.DeployedBy == "pipeline" || s.ByOwner() }

// Imported reports whether the stack has taken the service over, and not enrolled it yet.
func (s Service) Imported() bool { return s.Import == "unchanged" }

// ByOwner reports whether the stack does not make the service.
func (s Service) ByOwner() bool { return s.DeployedBy == "owner" }

// Name is the name in ECS of the service with a key.
func (s Service) Name(key string) string {
	if s.ARN != "" {
		return s.ARN[strings.LastIndexByte(s.ARN, '/')+1:]
	}
	return key
}

// Port is a port of a service.
type Port struct {
	Port     int    `json:"port"`
	Protocol string `json:"protocol"`
}
