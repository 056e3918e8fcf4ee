package kubernetes

import (
	"slices"
	"strings"

	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/mesh"
	"ambient-ecs/sandbox/world"
)

// Controllers are the controllers of all clusters, those of Istio included.
func Controllers() []world.Controller {
	own := []world.Controller{
		lifecycle,
		each((*api.Cluster).Collect),
		each(populateNamespaces),
		each(joinNodes),
		each(drainNodes),
		each(runWorkloads),
		each(balance),
		each(balanceTargets),
	}
	return append(own, mesh.Controllers()...)
}

// each makes a controller that runs for every cluster.
func each(control func(*api.Cluster)) world.Controller {
	return func(tx *world.Tx) {
		for _, arn := range tx.Clusters() {
			control(api.At(tx, arn))
		}
	}
}

// lifecycle starts the API server of a cluster that has become active, and ends that of one that is gone. What
// the cluster had made in AWS stays behind, as it does on AWS.
func lifecycle(tx *world.Tx) {
	alive := map[string]bool{}
	for _, cluster := range tx.Find("", ClusterResource, nil) {
		arn := cluster.String("arn")
		alive[arn] = true
		if !slices.Contains(tx.Clusters(), arn) && cluster.String("status") == "ACTIVE" {
			// Bootstrap writes kinds that every cluster has, so it cannot fail.
			_ = api.At(tx, arn).Bootstrap()
		}
	}
	for _, arn := range tx.Clusters() {
		if alive[arn] {
			continue
		}
		tx.DropObjects(arn)
		tx.ForgetNotes(func(note string) bool { return strings.HasPrefix(note, "kubernetes|"+arn+"|") })
	}
}

// populateNamespaces gives every namespace its default service account and the cluster's own root certificate.
func populateNamespaces(c *api.Cluster) {
	var authority string
	if cluster := clusterOf(c); cluster != nil {
		authority = authorityOf(cluster)
	}
	for _, ns := range c.List(api.NamespaceKind, "") {
		if api.Deleting(ns) {
			continue
		}
		if c.Get(api.ServiceAccountKind, api.Name(ns), "default") == nil {
			write(c, api.Object{
				"apiVersion": "v1", "kind": "ServiceAccount",
				"metadata": api.Object{"name": "default", "namespace": api.Name(ns)},
			})
		}
		if c.Get(api.ConfigMapKind, api.Name(ns), "kube-root-ca.crt") == nil {
			write(c, api.Object{
				"apiVersion": "v1", "kind": "ConfigMap",
				"metadata": api.Object{"name": "kube-root-ca.crt", "namespace": api.Name(ns)},
				"data":     api.Object{"ca.crt": authority},
			})
		}
	}
}

// write keeps an object of a controller. Some writes fail, for example because the namespace is being deleted or
// the definition is gone. The controller tries them again in its next run.
func write(c *api.Cluster, o api.Object) { _ = c.Write(o) }
