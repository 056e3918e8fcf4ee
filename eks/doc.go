// Package eks makes the EKS cluster that holds istiod, in the home account.
//
// Cluster is one component around pulumi-eks, which makes the control plane, its service role, the access
// entries, the add-ons vpc-cni and kube-proxy, and the managed node group. What pulumi-eks leaves open, or
// would decide by itself on the day it runs, is made here: the key that encrypts secrets, the log group,
// the nodes' role and launch template, pinned versions of every add-on, CoreDNS and the Pod Identity agent
// behind the nodes, the association of istiod with its role, the OIDC provider, the kubeconfig.
//
// What it refuses: a public API endpoint for everybody, an access entry for the principal that makes the
// cluster (EKS gives it one itself), add-on versions that do not fit the Kubernetes version.
//
// What it protects: with Protect, the cluster and its key cannot be deleted or replaced. Without the key
// nobody can read the cluster's secrets any more. The rest comes and goes freely, access entries first of all.
//
// Who owns what. The one security group of control plane and nodes is made by EKS and carries the cluster's
// tag; a second tagged group would leave the load balancer controller without a choice, so there is none.
// The node ports of the mesh's load balancer are opened in that group by Kubernetes. Here only rules for
// accounts that reach pods directly and for callers of the private endpoint are added, each a resource of its
// own.
//
// The order, both ways. The log group and the nodes' way out come before the cluster and the nodes, vpc-cni
// before the nodes, CoreDNS after them. The Kubernetes provider depends on all of it (Cluster.Ready), so
// every Kubernetes object is deleted while there are still nodes and an API server to delete it.
package eks
