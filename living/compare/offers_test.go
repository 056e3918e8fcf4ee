package compare_test

import (
	"strings"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/living/compare"
)

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
		"without given zones":    {nil, map[string][]string{"t3.large": {"euc1-az1"}}, "", ""},
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
