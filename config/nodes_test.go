package config

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

// group is an edit that adds one more node group.
func group(settings object) edit { return edit{"nodeGroups", object{"more": settings}} }

func TestRefusedNodeGroups(t *testing.T) {
	refused := func(name string, settings object, words ...string) refusal {
		if settings["instanceTypes"] == nil {
			settings["instanceTypes"] = list("m7i.large")
		}
		return refusal{name, []edit{group(settings)}, [][]string{words}}
	}
	run(t, []refusal{
		one("an image that EKS does not have", "nodeAmiType", "AL2_x86_64", `nodeAmiType = "AL2_x86_64"`, "AL2023_ARM_64_STANDARD"),
		one("an image for other processors", "nodeAmiType", "BOTTLEROCKET_ARM_64", `nodeAmiType = "BOTTLEROCKET_ARM_64"`, "t3.large", "another architecture"),
		one("a release of another version", "nodeReleaseVersion", "1.33.5-20251120", "nodeReleaseVersion", "image of Kubernetes 1.33", "has 1.34"),
		one("no release", "nodeReleaseVersion", "latest", "nodeReleaseVersion", "looks like 1.34.2-20251120"),
		one("a group with an odd key", "nodeGroups", object{"More": object{"instanceTypes": list("m7i.large")}}, `nodeGroups = "More"`, "part of names"),
		one("a group with a long key", "nodeGroups", object{"a23456789-123456789-123456789-123456789-1": object{"instanceTypes": list("m7i.large")}}, "nodeGroups", "at most 40"),
		{"a group without instance types", []edit{group(object{})}, [][]string{{"nodeGroups.more.instanceTypes is not set"}}},
		refused("two architectures", object{"instanceTypes": list("m7i.large", "m7g.large")}, "nodeGroups.more.instanceTypes[1]", "ARM"),
		refused("an image for other processors in a group", object{"instanceTypes": list("m7g.large"), "amiType": "AL2023_x86_64_STANDARD"}, "nodeGroups.more.amiType", "m7g.large"),
		refused("a release of another image in a group", object{"amiType": "BOTTLEROCKET_x86_64", "releaseVersion": "1.34.2"}, "nodeGroups.more.releaseVersion", "1.47.0-6154605b"),
		refused("a type without room", object{"instanceTypes": list("t3.nano")}, "nodeGroups.more.instanceTypes[0]", "allows 4 pods"),
		refused("no node at most", object{"desired": 0, "max": 0}, "nodeGroups.more.max = 0", "between 1"),
		refused("more than the most", object{"desired": 3, "max": 2}, "nodeGroups.more.desired = 3", "between 0 and 2"),
		refused("fewer than the least", object{"desired": 1, "min": 2}, "nodeGroups.more.min = 2", "between 0 and 1"),
		refused("a small disk", object{"diskGiB": 10}, "nodeGroups.more.diskGiB = 10", "between 20"),
		refused("a label of Kubernetes", object{"labels": object{"topology.kubernetes.io/zone": "a"}}, "nodeGroups.more.labels", "kubernetes.io", "does not join"),
		refused("a label of EKS", object{"labels": object{"eks.amazonaws.com/nodegroup": "a"}}, "nodeGroups.more.labels", "eks.amazonaws.com"),
		refused("a label without a name", object{"labels": object{"a b": "c"}}, "nodeGroups.more.labels", "example.com/team"),
		refused("a long value", object{"labels": object{"team": "a b"}}, "nodeGroups.more.labels.team", "at most 63"),
		refused("a taint without a key", object{"taints": list(object{"effect": "NO_SCHEDULE"})}, "nodeGroups.more.taints[0].key is not set"),
		refused("a taint with an odd key", object{"taints": list(object{"key": "a b", "effect": "NO_SCHEDULE"})}, "nodeGroups.more.taints[0].key", "example.com/dedicated"),
		refused("a taint with an odd value", object{"taints": list(object{"key": "a", "value": "b c", "effect": "NO_SCHEDULE"})}, "nodeGroups.more.taints[0].value"),
		refused("a taint in Kubernetes's words", object{"taints": list(object{"key": "a", "effect": "NoSchedule"})}, "nodeGroups.more.taints[0].effect", "NO_SCHEDULE"),
		refused("a zone that there is not", object{"zones": list(4)}, "nodeGroups.more.zones[0] = 4", "between 1 and 3"),
		refused("a zone twice", object{"zones": list(2, 2)}, "nodeGroups.more.zones[1]", "twice"),
		one("a version of an add-on that is off", "addonVersions", object{"metrics-server": "v0.8.1-eksbuild.4"}, "addonVersions", `"metrics-server" is not an add-on`),
		{"an add-on without a known version", []edit{{"metricsServer", true}, {"kubernetesVersion", "1.30"}}, [][]string{{"addonVersions", "metrics-server", "1.30"}}},
		{"nodes without room for the add-on", []edit{{"metricsServer", true}, {"nodeInstanceTypes", list("t3a.small")}, {"nodeCount", 1}, {"nodeCountMax", 1}},
			[][]string{{"nodeInstanceTypes[0]", "the gateway are 6"}}},
	})
}

func TestNodeGroupsHaveDefaults(t *testing.T) {
	c := mustLoad(t, with(
		edit{"nodeReleaseVersion", "1.34.2-20251120"}, edit{"nodeAutoscaling", true}, edit{"metricsServer", true},
		edit{"nodeGroups", object{
			"arm": object{"instanceTypes": list("m7g.large", "m7gd.large")},
			"big": object{"instanceTypes": list("m7i.4xlarge"), "amiType": "BOTTLEROCKET_x86_64", "releaseVersion": "1.47.0-6154605b", "desired": 2, "min": 0, "max": 9, "diskGiB": 100, "spot": true,
				"zones": list(1, 3), "labels": object{"example.com/team": "data", "node.kubernetes.io/role": "x"}, "taints": list(object{"key": "dedicated", "value": "data", "effect": "NO_EXECUTE"})},
		}},
	))
	if !c.NodeAutoscaling || !reflect.DeepEqual(c.MoreAddons(), []string{"metrics-server"}) {
		t.Errorf("autoscaling %v, add-ons %v", c.NodeAutoscaling, c.MoreAddons())
	}
	want := []Nodes{
		{InstanceTypes: []string{"t3.large"}, ReleaseVersion: "1.34.2-20251120", DiskGiB: 30, Min: 2, Desired: 2, Max: 4},
		{Key: "arm", InstanceTypes: []string{"m7g.large", "m7gd.large"}, AMIType: "AL2023_ARM_64_STANDARD", DiskGiB: 30, Min: 1, Desired: 1, Max: 1},
		{Key: "big", InstanceTypes: []string{"m7i.4xlarge"}, AMIType: "BOTTLEROCKET_x86_64", ReleaseVersion: "1.47.0-6154605b", DiskGiB: 100, Min: 0, Desired: 2, Max: 9, Spot: true,
			Zones: []int{1, 3}, Labels: map[string]string{"example.com/team": "data", "node.kubernetes.io/role": "x"}, Taints: []Taint{{"dedicated", "data", "NO_EXECUTE"}}},
	}
	if got := c.NodeGroupList(); !reflect.DeepEqual(got, want) {
		t.Errorf("groups\n%+v, want\n%+v", got, want)
	}
}

// A release that the configuration names is old one day.
func TestAnOldReleaseIsWarnedOf(t *testing.T) {
	for day, want := range map[time.Time]int{
		time.Date(2026, time.January, 19, 0, 0, 0, 0, time.UTC): 0,
		time.Date(2026, time.January, 20, 0, 0, 0, 0, time.UTC): 2,
	} {
		c, err := LoadAt(day, raw(with(edit{"kubernetesVersion", "1.34"}, edit{"nodeReleaseVersion", "1.34.2-20251120"},
			edit{"nodeGroups", object{"arm": object{"instanceTypes": list("m7g.large"), "releaseVersion": "1.34.1-20251120"},
				"rocket": object{"instanceTypes": list("m7g.large"), "amiType": "BOTTLEROCKET_ARM_64", "releaseVersion": "1.9.0-6154605b"}}})))
		if err != nil {
			t.Fatal(err)
		}
		var found []string
		for _, warning := range c.Warnings() {
			if strings.Contains(warning, "without the patches since then") {
				found = append(found, warning)
			}
		}
		if len(found) != want || want > 0 && (!strings.HasPrefix(found[0], "nodeReleaseVersion: 1.34.2-20251120 is an image of 61 days ago") || !strings.HasPrefix(found[1], "nodeGroups.arm.releaseVersion: ")) {
			t.Errorf("on %s: %q", day.Format(time.DateOnly), found)
		}
	}
}
