package compare_test

import (
	"slices"
	"strings"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/living/compare"
)

const sharedARN = "arn:aws:ecs:eu-central-1:" + homeID + ":cluster/shared"

// lent puts the services of ecs-1 on another team's cluster.
func lent(c *config.Config) {
	cluster := c.Clusters["ecs-1"]
	cluster.Existing = "shared"
	c.Clusters["ecs-1"] = cluster
}

func TestAnExistingClusterIsFitToJoin(t *testing.T) {
	cfg := dev(t, lent)
	alarmed := dev(t, func(c *config.Config) { lent(c); c.Observability.Alarms.Enabled = true })
	active := func(tags map[string]string) compare.ECSCluster {
		return compare.ECSCluster{ARN: sharedARN, Status: "ACTIVE", Tags: tags}
	}
	for _, c := range []struct {
		name    string
		cfg     config.Config
		cluster compare.ECSCluster
		words   []string // none: it is silence
	}{
		{"not in a mesh", cfg, active(map[string]string{"team": "shop"}), nil},
		{"ours since the last up", cfg, active(map[string]string{config.InstallTag: cfg.Install, config.DiscoveryTag: "true"}), nil},
		{"ours, and the up was killed", cfg, active(map[string]string{config.InstallTag: cfg.Install}), nil},
		{"with Container Insights", alarmed, compare.ECSCluster{ARN: sharedARN, Status: "ACTIVE", Insights: true}, nil},
		{"none", cfg, compare.ECSCluster{}, []string{"account local (" + homeID + ") has no ECS cluster of this name in eu-central-1"}},
		{"another ARN", cfg, compare.ECSCluster{ARN: strings.Replace(sharedARN, homeID, otherID, 1), Status: "ACTIVE"}, []string{"the stack file means " + sharedARN}},
		{"another install's", cfg, active(map[string]string{config.InstallTag: "blue", config.DiscoveryTag: "true"}), []string{"belongs to the install blue"}},
		{"discovered by somebody", cfg, active(map[string]string{config.DiscoveryTag: "True"}), []string{config.DiscoveryTag + "=True already", "another istiod"}},
		{"kept out", cfg, active(map[string]string{config.DiscoveryTag: "false"}), []string{"keeps the cluster out of meshes"}},
		{"everything at once", alarmed, compare.ECSCluster{ARN: sharedARN, Status: "DEPROVISIONING", Tags: map[string]string{config.InstallTag: "blue"}},
			[]string{"its status is DEPROVISIONING", "belongs to the install blue", "Container Insights is off", "update-cluster-settings --region eu-central-1 --cluster shared"}},
	} {
		w := lives(c.cfg)
		w.ECSClusters = map[string]compare.ECSCluster{"ecs-1": c.cluster}
		_, err := compare.Compare(c.cfg, w)
		if (err != nil) != (c.words != nil) {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		for _, word := range c.words {
			if !strings.Contains(err.Error(), word) || !strings.Contains(err.Error(), `clusters.ecs-1.existing = "shared"`) {
				t.Errorf("%s: the refusal does not say %q: %v", c.name, word, err)
			}
		}
	}
	w := lives(cfg)
	w.Unseen[compare.ExistingSubject(sharedARN)] = "AccessDenied"
	if warnings, err := compare.Compare(cfg, w); err != nil || !slices.ContainsFunc(warnings, func(w string) bool { return strings.Contains(w, "the ECS cluster "+sharedARN) }) {
		t.Errorf("who may not look: %v, %v", warnings, err)
	}
}
