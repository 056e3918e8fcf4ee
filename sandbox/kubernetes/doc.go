// Package kubernetes plays the kubernetes provider and the clusters behind it.
//
// New is the provider, in the version that the program's SDK asks for: objects of any kind by server-side
// apply, Patch resources, Helm releases, and the waiting that goes with them. Its clusters are the world's
// EKS clusters, found by the endpoint in the kubeconfig. Controllers do what a cluster does by itself: nodes
// join, pods start, load balancers are asked for, namespaces die slowly.
//
// Waiting is real but hurried: one second here stands for Hurry seconds of a cluster's life, time-outs
// included.
package kubernetes
