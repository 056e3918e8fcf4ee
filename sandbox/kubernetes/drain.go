package kubernetes

import (
	"cmp"
	"math"
	"strconv"
	"strings"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/world"
)

// drainNodes evicts the pods of the nodes that EKS drains, as far as disruption budgets allow, and tells EKS when none is left. Pods of
// DaemonSets stay until their node ends.
func drainNodes(c *api.Cluster) {
	cluster := clusterOf(c)
	if cluster == nil {
		return
	}
	for _, instance := range c.Tx.Find(cluster.Account, instanceResource, func(r *world.Resource) bool {
		return r.Region == cluster.Region && r.String("clusterName") == cluster.String("name") && aws.Draining(r)
	}) {
		left := 0
		for _, pod := range c.List(api.PodKind, "") {
			if api.String(pod, "spec", "nodeName") != aws.NodeName(instance) || ownedBy(pod, api.DaemonSetKind.Kind) {
				continue
			}
			if api.Deleting(pod) || !mayEvict(c, pod) {
				left++
				continue
			}
			_ = c.Delete(api.PodKind, api.Namespace(pod), api.Name(pod))
		}
		if left == 0 {
			aws.Drained(c.Tx, instance)
		}
	}
}

func ownedBy(pod api.Object, kind string) bool {
	for _, owner := range api.Maps(pod, "metadata", "ownerReferences") {
		if api.String(owner, "kind") == kind {
			return true
		}
	}
	return false
}

// mayEvict reports whether the eviction API takes a pod now. A pod with several budgets is never evicted. One that is not ready does not
// count, and goes while the others are enough
// (https://kubernetes.io/docs/tasks/run-application/configure-pdb/#unhealthy-pod-eviction-policy, 2026-11-30).
func mayEvict(c *api.Cluster, pod api.Object) bool {
	var budgets []api.Object
	for _, budget := range c.List(api.BudgetKind, api.Namespace(pod)) {
		if api.Matches(api.Map(budget, "spec", "selector"), api.Labels(pod)) {
			budgets = append(budgets, budget)
		}
	}
	switch len(budgets) {
	case 0:
		return true
	case 1:
	default:
		return false
	}
	healthy, expected := 0, map[string]int{}
	for _, other := range c.List(api.PodKind, api.Namespace(pod)) {
		if !api.Matches(api.Map(budgets[0], "spec", "selector"), api.Labels(other)) {
			continue
		}
		if api.Ready(other) && !api.Deleting(other) {
			healthy++
		}
		for _, owner := range api.Maps(other, "metadata", "ownerReferences") {
			if workload := c.Get(api.DeploymentKind, api.Namespace(pod), api.String(owner, "name")); workload != nil {
				expected[api.UID(workload)] = int(api.Int(workload, "spec", "replicas"))
			}
		}
	}
	wanted := 0
	for _, replicas := range expected {
		wanted += replicas
	}
	least := leastHealthy(budgets[0], wanted)
	if api.Ready(pod) {
		return healthy > least
	}
	return healthy >= least || api.String(budgets[0], "spec", "unhealthyPodEvictionPolicy") == "AlwaysAllow"
}

// leastHealthy is how many of the expected pods a budget keeps.
func leastHealthy(budget api.Object, expected int) int {
	if v := api.Value(budget, "spec", "minAvailable"); v != nil {
		return share(v, expected)
	}
	return expected - share(cmp.Or[any](api.Value(budget, "spec", "maxUnavailable"), int64(0)), expected)
}

// share is a number of pods, or a percentage of all, rounded up.
func share(v any, of int) int {
	switch v := v.(type) {
	case int64:
		return int(v)
	case float64:
		return int(v)
	case string:
		percent, err := strconv.Atoi(strings.TrimSuffix(v, "%"))
		if err == nil {
			return int(math.Ceil(float64(percent*of) / 100))
		}
	}
	return 0
}
