package config

import (
	"slices"
	"strings"
	"testing"
)

const (
	vpcTheirs   = "vpc-0123456789abcdef0"
	subnetA     = "subnet-0123456789abcdefa"
	subnetB     = "subnet-0123456789abcdefb"
	subnetC     = "subnet-0123456789abcdefc"
	tableTheirs = "rtb-0123456789abcdef0"
)

// theirs is a network that exists, with some keys changed.
func theirs(changes object) object {
	n := object{"vpcId": vpcTheirs, "privateSubnetIds": list(subnetA, subnetB), "routeTableIds": list(tableTheirs)}
	for key, value := range changes {
		if n[key] = value; value == nil {
			delete(n, key)
		}
	}
	return n
}

func TestANetworkThatExistsHasTheZonesAndNetworksThatItNames(t *testing.T) {
	c := mustLoad(t, with(edit{"accounts/external/subnets", nil},
		edit{"accounts/external/network", theirs(object{"secondaryCidrs": list("100.64.0.0/16"), "privateSubnetIds": list(subnetA, subnetB, subnetC)})}))
	if got := c.Zones("external"); got != 3 {
		t.Errorf("%d zones", got)
	}
	if got := c.MeshCIDRs(); !slices.Equal(got, []string{"10.1.0.0/16", "100.64.0.0/16", "192.168.0.0/16"}) {
		t.Errorf("the mesh's networks are %v", got)
	}
	if !slices.Contains(c.GatewaySources(), "100.64.0.0/16") {
		t.Errorf("the gateway admits %v", c.GatewaySources())
	}
	if got := c.LoadBalancerSubnets(); got != nil {
		t.Errorf("the home network is ours, and the load balancer's subnets are %v", got)
	}
}

func TestTheSubnetsOfLoadBalancersAreNamedWhereTheProgramTagsNone(t *testing.T) {
	const network = "accounts/local/network"
	c := mustLoad(t, with(edit{network, theirs(nil)}))
	if got := c.LoadBalancerSubnets(); !slices.Equal(got, []string{subnetA, subnetB}) {
		t.Errorf("got %v", got)
	}
	c = mustLoad(t, with(edit{network, theirs(object{"loadBalancerSubnetIds": list(subnetC)})}))
	if got := c.IngressSubnets(); !slices.Equal(got, []string{subnetC}) {
		t.Errorf("got %v", got)
	}
}

func TestFlowLogsOfANetworkThatExistsAreItsOwners(t *testing.T) {
	c := mustLoad(t, with(edit{"accounts/local/network", theirs(nil)}, edit{"flowLogs", object{"enabled": true}}))
	if w := strings.Join(c.Notices(Lives{Accounts: map[string]bool{"external": true}}), "\n"); !strings.Contains(w, "accounts.local.network") || strings.Contains(w, "accounts.external.network") {
		t.Errorf("the warnings are %s", w)
	}
}

func TestRefusedNetworksThatExist(t *testing.T) {
	const local, external = "accounts/local/network", "accounts/external/network"
	without := edit{"accounts/external/subnets", nil}
	refused := func(name string, changes object, words ...string) refusal {
		return refusal{name, []edit{without, {external, theirs(changes)}}, [][]string{words}}
	}
	run(t, []refusal{
		refused("no VPC", object{"vpcId": nil}, "accounts.external.network.vpcId is not set", "the program makes one"),
		refused("a name for an id", object{"vpcId": "shared-vpc"}, "accounts.external.network.vpcId", "shared-vpc", "not the id of a VPC"),
		refused("no subnets", object{"privateSubnetIds": nil}, "accounts.external.network.privateSubnetIds", "2 zones"),
		refused("one subnet", object{"privateSubnetIds": list(subnetA)}, "accounts.external.network.privateSubnetIds", "2 zones"),
		refused("a subnet's CIDR", object{"privateSubnetIds": list(subnetA, "10.1.1.0/24")}, "accounts.external.network.privateSubnetIds[1]", "not the id of a subnet"),
		refused("a subnet twice", object{"privateSubnetIds": list(subnetA, subnetB, subnetA)}, "accounts.external.network.privateSubnetIds[2]", "twice"),
		refused("no route table", object{"routeTableIds": nil}, "accounts.external.network.routeTableIds is not set", "without a route"),
		refused("a subnet for a table", object{"routeTableIds": list(subnetA)}, "accounts.external.network.routeTableIds[0]", "not the id of a route table"),
		refused("a table twice", object{"routeTableIds": list(tableTheirs, tableTheirs)}, "accounts.external.network.routeTableIds[1]", "twice"),
		refused("no CIDR", object{"secondaryCidrs": list("100.64.0.0")}, "accounts.external.network.secondaryCidrs[0]", "not a CIDR"),
		refused("a secondary network in the primary", object{"secondaryCidrs": list("10.1.128.0/20")}, "accounts.external.network.secondaryCidrs[0]", "same VPC"),
		refused("a secondary network of another account", object{"secondaryCidrs": list("192.168.128.0/20")}, "accounts.local.vpcCidr", "overlaps accounts.external.network.secondaryCidrs[0]", "peered"),
		refused("a secondary network of Kubernetes services", object{"secondaryCidrs": list("172.20.0.0/16")}, "accounts.external.network.secondaryCidrs[0]", "Kubernetes services"),
		refused("an unrouted network in the primary", object{"unroutedCidrs": list("10.1.128.0/20")}, "accounts.external.network.unroutedCidrs[0]", "same VPC"),
		refused("an unrouted network that is no CIDR", object{"unroutedCidrs": list("100.64")}, "accounts.external.network.unroutedCidrs[0]", "not a CIDR"),
		refused("an unrouted network twice", object{"secondaryCidrs": list("100.64.0.0/16"), "unroutedCidrs": list("100.64.0.0/16")}, "accounts.external.network.unroutedCidrs[0]", "same VPC"),
		refused("load balancers elsewhere", object{"loadBalancerSubnetIds": list(subnetA)}, "accounts.external.network.loadBalancerSubnetIds is set", "home account, local"),
		refused("public subnets elsewhere", object{"publicSubnetIds": list(subnetA)}, "accounts.external.network.publicSubnetIds is set", "home account, local"),
		{"subnets twice", []edit{{external, theirs(nil)}}, [][]string{{"accounts.external.subnets is set", "leave one of the two out"}}},
		one("public subnets for nobody", local, theirs(object{"publicSubnetIds": list(subnetA)}), "accounts.local.network.publicSubnetIds is set", "only a public ingress"),
		{"a public ingress without its subnets", opened(edit{local, theirs(nil)}, edit{"ingress/scheme", "public"}, edit{"ingress/sources", list("203.0.113.0/24")}),
			[][]string{{"accounts.local.network.publicSubnetIds is not set", "internet gateway"}}},
		{"subnets by annotation", []edit{{local, theirs(nil)}, {"gatewayAnnotations", object{"service.beta.kubernetes.io/aws-load-balancer-subnets": subnetA}}},
			[][]string{{"gatewayAnnotations", "loadBalancerSubnetIds says the subnets"}}},
		{"too small a VPC for us", []edit{without, {"accounts/external/vpcCidr", "10.1.0.0/26"}}, [][]string{{"accounts.external.vpcCidr", "too small"}}},
	})
	single := refusal{"routes to nobody", []edit{{"accounts/external", nil}, {"clusters", object{"ecs-1": object{"account": "local"}}}, {"sharedServices", nil}, {"ingress", nil}, {local, theirs(nil)}},
		[][]string{{"accounts.local.network.routeTableIds is set", "no other network"}}}
	single.check(t)
	mustLoad(t, with(without, edit{"accounts/external/vpcCidr", "10.1.0.0/26"}, edit{external, theirs(nil)}))
}

// AWS's own pattern has the same 100.64.0.0/16 in every VPC behind a transit gateway. Only the VPC's own hosts reach it.
func TestNetworksThatLeadNowhereMayBeTheSame(t *testing.T) {
	same := func(more ...edit) []edit {
		return append([]edit{{"accounts/external/subnets", nil}, {"accounts/local/network", theirs(object{"unroutedCidrs": list("100.64.0.0/16")})},
			{"accounts/external/network", theirs(object{"vpcId": "vpc-0123456789abcdef1", "unroutedCidrs": list("100.64.0.0/16")})}}, more...)
	}
	c := mustLoad(t, with(same(edit{"connect", "transit-gateway"})...))
	if !slices.Equal(c.MeshCIDRs(), []string{"10.1.0.0/16", "192.168.0.0/16"}) || !slices.Equal(c.NetworksOfOthers("local"), []string{"10.1.0.0/16"}) {
		t.Errorf("the mesh is %v, and the routes of local lead to %v", c.MeshCIDRs(), c.NetworksOfOthers("local"))
	}
	run(t, []refusal{
		{"peered", same(), [][]string{{"accounts.local.network.unroutedCidrs[0]", "overlaps accounts.external.network.unroutedCidrs[0]", "VPCs that overlap cannot be"}}},
		{"routed by another account", same(edit{"connect", "transit-gateway"}, edit{"accounts/external/network", theirs(object{"vpcId": "vpc-0123456789abcdef1", "secondaryCidrs": list("100.64.0.0/20")})}),
			[][]string{{"accounts.local.network.unroutedCidrs[0]", "overlaps accounts.external.network.secondaryCidrs[0]", "reaches its own hosts there"}}},
		{"two sets in one VPC", same(edit{"connect", "none"}, edit{"accounts/external/vpcCidr", "192.168.0.0/16"}, edit{"accounts/local/network", theirs(object{"routeTableIds": nil, "unroutedCidrs": list("100.64.0.0/16")})},
			edit{"accounts/external/network", theirs(object{"routeTableIds": nil, "unroutedCidrs": list("100.65.0.0/16")})}),
			[][]string{{"accounts.local.network.unroutedCidrs", "accounts.external is in the same VPC", "100.65.0.0/16"}}},
	})
}

func TestOneVPCOfTwoAccountsIsOneNetwork(t *testing.T) {
	without := edit{"accounts/external/subnets", nil}
	shared := func(changes object) []edit {
		changes["vpcId"] = vpcTheirs
		return []edit{without, {"accounts/external/vpcCidr", "192.168.0.0/16"}, {"accounts/local/network", theirs(object{"routeTableIds": nil})}, {"accounts/external/network", theirs(changes)}}
	}
	c := mustLoad(t, with(shared(object{"routeTableIds": nil})...))
	if len(c.Pairs()) != 0 || c.Joins() || !slices.Equal(c.MeshCIDRs(), []string{"192.168.0.0/16"}) || !slices.Equal(c.NetworkKeys(), []string{"external"}) {
		t.Errorf("pairs %v, networks %v of %v", c.Pairs(), c.MeshCIDRs(), c.NetworkKeys())
	}
	// With a third account outside, the owner stands for both.
	third := []edit{{"accounts/third", object{"id": "777788889999", "profile": "third", "domain": "ecs.third", "vpcCidr": "10.9.0.0/16"}}}
	owned := append(shared(object{"routeTableIds": nil})[:2:2], edit{"accounts/local/network", theirs(nil)}, edit{"accounts/external/network", theirs(object{"routeTableIds": nil})})
	c = mustLoad(t, with(append(owned, third...)...))
	if got := c.Pairs(); len(got) != 1 || got[0] != (Pair{Requester: "local", Accepter: "third"}) {
		t.Errorf("the pairs are %v", got)
	}
	if got := c.NetworksOfOthers("external"); !slices.Equal(got, []string{"10.9.0.0/16"}) {
		t.Errorf("the route tables lead to %v", got)
	}
	run(t, []refusal{
		{"tables of both", append(append(shared(object{})[:2:2], edit{"accounts/local/network", theirs(nil)}, edit{"accounts/external/network", theirs(nil)}), third...),
			[][]string{{"accounts.local.network.routeTableIds is set", "accounts.external is in the same VPC", "only the owner"}}},
		{"an attachment of one and tables of the other", append(append(shared(object{})[:2:2], edit{"accounts/local/network", theirs(object{"routeTableIds": nil, "attachmentId": "tgw-attach-0123456789abcdef0"})}, edit{"accounts/external/network", theirs(nil)},
			edit{"connect", "transit-gateway"}, edit{"transitGateway", object{"id": "tgw-0123456789abcdef0"}}), third...),
			[][]string{{"accounts.local.network.attachmentId is set", "accounts.external is in the same VPC", "only the owner"}, {"accounts.local.network.attachmentId is set", "accounts.external stands for this VPC"}}},
		{"tables of nobody", append(shared(object{"routeTableIds": nil}), third...), [][]string{{"accounts.external.network.routeTableIds is not set"}}},
		{"two sets of networks", shared(object{"routeTableIds": nil, "secondaryCidrs": list("100.64.0.0/16")}),
			[][]string{{"accounts.local.vpcCidr", "accounts.external is in the same VPC", "100.64.0.0/16"}}},
		{"tables without another network", shared(object{}), [][]string{{"accounts.external.network.routeTableIds is set", "no other network"}}},
	})
	// Home may be in the VPC that another account of the stack owns and shares.
	c = mustLoad(t, with(append(shared(object{}), third...)...))
	if got := c.Pairs(); c.NetworkKey("local") != "external" || len(got) != 1 || got[0] != (Pair{Requester: "external", Accepter: "third"}) {
		t.Errorf("home in the VPC of external: the network is that of %s, and the pairs are %v", c.NetworkKey("local"), got)
	}
	guest := mustLoad(t, with(inTheirs(append(shared(object{}), third...)...)...))
	if !guest.HasExistingEKS() || guest.NetworkKey("local") != "external" {
		t.Errorf("an EKS cluster of others in the VPC of external: %+v", guest.ExistingEKS)
	}
}

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
	home := func(changes object) []edit { return []edit{{"accounts/local/network", byTags(changes)}} }
	mustLoad(t, with(home(object{"loadBalancerSubnetIds": list(subnetA, subnetB)})...))
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
		{"subnets of the load balancers by tags at home", home(nil), [][]string{{"accounts.local.network.loadBalancerSubnetIds is not set", "a tag can move"}}},
		{"zones of nodes in subnets without an order", append(home(object{"loadBalancerSubnetIds": list(subnetA, subnetB)}), edit{"nodeGroups", object{"spot": object{"instanceTypes": list("m7i.large"), "zones": []any{1}}}}), [][]string{{"nodeGroups.spot.zones", "no order", "accounts.local.network.privateSubnetIds"}}},
	})
}
