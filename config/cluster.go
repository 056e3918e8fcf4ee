package config

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"ambient-ecs/mesh/podsecurity"
	"ambient-ecs/problem"
)

// ClusterSettings are the ECS clusters.
type ClusterSettings struct {
	// Clusters are the ECS clusters of the mesh, by a short name of the user's choice.
	Clusters map[string]Cluster `config:"clusters" confidential:"true"`
}

// Cluster is one ECS cluster.
type Cluster struct {
	// Account is the key in accounts of the account that holds the cluster. Required.
	Account string `config:"account"`
	// Existing is the name or the ARN of an ECS cluster of another team, in the account and region. The program tags it for
	// discovery, runs the services and tasks of this entry on it, and changes nothing else. Empty: the program makes a cluster. It
	// is for the life of a stack. See docs/adoption.md.
	Existing string `config:"existing"`
	// ClusterName is the name in ECS of the cluster that the program makes or imports, for the life of a stack. Namespace, hostnames, task
	// definitions and the log group of the tasks keep their names. Empty: installName and the key. Not with existing. See docs/adoption.md.
	ClusterName string `config:"clusterName"`
	// LogGroup is the name of a log group of another team, in the account and region, which the tasks of this entry log to. The
	// program changes nothing of it: how long logs are kept, and by which key, its owner decides. Empty: the program makes one. See
	// docs/adoption.md.
	LogGroup string `config:"logGroup"`
	// ServiceAccount is the Kubernetes service account of services that name none. Each pair of cluster and service
	// account is one identity. Empty: ecs.
	ServiceAccount string `config:"serviceAccount"`
	// PolicyStage is the stage of the cluster's namespace: permissive, deny-all, l4 or l7. Empty: the top-level key's.
	// See docs/policies.md.
	PolicyStage PolicyStage `config:"policyStage" restricts:"true"`
	Guard
	// Waypoint puts one waypoint in front of all services of the cluster's namespace.
	Waypoint bool `config:"waypoint"`
	// CapacityProviders are the capacity providers that the cluster has for services of other stacks, FARGATE and FARGATE_SPOT, besides
	// those that its own services name. The contract tells them. Not with existing, whose owner decides. Empty: none.
	CapacityProviders []string `config:"capacityProviders"`
	// ZtunnelVersion is the Istio version of ztunnel in the cluster's tasks, so that clusters follow an upgrade one by one.
	// Empty: istioVersion. See docs/upgrade.md.
	ZtunnelVersion string `config:"ztunnelVersion"`
	// Services are the cluster's ECS services by name.
	Services map[string]Service `config:"services"`
	// Tasks are standalone tasks by name: they start by a schedule or by hand, call others, and end by themselves. See
	// docs/tasks.md.
	Tasks map[string]Task `config:"tasks"`
}

// DefaultServiceAccount is the Kubernetes service account of a cluster's services when neither the
// cluster nor the service names one.
const DefaultServiceAccount = "ecs"

// ServiceAccountOrDefault is the Kubernetes service account of services that name none.
func (c Cluster) ServiceAccountOrDefault() string {
	if c.ServiceAccount == "" {
		return DefaultServiceAccount
	}
	return c.ServiceAccount
}

// ClusterKeys are the keys of Clusters, sorted.
func (c Config) ClusterKeys() []string { return slices.Sorted(maps.Keys(c.Clusters)) }

// ServiceKeys are the names of the cluster's services, sorted.
func (c Cluster) ServiceKeys() []string { return slices.Sorted(maps.Keys(c.Services)) }

// ClustersOf are the keys of an account's ECS clusters, sorted.
func (c Config) ClustersOf(account string) []string {
	var keys []string
	for _, key := range c.ClusterKeys() {
		if c.Clusters[key].Account == account {
			keys = append(keys, key)
		}
	}
	return keys
}

// Prefix begins the names of everything that the program makes for an ECS cluster, in AWS and in Kubernetes. It is the name of
// the ECS cluster too, unless the stack file gives another.
func (c Config) Prefix(cluster string) string { return c.Install + "-" + cluster }

// ECSName is the name of the ECS cluster with the given key.
func (c Config) ECSName(cluster string) string {
	if existing := c.Clusters[cluster].Existing; existing != "" {
		return existing[strings.LastIndexByte(existing, '/')+1:]
	}
	return cmp.Or(c.Clusters[cluster].ClusterName, c.Prefix(cluster))
}

// ECSClusterARN is the ARN of an ECS cluster, computed so that IAM need not wait for it.
func (c Config) ECSClusterARN(cluster string) string {
	return "arn:" + c.Partition() + ":ecs:" + c.RegionOfCluster(cluster) + ":" + c.Accounts[c.Clusters[cluster].Account].ID + ":cluster/" + c.ECSName(cluster)
}

// Namespace is the Kubernetes namespace of an ECS cluster's services. It equals the name of a cluster that the program names.
func (c Config) Namespace(cluster string) string { return c.Prefix(cluster) }

func (c Config) checkClusters(p *problem.List) {
	for _, key := range c.ClusterKeys() {
		field := "clusters." + key
		cluster := c.Clusters[key]
		if !label.MatchString(key) {
			p.Refuse("clusters", key, "the key of a cluster becomes part of names: %s", labelRule)
		}
		if cluster.Account == "" {
			p.Missing(field+".account", "name the key in accounts of the account that holds the cluster")
		} else if _, known := c.Accounts[cluster.Account]; !known {
			p.Refuse(field+".account", cluster.Account, "%s", noSuchAccount(c, cluster.Account))
		}
		c.checkExisting(p, key)
		c.checkClusterName(p, key)
		c.checkClusterCapacity(p, field, cluster)
		c.checkLogGroup(p, key)
		checkServiceAccount(p, field+".serviceAccount", cluster.ServiceAccount)
		for _, name := range cluster.ServiceKeys() {
			c.checkService(p, field+".services."+name, key, name, cluster.Services[name])
		}
		for _, name := range cluster.TaskKeys() {
			c.checkStandalone(p, key, name)
		}
	}
}

func checkServiceAccount(p *problem.List, field, name string) {
	if name != "" && (!label.MatchString(name) || len(name) > maxLabel) {
		p.Refuse(field, name, "the name of a Kubernetes service account, at most %d characters here: %s", maxLabel, labelRule)
	}
}

// Identity is one workload identity of a cluster: a service account in the cluster's namespace, or in that of a shared
// service. Each has a task role of its own, so that no cluster can take another's identity.
type Identity struct {
	Cluster        string
	Account        string
	Namespace      string
	ServiceAccount string
}

// Key names the identity within the stack: "cluster/serviceaccount".
func (i Identity) Key() string { return i.Cluster + "/" + i.ServiceAccount }

// Identities are the identities of the stack, each once, sorted by cluster and service account. A
// cluster's default service account is always one of them, so that another stack can run a service
// in a cluster that has none of ours.
func (c Config) Identities() []Identity {
	var all []Identity
	for _, key := range c.ClusterKeys() {
		cluster := c.Clusters[key]
		of := []Identity{{Cluster: key, Account: cluster.Account, Namespace: c.Namespace(key), ServiceAccount: cluster.ServiceAccountOrDefault()}}
		for _, name := range cluster.WorkloadKeys() {
			of = append(of, c.IdentityOf(key, name))
		}
		slices.SortFunc(of, func(a, b Identity) int {
			return cmp.Or(cmp.Compare(a.ServiceAccount, b.ServiceAccount), cmp.Compare(a.Namespace, b.Namespace))
		})
		all = append(all, slices.Compact(of)...)
	}
	return all
}

// IdentityOf is the identity that the tasks of a service, or a standalone task, have in the mesh.
func (c Config) IdentityOf(cluster, service string) Identity {
	return Identity{
		Cluster:        cluster,
		Account:        c.Clusters[cluster].Account,
		Namespace:      c.NamespaceOf(cluster, service),
		ServiceAccount: c.ServiceAccountOf(cluster, service),
	}
}

// ServiceAccountOf is the Kubernetes service account of a service: its own, else its cluster's, else
// DefaultServiceAccount. A member of a shared service has the one of its cluster in the shared namespace.
func (c Config) ServiceAccountOf(cluster, service string) string {
	s := c.asService(cluster, service)
	if s.Shared != "" {
		return c.SharedServiceAccount(s.Shared, cluster)
	}
	if s.ServiceAccount != "" {
		return s.ServiceAccount
	}
	return c.Clusters[cluster].ServiceAccountOrDefault()
}

// TaskRoleName is the IAM role of the tasks that run as one service account of one cluster. Its services agree.
func (c Config) TaskRoleName(cluster, serviceAccount string) string {
	if name := c.givesTaskRoleName(cluster, serviceAccount); name != "" {
		return c.asService(cluster, name).TaskRoleName
	}
	return c.Prefix(cluster) + "-" + serviceAccount
}

// NamespaceOf is the Kubernetes namespace of a service: its cluster's, or that of the shared service it belongs to.
func (c Config) NamespaceOf(cluster, service string) string {
	if shared := c.asService(cluster, service).Shared; shared != "" {
		return c.SharedNamespace(shared)
	}
	return c.Namespace(cluster)
}

// DiscoveryTag on an ECS cluster lets istiod's discovery read the cluster. Without it istiod removes all of the cluster's services
// from the mesh.
const DiscoveryTag = "ecs.solo.io/discovery-enabled"

// The tags that istiod's discovery reads, on a service and on its tasks.
const (
	TagNamespace      = "ecs.solo.io/namespace"
	TagServiceAccount = "ecs.solo.io/service-account"
	TagHostname       = "ecs.solo.io/hostname"
	TagPorts          = "ecs.solo.io/ports"
	// TagWaypoint becomes a label of the service's ServiceEntry, by which Istio sends its callers through a waypoint.
	TagWaypoint = "istio.io/use-waypoint"
	// TagIngressWaypoint becomes a label too, by which gateways use the service's waypoint.
	TagIngressWaypoint = "istio.io/ingress-use-waypoint"
)

// DiscoveryTags are the tags by which istiod knows a service.
func (c Config) DiscoveryTags(cluster, service string) map[string]string {
	identity := c.IdentityOf(cluster, service)
	tags := map[string]string{TagNamespace: identity.Namespace, TagServiceAccount: identity.ServiceAccount, TagHostname: c.Hostname(cluster, service)}
	var ports []string
	for _, port := range c.PortsOf(cluster, service) {
		ports = append(ports, port.Protocol+":"+strconv.Itoa(port.Port))
	}
	if len(ports) > 0 {
		tags[TagPorts] = strings.Join(ports, "/")
	}
	if waypoint := c.OwnWaypoint(cluster, service); waypoint != "" {
		tags[TagWaypoint] = waypoint
	}
	if c.IngressUsesWaypoint(cluster, service) {
		tags[TagIngressWaypoint] = "true"
	}
	return tags
}

// PodSecuritySettings are what pods of the program's namespaces may ask for.
type PodSecuritySettings struct {
	// PodSecurity is the Pod Security Standard of the namespaces that the program makes.
	PodSecurity podsecurity.Level `config:"podSecurity"`
}

func (c Config) checkPodSecurity(p *problem.List) {
	if c.PodSecurity != "" {
		problem.OneOf(p, "podSecurity", c.PodSecurity, podsecurity.Baseline, podsecurity.Restricted)
	}
}
