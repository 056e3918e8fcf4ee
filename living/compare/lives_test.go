package compare_test

import (
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/eks/addon"
	eks "ambient-ecs/eks/existing"
	"ambient-ecs/living/compare"
	"ambient-ecs/network/existing"
)

func TestWhatLivesIsWhatAWSShows(t *testing.T) {
	cfg := dev(t, nil)
	if none := (compare.World{}).Lives(cfg); none.Mesh || none.Accounts[cfg.Home] || len(none.Members) > 0 {
		t.Errorf("of an empty world %+v lives", none)
	}
	w := lives(cfg)
	w.Enrolled = map[string]compare.Enrolled{"ecs-1/echo-service": {TaskRole: "arn:aws:iam::" + homeID + ":role/orders"}}
	all := w.Lives(cfg)
	if !all.Mesh || !all.Accounts[remote(t, cfg)] || !all.Members["ecs-1/echo-service"] || all.Members["ecs-2/echo-service"] || !all.TaskRoles["arn:aws:iam::"+homeID+":role/orders"] {
		t.Errorf("of a stack %+v lives", all)
	}
	hidden := compare.World{Unseen: map[string]string{compare.RolesSubject: "AccessDenied", compare.ClusterSubject: "AccessDenied"}}
	if all := hidden.Lives(cfg); !all.Mesh || !all.Accounts[cfg.Home] {
		t.Errorf("of what nobody may look up %+v lives", all)
	}
}

// What the owners of a network or of a cluster have to look at is said before the stack lives there, and not at every preview afterwards.
func TestWhatOthersHaveIsNotSaidAgain(t *testing.T) {
	for name, c := range map[string]func(t *testing.T) (config.Config, compare.World){
		"a service with two endpoints": func(t *testing.T) (config.Config, compare.World) {
			cfg, w := isolated(t)
			w.Networks["external"].Endpoints["logs"] = existing.Endpoint{Several: true}
			return cfg, w
		},
		"a transit gateway that associates nothing": func(t *testing.T) (config.Config, compare.World) {
			cfg, w := their(t)
			cfg.Connect, cfg.TransitGateway.ID = config.ConnectTransitGateway, "tgw-0123456789abcdef0"
			w.Gateways = map[string]*compare.Gateway{"local": {Associates: "disable"}, "external": {Associates: "disable"}}
			return cfg, w
		},
		"a network plug-in that is no add-on": theirPlugIn(func(w *compare.World) { delete(w.EKS.Addons, addon.VPCCNI) }),
		"strict groups of pods": theirPlugIn(func(w *compare.World) {
			w.EKS.Addons[addon.VPCCNI] = eks.Addon{Configuration: `{"enableNetworkPolicy":"true","env":{"ENABLE_POD_ENI":"true"}}`}
		}),
		"aws-auth": theirPlugIn(func(w *compare.World) {
			w.EKS.Addons[addon.VPCCNI] = eks.Addon{Configuration: `{"enableNetworkPolicy":"true"}`}
			w.EKS.Mode, w.Entries = "CONFIG_MAP", nil
		}),
	} {
		cfg, w := c(t)
		if first, err := compare.Compare(cfg, w); err != nil || len(first) != 1 {
			t.Errorf("%s: before it lives: %v %q", name, err, first)
		}
		w.Accounts = lives(cfg).Accounts
		role := w.Accounts[cfg.Home].Roles[cfg.IstiodRoleName()]
		role.Trust = trust(cfg.Region, homeID)
		if cfg.HasExistingEKS() {
			role.Trust = `{"Condition":{"StringEquals":{"aws:PrincipalTag/eks-cluster-arn":"` + cfg.EKSClusterARN() + `"}}}`
		}
		w.Accounts[cfg.Home].Roles[cfg.IstiodRoleName()] = role
		if again, err := compare.Compare(cfg, w); err != nil || len(again) > 0 {
			t.Errorf("%s: when it lives: %v %q", name, err, again)
		}
	}
}

func theirPlugIn(change func(w *compare.World)) func(t *testing.T) (config.Config, compare.World) {
	return func(t *testing.T) (config.Config, compare.World) {
		cfg := dev(t, func(c *config.Config) { guest(c); c.NetworkPolicies = true })
		w := joinable(cfg)
		change(&w)
		return cfg, w
	}
}

// One administrator is enough for a stack that is tried out.
func TestAStackThatIsTriedOutMayHaveOneAdministrator(t *testing.T) {
	cfg := dev(t, nil)
	w := lives(cfg)
	w.Cluster.Creator = person
	if warnings, err := compare.Compare(cfg, w); cfg.Protect || err != nil || len(warnings) > 0 {
		t.Errorf("%v %q", err, warnings)
	}
}

// A group that lives with its instance type has its nodes in the zones that have the type.
func TestZonesWithoutAnInstanceTypeAreNotSaidAgain(t *testing.T) {
	cfg := dev(t, func(c *config.Config) { c.ZoneIDs = []string{"euc1-az1", "euc1-az2", "euc1-az3"} })
	w := lives(cfg)
	w.Offered = map[string][]string{cfg.NodeInstanceTypes[0]: {"euc1-az1"}}
	if warnings, err := compare.Compare(cfg, w); err != nil || len(warnings) > 0 {
		t.Errorf("%v %q", err, warnings)
	}
}
