package config

import (
	"slices"
	"testing"
)

// ownWay is the stack with a third account, and external joined by somebody else.
func ownWay(more ...edit) []edit {
	return append([]edit{
		{"accounts/third", object{"id": "777788889999", "profile": "third", "domain": "third.ecs", "vpcCidr": "10.9.0.0/16"}},
		{"accounts/external/connect", "none"},
	}, more...)
}

// Somebody else joins one network. The program joins the rest, and the network counts as one of the mesh.
func TestAnAccountThatOthersJoinIsInNoPairAndInEveryRule(t *testing.T) {
	c := mustLoad(t, with(ownWay()...))
	if pairs := c.Pairs(); !slices.Equal(pairs, []Pair{{Requester: "local", Accepter: "third"}}) || !c.Joins() || !c.JoinedByOthers("external") || c.JoinedByOthers("third") {
		t.Errorf("pairs %v, joined %v", pairs, c.Joins())
	}
	if got := c.MeshCIDRs(); !slices.Contains(got, "10.1.0.0/16") || !slices.Contains(c.GatewaySources(), "10.1.0.0/16") || len(got) != 3 {
		t.Errorf("networks of the mesh: %v, sources of the gateway: %v", got, c.GatewaySources())
	}
	if !slices.Contains(c.DiscoveredAccounts(), "external") {
		t.Error("istiod does not read the account, and its services are called as all others are")
	}
	for account, want := range map[string][]string{"local": {"10.9.0.0/16"}, "external": nil} {
		if got := c.NetworksOfOthers(account); !slices.Equal(got, want) {
			t.Errorf("the program routes from %s to %v, want %v", account, got, want)
		}
	}
	if got := mustLoad(t, with(ownWay(edit{"connect", "transit-gateway"})...)); !slices.Equal(got.JoinedKeysIn("eu-central-1"), []string{"local", "third"}) {
		t.Errorf("attached: %v", got.JoinedKeysIn("eu-central-1"))
	}
	if c := mustLoad(t, with(edit{"accounts/external/connect", "none"})); c.Joins() || len(c.Pairs()) != 0 {
		t.Errorf("two accounts of which others join one: %v", c.Pairs())
	}
	mustLoad(t, with(ownWay(edit{"accounts/external/subnets", nil}, edit{"accounts/external/network", theirs(object{"routeTableIds": nil})})...))
	mustLoad(t, with(ownWay(edit{"connect", "none"})...))
}

// No region gets a transit gateway for networks that others join.
func TestARegionThatOthersJoinHasNoTransitGateway(t *testing.T) {
	c := mustLoad(t, with(append(abroad(edit{"connect", "transit-gateway"}, edit{"accounts/external/connect", "none"}),
		edit{"accounts/third", object{"id": "777788889999", "profile": "third", "domain": "third.ecs", "vpcCidr": "10.9.0.0/16"}})...))
	if got := c.TransitRegions(); !slices.Equal(got, []string{"eu-central-1"}) {
		t.Errorf("transit gateways in %v", got)
	}
}

// An unrouted network may be the same in two VPCs, as long as these two are not peered.
func TestOnlyPeeredVPCsHaveToDiffer(t *testing.T) {
	unrouted := func(more object) object {
		more["unroutedCidrs"] = list("100.64.0.0/16")
		return theirs(more)
	}
	edits := []edit{
		{"accounts/external/subnets", nil}, {"accounts/external/network", unrouted(object{"routeTableIds": nil})},
		{"accounts/third/network", unrouted(object{"vpcId": "vpc-0123456789abcdef1", "privateSubnetIds": list("subnet-0123456789abcdef1", "subnet-0123456789abcdef2"), "routeTableIds": list("rtb-0123456789abcdef1")})},
	}
	mustLoad(t, with(ownWay(edits...)...))
}

func TestWhatDoesNotFitAnAccountThatOthersJoin(t *testing.T) {
	const external = "accounts/external/"
	network := func(more object) []edit {
		return ownWay(edit{external + "subnets", nil}, edit{external + "network", theirs(more)})
	}
	attached := append(network(object{"routeTableIds": nil, "attachmentId": "tgw-attach-0123456789abcdef0"}),
		edit{"connect", "transit-gateway"}, edit{"transitGateway", object{"id": "tgw-0123456789abcdef0"}})
	run(t, []refusal{
		{"another word", ownWay(edit{external + "connect", "vpn"}), [][]string{{"accounts.external.connect", "privatelink, none"}}},
		{"the home account", ownWay(edit{external + "connect", nil}, edit{"accounts/local/connect", "none"}), [][]string{{"accounts.local.connect", "every account calls the home account"}}},
		{"route tables", network(nil), [][]string{{"accounts.external.network.routeTableIds is set", "connect of the account is none"}}},
		{"an attachment", attached, [][]string{{"accounts.external.network.attachmentId is set", "uses no attachment of others"}}},
		{"a gateway for one network", []edit{{external + "connect", "none"}, {"connect", "transit-gateway"}}, [][]string{{"connect", "somebody else joins every other network", "choose none"}}},
	})
}
