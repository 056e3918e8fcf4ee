package compare_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/living/compare"
	"ambient-ecs/network/cidr"
)

// EKS stays in its subnets and zones. Other ones are refused before anything changes, with protect and without.
func TestTheSubnetsOfEKSAreForTheLifeOfAStack(t *testing.T) {
	plan, err := cidr.Compute(netip.MustParsePrefix("192.168.0.0/16"), 3)
	if err != nil {
		t.Fatal(err)
	}
	var computed []compare.ClusterSubnet
	for i, prefix := range plan.Private {
		computed = append(computed, compare.ClusterSubnet{CIDR: prefix.String(), ZoneID: fmt.Sprintf("euc1-az%d", i+1)})
	}
	slices.Reverse(computed) // AWS names them in no order
	given := func(private ...string) func(*config.Config) {
		return func(c *config.Config) {
			home := c.Accounts[c.Home]
			home.Subnets = &config.Subnets{Private: private}
			c.Accounts[c.Home] = home
		}
	}
	zones := func(ids ...string) func(*config.Config) { return func(c *config.Config) { c.ZoneIDs = ids } }
	three := []compare.ClusterSubnet{{"192.168.1.0/24", "euc1-az1"}, {"192.168.2.0/24", "euc1-az2"}, {"192.168.3.0/24", "euc1-az3"}}
	for _, test := range []struct {
		name   string
		living []compare.ClusterSubnet
		change func(*config.Config)
		words  string
	}{
		{"nobody knows", nil, zones("euc1-az7"), ""},
		{"given, as they are", three, given("192.168.1.0/24", "192.168.2.0/24", "192.168.3.0/24"), ""},
		{"given, others", three, given("192.168.1.0/24", "192.168.2.0/24", "192.168.4.0/24"), "accounts.local.subnets.private"},
		{"given, one more", three, given("192.168.1.0/24", "192.168.2.0/24", "192.168.3.0/24", "192.168.4.0/24"), "the EKS cluster lives in the subnets 192.168.1.0/24"},
		{"zones, as they are", computed, zones("euc1-az1", "euc1-az2", "euc1-az3"), ""},
		{"zones, another", computed, zones("euc1-az1", "euc1-az2", "euc1-az4"), "Set it to euc1-az1, euc1-az2, euc1-az3 again"},
		{"zones, fewer", computed, zones("euc1-az1", "euc1-az2"), "zoneIds"},
		{"zones, in another order", computed, zones("euc1-az3", "euc1-az1", "euc1-az2"), "is in euc1-az1"},
		{"another network", computed, func(c *config.Config) {
			home := c.Accounts[c.Home]
			home.VPCCIDR = "10.50.0.0/16"
			c.Accounts[c.Home] = home
		}, "accounts.local.vpcCidr"},
	} {
		cfg := dev(t, test.change)
		w := lives(cfg)
		w.Cluster.Subnets = test.living
		_, err := compare.Compare(cfg, w)
		if (err == nil) != (test.words == "") || err != nil && !strings.Contains(err.Error(), test.words) {
			t.Errorf("%s: %v, want %q", test.name, err, test.words)
		}
	}
}
