package compare_test

import (
	"slices"
	"strings"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/living/compare"
)

func TestZonesThatTheRegionDoesNotHaveAreRefused(t *testing.T) {
	all := []string{"euc1-az3", "euc1-az1", "euc1-az2"}
	offered := func(zones ...string) map[string][]string {
		return map[string][]string{"local": zones, "external": zones}
	}
	zones := func(ids ...string) func(*config.Config) { return func(c *config.Config) { c.ZoneIDs = ids } }
	for name, c := range map[string]struct {
		change func(*config.Config)
		zones  map[string][]string
		unseen bool
		words  []string
	}{
		"named and offered":            {zones("euc1-az1", "euc1-az2"), offered(all...), false, nil},
		"named, and nobody may look":   {zones("euc1-az1", "euc1-az2"), nil, true, nil},
		"named, and unknown":           {zones("euc1-az1", "euc1-az4", "euc1-az5"), offered(all...), false, []string{`zoneIds[1] = "euc1-az4"`, `zoneIds[2] = "euc1-az5"`, "eu-central-1, which has euc1-az1, euc1-az2, euc1-az3"}},
		"unknown to one account":       {zones("euc1-az1", "euc1-az2"), map[string][]string{"local": all, "external": {"euc1-az1"}}, false, []string{`zoneIds[1] = "euc1-az2": account external has no such zone`}},
		"chosen":                       {nil, offered(all...), false, nil},
		"chosen of too few":            {nil, offered("euc1-az1", "euc1-az2"), false, []string{"zoneIds", "need 3 availability zones"}},
		"chosen, and nobody may look":  {nil, nil, true, []string{"zoneIds", "ec2:DescribeAvailabilityZones", "AccessDenied"}},
		"nobody looked":                {nil, nil, false, nil},
		"a network of somebody else's": {func(c *config.Config) { c.ZoneIDs = []string{"euc1-az9"}; named(c) }, offered(all...), false, nil},
	} {
		w := compare.World{Zones: c.zones, Unseen: map[string]string{}}
		if c.unseen {
			w.Unseen[compare.ZonesSubject] = "AccessDenied"
		}
		cfg := dev(t, c.change)
		_, err := compare.Compare(cfg, w)
		if !refuses(t, name, err, c.words) {
			continue
		}
		if err != nil && c.words[0] == "zoneIds" && strings.Count(err.Error(), "zoneIds = ")+strings.Count(err.Error(), "zoneIds is ") > 1 {
			t.Errorf("%s: said for each account: %v", name, err)
		}
	}
}

// named gives each account a network that exists.
func named(c *config.Config) {
	for key, account := range c.Accounts {
		account.Network = &config.ExistingNetwork{VPCID: "vpc-" + key, PrivateSubnetIDs: []string{"subnet-1", "subnet-2"}}
		c.Accounts[key] = account
	}
}

func TestTheZonesOfANetworkAreTheNamedOnesOrTheFirstOnes(t *testing.T) {
	w := compare.World{Zones: map[string][]string{"local": {"euc1-az4", "euc1-az2", "euc1-az3", "euc1-az1"}}}
	if got := w.ZonesByAccount(dev(t, nil)); !slices.Equal(got["local"], []string{"euc1-az1", "euc1-az2", "euc1-az3"}) || got["external"] != nil {
		t.Errorf("%v", got)
	}
	given := []string{"euc1-az4", "euc1-az2"}
	if got := w.ZonesByAccount(dev(t, func(c *config.Config) { c.ZoneIDs = given })); !slices.Equal(got["local"], given) || !slices.Equal(got["external"], given) {
		t.Errorf("%v", got)
	}
	if got := w.ZonesByAccount(dev(t, named)); len(got) != 0 {
		t.Errorf("%v", got)
	}
}
