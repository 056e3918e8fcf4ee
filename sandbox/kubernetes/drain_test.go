package kubernetes_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/world"
)

const (
	budgetToken = "kubernetes:policy/v1:PodDisruptionBudget"
	groupKind   = "aws:eks/nodeGroup:NodeGroup"
)

func budget(spec api.Object) map[string]any {
	spec["selector"] = api.Object{"matchLabels": api.Object{"app": "echo"}}
	return map[string]any{"metadata": api.Object{"name": "echo", "namespace": "default"}, "spec": spec}
}

// replicas sets the number of pods of a Deployment.
func replicas(n float64) func(api.Object) {
	return func(o api.Object) { api.Set(o, n, "spec", "replicas") }
}

// ready counts the pods of echo that are ready.
func (f *fixture) ready() (n int) {
	for _, pod := range f.pods("default", "echo") {
		if api.Ready(pod) {
			n++
		}
	}
	return n
}

// nodes are the names of the nodes.
func (f *fixture) nodes() (names []string) {
	f.do(func(tx *world.Tx) {
		for _, node := range api.At(tx, arn).List(api.NodeKind, "") {
			names = append(names, api.Name(node))
		}
	})
	return names
}

// leaves takes the whole node group away, which drains all of its nodes at once, and returns the least number of ready pods on the way. A
// second group takes the pods.
func (f *fixture) leaves() (least int) {
	f.Helper()
	old := f.nodes()
	f.do(func(tx *world.Tx) {
		group := tx.Get(account, groupKind, nodeGroup)
		second := &world.Resource{Account: account, Region: group.Region, Kind: groupKind, ID: nodeGroup + "-2", Props: map[string]any{}}
		for key, value := range group.Props {
			second.Props[key] = value
		}
		second.Props["nodeGroupName"] = "second"
		tx.Put(second)
	})
	f.do(func(tx *world.Tx) {
		group := tx.Get(account, groupKind, nodeGroup)
		group.Props["status"], group.Props["_gone"] = "DELETING", true
		tx.Put(group)
	})
	least = f.ready()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		least = min(least, f.ready())
		now := f.nodes()
		if len(now) > 0 && !slices.ContainsFunc(old, func(name string) bool { return slices.Contains(now, name) }) {
			return min(least, f.ready())
		}
	}
	f.Fatal("the nodes of the group that goes do not leave")
	return 0
}

func TestADrainKeepsToTheBudget(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		replicas float64
		budget   api.Object
		want     func(least int) bool
	}{
		{"two pods and a budget", 2, api.Object{"minAvailable": 1.0}, func(n int) bool { return n == 1 }},
		{"two pods and a budget in percent", 2, api.Object{"maxUnavailable": "50%"}, func(n int) bool { return n == 1 }},
		{"two pods without a budget", 2, nil, func(n int) bool { return n == 0 }},
		{"one pod", 1, nil, func(n int) bool { return n == 0 }},
		// EKS ends the node at last.
		{"a budget that allows nothing", 2, api.Object{"minAvailable": 2.0}, func(n int) bool { return n == 0 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.addNodes()
			if c.budget != nil {
				f.mustCreate(budgetToken, "echo", budget(c.budget))
			}
			f.mustCreate(deploymentToken, "echo", deployment(replicas(c.replicas)))
			if least := f.leaves(); !c.want(least) {
				t.Errorf("%d pods were ready at the worst moment", least)
			}
			if c.replicas == 2 && len(f.nodes()) != 2 {
				t.Errorf("nodes: %v", f.nodes())
			}
		})
	}
}

func TestSpreadPodsAreOnDifferentNodesWhileThereAreAny(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.addNodes()
	spread := func(o api.Object) {
		api.Set(o, []any{api.Object{"topologyKey": "kubernetes.io/hostname", "maxSkew": 1.0, "whenUnsatisfiable": "DoNotSchedule", "nodeTaintsPolicy": "Honor",
			"labelSelector": api.Object{"matchLabels": api.Object{"app": "echo"}}, "matchLabelKeys": []any{"pod-template-hash"}}}, "spec", "template", "spec", "topologySpreadConstraints")
	}
	r := f.mustCreate(deploymentToken, "echo", deployment(spread))
	on := func() map[string]bool {
		nodes := map[string]bool{}
		for _, pod := range f.pods("default", "echo") {
			nodes[api.String(pod, "spec", "nodeName")] = true
		}
		return nodes
	}
	if len(on()) != 2 {
		t.Errorf("the two pods are on %v", on())
	}
	// A third fits on either node, and a fourth on the other one.
	if _, err := f.update(r, deployment(func(o api.Object) { spread(o); replicas(4)(o) })); err != nil {
		t.Fatal(err)
	}
	// A node that is drained does not count: all pods fit on the one that is left.
	f.do(func(tx *world.Tx) {
		instance := tx.Find(account, "aws:ec2/instance:Instance", nil)[0]
		instance.Props["_cordoned"], instance.Props["_draining"] = true, tx.Moment().String()
		tx.Put(instance)
	})
	for end := time.Now().Add(time.Minute); len(on()) != 1 || f.ready() != 4; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d of 4 pods are ready, on %v", f.ready(), on())
		}
	}
	f.do(func(tx *world.Tx) {
		if instance := tx.Find(account, "aws:ec2/instance:Instance", nil)[0]; aws.Draining(instance) {
			t.Error("EKS does not hear that the node is empty")
		}
	})
}

// nodesJoin gives new nodes what they need: a role that may, and a way out with an address for each.
func (f *fixture) nodesJoin() {
	f.do(func(tx *world.Tx) {
		put := func(kind, id string, props map[string]any) {
			tx.Put(&world.Resource{Account: account, Region: "eu-central-1", Kind: kind, ID: id, Props: props})
		}
		tx.Put(&world.Resource{Account: account, Kind: "aws:iam/rolePolicy:RolePolicy", ID: "nodes:all", Props: map[string]any{
			"role": "nodes", "policy": `{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`}})
		put("aws:ec2/vpc:Vpc", "vpc-1", map[string]any{"cidrBlock": "10.0.0.0/16"})
		put("aws:ec2/internetGateway:InternetGateway", "igw-1", map[string]any{"vpcId": "vpc-1"})
		put("aws:ec2/routeTable:RouteTable", "rtb-1", map[string]any{"vpcId": "vpc-1", "_main": true})
		put("aws:ec2/route:Route", "out", map[string]any{"routeTableId": "rtb-1", "destinationCidrBlock": "0.0.0.0/0", "gatewayId": "igw-1"})
		for _, subnet := range tx.Find(account, "aws:ec2/subnet:Subnet", nil) {
			subnet.Props["mapPublicIpOnLaunch"] = true
			tx.Put(subnet)
		}
	})
}

// updateNodes gives the node group another revision and waits until EKS has made every node anew, or says why not. It returns the least number
// of ready pods on the way, and whether any of the old nodes is left.
func (f *fixture) updateNodes(forced bool, atOnce float64) (failure string, least int, stay bool) {
	f.Helper()
	f.nodesJoin()
	old := f.nodes()
	f.do(func(tx *world.Tx) {
		group := tx.Get(account, groupKind, nodeGroup)
		group.Props["updateConfig"] = map[string]any{"maxUnavailable": atOnce}
		group.Props["_revision"], group.Props["_update"] = 1.0, map[string]any{"force": forced, "since": tx.Moment().String(), "before": map[string]any{}}
		tx.Put(group)
	})
	least = f.ready()
	for updated := false; failure == "" && !updated; time.Sleep(5 * time.Millisecond) {
		f.do(func(tx *world.Tx) {
			group := tx.Get(account, groupKind, nodeGroup)
			failure, updated = group.String("_failure"), group.Props["_update"] == nil
		})
		least = min(least, f.ready())
	}
	return failure, least, slices.ContainsFunc(f.nodes(), func(name string) bool { return slices.Contains(old, name) })
}

func TestAnUpdateOfNodesKeepsToTheBudget(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name           string
		atOnce         float64
		budget         any // minAvailable
		forced, missed bool
	}{
		{"one node at a time", 1, 1.0, false, false},
		{"two nodes at a time", 2, 1.0, false, false},
		{"two nodes at a time without a budget", 2, nil, false, true},
		// EKS ends the nodes at last.
		{"a budget that allows nothing, and force", 2, "100%", true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.addNodes()
			if c.budget != nil {
				f.mustCreate(budgetToken, "echo", budget(api.Object{"minAvailable": c.budget}))
			}
			f.mustCreate(deploymentToken, "echo", deployment(nil))
			failure, least, stay := f.updateNodes(c.forced, c.atOnce)
			if failure != "" || stay || (least == 0) != c.missed {
				t.Errorf("failure %q, old nodes stay: %v, %d pods were ready at the worst moment", failure, stay, least)
			}
			if n := len(f.nodes()); n != 2 {
				t.Errorf("%d nodes, want 2", n)
			}
		})
	}
}

func TestABudgetThatAllowsNothingFailsAnUpdateOfNodes(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.addNodes()
	f.mustCreate(budgetToken, "echo", budget(api.Object{"minAvailable": "100%"}))
	f.mustCreate(deploymentToken, "echo", deployment(nil))
	old := f.nodes()
	failure, least, stay := f.updateNodes(false, 1)
	node, _, _ := strings.Cut(failure, ": PodEvictionFailure: Reached max retries")
	if !slices.Contains(old, node) || least != 2 || !stay {
		t.Errorf("failure %q, %d pods were ready at the worst moment, old nodes stay: %v", failure, least, stay)
	}
	for end := time.Now().Add(time.Minute); len(f.nodes()) != 2; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the surplus stays: %v", f.nodes())
		}
	}
	if now := f.nodes(); !slices.Equal(now, old) || f.ready() != 2 {
		t.Errorf("the nodes %v became %v, with %d pods that are ready", old, now, f.ready())
	}
}
