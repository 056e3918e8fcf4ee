package config

import (
	"slices"
	"testing"
)

// byTags is a network that is known by tags, with some keys changed.
func byTags(changes object) object {
	n := object{"vpcTags": object{"Name": "shared"}, "privateSubnetTags": object{"Tier": "private"}, "routeTableTags": object{"Tier": "private"}}
	for key, value := range changes {
		if n[key] = value; value == nil {
			delete(n, key)
		}
	}
	return n
}

func TestIdsTakeThePlaceOfTheTagsThatLedToThem(t *testing.T) {
	c := mustLoad(t, with(edit{"accounts/external/subnets", nil}, edit{"accounts/external/network", byTags(nil)}))
	if network := c.Accounts["external"].Network; !network.ByTags() || c.Accounts["local"].Network.ByTags() {
		t.Fatalf("the network is %+v", network)
	}
	found := ExistingNetwork{VPCID: vpcTheirs, PrivateSubnetIDs: []string{subnetA, subnetB, subnetC}, RouteTableIDs: []string{tableTheirs}}
	located, err := c.Located(map[string]ExistingNetwork{"external": found})
	if err != nil {
		t.Fatal(err)
	}
	if network := located.Accounts["external"].Network; network.ByTags() || network.VPCID != vpcTheirs || located.Zones("external") != 3 {
		t.Errorf("the network is %+v", network)
	}
	if c.Accounts["external"].Network.VPCID != "" {
		t.Error("the configuration that was read has changed")
	}
	found.PrivateSubnetIDs = []string{subnetA}
	if _, err := c.Located(map[string]ExistingNetwork{"external": found}); err == nil || !inOrder(err.Error(), []string{"accounts.external.network.privateSubnetIds", "2 zones"}) {
		t.Errorf("one subnet is enough: %v", err)
	}
}

func TestATaggedNetworkMayNameAPart(t *testing.T) {
	for _, changes := range []object{
		{"vpcTags": nil, "vpcId": vpcTheirs}, {"privateSubnetTags": nil, "privateSubnetIds": list(subnetA, subnetB)}, {"routeTableTags": nil, "routeTableIds": list(tableTheirs)},
	} {
		c := mustLoad(t, with(edit{"accounts/external/subnets", nil}, edit{"accounts/external/network", byTags(changes)}))
		if !slices.Contains(c.NetworkKeys(), "external") || !c.Accounts["external"].Network.ByTags() {
			t.Errorf("%v: the network is %+v", changes, c.Accounts["external"].Network)
		}
	}
}

func TestRefusedTagsOfNetworks(t *testing.T) {
	const field = "accounts.external.network."
	bad := func(name string, changes object, words ...string) refusal {
		return refusal{name, []edit{{"accounts/external/subnets", nil}, {"accounts/external/network", byTags(changes)}}, [][]string{words}}
	}
	run(t, []refusal{
		bad("a VPC by both", object{"vpcId": vpcTheirs}, field+"vpcTags is set", "vpcId says it too"),
		bad("subnets by both", object{"privateSubnetIds": list(subnetA, subnetB)}, field+"privateSubnetTags is set", "privateSubnetIds says it too"),
		bad("tables by both", object{"routeTableIds": list(tableTheirs)}, field+"routeTableTags is set", "routeTableIds says it too"),
		bad("no VPC", object{"vpcTags": nil}, field+"vpcId is not set", "vpcTags"),
		bad("no subnets", object{"privateSubnetTags": nil}, field+"privateSubnetIds", "2 zones"),
		bad("no tables", object{"routeTableTags": nil}, field+"routeTableIds is not set"),
		bad("a wildcard", object{"vpcTags": object{"Name": "prod-*"}}, field+`vpcTags.Name = "prod-*"`, "wildcards"),
		bad("a tag without a key", object{"vpcTags": object{"": "x"}}, field+"vpcTags", "needs a key"),
		bad("a key that no tag has", object{"privateSubnetTags": object{"a|b": "x"}}, field+`privateSubnetTags = "a|b"`, "no tag has such a key"),
		bad("a value that no tag has", object{"routeTableTags": object{"a": "x|y"}}, field+`routeTableTags.a = "x|y"`, "AWS allows"),
		{"tables without a route", []edit{{"connect", "none"}, {"accounts/external/subnets", nil}, {"accounts/external/network", byTags(nil)}}, [][]string{{field + "routeTableTags is set", "connect is none"}}},
		{"tags at home", []edit{{"accounts/local/network", theirs(object{"vpcId": nil, "vpcTags": object{"Name": "shared"}})}}, [][]string{{"accounts.local.network.vpcTags is set", "EKS keeps its network", "give vpcId at home"}}},
	})
}
