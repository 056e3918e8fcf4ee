//go:build engine

package lifecycle

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/mesh"
	"ambient-ecs/sandbox/world"
)

// today is a release of the nodes' image that is newer than any that lives.
func today(kubernetes string) string { return kubernetes + ".9-" + time.Now().UTC().Format("20060102") }

// doors counts the ready pods of istiod, of the east-west gateway, and of the waypoint where there is one.
func doors(tx *world.Tx) map[string]int {
	ready := map[string]int{"istiod": 0, "eastwest": 0}
	for _, arn := range tx.Clusters() {
		for _, gateway := range api.At(tx, arn).List(mesh.GatewayKind, "") {
			if api.Name(gateway) == waypoint {
				ready[waypoint] = 0
			}
		}
		for _, pod := range api.At(tx, arn).List(api.PodKind, "") {
			for _, name := range []string{api.Labels(pod)["app"], api.Labels(pod)["gateway.networking.k8s.io/gateway-name"]} {
				if _, counts := ready[name]; counts && api.Ready(pod) && !api.Deleting(pod) {
					ready[name]++
				}
			}
		}
	}
	return ready
}

// waypoint is the name of a namespace's waypoint.
const waypoint = "waypoint"

// whole waits until every door has two pods again.
func (s *stack) whole() {
	s.t.Helper()
	s.comes("every door gets its second pod", func(tx *world.Tx) bool {
		for _, pods := range doors(tx) {
			if pods != 2 {
				return false
			}
		}
		return true
	})
}

// instances are the ids of the nodes' instances.
func (s *stack) instances() (ids []string) {
	s.look(func(tx *world.Tx) {
		for _, node := range tx.Find(home, "aws:ec2/instance:Instance", nil) {
			ids = append(ids, node.ID)
		}
	})
	return ids
}

// worst runs a command, and says what was missing at the worst moment: a door without a ready pod, or tasks that did not reach istiod.
func (s *stack) worst(run func()) (missing []string) {
	s.t.Helper()
	found := map[string]bool{}
	looks := s.meanwhile(func(tx *world.Tx) {
		for name, n := range doors(tx) {
			if n == 0 {
				found["no "+name] = true
			}
		}
		if cut, _ := cutOff(tx); len(cut) > 0 {
			found["tasks cut off"] = true
		}
	}, run)
	if looks < 5 {
		s.t.Errorf("%d looks prove nothing", looks)
	}
	return slices.Sorted(maps.Keys(found))
}

// replaced is worst for a command that replaces every node.
func (s *stack) replaced(run func()) (missing []string) {
	s.t.Helper()
	before := s.instances()
	missing = s.worst(run)
	after := s.instances()
	if len(after) != len(before) || slices.ContainsFunc(after, func(id string) bool { return slices.Contains(before, id) }) {
		s.t.Errorf("the nodes %v became %v, want as many others", before, after)
	}
	return missing
}

// inCluster changes the objects of the cluster, as kubectl does.
func (s *stack) inCluster(change func(c *api.Cluster)) {
	s.t.Helper()
	s.look(func(tx *world.Tx) {
		for _, arn := range tx.Clusters() {
			change(api.At(tx, arn))
		}
	})
}

// Nodes are replaced for years, and nothing may be missing meanwhile: two pods of each door, and a budget that keeps one of them. Without
// either the watch sees a moment in which there is none.
func TestNodesAreReplacedAndNothingIsMissing(t *testing.T) {
	t.Parallel()
	two := func(*testing.T) *stack { return raised(t, "single") }
	another := func(s *stack) { s.configure("nodeReleaseVersion", today("1.35")) }
	types := func(s *stack) { s.configure("nodeInstanceTypes", []any{"m6i.large"}) }
	for _, c := range []struct {
		name    string
		change  func(s *stack)
		prepare func(s *stack)
		missing bool
	}{
		{"another release", another, nil, false},
		{"a larger disk", func(s *stack) { s.configure("nodeDiskGiB", 50) }, nil, false},
		{"another owner", func(s *stack) { s.configure("owner", "another-team") }, nil, false},
		{"other instance types", types, nil, false},
		{"without budgets", types, func(s *stack) {
			s.inCluster(func(c *api.Cluster) {
				for _, budget := range c.List(api.BudgetKind, "istio-system") {
					if err := c.Delete(api.BudgetKind, "istio-system", api.Name(budget)); err != nil {
						t.Fatal(err)
					}
				}
			})
		}, true},
		{"one istiod", another, func(s *stack) { s.configure("istiodReplicas", 1); s.up() }, true},
		{"one gateway", another, func(s *stack) { s.configure("gatewayReplicas", 1); s.up() }, true},
		{"a waypoint", another, func(s *stack) { s.configure("clusters.ecs-1.waypoint", true); s.up() }, false},
		{"one waypoint", another, func(s *stack) {
			s.configure("clusters.ecs-1.waypoint", true)
			s.configure("waypointReplicas", 1)
			s.up()
		}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := two(t).fork(t)
			if c.prepare != nil {
				c.prepare(s)
			}
			c.change(s)
			if missing := s.replaced(s.up); (len(missing) > 0) != c.missing {
				t.Errorf("at the worst moment: %s", strings.Join(missing, ", "))
			}
			s.unchanged()
		})
	}
}

// A budget of somebody else that allows nothing stops the update, as docs/upgrade.md says, and the way from there leads on.
func TestABudgetThatAllowsNothingFailsTheUpdate(t *testing.T) {
	t.Parallel()
	s := raised(t, "single")
	labels := api.Object{"app": "theirs"}
	s.inCluster(func(c *api.Cluster) {
		for _, o := range []api.Object{
			{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": api.Object{"name": "theirs", "namespace": "default"}, "spec": api.Object{
				"replicas": 1.0, "selector": api.Object{"matchLabels": labels}, "template": api.Object{"metadata": api.Object{"labels": labels},
					"spec": api.Object{"containers": []any{api.Object{"name": "theirs", "image": "public.ecr.aws/j8r2p7b6/echo-server:latest"}}}}}},
			{"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": api.Object{"name": "theirs", "namespace": "default"},
				"spec": api.Object{"minAvailable": 1.0, "selector": api.Object{"matchLabels": labels}}},
		} {
			if err := c.Write(o); err != nil {
				t.Fatal(err)
			}
		}
	})
	s.unchanged()
	old := s.instances()
	s.configure("nodeReleaseVersion", today("1.35"))
	_, all, err := s.try("up")
	if err == nil || !strings.Contains(all, "PodEvictionFailure: Reached max retries while trying to evict pods from nodes in node group eks-nodes-") {
		t.Fatalf("%v\n%s", err, all)
	}
	s.look(func(tx *world.Tx) {
		for _, group := range tx.Find(home, nodeGroupKind, nil) {
			if group.String("releaseVersion") == today("1.35") {
				t.Error("the group that failed says that it has the release")
			}
		}
		for _, node := range tx.Find(home, "aws:ec2/instance:Instance", nil) {
			if slices.Contains(old, node.ID) && aws.Cordoned(node) {
				t.Errorf("%s takes no pods after the failure", node.ID)
			}
		}
	})
	s.whole()
	s.inCluster(func(c *api.Cluster) {
		if err := c.Delete(api.BudgetKind, "default", "theirs"); err != nil {
			t.Fatal(err)
		}
	})
	if missing := s.worst(func() { s.run("up", "--refresh") }); len(missing) > 0 {
		t.Errorf("at the worst moment: %s", strings.Join(missing, ", "))
	}
	// The surplus of the update that failed may be there until then.
	if now := s.instances(); len(now) != len(old) || slices.ContainsFunc(now, func(id string) bool { return slices.Contains(old, id) }) {
		t.Errorf("the nodes %v became %v, want as many others", old, now)
	}
	s.unchanged()
}

// EKS takes a group back to no older release, and the preview says so. The way back that it names works: a new group.
func TestNodesGoBackToAnOlderReleaseInAnotherGroup(t *testing.T) {
	t.Parallel()
	const older = "1.35.0-20260930"
	s := raised(t, "single")
	s.configure("nodeReleaseVersion", older)
	s.refused([]string{`nodeReleaseVersion = "` + older + `"`, "no older release", "add an instance type"}, "up")
	s.configure("nodeInstanceTypes", []any{"t3.large", "t3a.large"})
	if plan := s.preview(); !slices.Equal(plan, []string{"replace aws:eks/nodeGroup:NodeGroup eks-nodes instanceTypes"}) {
		t.Errorf("the way back plans\n%s", strings.Join(plan, "\n"))
	}
	if missing := s.replaced(s.up); len(missing) > 0 {
		t.Errorf("at the worst moment: %s", strings.Join(missing, ", "))
	}
	s.look(func(tx *world.Tx) {
		for _, group := range tx.Find(home, nodeGroupKind, nil) {
			if release := group.String("releaseVersion"); release != older {
				t.Errorf("the new group has %s", release)
			}
		}
	})
	s.unchanged()
}

// Auto Scaling asks no budget. The two pods of a door are on different nodes, so one node less leaves one of them.
func TestOneNodeLessLeavesADoorOpen(t *testing.T) {
	t.Parallel()
	s := raised(t, "single")
	for _, nodes := range []int{3, 2, 1} {
		s.configure("nodeCount", nodes)
		if missing := s.worst(s.up); len(missing) > 0 {
			t.Errorf("on the way to %d nodes: %s", nodes, strings.Join(missing, ", "))
		}
		if n := len(s.instances()); n != nodes {
			t.Errorf("%d nodes, want %d", n, nodes)
		}
		s.whole()
	}
}
