package config

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// DefaultServiceAccount is the Kubernetes service account of a cluster's services when neither the
// cluster nor the service names one.
const DefaultServiceAccount = "ecs"

// InstallTag is the tag that says which install a resource belongs to.
const InstallTag = "ambient-ecs-install"

// OwnerTag is the tag that carries Config.Owner.
const OwnerTag = "owner"

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

// Pair is two accounts whose VPCs are peered.
type Pair struct {
	Requester string
	Accepter  string
}

// Key names the pair: "requester-accepter".
func (p Pair) Key() string { return p.Requester + "-" + p.Accepter }

// generated stands for what Pulumi appends to the name of a resource to make the name of what has none in AWS: a
// hyphen and seven random digits.
const generated = "-0123456"

// generatedRoleNames are the IAM roles of EKS, whose names Pulumi makes: the service role, a part of pulumi-eks's
// cluster, and the role of the nodes.
func (c Config) generatedRoleNames() []string {
	return []string{"eks-" + c.EKSName() + "-eksRole-role" + generated, "eks-" + c.EKSName() + "-nodes" + generated}
}

// EKSName is the name of the EKS cluster.
func (c Config) EKSName() string { return c.Install }

// ECSName is the name of the ECS cluster with the given key.
func (c Config) ECSName(cluster string) string { return c.Install + "-" + cluster }

// Namespace is the Kubernetes namespace of an ECS cluster's services. It equals the ECS name.
func (c Config) Namespace(cluster string) string { return c.ECSName(cluster) }

// Hostname is the name under which the mesh knows a service.
func (c Config) Hostname(cluster, service string) string {
	if shared := c.Clusters[cluster].Services[service].Shared; shared != "" {
		return c.SharedHostname(shared)
	}
	return service + "." + c.ECSName(cluster) + "." + c.Accounts[c.Clusters[cluster].Account].Domain
}

// IstiodRoleName is the IAM role of istiod, in the home account.
func (c Config) IstiodRoleName() string { return c.Install + "-istiod" }

// DiscoveryRoleName is the IAM role that istiod assumes to read an account's ECS services.
func (c Config) DiscoveryRoleName(account string) string { return c.Install + "-discovery-" + account }

// ExecutionRoleName is the IAM role with which ECS starts an account's tasks.
func (c Config) ExecutionRoleName(account string) string { return c.Install + "-execution-" + account }

// TaskRoleName is the IAM role of the tasks that run as one service account of one cluster.
func (c Config) TaskRoleName(cluster, serviceAccount string) string {
	return c.ECSName(cluster) + "-" + serviceAccount
}

// ServiceAccountOf is the Kubernetes service account of a service: its own, else its cluster's, else
// DefaultServiceAccount. A member of a shared service has the one of its cluster in the shared namespace.
func (c Config) ServiceAccountOf(cluster, service string) string {
	if shared := c.Clusters[cluster].Services[service].Shared; shared != "" {
		return c.SharedServiceAccount(shared, cluster)
	}
	if own := c.Clusters[cluster].Services[service].ServiceAccount; own != "" {
		return own
	}
	return c.Clusters[cluster].ServiceAccountOrDefault()
}

// Identities are the identities of the stack, each once, sorted by cluster and service account. A
// cluster's default service account is always one of them, so that another stack can run a service
// in a cluster that has none of ours.
func (c Config) Identities() []Identity {
	var all []Identity
	for _, key := range c.ClusterKeys() {
		cluster := c.Clusters[key]
		of := []Identity{{Cluster: key, Account: cluster.Account, Namespace: c.Namespace(key), ServiceAccount: cluster.ServiceAccountOrDefault()}}
		for _, service := range cluster.ServiceKeys() {
			of = append(of, c.IdentityOf(key, service))
		}
		slices.SortFunc(of, func(a, b Identity) int {
			return cmp.Or(cmp.Compare(a.ServiceAccount, b.ServiceAccount), cmp.Compare(a.Namespace, b.Namespace))
		})
		all = append(all, slices.Compact(of)...)
	}
	return all
}

// AccountKeys are the keys of Accounts, sorted.
func (c Config) AccountKeys() []string { return slices.Sorted(maps.Keys(c.Accounts)) }

// ClusterKeys are the keys of Clusters, sorted.
func (c Config) ClusterKeys() []string { return slices.Sorted(maps.Keys(c.Clusters)) }

// ServiceKeys are the names of the cluster's services, sorted.
func (c Cluster) ServiceKeys() []string { return slices.Sorted(maps.Keys(c.Services)) }

// MeshCIDRs are the CIDRs of all VPCs, in the order of AccountKeys.
func (c Config) MeshCIDRs() []string {
	var all []string
	for _, key := range c.AccountKeys() {
		all = append(all, c.Accounts[key].VPCCIDR)
	}
	return all
}

// Pairs are all pairs of accounts. The home account requests where it takes part, else the first by key.
func (c Config) Pairs() []Pair {
	var all []Pair
	keys := c.AccountKeys()
	for i, first := range keys {
		for _, second := range keys[i+1:] {
			if second == c.Home {
				all = append(all, Pair{Requester: second, Accepter: first})
			} else {
				all = append(all, Pair{Requester: first, Accepter: second})
			}
		}
	}
	return all
}

// Partition is the AWS partition of the region.
func (c Config) Partition() string {
	switch {
	case strings.HasPrefix(c.Region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(c.Region, "us-gov-"):
		return "aws-us-gov"
	default:
		return "aws"
	}
}

// RoleARN is the ARN of an IAM role of the program in an account, computed so that nothing waits for it.
func (c Config) RoleARN(account, role string) string {
	return "arn:" + c.Partition() + ":iam::" + c.Accounts[account].ID + ":role/" + role
}

// EKSClusterARN is the ARN of the EKS cluster, computed so that IAM need not wait for it.
func (c Config) EKSClusterARN() string {
	return "arn:" + c.Partition() + ":eks:" + c.Region + ":" + c.Accounts[c.Home].ID + ":cluster/" + c.EKSName()
}

// ResourceTags are the tags of every AWS resource: the user's, the owner and the install.
func (c Config) ResourceTags() map[string]string {
	tags := map[string]string{}
	maps.Copy(tags, c.Tags)
	if c.Owner != "" {
		tags[OwnerTag] = c.Owner
	}
	tags[InstallTag] = c.Install
	return tags
}

// ZtunnelImage is the image of the ztunnel container of a cluster's tasks: the one that the chart chooses for the
// nodes, in the cluster's version. Without a cluster it is the one of the nodes.
func (c Config) ZtunnelImage(cluster string) string {
	image := strings.TrimSuffix(c.ImageHub, "/") + "/ztunnel:" + c.ZtunnelVersion(cluster)
	if c.ImageVariant != "" {
		image += "-" + c.ImageVariant
	}
	return image
}

// TaskLogGroup is the log group of the tasks of a cluster. The cluster's execution role may write to it and
// to no other.
func (c Config) TaskLogGroup(cluster string) string { return "/ecs/" + c.ECSName(cluster) }
