package kubernetes

import (
	"fmt"
	"maps"

	"ambient-ecs/sandbox/kubernetes/api"
)

// crowd says how a node fits the topology spread constraints of a pod: how many pods that count are near it already, summed over the
// constraints, and whether a hard one forbids it (https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/,
// 2026-11-30).
func crowd(c *api.Cluster, pod, node api.Object) (near int, forbidden bool) {
	for _, constraint := range api.Maps(pod, "spec", "topologySpreadConstraints") {
		key := api.String(constraint, "topologyKey")
		domains := map[string]int{}
		for _, other := range c.List(api.NodeKind, "") {
			if domain := api.Labels(other)[key]; domain != "" && api.Ready(other) && (tolerates(pod, other) || api.String(constraint, "nodeTaintsPolicy") != "Honor") {
				domains[domain] = 0
			}
		}
		c.Each(api.PodKind, func(other api.Object) {
			host := c.Get(api.NodeKind, "", api.String(other, "spec", "nodeName"))
			if host == nil || api.Namespace(other) != api.Namespace(pod) || api.UID(other) == api.UID(pod) || !alike(constraint, pod, other) {
				return
			}
			if domain := api.Labels(host)[key]; has(domains, domain) {
				domains[domain]++
			}
		})
		here := domains[api.Labels(node)[key]]
		near += here
		least := here
		for n := range maps.Values(domains) {
			least = min(least, n)
		}
		if api.String(constraint, "whenUnsatisfiable") != "ScheduleAnyway" && here+1-least > int(api.Int(constraint, "maxSkew")) {
			forbidden = true
		}
	}
	return near, forbidden
}

func has(domains map[string]int, domain string) bool {
	_, known := domains[domain]
	return known
}

// alike reports whether a pod counts for a constraint of another one: its selector matches, and the labels of matchLabelKeys are equal.
func alike(constraint, pod, other api.Object) bool {
	if !api.Matches(api.Map(constraint, "labelSelector"), api.Labels(other)) {
		return false
	}
	for _, key := range api.List(constraint, "matchLabelKeys") {
		name := fmt.Sprint(key)
		if api.Labels(pod)[name] != api.Labels(other)[name] {
			return false
		}
	}
	return true
}
