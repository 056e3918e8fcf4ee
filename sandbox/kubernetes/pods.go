package kubernetes

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/mesh"
)

const hashLabel = "pod-template-hash"

// runWorkloads keeps the pods of Deployments and DaemonSets, one generation after the other.
func runWorkloads(c *api.Cluster) {
	for _, kind := range []struct {
		list []api.Object
		run  func(*api.Cluster, api.Object)
	}{
		{c.List(api.DeploymentKind, ""), runDeployment},
		{c.List(api.DaemonSetKind, ""), runDaemonSet},
	} {
		for _, o := range kind.list {
			if !api.Deleting(o) {
				kind.run(c, o)
			}
		}
	}
}

// runDeployment rolls a Deployment out: it makes the new pods first, and removes the old ones when the new ones
// are ready.
func runDeployment(c *api.Cluster, o api.Object) {
	hash := templateHash(o)
	var current, old []api.Object
	for _, pod := range podsOf(c, o) {
		switch node := api.String(pod, "spec", "nodeName"); {
		case node != "" && c.Get(api.NodeKind, "", node) == nil:
			_ = c.Delete(api.PodKind, api.Namespace(pod), api.Name(pod)) // lost with its node
		case api.Labels(pod)[hashLabel] == hash:
			current = append(current, pod)
		default:
			old = append(old, pod)
		}
	}
	wanted := int(api.Int(o, "spec", "replicas"))
	refused := mayCreatePods(c, o)
	for len(current) < wanted && refused == "" {
		current = append(current, newPod(c, o, hash, ""))
	}
	for len(current) > wanted {
		last := current[len(current)-1]
		_ = c.Delete(api.PodKind, api.Namespace(last), api.Name(last))
		current = current[:len(current)-1]
	}
	ready := 0
	for i, pod := range current {
		current[i] = runPod(c, pod)
		if api.Ready(current[i]) {
			ready++
		}
	}
	if ready == wanted {
		for _, pod := range old {
			_ = c.Delete(api.PodKind, api.Namespace(pod), api.Name(pod))
		}
		old = nil
	}
	o = api.Copy(o)
	api.Set(o, api.Int(o, "metadata", "generation"), "status", "observedGeneration")
	for key, n := range map[string]int{
		"replicas": len(current) + len(old), "updatedReplicas": len(current), "readyReplicas": ready, "availableReplicas": ready,
	} {
		api.Set(o, int64(n), "status", key)
	}
	if ready >= wanted {
		api.SetCondition(o, "Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability.", 0, c.Tx.Now)
	} else {
		api.SetCondition(o, "Available", "False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.", 0, c.Tx.Now)
	}
	reportRefusal(c, o, refused)
	write(c, o)
}

// runDaemonSet keeps one pod on every node. It removes an outdated pod before it makes the new one.
func runDaemonSet(c *api.Cluster, o api.Object) {
	hash := templateHash(o)
	onNode := map[string]api.Object{}
	for _, pod := range podsOf(c, o) {
		node := api.String(pod, "spec", "nodeName")
		if api.Labels(pod)[hashLabel] != hash || c.Get(api.NodeKind, "", node) == nil {
			_ = c.Delete(api.PodKind, api.Namespace(pod), api.Name(pod))
			continue
		}
		onNode[node] = pod
	}
	template := api.Copy(api.Map(o, "spec", "template"))
	api.Set(template, append(api.List(template, "spec", "tolerations"), api.Object{"key": unschedulable, "operator": "Exists", "effect": "NoSchedule"}), "spec", "tolerations")
	nodes := slices.DeleteFunc(c.List(api.NodeKind, ""), func(node api.Object) bool { return !tolerates(template, node) })
	refused := mayCreatePods(c, o)
	updated, ready := 0, 0
	for _, node := range nodes {
		pod := onNode[api.Name(node)]
		if pod == nil && refused == "" {
			pod = newPod(c, o, hash, api.Name(node))
		}
		if pod == nil {
			continue
		}
		updated++
		if api.Ready(runPod(c, pod)) {
			ready++
		}
	}
	o = api.Copy(o)
	api.Set(o, api.Int(o, "metadata", "generation"), "status", "observedGeneration")
	for key, n := range map[string]int{
		"desiredNumberScheduled": len(nodes), "currentNumberScheduled": updated, "updatedNumberScheduled": updated,
		"numberReady": ready, "numberAvailable": ready,
	} {
		api.Set(o, int64(n), "status", key)
	}
	reportRefusal(c, o, refused)
	write(c, o)
}

// mayCreatePods says why the API server would refuse a workload's pods, "" when it would not.
func mayCreatePods(c *api.Cluster, o api.Object) string {
	account := serviceAccountOf(api.Map(o, "spec", "template"))
	if c.Get(api.ServiceAccountKind, api.Namespace(o), account) == nil {
		return fmt.Sprintf("pods %q is forbidden: error looking up service account %s/%s: serviceaccount %q not found",
			api.Name(o)+"-", api.Namespace(o), account, account)
	}
	return violates(c, o)
}

func reportRefusal(c *api.Cluster, o api.Object, refused string) {
	if refused != "" {
		api.SetCondition(o, "ReplicaFailure", "True", "FailedCreate", refused, 0, c.Tx.Now)
	} else if status, _, _ := api.Condition(o, "ReplicaFailure"); status != "" {
		api.SetCondition(o, "ReplicaFailure", "False", "Created", "", 0, c.Tx.Now)
	}
}

func serviceAccountOf(template api.Object) string {
	if name := api.String(template, "spec", "serviceAccountName"); name != "" {
		return name
	}
	return "default"
}

// newPod makes a pod from a workload's template. Its credentials are decided now: the Pod Identity webhook
// looks at the associations when a pod is created, never again.
func newPod(c *api.Cluster, owner api.Object, hash, node string) api.Object {
	template := api.Copy(api.Map(owner, "spec", "template"))
	account := serviceAccountOf(template)
	name := api.Name(owner) + "-" + c.Suffix(5)
	if node == "" {
		name = api.Name(owner) + "-" + hash + "-" + c.Suffix(5)
	}
	pod := api.Object{
		"apiVersion": "v1", "kind": "Pod", "metadata": api.Map(template, "metadata"), "spec": api.Map(template, "spec"),
		"status": api.Object{"phase": "Pending"},
	}
	if pod["metadata"] == nil {
		pod["metadata"] = api.Object{}
	}
	api.Set(pod, name, "metadata", "name")
	api.Set(pod, api.Namespace(owner), "metadata", "namespace")
	api.Set(pod, hash, "metadata", "labels", hashLabel)
	api.Set(pod, account, "spec", "serviceAccountName")
	if node != "" {
		api.Set(pod, node, "spec", "nodeName")
	}
	api.Set(pod, []any{api.Object{
		"apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": api.Name(owner), "uid": api.UID(owner),
		"controller": true, "blockOwnerDeletion": true,
	}}, "metadata", "ownerReferences")
	mesh.InjectIdentity(c, pod)
	write(c, pod)
	return c.Get(api.PodKind, api.Namespace(owner), name)
}

// templateHash identifies a generation of pods.
func templateHash(o api.Object) string {
	data, err := json.Marshal(api.Map(o, "spec", "template"))
	if err != nil {
		return "" // decoded JSON always encodes
	}
	return fmt.Sprintf("%x", sha256.Sum256(data))[:10]
}

// podsOf returns the pods of a Deployment or a DaemonSet, by name.
func podsOf(c *api.Cluster, owner api.Object) []api.Object {
	var pods []api.Object
	c.Each(api.PodKind, func(pod api.Object) {
		for _, ref := range api.Maps(pod, "metadata", "ownerReferences") {
			if api.String(ref, "uid") == api.UID(owner) && !api.Deleting(pod) {
				pods = append(pods, pod)
			}
		}
	})
	slices.SortFunc(pods, func(a, b api.Object) int { return strings.Compare(api.Name(a), api.Name(b)) })
	return pods
}
