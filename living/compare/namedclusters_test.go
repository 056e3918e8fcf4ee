package compare_test

import (
	"slices"
	"strings"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/living/compare"
)

// calls gives the cluster ecs-1 a name, and imports it and its log group if they are given.
func calls(name string, imports ...string) func(c *config.Config) {
	return func(c *config.Config) {
		cluster := c.Clusters["ecs-1"]
		cluster.ClusterName = name
		c.Clusters["ecs-1"], c.Imports = cluster, map[string]string{}
		for _, urn := range imports {
			c.Imports[urn] = "given"
		}
	}
}

func TestALivingClusterKeepsItsName(t *testing.T) {
	for _, c := range []struct{ was, want, words string }{
		{"Apps", "Other", `clusters.ecs-1.clusterName = "Other": the cluster lives as Apps, and ECS renames none`},
		{"Apps", "", "Set it to Apps again"},
		{"ambient-ecs-1", "Apps", "Leave it out again"},
	} {
		cfg := dev(t, calls(c.want))
		w := lives(cfg)
		w.Renamed = map[string]string{"ecs-1": c.was}
		if _, err := compare.Compare(cfg, w); err == nil || !strings.Contains(err.Error(), c.words) {
			t.Errorf("from %s to %s: %v", c.was, c.want, err)
		}
	}
}

func TestAClusterUnderAnotherNameIsFoundByItsTag(t *testing.T) {
	arns := []string{"arn:aws:ecs:eu-central-1:" + homeID + ":cluster/ambient-ecs-1", "arn:aws:ecs:eu-central-1:" + homeID + ":cluster/ambient-ecs-2", "arn:aws:ecs:eu-central-1:" + homeID + ":cluster/theirs"}
	for want, keys := range map[string][]string{"": nil, "Apps": {"ecs-1"}, "theirs": nil} {
		got, names := compare.Unmet(dev(t, calls(want)), "local", arns)
		if !slices.Equal(got, keys) || keys != nil && !slices.Equal(names, []string{"ambient-ecs-1", "theirs"}) {
			t.Errorf("called %q: %q may be %q", want, got, names)
		}
	}
	// What is another team's does not miss.
	if got, _ := compare.Unmet(dev(t, lent), "local", arns[1:]); got != nil {
		t.Errorf("missing are %q", got)
	}
	cfg := dev(t, nil)
	ours := cfg.ResourceTags()
	for _, c := range []struct {
		name string
		tags map[string]string
		want string
	}{
		{"ambient-ecs-1", ours, "ecs-1"}, {"Apps", with(ours, config.ClusterTag, "ecs-1"), "ecs-1"}, {"Apps", ours, ""}, {"ambient-ecs-1", map[string]string{config.InstallTag: "blue"}, ""}, {"Apps", map[string]string{config.ClusterTag: "ecs-1"}, ""},
	} {
		if got := compare.KeyOf(cfg, c.name, c.tags); got != c.want {
			t.Errorf("%s with %v: %q, want %q", c.name, c.tags, got, c.want)
		}
	}
}

func TestANamedClusterIsTheStacksOrIsImported(t *testing.T) {
	const cluster, insights = config.TypeECSCluster + "::ecs-1", config.TypeLogGroup + "::ecs-1-insights"
	ours := dev(t, nil).ResourceTags()
	apps := func(tags map[string]string) compare.ECSCluster {
		return compare.ECSCluster{ARN: "arn:aws:ecs:eu-central-1:" + homeID + ":cluster/Apps", Status: "ACTIVE", Tags: tags}
	}
	for _, c := range []struct {
		name    string
		imports []string
		living  compare.ECSCluster
		group   map[string]string // tags of its log group, nil: there is none
		words   string            // "": it is silence
	}{
		{name: "none yet"},
		{name: "none, to import", imports: []string{cluster}, words: "imports." + cluster + ` = "Apps": account local (` + homeID + `) has no ECS cluster of this name in eu-central-1`},
		{name: "the stack's", living: apps(with(ours, config.ClusterTag, "ecs-1"))},
		{name: "another team's", living: apps(nil), words: `clusters.ecs-1.clusterName = "Apps": account local has an ECS cluster of this name, which this stack did not make. To make it the stack's, add the import ` + cluster + ": Apps"},
		{name: "another team's, to import", imports: []string{cluster}, living: apps(map[string]string{"team": "apps"})},
		{name: "another install's, to import", imports: []string{cluster}, living: apps(map[string]string{config.InstallTag: "blue"}), words: "it belongs to the install blue"},
		{name: "that of another key", living: apps(with(ours, config.ClusterTag, "before")), words: "it is the cluster of the key before"},
		{name: "the stack's already, to import", imports: []string{cluster}, living: apps(with(ours, config.ClusterTag, "ecs-1")), words: "the stack has the cluster already: take this import away"},
		{name: "with a log group of Container Insights", imports: []string{cluster}, living: apps(nil), group: map[string]string{}, words: "add the import " + insights + ": /aws/ecs/containerinsights/Apps/performance"},
		{name: "with its log group, to import", imports: []string{cluster, insights}, living: apps(nil), group: map[string]string{}},
		{name: "with the stack's log group", imports: []string{cluster}, living: apps(ours), group: ours},
		{name: "none, with a log group that a former one left", group: map[string]string{}, words: "add the import " + insights},
	} {
		cfg := dev(t, calls("Apps", c.imports...))
		w := lives(cfg)
		w.NamedClusters = map[string]compare.ECSCluster{"ecs-1": c.living}
		if c.group != nil {
			w.InsightsGroups = map[string]map[string]string{"ecs-1": c.group}
		}
		warnings, err := compare.Compare(cfg, w)
		if (err != nil) != (c.words != "") || err != nil && !strings.Contains(err.Error(), c.words) {
			t.Errorf("%s: %v", c.name, err)
		}
		if said := strings.Contains(strings.Join(warnings, "\n"), "take it away once the stack has the cluster"); said != (c.name == "with the stack's log group") {
			t.Errorf("%s: %q", c.name, warnings)
		}
	}
}
