package config

import (
	"slices"
	"testing"
)

func TestRefusedNetworks(t *testing.T) {
	const local, external = "accounts/local/", "accounts/external/"
	subnets := func(private, public []any) any { return object{"private": private, "public": public} }
	three := list("10.1.1.0/24", "10.1.2.0/24", "10.1.3.0/24")
	run(t, []refusal{
		one("no VPC", local+"vpcCidr", "", "accounts.local.vpcCidr is not set"),
		one("malformed VPC", local+"vpcCidr", "192.168.0.0", "accounts.local.vpcCidr", "not a CIDR"),
		one("VPC with host bits", local+"vpcCidr", "192.168.1.0/16", "192.168.0.0/16"),
		one("VPC of IPv6", local+"vpcCidr", "fd00::/16", "IPv4"),
		one("VPC too small", local+"vpcCidr", "192.168.0.0/25", "too small"),
		one("VPC too large", local+"vpcCidr", "10.0.0.0/8", "too large"),
		one("VPC in link-local space", local+"vpcCidr", "169.254.0.0/16", "link-local"),
		one("VPC where EKS puts services", local+"vpcCidr", "172.20.0.0/16", "172.20.0.0/16", "Kubernetes services"),
		{"VPCs that overlap", []edit{{external + "vpcCidr", "192.168.128.0/20"}, {external + "subnets", nil}},
			[][]string{{"accounts.local.vpcCidr", "overlaps accounts.external.vpcCidr, 192.168.128.0/20", "peered"}}},
		{"a third VPC overlaps two", []edit{{"accounts/third", object{"id": "777788889999", "profile": "third", "domain": "ecs.third", "vpcCidr": "10.1.0.0/16"}}},
			[][]string{{"accounts.third.vpcCidr", "accounts.external.vpcCidr"}}},
		one("subnet outside the VPC", external+"subnets", subnets(list("10.1.1.0/24", "10.2.2.0/24", "10.1.3.0/24"), list("10.1.4.0/24")),
			"accounts.external.subnets", "10.2.2.0/24", "not inside the VPC"),
		one("subnets that overlap", external+"subnets", subnets(list("10.1.1.0/24", "10.1.1.128/25", "10.1.3.0/24"), list("10.1.4.0/24")),
			"10.1.1.128/25", "overlaps"),
		one("malformed subnet", external+"subnets", subnets(list("10.1.1.0/24", "10.1.2.0", "10.1.3.0/24"), list("10.1.4.0/24")),
			"accounts.external.subnets", "10.1.2.0", "not a CIDR"),
		one("subnet too small", external+"subnets", subnets(list("10.1.1.0/24", "10.1.2.0/29", "10.1.3.0/24"), list("10.1.4.0/24")), "too small"),
		one("no public subnet", external+"subnets", subnets(three, list()), "no public subnet"),
		{"no private subnet", []edit{{external + "subnets", subnets(list(), list("10.1.4.0/24"))}},
			[][]string{{"accounts.external.subnets", "no private subnet"}, {"in a zone that nothing uses"}}},
		one("a NAT gateway per zone without its subnets", "natGateways", "per-zone", "accounts.external.subnets.public", "per-zone", "3 zones"),
		one("unknown number of NAT gateways", "natGateways", "double", `natGateways = "double"`, "single, per-zone"),
		one("zone name for a zone id", "zoneIds", list("euc1-az1", "euc1-az2", "eu-central-1a"), "eu-central-1a", "zone id"),
		one("zone of another region", "zoneIds", list("euc1-az1", "euc1-az2", "use1-az1"), `zoneIds[2] = "use1-az1"`, "eu-central-1 begin with euc1-"),
		one("one zone twice", "zoneIds", list("euc1-az1", "euc1-az2", "euc1-az1"), "twice"),
		{"zone without EKS", []edit{{"region", "us-east-1"}, {"zoneIds", list("use1-az1", "use1-az2", "use1-az3")}},
			[][]string{{"zoneIds", "use1-az3"}}},
		{"one zone for EKS", []edit{{"zoneIds", list("euc1-az1")}, {external + "subnets", nil}},
			[][]string{{"zoneIds", "at least two availability zones"}}},
		{"one private subnet for EKS", []edit{{local + "subnets", subnets(list("192.168.1.0/24"), list("192.168.2.0/24"))}},
			[][]string{{"accounts.local.subnets.private", "at least two availability zones"}}},
		{"more zones than the computed plan has room for", []edit{{"zoneIds", list("euc1-az1", "euc1-az2", "euc1-az3", "euc1-az4")},
			{external + "subnets", subnets(list("10.1.1.0/24", "10.1.2.0/24", "10.1.3.0/24", "10.1.5.0/24"), list("10.1.4.0/24"))}},
			[][]string{{"zoneIds", "accounts.local", "3 zones"}}},
		one("fewer subnets than zones", "zoneIds", list("euc1-az1", "euc1-az2"), "accounts.external.subnets.private", "2 zoneIds"),
	})
}

func TestHomeRequestsItsPeerings(t *testing.T) {
	c := Config{AccountSettings: AccountSettings{Home: "m", Accounts: map[string]Account{"a": {}, "m": {}, "z": {}}}}
	want := []Pair{{Requester: "m", Accepter: "a"}, {Requester: "a", Accepter: "z"}, {Requester: "m", Accepter: "z"}}
	if got := c.Pairs(); !slices.Equal(got, want) {
		t.Errorf("pairs are %v, want %v", got, want)
	}
	if got := want[0].Key(); got != "m-a" {
		t.Errorf("the key of a pair is %q", got)
	}
}

func TestOneAccountHasNoPeering(t *testing.T) {
	if got := (Config{AccountSettings: AccountSettings{Home: "a", Accounts: map[string]Account{"a": {}}}}).Pairs(); len(got) != 0 {
		t.Errorf("pairs are %v", got)
	}
}

func TestZoneIDsBeginWithTheirRegionsCode(t *testing.T) {
	for region, want := range map[string]string{
		"eu-central-1": "euc1", "eu-west-3": "euw3", "us-east-1": "use1", "us-west-2": "usw2", "ap-southeast-2": "apse2",
		"ap-northeast-1": "apne1", "ap-south-1": "aps1", "ca-central-1": "cac1", "sa-east-1": "sae1", "af-south-1": "afs1",
		"ap-east-2": "ape2", "ap-south-2": "aps2", "ap-southeast-3": "apse3", "ap-southeast-7": "apse7", "ca-west-1": "caw1", "eu-south-2": "eus2",
		"me-south-1": "mes1", "mx-central-1": "mxc1",
		"me-central-1": "mec1", "il-central-1": "ilc1", "cn-north-1": "cnn1", "cn-northwest-1": "cnnw1", "us-gov-west-1": "usgw1", "us-gov-east-1": "usge1",
	} {
		if !regionName.MatchString(region) {
			t.Errorf("%s is refused", region)
		}
		if got := zonePrefix(region); got != want {
			t.Errorf("zone ids of %s begin with %q, want %q", region, got, want)
		}
	}
}

// EKS takes the addresses of Kubernetes services from one of two networks, unless somebody chooses.
func TestWhereKubernetesServicesHaveTheirAddresses(t *testing.T) {
	in := edit{"accounts/external/vpcCidr", "172.20.0.0/16"}
	without := edit{"accounts/external/subnets", nil}
	chosen := func(cidr string) edit { return edit{"serviceIpv4Cidr", cidr} }
	run(t, []refusal{
		{"a VPC in a range of EKS", []edit{without, in}, [][]string{{"accounts.external.vpcCidr", "Kubernetes services from 172.20.0.0/16", "serviceIpv4Cidr chooses another range"}}},
		{"a VPC in the chosen range", []edit{without, in, chosen("172.20.128.0/20")}, [][]string{{"accounts.external.vpcCidr", "serviceIpv4Cidr gives 172.20.128.0/20"}}},
		one("no network", "serviceIpv4Cidr", "10.7.0.0", "serviceIpv4Cidr", "not a CIDR"),
		one("a public network", "serviceIpv4Cidr", "100.64.0.0/16", "serviceIpv4Cidr", "/12 to /24 in 10.0.0.0/8"),
		one("too small a network", "serviceIpv4Cidr", "10.7.0.0/25", "serviceIpv4Cidr", "/12 to /24"),
		one("too large a network", "serviceIpv4Cidr", "10.32.0.0/11", "serviceIpv4Cidr", "/12 to /24"),
		{"an unrouted network of home", []edit{chosen("172.30.0.0/16"), {"accounts/local/network", theirs(object{"unroutedCidrs": list("172.30.0.0/16")})}},
			[][]string{{"serviceIpv4Cidr", "overlaps 172.30.0.0/16 of the home account's VPC"}}},
	})
	mustLoad(t, with(without, in, chosen("10.8.0.0/20")))
	// The range of a cluster that exists is looked up.
	mustLoad(t, with(inTheirs(without, in)...))
}
