package mesh

import (
	"sigs.k8s.io/yaml"

	"ambient-ecs/sandbox/kubernetes/api"
)

// meshConfig returns the mesh configuration that istiod reads from its ConfigMap.
func meshConfig(c *api.Cluster) api.Object {
	var config api.Object
	name := "istio"
	if revision := defaultRevision(c); revision != unnamed {
		name += "-" + revision
	}
	text := api.String(c.Get(api.ConfigMapKind, System, name), "data", "mesh")
	if err := yaml.Unmarshal([]byte(text), &config); err != nil {
		return nil // istiod too keeps its defaults when the text is broken
	}
	return config
}

// trustDomain is the first part of every identity of the mesh.
func trustDomain(c *api.Cluster) string {
	if domain := api.String(meshConfig(c), "trustDomain"); domain != "" {
		return domain
	}
	return "cluster.local"
}

// network is the mesh network of the cluster, by the label of istiod's namespace.
func network(c *api.Cluster) string {
	return api.Labels(c.Get(api.NamespaceKind, "", System))[networkLabel]
}
