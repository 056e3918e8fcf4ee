//go:build engine

package lifecycle

import (
	"slices"
	"strings"
	"testing"

	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/world"
)

const (
	nodeGroupKind = "aws:eks/nodeGroup:NodeGroup"
	// dedicated is the label of the tainted nodes, which shows in a node.
	dedicated = "example.com/team"
)

// podsOn are what runs on nodes with and without the label dedicated: the pods by their "app", each once.
func (s *stack) podsOn() (with, without []string) {
	s.t.Helper()
	s.look(func(tx *world.Tx) {
		for _, arn := range tx.Clusters() {
			c := api.At(tx, arn)
			for _, pod := range c.List(api.PodKind, "") {
				node := c.Get(api.NodeKind, "", api.String(pod, "spec", "nodeName"))
				app := api.Labels(pod)["app"]
				switch {
				case node == nil || app == "":
				case api.Labels(node)[dedicated] != "":
					with = append(with, app)
				default:
					without = append(without, app)
				}
			}
		}
	})
	for _, list := range []*[]string{&with, &without} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return with, without
}

// scale is what an autoscaler does.
func (s *stack) scale(nodes float64) {
	s.t.Helper()
	s.look(func(tx *world.Tx) {
		for _, group := range tx.Find(home, nodeGroupKind, nil) {
			if config, ok := group.Props["scalingConfig"].(map[string]any); ok && strings.HasPrefix(group.String("nodeGroupName"), "eks-nodes-data-") {
				config["desiredSize"] = nodes
				tx.Put(group)
			}
		}
	})
}

// watchedPlay is play, in which no door is ever closed.
func (s *stack) watchedPlay(steps []step) {
	s.t.Helper()
	if missing := s.worst(func() { s.play(steps) }); len(missing) > 0 {
		s.t.Errorf("at the worst moment: %s", strings.Join(missing, ", "))
	}
}

// The steps of docs/upgrade.md for Kubernetes, add-ons and nodes, each with what its preview shows.
func TestKubernetesAddOnsAndNodesAreUpgraded(t *testing.T) {
	t.Parallel()
	s := newStack(t, "single")
	s.configure("kubernetesVersion", "1.33")
	s.configure("istioVersion", newIstio)
	s.up()

	s.configure("kubernetesVersion", "1.35")
	s.refused([]string{`kubernetesVersion = "1.35"`, "bring up 1.34 first"}, "preview")
	s.configure("kubernetesVersion", "1.34")
	s.configure("istioVersion", "1.31.0-solo")
	s.refused([]string{`istioVersion = "1.31.0-solo"`, "ztunnel 1.29 runs", "bring up Istio 1.30 first"}, "up")
	s.configure("istioVersion", newIstio)
	s.configure("kubernetesVersion", "1.33")

	istio := s.versions()
	data := map[string]any{
		"instanceTypes": []any{"m7g.large"}, "amiType": "BOTTLEROCKET_ARM_64", "desired": 1, "min": 0, "max": 5, "spot": true, "zones": []any{2},
		"labels": map[string]any{dedicated: "data"}, "taints": []any{map[string]any{"key": "dedicated", "value": "data", "effect": "NO_SCHEDULE"}},
	}
	s.watchedPlay([]step{
		// The page goes to today's version, and this stack to the one after its own.
		{"nodes-1-kubernetes", typing(strings.Replace(block(t, upgrade, "pulumi config set kubernetesVersion 1.35"), "1.35", "1.34", 1)), istio},
		{"nodes-2-add-on", func(s *stack) { s.types("aws() { :; }", block(t, upgrade, "aws eks describe-addon-versions")) }, istio},
		{"nodes-3-release", func(s *stack) { s.types("aws() { echo "+today("1.34")+"; }", block(t, upgrade, "# Amazon Linux 2023")) }, istio},
		{"nodes-4-switches", func(s *stack) {
			s.configure("kubernetesSupport", "EXTENDED")
			for _, key := range []string{"zonalShift", "nodeRepair", "nodeAutoscaling", "metricsServer"} {
				s.configure(key, true)
			}
		}, istio},
		{"nodes-5-another-group", func(s *stack) { s.configure("nodeGroups", map[string]any{"data": data}) }, istio},
	})
	if with, without := s.podsOn(); !slices.Contains(with, "ztunnel") || slices.Contains(with, "istiod") || !slices.Contains(without, "istiod") {
		t.Errorf("on tainted nodes run %v, on others %v", with, without)
	}
	living := s.configuration()
	s.types("", block(t, upgrade, "pulumi config set --path 'nodeInstanceTypes"))
	golden(t, "testdata/nodes-5-an-older-release.txt", strings.Join(s.preview(), "\n")+"\n")
	s.reconfigure(living)
	// The autoscaler's number stays, through a preview, a refresh and an up.
	s.scale(3)
	s.unchanged()
	s.run("refresh")
	s.up()
	s.look(func(tx *world.Tx) {
		if n := len(tx.Find(home, "aws:ec2/instance:Instance", nil)); n != 5 {
			t.Errorf("%d nodes, want 2 and the autoscaler's 3", n)
		}
	})
	s.watchedPlay([]step{
		{"nodes-6-the-group-goes", func(s *stack) { s.configure("nodeGroups", map[string]any{}) }, istio},
		{"nodes-7-another-image", func(s *stack) {
			s.configure("nodeAmiType", "BOTTLEROCKET_x86_64")
			s.configure("nodeReleaseVersion", "1.47.0-6154605b")
		}, istio},
	})
	s.run("destroy")
	for _, r := range s.remains() {
		t.Errorf("left after destroy: %s", r)
	}
}
