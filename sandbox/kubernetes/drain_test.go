package kubernetes_test

import (
	"fmt"
	"testing"

	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/world"
)

const nodeGroupKind = "aws:eks/nodeGroup:NodeGroup"

// joinsGroup gives the cluster one more node group of two nodes.
func (f *fixture) joinsGroup(name string) {
	f.Helper()
	f.do(func(tx *world.Tx) {
		group := tx.Get(account, nodeGroupKind, nodeGroup)
		tx.Put(&world.Resource{Account: account, Region: "eu-central-1", Kind: nodeGroupKind, ID: nodeGroup + "-" + name, Props: map[string]any{
			"clusterName": "mesh", "nodeGroupName": name, "status": "ACTIVE", "scalingConfig": map[string]any{"desiredSize": 2.0}, "nodeRoleArn": nodeRole,
			"subnetIds": group.Props["subnetIds"], "_groups": group.Props["_groups"]}})
	})
}

// deletesGroup begins to delete the first node group.
func (f *fixture) deletesGroup() {
	f.Helper()
	f.do(func(tx *world.Tx) {
		group := tx.Get(account, nodeGroupKind, nodeGroup)
		group.Props["status"] = "DELETING"
		tx.Changed(group)
	})
}

// budget lets a workload lose so many pods that this many stay.
func (f *fixture) budget(app string, least int) {
	f.Helper()
	f.mustCreate("kubernetes:policy/v1:PodDisruptionBudget", app, api.Object{
		"metadata": api.Object{"name": app, "namespace": "default"},
		"spec":     api.Object{"minAvailable": float64(least), "selector": api.Object{"matchLabels": api.Object{"app": app}}},
	})
}

// nodesOf are the nodes of the pods of a workload, each with how many of its pods are ready there.
func (f *fixture) nodesOf(app string) (ready int, groups map[string]int) {
	groups = map[string]int{}
	for _, pod := range f.pods("default", app) {
		node := f.live("v1", "Node", "", api.String(pod, "spec", "nodeName"))
		groups[api.Labels(node)["eks.amazonaws.com/nodegroup"]]++
		if api.Ready(pod) {
			ready++
		}
	}
	return ready, groups
}

// EKS drains the nodes of a group that is deleted. Pods move as their budget allows, and no node ends before.
func TestADeletedNodeGroupIsDrainedWithinTheBudget(t *testing.T) {
	f := newFixture(t)
	f.addNodes()
	f.mustCreate(deploymentToken, "echo", deployment(nil))
	f.budget("echo", 1)
	f.joinsGroup("more")
	f.deletesGroup()
	least, groups := 2, map[string]int{}
	for range 400 {
		ready, now := f.nodesOf("echo")
		least, groups = min(least, ready), now
		if now["more"] == 2 && ready == 2 {
			break
		}
	}
	if least != 1 || groups["more"] != 2 {
		t.Errorf("at least %d pods were ready, and they are now on %v", least, groups)
	}
}

// A pod that its budget never lets go holds a node until the time of the deletion is over.
func TestANodeEndsWhenTheTimeOfADeletionIsOver(t *testing.T) {
	f := newFixture(t)
	f.addNodes()
	f.mustCreate(deploymentToken, "echo", deployment(nil))
	f.budget("echo", 2)
	f.joinsGroup("more")
	f.deletesGroup()
	if ready, groups := f.nodesOf("echo"); ready != 2 || groups["more"] != 0 {
		t.Errorf("%d pods are ready, on %v", ready, groups)
	}
	for i := 0; ; i++ {
		if _, groups := f.nodesOf("echo"); groups["more"] == 2 {
			return
		} else if i == 20000 {
			t.Fatal(fmt.Sprint("the pods stay on ", groups))
		}
	}
}
