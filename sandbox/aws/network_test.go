package aws

import (
	"context"
	"strings"
	"testing"

	"ambient-ecs/sandbox/provider"
	"ambient-ecs/sandbox/world"
)

func TestNetworkComesAndGoes(t *testing.T) {
	u := newSandbox(t).login(home)
	n := u.network("1")
	for i := len(n.routes) - 1; i >= 0; i-- {
		u.mustDelete(n.routes[i])
	}
	u.mustDelete(n.nat, n.eip)
	u.mustDelete(n.private...)
	u.mustDelete(n.public...)
	u.mustDelete(n.table, n.publicTable, n.igw, n.vpc)
	if err := u.w.Do(func(tx *world.Tx) error {
		for _, r := range tx.Find("", "", nil) {
			t.Errorf("left over: %s %s", r.Kind, r.ID)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func TestVPCRefusals(t *testing.T) {
	u := newSandbox(t).login(home)
	u.refuses(vpcKind, "big", props{"cidrBlock": "10.0.0.0/8"}, "creating EC2 VPC", "InvalidVpc.Range", "10.0.0.0/8")
	u.refuses(vpcKind, "tiny", props{"cidrBlock": "10.0.0.0/29"}, "InvalidVpc.Range")
	if _, failures := u.check(vpcKind, "host", props{"cidrBlock": "10.0.0.1/16"}); len(failures) != 1 {
		t.Fatalf("host bits are not refused: %v", failures)
	}
	vpc := u.create(vpcKind, "vpc", props{"cidrBlock": "10.1.0.0/16"})
	u.create(subnetKind, "a", props{"vpcId": vpc.ID, "cidrBlock": "10.1.0.0/24"})
	refused(t, u.delete(vpc), "deleting EC2 VPC ("+vpc.ID+")", "DependencyViolation", "has dependencies and cannot be deleted")
}

func TestVPCWithAForeignGroupCannotGo(t *testing.T) {
	u := newSandbox(t).login(home)
	vpc := u.create(vpcKind, "vpc", props{"cidrBlock": "10.1.0.0/16"})
	group := u.create(securityGroupKind, "g", props{"vpcId": vpc.ID})
	refused(t, u.delete(vpc), "DependencyViolation")
	u.mustDelete(group, vpc)
}

func TestSubnetRefusals(t *testing.T) {
	u := newSandbox(t).login(home)
	vpc := u.create(vpcKind, "vpc", props{"cidrBlock": "10.1.0.0/16"})
	in := props{"vpcId": vpc.ID, "cidrBlock": "10.1.1.0/24", "availabilityZoneId": "euc1-az1"}
	subnet := u.create(subnetKind, "a", in)
	u.refuses(subnetKind, "same", in, "InvalidSubnet.Conflict", "conflicts with another subnet")
	u.refuses(subnetKind, "outside", with(in, props{"cidrBlock": "10.2.1.0/24"}), "InvalidSubnet.Range")
	u.refuses(subnetKind, "tiny", with(in, props{"cidrBlock": "10.1.9.0/29"}), "InvalidSubnet.Range")
	u.refuses(subnetKind, "nowhere", with(in, props{"cidrBlock": "10.1.2.0/24", "availabilityZoneId": "euc1-az9"}), "InvalidParameterValue", "availabilityZoneId", "euc1-az1")
	u.refuses(subnetKind, "orphan", with(in, props{"vpcId": "vpc-0123"}), "InvalidVpcID.NotFound")
	if _, err := newSandboxUser(u, away).try(subnetKind, "foreign", with(in, props{"cidrBlock": "10.1.3.0/24"})); err == nil {
		t.Fatal("a subnet in another account's VPC is not refused")
	}
	if _, failures := u.check(subnetKind, "both", with(in, props{"availabilityZone": "eu-central-1a"})); len(failures) == 0 {
		t.Fatal("zone and zone id together are not refused")
	}
	u.mustDelete(subnet)
}

func newSandboxUser(u *user, account string) *user { return u.sandbox.login(account) }

func TestZoneNamesDifferBetweenAccounts(t *testing.T) {
	s := newSandbox(t)
	zones := func(account string) map[string]string {
		out, err := s.login(account).session.Invoke(context.Background(), "aws:index/getAvailabilityZones:getAvailabilityZones", props{
			"state": "available", "filters": []any{props{"name": "opt-in-status", "values": []any{"opt-in-not-required"}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		byName := map[string]string{}
		for i, name := range texts(out, "names") {
			byName[name] = texts(out, "zoneIds")[i]
		}
		return byName
	}
	a, b := zones("111111111111"), zones("111111111112")
	if len(a) != 3 || len(b) != 3 || a["eu-central-1a"] == b["eu-central-1a"] {
		t.Fatalf("%v and %v", a, b)
	}
}

func TestSecondInternetGatewayIsRefused(t *testing.T) {
	u := newSandbox(t).login(home)
	vpc := u.create(vpcKind, "vpc", props{"cidrBlock": "10.1.0.0/16"})
	u.create(internetGatewayKind, "a", props{"vpcId": vpc.ID})
	u.refuses(internetGatewayKind, "b", props{"vpcId": vpc.ID}, "InvalidParameterValue", "already has an internet gateway attached")
}

func TestNATGatewayRefusals(t *testing.T) {
	u := newSandbox(t).login(home)
	vpc := u.create(vpcKind, "vpc", props{"cidrBlock": "10.1.0.0/16"})
	subnet := u.create(subnetKind, "a", props{"vpcId": vpc.ID, "cidrBlock": "10.1.0.0/24"})
	eip := u.create(eipKind, "a", props{"domain": "vpc"})
	_, err := u.try(natGatewayKind, "closed", props{"subnetId": subnet.ID, "allocationId": eip.ID})
	refused(t, err, "unexpected state 'failed'", "Gateway.NotAttached")
	if _, ok := err.(*provider.PartialError); !ok {
		t.Fatalf("a failed gateway exists, so the error must be partial: %T", err)
	}
	u.refuses(natGatewayKind, "x", props{"subnetId": subnet.ID, "allocationId": "eipalloc-0"}, "InvalidAllocationID.NotFound")
	igw := u.create(internetGatewayKind, "a", props{"vpcId": vpc.ID})
	nat := u.create(natGatewayKind, "nat", props{"subnetId": subnet.ID, "allocationId": eip.ID})
	u.refuses(natGatewayKind, "twice", props{"subnetId": subnet.ID, "allocationId": eip.ID}, "Resource.AlreadyAssociated")
	refused(t, u.delete(eip), "InvalidIPAddress.InUse")
	refused(t, u.delete(igw), "DependencyViolation", "mapped public address")
	refused(t, u.delete(subnet), "DependencyViolation")
	u.mustDelete(nat, subnet, igw, eip)
}

func TestRouteRefusals(t *testing.T) {
	u := newSandbox(t).login(home)
	n := u.network("1")
	other := u.create(vpcKind, "other", props{"cidrBlock": "10.2.0.0/16"})
	table := u.create(routeTableKind, "other", props{"vpcId": other.ID})
	in := props{"routeTableId": table.ID, "destinationCidrBlock": "0.0.0.0/0", "gatewayId": n.igw.ID}
	u.refuses(routeKind, "foreign", in, "InvalidParameterValue", "belong to different networks")
	u.refuses(routeKind, "foreign nat", with(in, props{"gatewayId": nil, "natGatewayId": n.nat.ID}), "belong to different networks")
	u.refuses(routeKind, "twice", with(in, props{"routeTableId": n.publicTable.ID}), "RouteAlreadyExists", "0.0.0.0/0")
	u.refuses(routeKind, "local", with(in, props{"routeTableId": n.publicTable.ID, "destinationCidrBlock": "10.1.0.0/16"}), "RouteAlreadyExists")
	u.refuses(routeKind, "no table", with(in, props{"routeTableId": "rtb-0"}), "InvalidRouteTableID.NotFound")
	u.refuses(routeKind, "no nat", with(in, props{"gatewayId": nil, "natGatewayId": "nat-0"}), "InvalidNatGatewayID.NotFound")
	u.refuses(routeKind, "no peering", with(in, props{"gatewayId": nil, "vpcPeeringConnectionId": "pcx-0"}), "InvalidVpcPeeringConnectionID.NotFound")
	if _, failures := u.check(routeKind, "none", with(in, props{"gatewayId": nil})); len(failures) == 0 {
		t.Fatal("a route without a target is not refused")
	}
	u.refuses(routeTableAssociationKind, "mix", props{"routeTableId": table.ID, "subnetId": n.private[0].ID}, "belong to different networks")
	u.refuses(routeTableAssociationKind, "twice", props{"routeTableId": n.publicTable.ID, "subnetId": n.private[0].ID}, "Resource.AlreadyAssociated")
	refused(t, u.delete(n.table), "DependencyViolation", "routeTable")
}

func TestFlowLogRefusals(t *testing.T) {
	u := newSandbox(t).login(home)
	n := u.network("1")
	u.create(logGroupKind, "flows", props{"name": "/vpc/mesh-home"})
	u.create(roleKind, "flows", props{"name": "mesh-flow-logs-home", "assumeRolePolicy": `{"Version":"2012-10-17","Statement":[` +
		`{"Effect":"Allow","Principal":{"Service":"vpc-flow-logs.amazonaws.com"},"Action":"sts:AssumeRole"}]}`})
	in := props{"vpcId": n.vpc.ID, "logDestination": "arn:aws:logs:eu-central-1:" + home + ":log-group:/vpc/mesh-home", "iamRoleArn": "arn:aws:iam::" + home + ":role/mesh-flow-logs-home", "trafficType": "ALL"}
	u.create(flowLogKind, "all", in)
	u.refuses(flowLogKind, "again", in, "FlowLogAlreadyExists")
	u.refuses(flowLogKind, "no role", with(in, props{"trafficType": "REJECT", "iamRoleArn": "arn:aws:iam::" + home + ":role/gone"}), "LogDestinationPermissionIssue")
	u.create(flowLogKind, "refused", with(in, props{"trafficType": "REJECT"}))
}

func TestEndpointRefusals(t *testing.T) {
	u := newSandbox(t).login(home)
	n := u.network("1")
	in := props{"vpcId": n.vpc.ID, "serviceName": "com.amazonaws.eu-central-1.s3", "routeTableIds": []any{n.table.ID}}
	u.create(vpcEndpointKind, "s3", in)
	u.refuses(vpcEndpointKind, "again", in, "RouteAlreadyExists")
	u.refuses(vpcEndpointKind, "elsewhere", with(in, props{"serviceName": "com.amazonaws.us-east-1.s3"}), "InvalidServiceName")
}

func TestInterfaceEndpointRefusals(t *testing.T) {
	u := newSandbox(t).login(home)
	n := u.network("1")
	group := u.create(securityGroupKind, "endpoints", props{"vpcId": n.vpc.ID})
	in := props{"vpcId": n.vpc.ID, "serviceName": "com.amazonaws.eu-central-1.logs", "vpcEndpointType": "Interface", "privateDnsEnabled": true,
		"subnetIds": []any{n.private[0].ID, n.private[1].ID}, "securityGroupIds": []any{group.ID}}
	endpoint := u.create(vpcEndpointKind, "logs", in)
	if enis := texts(endpoint.State, "networkInterfaceIds"); len(enis) != 2 {
		t.Errorf("the endpoint has the interfaces %v, want one in each subnet", enis)
	}
	u.refuses(vpcEndpointKind, "again", in, "InvalidParameter", "conflicting DNS domain for logs.eu-central-1.amazonaws.com")
	second := u.create(vpcEndpointKind, "second", with(in, props{"privateDnsEnabled": false}))
	_, err := u.session.Invoke(t.Context(), "aws:ec2/getVpcEndpoint:getVpcEndpoint", map[string]any{"vpcId": n.vpc.ID, "serviceName": in["serviceName"]})
	if err == nil || !strings.Contains(err.Error(), "multiple EC2 VPC Endpoints matched") {
		t.Errorf("a look-up of one endpoint where there are two: %v", err)
	}
	sts := with(in, props{"serviceName": "com.amazonaws.eu-central-1.sts"})
	u.refuses(vpcEndpointKind, "unknown", with(in, props{"serviceName": "com.amazonaws.eu-central-1.log"}), "InvalidServiceName")
	u.refuses(vpcEndpointKind, "one zone", with(sts, props{"subnetIds": []any{n.private[0].ID, n.public[0].ID}}), "DuplicateSubnetsInSameZone")
	other := u.network("2")
	u.refuses(vpcEndpointKind, "foreign subnet", with(sts, props{"subnetIds": []any{other.private[0].ID}}), "InvalidSubnetId.NotFound")
	u.refuses(vpcEndpointKind, "foreign group", with(sts, props{"vpcId": other.vpc.ID, "subnetIds": []any{other.private[0].ID}}), "InvalidGroup.NotFound")
	u.mustDelete(second)
	refused(t, u.delete(group), "DependencyViolation")
	refused(t, u.delete(n.private[0]), "DependencyViolation")
	u.mustDelete(endpoint, group)
}
