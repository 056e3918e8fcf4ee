package compare_test

import (
	"net/netip"
	"strings"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/living/compare"
	"ambient-ecs/network/cidr"
	"ambient-ecs/network/existing"
)

// Where the stack file names no zones, the nodes are in those of the living subnets, of the named subnets, or in those that the program chooses.
func TestInstanceTypesAreComparedWithTheZonesThatTheNodesHave(t *testing.T) {
	second := func(c *config.Config) {
		c.NodeGroups = map[string]config.NodeGroup{"big-one": {InstanceTypes: []string{"m7i.large"}, DiskGiB: 20, Zones: []int{2}}}
	}
	offered := map[string][]string{"t3.large": {"euc1-az1", "euc1-az2", "euc1-az3", "euc1-az4"}, "m7i.large": {"euc1-az4"}}
	chosen := compare.World{Offered: offered, Zones: map[string][]string{"local": {"euc1-az4", "euc1-az3", "euc1-az2", "euc1-az1"}}}
	unseen := chosen
	unseen.Unseen = map[string]string{compare.ClusterSubject: "AccessDenied"}
	theirs := func(zone string) compare.World {
		return compare.World{Offered: offered, Networks: map[string]existing.Network{"local": {Subnets: map[string]existing.Subnet{"subnet-1": {ZoneID: "euc1-az1"}, "subnet-2": {ZoneID: zone}}}}}
	}
	plan, err := cidr.Compute(netip.MustParsePrefix("192.168.0.0/16"), 3)
	if err != nil {
		t.Fatal(err)
	}
	living := func(zone string) compare.World {
		w := lives(dev(t, second))
		w.Offered = offered
		for i, id := range []string{"euc1-az3", zone, "euc1-az1"} { // AWS names them in no order
			w.Cluster.Subnets = append(w.Cluster.Subnets, compare.ClusterSubnet{CIDR: plan.Private[2-i].String(), ZoneID: id})
		}
		return w
	}
	for name, c := range map[string]struct {
		world   compare.World
		change  func(*config.Config)
		refused bool
	}{
		"chosen":                         {chosen, nil, true},
		"chosen, where a cluster may be": {unseen, nil, false},
		"nobody knows the zones":         {compare.World{Offered: offered}, nil, false},
		"living, with it":                {living("euc1-az4"), nil, false},
		"living, without it":             {living("euc1-az2"), nil, true},
		"named, with it":                 {theirs("euc1-az4"), named, false},
		"named, without it":              {theirs("euc1-az2"), named, true},
		"named, and not found":           {theirs(""), named, false},
	} {
		_, err := compare.Compare(dev(t, func(cfg *config.Config) {
			second(cfg)
			if c.change != nil {
				c.change(cfg)
			}
		}), c.world)
		if refused := err != nil && strings.Contains(err.Error(), `nodeGroups.big-one.instanceTypes[0] = "m7i.large": EC2 has this instance type in no zone of the group, only in euc1-az4`); refused != c.refused {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestInstanceTypesThatEC2DoesNotHaveAreRefused(t *testing.T) {
	everywhere := []string{"euc1-az1", "euc1-az2", "euc1-az3"}
	zones := func(c *config.Config) {
		c.ZoneIDs = everywhere
		c.NodeGroups = map[string]config.NodeGroup{"big-one": {InstanceTypes: []string{"m7i.large"}, DiskGiB: 20, Zones: []int{2}}}
	}
	for name, c := range map[string]struct {
		change           func(*config.Config)
		offered          map[string][]string
		refused, warning string
	}{
		"not known":              {zones, nil, "", ""},
		"everywhere":             {zones, map[string][]string{"t3.large": everywhere, "m7i.large": everywhere}, "", ""},
		"in the zones of each":   {zones, map[string][]string{"t3.large": everywhere, "m7i.large": {"euc1-az2"}}, "", ""},
		"nowhere":                {nil, map[string][]string{}, `nodeInstanceTypes[0] = "t3.large"`, ""},
		"nowhere, for a group":   {zones, map[string][]string{"t3.large": everywhere}, `nodeGroups.big-one.instanceTypes[0] = "m7i.large"`, ""},
		"elsewhere, for a group": {zones, map[string][]string{"t3.large": everywhere, "m7i.large": {"euc1-az1"}}, "in no zone of the group, only in euc1-az1", ""},
		"in some zones":          {zones, map[string][]string{"t3.large": {"euc1-az1"}, "m7i.large": everywhere}, "", "t3.large in euc1-az2, euc1-az3, so no node of the group nodes starts there"},
	} {
		warnings, err := compare.Compare(dev(t, c.change), compare.World{Offered: c.offered})
		if (err != nil) != (c.refused != "") || err != nil && !strings.Contains(err.Error(), c.refused) {
			t.Errorf("%s: %v, want %q", name, err, c.refused)
		}
		if all := strings.Join(warnings, "\n"); (all != "") != (c.warning != "") || !strings.Contains(all, c.warning) {
			t.Errorf("%s: warns %q, want %q", name, all, c.warning)
		}
	}
}
