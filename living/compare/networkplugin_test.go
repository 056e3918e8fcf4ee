package compare_test

import (
	"strings"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/living/compare"
)

// On a cluster that lives, the nodes lose the policy of vpc-cni in a later update than that which gives it a role.
func TestALivingNetworkPluginGetsItsRoleBeforeTheNodesLoseTheirs(t *testing.T) {
	own := "arn:aws:iam::" + homeID + ":role/eks-ambient-nodes-vpc-cni"
	for name, c := range map[string]struct {
		role    config.CNIRole
		lives   bool
		roles   []string
		refused bool
	}{
		"a new cluster":                 {config.CNIRoleOwn, false, nil, false},
		"at once":                       {config.CNIRoleOwn, true, []string{}, true},
		"a role of somebody else":       {config.CNIRoleOwn, true, []string{own + "2"}, true},
		"after both":                    {config.CNIRoleOwn, true, []string{own}, false},
		"the step between":              {config.CNIRoleBoth, true, []string{}, false},
		"back to the nodes":             {config.CNIRoleNodes, true, []string{own}, false},
		"an add-on that nobody may see": {config.CNIRoleOwn, true, nil, false},
	} {
		cfg := dev(t, func(cfg *config.Config) { cfg.VPCCNIRole = c.role })
		w := lives(cfg)
		if w.Cluster.NetworkPlugin = c.roles; !c.lives {
			w.Cluster = nil
		}
		_, err := compare.Compare(cfg, w)
		if refused := err != nil && strings.Contains(err.Error(), `vpcCniRole = "own"`) && strings.Contains(err.Error(), "Set it to both"); refused != c.refused || !refused && err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
