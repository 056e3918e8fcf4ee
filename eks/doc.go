// Package eks makes the EKS cluster that holds istiod, in the home account, or joins one that exists there.
//
// NewExistingCluster joins a cluster of somebody else and makes nothing of it: the association of istiod with its role, and the
// rules and access entries that are asked for. The rest of this page is about NewCluster.
//
// Cluster is one component around pulumi-eks. pulumi-eks makes the control plane, its service role, the access
// entries, the add-ons vpc-cni and kube-proxy, and the managed node group. Cluster makes what pulumi-eks leaves open,
// or would decide by itself on the day it runs: the key that encrypts secrets, the log group, the nodes' role and
// launch template, pinned versions of every add-on, CoreDNS and the Pod Identity agent behind the nodes, the
// association of istiod with its role, the OIDC provider, the kubeconfig.
//
// What it refuses: a public API endpoint that is open to every address, an access entry for the principal that makes
// the cluster (EKS gives it one itself), add-on versions that do not fit the Kubernetes version.
//
// What it protects: with Protect, the cluster and its key cannot be deleted or replaced. Without the key the
// cluster's secrets can no longer be read. Everything else can be deleted and replaced, in particular access entries.
//
// Who owns what. EKS makes the one security group of control plane and nodes, which carries the cluster's tag. With a
// second tagged group the load balancer controller could not choose, so there is none. Kubernetes opens the node
// ports of the mesh's load balancer in that group. This package adds only rules for accounts that reach pods directly
// and for callers of the private endpoint, each a resource of its own.
//
// The order, both ways. The log group and the nodes' way out come before the cluster and the nodes. vpc-cni comes
// before the nodes, and CoreDNS after them. The Kubernetes provider depends on all of it (Cluster.Ready). So every
// Kubernetes object is deleted while there are still nodes and an API server to delete it.
package eks
