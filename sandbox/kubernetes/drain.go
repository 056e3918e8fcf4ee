package kubernetes

import (
	"math"
	"strconv"
	"strings"

	"ambient-ecs/sandbox/kubernetes/api"
)

// drain evicts the pods of a node as far as disruption budgets allow, and reports whether none is left. Those of DaemonSets stay.
func drain(c *api.Cluster, node api.Object) (empty bool) {
	empty = true
	for _, pod := range c.List(api.PodKind, "") {
		if api.String(pod, "spec", "nodeName") != api.Name(node) || ofDaemonSet(pod) {
			continue
		}
		empty = false
		if mayEvict(c, pod) {
			_ = c.Delete(api.PodKind, api.Namespace(pod), api.Name(pod))
		}
	}
	return empty
}

func ofDaemonSet(pod api.Object) bool {
	for _, owner := range api.Maps(pod, "metadata", "ownerReferences") {
		if api.String(owner, "kind") == "DaemonSet" {
			return true
		}
	}
	return false
}

// mayEvict asks the disruption budgets of a pod, as the Eviction API does.
func mayEvict(c *api.Cluster, pod api.Object) bool {
	for _, budget := range c.List(api.DisruptionBudgetKind, api.Namespace(pod)) {
		selector := api.Map(budget, "spec", "selector")
		if selector == nil || !api.Matches(selector, api.Labels(pod)) {
			continue
		}
		all, healthy := 0, 0
		for _, other := range c.List(api.PodKind, api.Namespace(pod)) {
			if api.Matches(selector, api.Labels(other)) {
				all++
				if api.Ready(other) {
					healthy++
				}
			}
		}
		least := share(api.Value(budget, "spec", "minAvailable"), all)
		if most := api.Value(budget, "spec", "maxUnavailable"); most != nil {
			least = all - share(most, all)
		}
		if healthy-1 < least {
			return false
		}
	}
	return true
}

// share is a number of pods, or a percentage of them, rounded up.
func share(value any, of int) int {
	switch v := value.(type) {
	case int64:
		return int(v)
	case float64:
		return int(v)
	case string:
		if percent, err := strconv.ParseFloat(strings.TrimSuffix(v, "%"), 64); err == nil {
			return int(math.Ceil(percent / 100 * float64(of)))
		}
	}
	return 0
}
