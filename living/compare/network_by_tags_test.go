package compare_test

import (
	"strings"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/living/compare"
)

const vpcA, vpcB, subnetA, subnetB, tableA = "vpc-0000000000000000a", "vpc-0000000000000000b", "subnet-0000000000000000a", "subnet-0000000000000000b", "rtb-0000000000000000a"

// tagged is the dev stack with a network that is known by tags.
func tagged(t *testing.T) config.Config {
	return dev(t, func(c *config.Config) {
		key := remote(t, *c)
		account := c.Accounts[key]
		account.Subnets = nil
		account.Network = &config.ExistingNetwork{
			VPCTags: map[string]string{"Name": "shared", "Stage": "prod"}, PrivateSubnetTags: map[string]string{"Tier": "private"}, RouteTableTags: map[string]string{"Tier": "table"},
		}
		c.Accounts[key] = account
	})
}

func TestTagsLeadToIds(t *testing.T) {
	cfg := tagged(t)
	for _, lives := range [][]string{nil, {vpcA}} {
		located, err := compare.Locate(cfg, map[string]compare.Tagged{remote(t, cfg): {VPCs: []string{vpcA}, Subnets: []string{subnetA, subnetB}, Tables: []string{tableA}, Lives: lives}})
		if err != nil {
			t.Fatal(err)
		}
		n := located.Accounts[remote(t, cfg)].Network
		if n.ByTags() || n.VPCID != vpcA || len(n.PrivateSubnetIDs) != 2 || n.RouteTableIDs[0] != tableA {
			t.Errorf("the network is %+v", n)
		}
	}
	if same, err := compare.Locate(cfg, nil); err != nil || !same.Accounts[remote(t, cfg)].Network.ByTags() {
		t.Errorf("nothing was found, and the configuration changed: %v", err)
	}
}

func TestTagsThatLeadNowhereAreRefused(t *testing.T) {
	whole := compare.Tagged{VPCs: []string{vpcA}, Subnets: []string{subnetA, subnetB}, Tables: []string{tableA}}
	for _, c := range []struct {
		name   string
		change func(*compare.Tagged)
		words  []string
	}{
		{"no VPC", func(f *compare.Tagged) { f.VPCs = nil }, []string{`network.vpcTags = "Name=shared, Stage=prod"`, "has no VPC with these tags", "vpcId"}},
		{"two VPCs", func(f *compare.Tagged) { f.VPCs = []string{vpcA, vpcB} }, []string{"network.vpcTags", "has 2 VPCs with these tags: " + vpcA + ", " + vpcB}},
		{"another VPC than before", func(f *compare.Tagged) { f.Lives = []string{vpcB} }, []string{"network.vpcTags", "lead to " + vpcA, "lives in " + vpcB, "would be replaced"}},
		{"no subnet", func(f *compare.Tagged) { f.Subnets = nil }, []string{`network.privateSubnetTags = "Tier=private"`, "no subnet of " + vpcA}},
		{"one subnet", func(f *compare.Tagged) { f.Subnets = []string{subnetA} }, []string{"network.privateSubnetIds", subnetA, "at least 2 zones"}},
		{"no table", func(f *compare.Tagged) { f.Tables = nil }, []string{`network.routeTableTags = "Tier=table"`, "no route table of " + vpcA}},
		{"a caller who may not look", func(f *compare.Tagged) { f.Unseen = "UnauthorizedOperation" }, []string{"network is known by tags", "may not look", "UnauthorizedOperation"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg, found := tagged(t), whole
			c.change(&found)
			_, err := compare.Locate(cfg, map[string]compare.Tagged{remote(t, cfg): found})
			if err == nil {
				t.Fatal("it was accepted")
			}
			rest := err.Error()
			for _, words := range c.words {
				_, after, said := strings.Cut(rest, words)
				if !said {
					t.Fatalf("no problem says %q: %v", words, err)
				}
				rest = after
			}
		})
	}
}

// At home the subnets are those of the EKS cluster, whatever leads to them.
func TestTheSubnetsAtHomeAreThoseOfTheCluster(t *testing.T) {
	cfg := dev(t, func(c *config.Config) {
		home := c.Accounts[c.Home]
		home.Subnets, home.Network = nil, &config.ExistingNetwork{VPCID: vpcA, PrivateSubnetTags: map[string]string{"Tier": "private"}, LoadBalancerSubnetIDs: []string{subnetA, subnetB}, RouteTableIDs: []string{tableA}}
		c.Accounts[c.Home] = home
	})
	for _, c := range []struct {
		name    string
		subnets []string
		refused bool
	}{
		{"the same", []string{subnetA, subnetB}, false},
		{"one more", []string{subnetA, subnetB, "subnet-0000000000000000c"}, true},
		{"others", []string{subnetA, "subnet-0000000000000000c"}, true},
	} {
		located, err := compare.Locate(cfg, map[string]compare.Tagged{cfg.Home: {VPCs: []string{vpcA}, Subnets: c.subnets, Lives: []string{vpcA}}})
		if err != nil {
			t.Fatal(err)
		}
		w := lives(located)
		w.Cluster.VPC, w.Cluster.SubnetIDs = vpcA, []string{subnetB, subnetA}
		_, err = compare.Compare(located, w)
		if told := err != nil && strings.Contains(err.Error(), "the EKS cluster lives in the subnets "+subnetA+", "+subnetB); told != c.refused {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
