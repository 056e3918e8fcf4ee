package aws

import (
	"context"
	"net/netip"
	"strings"
	"testing"

	"ambient-ecs/sandbox/world"
)

// foreignNetwork makes a VPC with a secondary network and a subnet in it, under ids of the owner's choice.
func (s *sandbox) foreignNetwork() {
	s.t.Helper()
	for _, r := range []Foreign{
		{Type: vpcKind, ID: "vpc-1", Inputs: props{"cidrBlock": "10.9.0.0/24", "enableDnsHostnames": true}},
		{Type: associationKind, ID: "vpc-cidr-assoc-1", Inputs: props{"vpcId": "vpc-1", "cidrBlock": "100.64.0.0/16"}},
		{Type: subnetKind, ID: "subnet-1", Inputs: props{"vpcId": "vpc-1", "cidrBlock": "100.64.1.0/24", "availabilityZoneId": "euc1-az1"}},
		{Type: subnetKind, ID: "subnet-2", Inputs: props{"vpcId": "vpc-1", "cidrBlock": "10.9.0.0/26", "availabilityZoneId": "euc1-az2"}},
		{Type: routeTableKind, ID: "rtb-1", Inputs: props{"vpcId": "vpc-1"}},
		{Type: routeTableAssociationKind, ID: "rtbassoc-1", Inputs: props{"subnetId": "subnet-1", "routeTableId": "rtb-1"}},
		{Type: internetGatewayKind, ID: "igw-1", Inputs: props{"vpcId": "vpc-1"}},
		{Type: routeKind, Inputs: props{"routeTableId": "rtb-1", "destinationCidrBlock": "0.0.0.0/0", "gatewayId": "igw-1"}},
	} {
		r.Account, r.Region = home, region
		if err := AddForeign(context.Background(), s.w, r); err != nil {
			s.t.Fatal(err)
		}
	}
}

func TestAForeignNetworkIsMadeByAWSsRules(t *testing.T) {
	s := newSandbox(t)
	s.foreignNetwork()
	for words, r := range map[string]Foreign{
		"InvalidSubnet.Range":      {Type: subnetKind, ID: "subnet-3", Inputs: props{"vpcId": "vpc-1", "cidrBlock": "10.10.0.0/24"}},
		"InvalidVpcID.NotFound":    {Type: subnetKind, ID: "subnet-3", Inputs: props{"vpcId": "vpc-9", "cidrBlock": "10.10.0.0/24"}},
		"RouteAlreadyExists":       {Type: routeKind, Inputs: props{"routeTableId": "rtb-1", "destinationCidrBlock": "100.64.0.0/16", "gatewayId": "igw-1"}},
		"does not model":           {Type: "aws:ec2/nothing:Nothing"},
		"is not a valid IPv4 CIDR": {Type: vpcKind, ID: "vpc-2", Inputs: props{"cidrBlock": "10.0.0.1/16"}},
	} {
		r.Account, r.Region = home, region
		if err := AddForeign(context.Background(), s.w, r); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v", words, err)
		}
	}
}

func TestLookUpsOfANetwork(t *testing.T) {
	s := newSandbox(t)
	s.foreignNetwork()
	u := s.login(home)
	ask := func(token string, args props) props {
		t.Helper()
		answer, err := u.session.Invoke(context.Background(), token, args)
		if err != nil {
			return props{"error": err.Error()}
		}
		return answer
	}
	vpc := ask("aws:ec2/getVpc:getVpc", props{"id": "vpc-1"})
	if text(vpc, "ownerId") != home || len(list(vpc, "cidrBlockAssociations")) != 2 {
		t.Errorf("the VPC is %v", vpc)
	}
	subnet := ask("aws:ec2/getSubnet:getSubnet", props{"id": "subnet-1"})
	if number(subnet, "availableIpAddressCount") != 251 || text(subnet, "availabilityZoneId") != "euc1-az1" {
		t.Errorf("the subnet is %v", subnet)
	}
	table := ask("aws:ec2/getRouteTable:getRouteTable", props{"subnetId": "subnet-1"})
	routes := list(table, "routes")
	if text(table, "routeTableId") != "rtb-1" || len(routes) != 1 || text(routes[0].(map[string]any), "gatewayId") != "igw-1" {
		t.Errorf("the table is %v", table)
	}
	// The main table is not found by a subnet that has it by default, as on AWS.
	if got := ask("aws:ec2/getRouteTable:getRouteTable", props{"subnetId": "subnet-2"}); !strings.Contains(text(got, "error"), "query returned no results") {
		t.Errorf("the table of a subnet without one is %v", got)
	}
	if got := ask("aws:ec2/getRouteTable:getRouteTable", props{"routeTableId": vpc["mainRouteTableId"]}); text(got, "vpcId") != "vpc-1" {
		t.Errorf("the main table is %v", got)
	}
	if got := ask("aws:ec2/getSubnet:getSubnet", props{"id": "subnet-9"}); !strings.Contains(text(got, "error"), "no matching EC2 Subnet found") {
		t.Errorf("no subnet is %v", got)
	}
}

func TestASecondaryNetworkIsLocalAndStandsInTheWayOfAPeering(t *testing.T) {
	s := newSandbox(t)
	s.foreignNetwork()
	for _, r := range []Foreign{
		{Type: vpcKind, ID: "vpc-2", Inputs: props{"cidrBlock": "10.8.0.0/24"}},
		{Type: associationKind, ID: "vpc-cidr-assoc-2", Inputs: props{"vpcId": "vpc-2", "cidrBlock": "100.64.0.0/20"}},
	} {
		r.Account, r.Region = away, region
		if err := AddForeign(context.Background(), s.w, r); err != nil {
			t.Fatal(err)
		}
	}
	u := s.login(home)
	if _, err := u.try(peeringKind, "p", props{"vpcId": "vpc-1", "peerVpcId": "vpc-2", "peerOwnerId": away}); err == nil || !strings.Contains(err.Error(), "overlapping CIDR range") {
		t.Errorf("a peering of overlapping networks: %v", err)
	}
	u.see(func(tx *world.Tx) {
		subnet := tx.Get(home, subnetKind, "subnet-2")
		if way := routeFor(tx, subnet, netip.MustParseAddr("100.64.1.9")); way.kind != toLocal {
			t.Errorf("the way to the secondary network is %+v", way)
		}
	})
}
