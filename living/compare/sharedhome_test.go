package compare_test

import (
	"slices"
	"strings"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/living/compare"
	"ambient-ecs/network/existing"
)

// EKS makes nodes in subnets that another account shares, if who deploys may launch them there.
func TestANewClusterInASharedVPCIsWarnedOf(t *testing.T) {
	const owner = "999900001111"
	for name, c := range map[string]struct {
		change func(cfg *config.Config, w *compare.World)
		warned bool
	}{
		"a new cluster":        {func(*config.Config, *compare.World) {}, true},
		"a cluster of others":  {func(cfg *config.Config, _ *compare.World) { cfg.ExistingEKS = config.ExistingEKS{Name: "platform"} }, false},
		"a cluster that lives": {func(_ *config.Config, w *compare.World) { w.Cluster = &compare.Cluster{VPC: "vpc-010"} }, false},
		"a VPC of one's own":   {func(_ *config.Config, w *compare.World) { own(w.Networks, homeID) }, false},
		"nobody may look":      {func(_ *config.Config, w *compare.World) { w.Unseen[compare.ClusterSubject] = "AccessDenied" }, false},
	} {
		cfg, w := their(t)
		cfg.Connect = config.ConnectNone
		for key := range cfg.Accounts {
			cfg.Accounts[key].Network.RouteTableIDs = nil
		}
		own(w.Networks, owner)
		c.change(&cfg, &w)
		warnings, err := compare.Compare(cfg, w)
		if c.warned && err != nil {
			t.Errorf("%s: refused: %v", name, err)
		}
		said := slices.ContainsFunc(warnings, func(w string) bool {
			return strings.HasPrefix(w, "accounts.local.network.vpcId: account "+owner+" owns vpc-010") && strings.Contains(w, "ec2:RunInstances on arn:aws:ec2:eu-central-1:"+owner+":subnet/*") &&
				strings.Contains(w, "need no tags") && strings.Contains(w, "the owner's tags are not shown")
		})
		if said != c.warned {
			t.Errorf("%s: %q", name, warnings)
		}
	}
}

// own gives the home account's VPC an owner.
func own(networks map[string]existing.Network, owner string) { networks["local"].VPC.Owner = owner }
