package config

import (
	"fmt"
	"slices"
	"testing"
)

func TestOnlyPeeredAccountsArePairs(t *testing.T) {
	if pairs := mustLoad(t, with()).Pairs(); len(pairs) != 1 {
		t.Errorf("peered: %v", pairs)
	}
	for _, connect := range []string{"transit-gateway", "none"} {
		c := mustLoad(t, with(edit{"connect", connect}))
		if pairs := c.Pairs(); len(pairs) != 0 || c.Joins() != (connect == "transit-gateway") {
			t.Errorf("%s: %v %v", connect, pairs, c.Joins())
		}
	}
	c := mustLoad(t, with(edit{"accounts/external/subnets", nil}, edit{"accounts/external/network", theirs(object{"secondaryCidrs": list("100.64.0.0/16")})}))
	if got := c.NetworksOfOthers("local"); !slices.Equal(got, []string{"10.1.0.0/16", "100.64.0.0/16"}) {
		t.Errorf("the route tables of local lead to %v", got)
	}
}

func TestAGatewayOfOthersAndOneOfOurs(t *testing.T) {
	for name, value := range map[string]object{"theirs": {"id": "tgw-0123456789abcdef0"}, "ours in an organization": {"organization": true}, "ours": {}} {
		if c := mustLoad(t, with(edit{"connect", "transit-gateway"}, edit{"transitGateway", value})); c.Connect != ConnectTransitGateway {
			t.Errorf("%s: %+v", name, c.ConnectSettings)
		}
	}
}

func TestEachRegionHasATransitGateway(t *testing.T) {
	gateway, abroad := edit{"connect", "transit-gateway"}, abroad(edit{"connect", "transit-gateway"})
	for _, c := range []struct {
		edits          []edit
		regions, pairs string
	}{
		{nil, "[]", "[]"},
		{[]edit{gateway}, "[eu-central-1]", "[]"},
		{[]edit{gateway, {"transitGateway", object{"id": "tgw-0123456789abcdef0"}}}, "[]", "[]"},
		{abroad, "[eu-central-1 us-east-1]", "[{eu-central-1 us-east-1}]"},
		{append(abroad, edit{"accounts/third", object{"id": "777788889999", "profile": "third", "domain": "third.ecs", "vpcCidr": "10.9.0.0/16", "region": "ap-south-1", "discoveryValues": object{"regions": list("ap-south-1")}}}),
			"[eu-central-1 ap-south-1 us-east-1]", "[{eu-central-1 ap-south-1} {eu-central-1 us-east-1} {ap-south-1 us-east-1}]"},
	} {
		cfg := mustLoad(t, with(c.edits...))
		if regions, pairs := fmt.Sprint(cfg.TransitRegions()), fmt.Sprint(cfg.RegionPairs()); regions != c.regions || pairs != c.pairs {
			t.Errorf("%v: regions %s, want %s; pairs %s, want %s", c.edits, regions, c.regions, pairs, c.pairs)
		}
	}
}

func TestRefusedConnections(t *testing.T) {
	const external = "accounts/external/network"
	gateway := edit{"connect", "transit-gateway"}
	without := edit{"accounts/external/subnets", nil}
	run(t, []refusal{
		one("unknown", "connect", "vpn", "connect", "peering, transit-gateway, none"),
		one("a gateway for peerings", "transitGateway", object{"organization": true}, "transitGateway is set", "connect transit-gateway"),
		{"a name for an id", []edit{gateway, {"transitGateway", object{"id": "hub"}}}, [][]string{{"transitGateway.id", "not the id of a transit gateway"}}},
		{"a share of others", []edit{gateway, {"transitGateway", object{"id": "tgw-0123456789abcdef0", "organization": true}}}, [][]string{{"transitGateway.organization is set", "makes no share"}}},
		{"a gateway for one account", []edit{gateway, {"accounts/external", nil}, {"clusters", object{"ecs-1": object{"account": "local"}}}, {"sharedServices", nil}, {"ingress", nil}},
			[][]string{{"connect", "nothing to join it with"}}},
		{"tables that get nothing", []edit{{"connect", "none"}, without, {external, theirs(nil)}}, [][]string{{"accounts.external.network.routeTableIds is set", "connect is none"}}},
		{"networks that overlap", []edit{{"connect", "none"}, {"accounts/external/vpcCidr", "192.168.128.0/20"}, without}, [][]string{{"accounts.local.vpcCidr", "overlaps accounts.external.vpcCidr", "no route would tell"}}},
	})
	mustLoad(t, with(edit{"connect", "none"}, without, edit{external, theirs(object{"routeTableIds": nil})}))

	// Of a gateway of others the owner may have made attachment and routes.
	hub, attached := edit{"transitGateway", object{"id": "tgw-0123456789abcdef0"}}, object{"attachmentId": "tgw-attach-0123456789abcdef0", "routeTableIds": nil}
	mustLoad(t, with(gateway, hub, without, edit{external, theirs(attached)}))
	mustLoad(t, with(gateway, hub, without, edit{external, theirs(object{"attachmentSubnetIds": list(subnetA, subnetB)})}))
	run(t, []refusal{
		{"an attachment for peerings", []edit{without, {external, theirs(object{"attachmentId": "tgw-attach-0123456789abcdef0"})}}, [][]string{{"accounts.external.network.attachmentId is set", "only connect transit-gateway"}}},
		{"subnets for peerings", []edit{without, {external, theirs(object{"attachmentSubnetIds": list(subnetA)})}}, [][]string{{"accounts.external.network.attachmentSubnetIds is set", "only connect transit-gateway"}}},
		{"a VPC for a subnet", []edit{gateway, without, {external, theirs(object{"attachmentSubnetIds": list(vpcTheirs)})}}, [][]string{{"accounts.external.network.attachmentSubnetIds[0]", "not the id of a subnet"}}},
		{"a gateway for an attachment", []edit{gateway, hub, without, {external, theirs(object{"attachmentId": "tgw-0123456789abcdef0"})}}, [][]string{{"accounts.external.network.attachmentId", "not the id of an attachment"}}},
		{"an attachment to a gateway of ours", []edit{gateway, without, {external, theirs(object{"attachmentId": "tgw-attach-0123456789abcdef0"})}},
			[][]string{{"accounts.external.network.attachmentId is set", "the program makes the transit gateway"}}},
		{"subnets of an attachment of others", []edit{gateway, hub, without, {external, theirs(object{"attachmentId": "tgw-attach-0123456789abcdef0", "attachmentSubnetIds": list(subnetA)})}},
			[][]string{{"accounts.external.network.attachmentSubnetIds is set", "its owner chose its subnets"}}},
	})
}

func TestMorePeeringsThanAWSAllowsAreRefused(t *testing.T) {
	var edits []edit
	for i := range 126 {
		edits = append(edits, edit{fmt.Sprintf("accounts/a%d", i), object{"id": fmt.Sprintf("%012d", 100000+i), "profile": fmt.Sprintf("a%d", i), "domain": fmt.Sprintf("a%d.ecs", i), "vpcCidr": fmt.Sprintf("10.%d.0.0/16", 101+i)}})
	}
	// With the dev stack's two there are 128 accounts, and each has 127 peers.
	refusal{"too many", append(edits, edit{"accounts/external/vpcCidr", "10.1.0.0/16"}), [][]string{{"connect", "125 peerings", "transit-gateway"}}}.check(t)
	mustLoad(t, with(append(edits, edit{"connect", "transit-gateway"})...))
}
