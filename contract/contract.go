// Package contract is what the platform hands out to the teams whose services join its mesh: where a task runs, who it is
// and what the mesh gives to it. There is one contract for each ECS cluster, in the cluster's account, because a team's
// rights end at a cluster.
//
// A contract holds no secret: no kubeconfig, no external id, no licence, and no key of a certificate authority. A task
// proves who it is with its task role, so the bootstrap tokens hold no secret either.
//
// Fields are only ever added. A change that a reader could not bear is a new Version under a path of its own, beside the
// old one.
package contract

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Version is the version of the contract that this package writes and reads.
const Version = 1

// Contract is what a team needs to run services in one ECS cluster of the mesh.
type Contract struct {
	// Version is the version of this form: 1.
	Version int `json:"version"`
	// Install is the platform's installName. It begins every fixed name.
	Install string `json:"install"`
	// Partition is the AWS partition: aws, aws-cn or aws-us-gov.
	Partition string `json:"partition"`
	// Region is the AWS region of the cluster.
	Region string `json:"region"`
	// AccountID is the account of the cluster, 12 digits.
	AccountID string `json:"accountId"`
	// Network is where tasks are attached.
	Network Network `json:"network"`
	// Cluster is the ECS cluster.
	Cluster Cluster `json:"cluster"`
	// Identities are who a task of the cluster can be in the mesh, by service account.
	Identities map[string]Identity `json:"identities"`
	// Mesh is the mesh that the cluster belongs to.
	Mesh Mesh `json:"mesh"`
	// Ingress is the gateway for users outside the mesh, as far as the team that owns the cluster may use it. Its lists are empty where
	// there is no ingress, or the team has no hostnames.
	Ingress Ingress `json:"ingress"`
	// Team is the team that owns the cluster, and its bounds. Its texts are empty for a cluster without one.
	Team Team `json:"team"`
	// Ztunnel is the mesh's container of every task.
	Ztunnel Ztunnel `json:"ztunnel"`
	// RegistrySecrets are ARNs of secrets with registry credentials, by registry host.
	RegistrySecrets map[string]string `json:"registrySecrets"`
}

// Network is where tasks are attached.
type Network struct {
	// VpcID is the VPC of the account.
	VpcID string `json:"vpcId"`
	// PrivateSubnetIDs are the subnets of tasks, one for each zone.
	PrivateSubnetIDs []string `json:"privateSubnetIds"`
	// ClientSecurityGroupID is the group with which a task may call the mesh.
	ClientSecurityGroupID string `json:"clientSecurityGroupId"`
	// ServerSecurityGroupID is the group with which the mesh may call a task.
	ServerSecurityGroupID string `json:"serverSecurityGroupId"`
}

// Cluster is an ECS cluster of the mesh.
type Cluster struct {
	// Key is the cluster's name in the platform's configuration.
	Key string `json:"key"`
	// Name is the cluster's name in ECS.
	Name string `json:"name"`
	// ARN is the cluster's ARN.
	ARN string `json:"arn"`
	// Domain is the domain of the account in the mesh. It ends the hostnames of services that have no tag ecs.solo.io/hostname.
	Domain string `json:"domain"`
	// LogGroup is the log group of its tasks. The execution role may write to it.
	LogGroup string `json:"logGroup"`
	// ExecutionRoleARN is the role with which ECS starts a task.
	ExecutionRoleARN string `json:"executionRoleArn"`
	// CapacityProviders are the capacity providers that the cluster has: FARGATE, FARGATE_SPOT. Empty: services have the launch type FARGATE.
	CapacityProviders []string `json:"capacityProviders"`
}

// Identity is who a task can be in the mesh.
type Identity struct {
	// Namespace is the Kubernetes namespace of the service account.
	Namespace string `json:"namespace"`
	// TaskRoleARN is the task role, by which istiod knows the identity.
	TaskRoleARN string `json:"taskRoleArn"`
	// TokenParameter is the name of the SSM parameter with the identity's bootstrap token.
	TokenParameter string `json:"tokenParameter"`
}

// Mesh is the mesh that a cluster belongs to.
type Mesh struct {
	// TrustDomain is the first part of every SPIFFE identity.
	TrustDomain string `json:"trustDomain"`
	// Network is the mesh network of the EKS cluster.
	Network string `json:"network"`
	// Domains end the hostnames of services, by the cluster's key: a service is SERVICE.DOMAIN.
	Domains map[string]string `json:"domains"`
	// SharedHostnames are the hostnames of services that run in several clusters, by the shared service's name.
	SharedHostnames map[string]string `json:"sharedHostnames"`
	// Waypoints are the names of the waypoints that stand in front of every service of a namespace, by the namespace. A namespace of the
	// cluster's identities that is not among them has none.
	Waypoints map[string]string `json:"waypoints"`
}

// Ingress is the way of users outside the mesh to services of a team. An HTTPRoute of the team names one of the hostnames and all of the
// gateways.
type Ingress struct {
	// Gateways are the Gateways that users come through. There are two while the load balancer moves to another maker.
	Gateways []Gateway `json:"gateways"`
	// Hostnames are the names that the team may route to its services. No other team has them.
	Hostnames []string `json:"hostnames"`
	// Address is where the DNS names of the hosts point to: the name of the first gateway's load balancer.
	Address string `json:"address"`
	// ServiceAccount is the service account of the gateways in each of their namespaces: who calls the services.
	ServiceAccount string `json:"serviceAccount"`
	// TLSAtLoadBalancer says that the load balancer ends TLS, so that a gateway sees clear text. A route then says in X-Forwarded-Proto that
	// the user spoke HTTPS.
	TLSAtLoadBalancer bool `json:"tlsAtLoadBalancer"`
}

// Gateway is a Gateway of the Gateway API.
type Gateway struct {
	// Name is the Gateway's name.
	Name string `json:"name"`
	// Namespace is the Gateway's namespace.
	Namespace string `json:"namespace"`
}

// Team is the team that owns a cluster, and its bounds.
type Team struct {
	// Name is the team's key in the platform's configuration.
	Name string `json:"name"`
	// Namespace is the Kubernetes namespace of the cluster's services.
	Namespace string `json:"namespace"`
	// RoleARN is the role that the team's deployers assume in the account of the cluster.
	RoleARN string `json:"roleArn"`
	// RolePath is the path of the roles that the team may make and pass. Empty: it makes none.
	RolePath string `json:"rolePath"`
	// BoundaryARN is the permissions boundary that each of these roles must have.
	BoundaryARN string `json:"boundaryArn"`
	// NamePrefix begins the names of these roles and the families of the team's task definitions.
	NamePrefix string `json:"namePrefix"`
	// SecretPrefix begins the names of the secrets that the cluster's execution role and these roles may read and, after a slash, of the parameters.
	SecretPrefix string `json:"secretPrefix"`
	// TagKeys are the keys of tags that the team may set on its services, tasks and task definitions, besides the mesh's own. AWS refuses every
	// other.
	TagKeys []string `json:"tagKeys"`
	// EKSClusterARN is the EKS cluster in the platform's home account.
	EKSClusterARN string `json:"eksClusterArn"`
	// KubernetesRoleARN is the role that the team's deployers assume for Kubernetes.
	KubernetesRoleARN string `json:"kubernetesRoleArn"`
	// PolicyPrefix begins the names of the AuthorizationPolicies that the team may make.
	PolicyPrefix string `json:"policyPrefix"`
}

// Ztunnel is the mesh's container of every task.
type Ztunnel struct {
	// Image is the container image.
	Image string `json:"image"`
	// Health is the health check.
	Health Health `json:"health"`
	// CPU is the container's own share in units of 1/1024 vCPU. 0: none of its own.
	CPU int `json:"cpu"`
	// Memory is the container's own limit in MiB. 0: none of its own.
	Memory int `json:"memory"`
	// User is the user that it runs as. Empty: the image's.
	User string `json:"user"`
	// ReadonlyRootFilesystem takes the right to write to its root away from it.
	ReadonlyRootFilesystem bool `json:"readonlyRootFilesystem"`
	// Environment is added to its variables.
	Environment map[string]string `json:"environment"`
	// Labels are its Docker labels. A change of one is a reason for a new revision.
	Labels map[string]string `json:"labels"`
}

// Health is a health check of ECS. All times are in seconds.
type Health struct {
	// Interval is the time between two checks.
	Interval int `json:"interval"`
	// Timeout is how long one check may take.
	Timeout int `json:"timeout"`
	// Retries is how many checks may fail.
	Retries int `json:"retries"`
	// StartPeriod is how long failed checks do not count after the start.
	StartPeriod int `json:"startPeriod"`
}

// Root is the path of all SSM parameters of an install's contracts. It never begins with aws or ssm, which AWS keeps.
func Root(install string) string { return "/ambient-ecs/" + install }

// Path is the path of the SSM parameters of one cluster's contract.
func Path(install, cluster string) string {
	return fmt.Sprintf("%s/v%d/%s", Root(install), Version, cluster)
}

// ParameterName is the name of the SSM parameter with the contract of a cluster.
func ParameterName(install, cluster string) string { return Path(install, cluster) + "/contract" }

// TokenParameterName is the name of the SSM parameter with the bootstrap token of an identity of a cluster. Each token has a
// parameter of its own: with a large root certificate one fills most of the 8 KB that a parameter holds.
func TokenParameterName(install, cluster, serviceAccount string) string {
	return Path(install, cluster) + "/tokens/" + serviceAccount
}

// OwnedParameterName is the name of the SSM parameter with what the owner of a service sets on it.
func OwnedParameterName(install, cluster, service string) string {
	return Path(install, cluster) + "/services/" + service
}

// StackOutput is the output of the contract's stack: the values of the parameters of one cluster, by their names. Pulumi encrypts none of
// them, so a reader needs no passphrase or key of that stack.
const StackOutput = "parameters"

// JSON is the contract as the parameter holds it. A list or map that is not set is written as an empty one.
func (c Contract) JSON() string {
	for _, list := range []*[]string{&c.Network.PrivateSubnetIDs, &c.Cluster.CapacityProviders, &c.Ingress.Hostnames, &c.Team.TagKeys} {
		*list = append([]string{}, *list...)
	}
	c.Ingress.Gateways = append([]Gateway{}, c.Ingress.Gateways...)
	if c.Identities == nil {
		c.Identities = map[string]Identity{}
	}
	for _, m := range []*map[string]string{&c.RegistrySecrets, &c.Mesh.Domains, &c.Mesh.SharedHostnames, &c.Mesh.Waypoints, &c.Ztunnel.Environment, &c.Ztunnel.Labels} {
		if *m == nil {
			*m = map[string]string{}
		}
	}
	text, err := json.Marshal(c)
	if err != nil {
		// A contract holds texts, numbers and booleans, which always marshal.
		panic("contract: " + err.Error())
	}
	return string(text)
}

// Parse reads a contract. It keeps nothing that it does not know. It refuses another version, and a text that lacks what a
// service cannot do without.
func Parse(text string) (Contract, error) {
	var c Contract
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return Contract{}, fmt.Errorf("the contract cannot be read: %w", err)
	}
	if c.Version != Version {
		return Contract{}, fmt.Errorf("the contract has version %d, and this program reads version %d", c.Version, Version)
	}
	var missing []string
	for _, required := range []struct {
		field string
		set   bool
	}{
		{"region", c.Region != ""}, {"accountId", c.AccountID != ""}, {"cluster.arn", c.Cluster.ARN != ""},
		{"cluster.executionRoleArn", c.Cluster.ExecutionRoleARN != ""}, {"network.privateSubnetIds", len(c.Network.PrivateSubnetIDs) > 0},
		{"network.clientSecurityGroupId", c.Network.ClientSecurityGroupID != ""}, {"identities", len(c.Identities) > 0}, {"ztunnel.image", c.Ztunnel.Image != ""},
	} {
		if !required.set {
			missing = append(missing, required.field)
		}
	}
	if len(missing) > 0 {
		return Contract{}, fmt.Errorf("the contract lacks %s", strings.Join(missing, ", "))
	}
	return c, nil
}

// Identity returns the identity of a service account, or an error that names those that there are.
func (c Contract) Identity(serviceAccount string) (Identity, error) {
	if identity, known := c.Identities[serviceAccount]; known {
		return identity, nil
	}
	return Identity{}, fmt.Errorf("the cluster %s has no identity %q: choose one of %s", c.Cluster.Key, serviceAccount,
		strings.Join(slices.Sorted(maps.Keys(c.Identities)), ", "))
}

// Family is the family of the team's task definition of a service: the team's prefix and the name.
func (c Contract) Family(service string) string { return c.Team.NamePrefix + service }

// Entry is the name of the ServiceEntry of a service of the cluster, to which policies at a namespace's waypoint are bound.
func (c Contract) Entry(service string) string {
	return ServiceEntry(c.AccountID, c.Region, c.Cluster.Name, service)
}

// ServiceEntry is the name of the ServiceEntry that discovery makes of an ECS service.
func ServiceEntry(account, region, cluster, service string) string {
	return strings.ToLower(strings.Join([]string{"ecs-service", account, region, cluster, service}, "-"))
}

// Hostname is the name in the mesh of a service of the cluster.
func (c Contract) Hostname(service string) string {
	return service + "." + c.Mesh.Domains[c.Cluster.Key]
}
