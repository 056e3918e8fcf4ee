package components

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/network"
	"ambient-ecs/tests/recorder"
)

// oneVpc records a VPC with changed arguments, and a probe behind its way out.
func oneVpc(t *testing.T, change func(*network.VpcArgs)) *recorder.Recording {
	t.Helper()
	return made(t, func(ctx *pulumi.Context, f *fixture) error {
		args := validVpc(f)
		if change != nil {
			change(args)
		}
		made, err := network.NewVpc(ctx, "vpc", args)
		if err != nil {
			return err
		}
		if err := made.Settle(); err != nil {
			return err
		}
		return probe(ctx, made.Egress)
	})
}

func TestAVpcIsMadeInItsAccount(t *testing.T) {
	children(t, oneVpc(t, nil), network.VpcTypeToken, localProvider)
}

func TestAVpcResolvesNamesAndIsOtherwiseClosed(t *testing.T) {
	r := oneVpc(t, nil)
	made := only(t, r, vpc)
	says(t, made, "10.0.0.0/16", "cidrBlock")
	says(t, made, true, "enableDnsSupport")
	says(t, made, true, "enableDnsHostnames")
	emptied := only(t, r, defaultGroup)
	says(t, emptied, nil, "ingress")
	says(t, emptied, nil, "egress")
	subnets := r.OfType(subnet)
	if len(subnets) != 6 {
		t.Fatalf("%d subnets, want a public and a private one in each of three zones", len(subnets))
	}
	for _, s := range subnets {
		says(t, s, false, "mapPublicIpOnLaunch")
		zone := map[string]string{"1": "euc1-az1", "2": "euc1-az2", "3": "euc1-az3"}[s.Name[len(s.Name)-1:]]
		says(t, s, zone, "availabilityZoneId")
	}
}

func TestOneNATGatewayServesAllZones(t *testing.T) {
	r := oneVpc(t, nil)
	nat := only(t, r, natGateway)
	says(t, nat, "vpc-public-1-id", "subnetId")
	says(t, nat, "vpc-nat-1-id", "allocationId")
	if got := len(r.OfType(routeTable)); got != 2 {
		t.Errorf("%d route tables, want a public and a private one", got)
	}
	for i := 1; i <= 3; i++ {
		says(t, r.Get(t, tableAssociation, fmt.Sprintf("vpc-public-%d", i)), "vpc-public-id", "routeTableId")
		says(t, r.Get(t, tableAssociation, fmt.Sprintf("vpc-private-%d", i)), "vpc-private-id", "routeTableId")
	}
	says(t, r.Get(t, route, "vpc-public"), "vpc-id", "gatewayId")
	says(t, r.Get(t, route, "vpc-private"), "vpc-nat-1-id", "natGatewayId")
	for _, out := range r.OfType(route) {
		says(t, out, "0.0.0.0/0", "destinationCidrBlock")
	}
}

func TestANATGatewayInEachZoneServesItsZoneOnly(t *testing.T) {
	r := oneVpc(t, func(a *network.VpcArgs) { a.NATPerZone = true })
	if got := len(r.OfType(natGateway)); got != 3 {
		t.Errorf("%d NAT gateways, want one in each zone", got)
	}
	if got := len(r.OfType(eip)); got != 3 {
		t.Errorf("%d addresses, want one for each gateway", got)
	}
	for i := 1; i <= 3; i++ {
		nat := r.Get(t, natGateway, fmt.Sprintf("vpc-nat-%d", i))
		says(t, nat, fmt.Sprintf("vpc-public-%d-id", i), "subnetId")
		says(t, nat, fmt.Sprintf("vpc-nat-%d-id", i), "allocationId")
		private := fmt.Sprintf("vpc-private-%d", i)
		says(t, r.Get(t, route, private), private+"-id", "routeTableId")
		says(t, r.Get(t, route, private), fmt.Sprintf("vpc-nat-%d-id", i), "natGatewayId")
		says(t, r.Get(t, tableAssociation, private), private+"-id", "subnetId")
		says(t, r.Get(t, tableAssociation, private), private+"-id", "routeTableId")
	}
}

// A change of the number of gateways must not replace anything that lives in the subnets.
func TestTheNumberOfNATGatewaysDoesNotTouchSubnets(t *testing.T) {
	single, perZone := oneVpc(t, nil), oneVpc(t, func(a *network.VpcArgs) { a.NATPerZone = true })
	for _, before := range single.OfType(subnet) {
		if changed := differing(before, perZone.Get(t, subnet, before.Name)); len(changed) > 0 {
			t.Errorf("subnet %s changes %v", before.Name, changed)
		}
	}
	for _, before := range single.OfType(tableAssociation) {
		// Its route table is changed in place.
		after := perZone.Get(t, tableAssociation, before.Name)
		if changed := differing(before, after); len(changed) > 0 && !slices.Equal(changed, []string{"routeTableId"}) {
			t.Errorf("association %s changes %v", before.Name, changed)
		}
	}
}

func TestThePrivateSubnetsHaveAWayOutBeforeAnythingRunsThere(t *testing.T) {
	for _, perZone := range []bool{false, true} {
		r := oneVpc(t, func(a *network.VpcArgs) { a.NATPerZone = perZone })
		waiting := only(t, r, probeType)
		for _, association := range r.OfType(tableAssociation) {
			if strings.HasPrefix(association.Name, "vpc-private") {
				needs(t, r, waiting, association)
			}
		}
		for _, nat := range r.OfType(natGateway) {
			needs(t, r, waiting, nat)
			// An existing gateway can forward, and it is deleted before the resources through which it forwards.
			needs(t, r, nat, only(t, r, internetGateway))
			needs(t, r, nat, r.Get(t, route, "vpc-public"))
			needs(t, r, nat, r.Get(t, tableAssociation, strings.Replace(nat.Name, "nat", "public", 1)))
		}
		for _, association := range r.OfType(tableAssociation) {
			if strings.HasPrefix(association.Name, "vpc-private") {
				table := at(t, association, "routeTableId").(string)
				needs(t, r, association, r.Get(t, route, strings.TrimSuffix(table, "-id")))
			}
		}
		needs(t, r, waiting, only(t, r, endpoint))
	}
}

func TestS3IsReachedFromEveryRouteTable(t *testing.T) {
	for _, perZone := range []bool{false, true} {
		r := oneVpc(t, func(a *network.VpcArgs) { a.NATPerZone = perZone })
		s3 := only(t, r, endpoint)
		says(t, s3, "com.amazonaws.eu-central-1.s3", "serviceName")
		says(t, s3, "Gateway", "vpcEndpointType")
		tables, _ := at(t, s3, "routeTableIds").([]any)
		if want := len(r.OfType(routeTable)); len(tables) != want {
			t.Errorf("the endpoint is in %d of %d route tables", len(tables), want)
		}
	}
}

func TestOnlyTheSubnetsOfLookedUpZonesKeepTheirZone(t *testing.T) {
	for _, keep := range []bool{true, false} {
		var want []string
		if keep {
			want = []string{"availabilityZoneId"}
		}
		r := oneVpc(t, func(a *network.VpcArgs) { a.KeepZones = keep })
		for _, res := range own(r) {
			wanted := want
			if res.Type != subnet {
				wanted = nil
			}
			if !slices.Equal(res.IgnoreChanges, wanted) {
				t.Errorf("KeepZones %v: %s %s ignores changes of %v", keep, res.Type, res.Name, res.IgnoreChanges)
			}
		}
	}
}

func TestOnlyThePrivateSubnetsOfTheClustersVpcAreForLoadBalancers(t *testing.T) {
	for _, cluster := range []string{"", "mesh"} {
		for _, s := range oneVpc(t, func(a *network.VpcArgs) { a.EKSClusterName = cluster }).OfType(subnet) {
			tags, _ := at(t, s, "tags").(map[string]any)
			forBalancers := tags["kubernetes.io/role/internal-elb"] == "1" && tags["kubernetes.io/cluster/mesh"] == "shared"
			if want := cluster != "" && strings.Contains(s.Name, "private"); forBalancers != want || tags["kubernetes.io/role/elb"] != nil {
				t.Errorf("cluster %q: subnet %s has the tags %v", cluster, s.Name, tags)
			}
		}
	}
}

func TestProtectReachesTheVpcItsSubnetsAndNothingElse(t *testing.T) {
	if got := protected(oneVpc(t, nil)); len(got) != 0 {
		t.Errorf("protected without being asked to: %v", got)
	}
	var want []string
	for i := 1; i <= 3; i++ {
		want = append(want, fmt.Sprintf("%s vpc-public-%d", subnet, i), fmt.Sprintf("%s vpc-private-%d", subnet, i))
	}
	want = append(want, vpc+" vpc")
	slices.Sort(want)
	if got := protected(oneVpc(t, func(a *network.VpcArgs) { a.Protect = true })); !slices.Equal(got, want) {
		t.Errorf("protected are %v, want %v", got, want)
	}
}
