package aws

import (
	"testing"
)

// These functions bring a sandbox into the situations of the table in recorded_test.go that concern EC2.

// answer is the error of a try.
func answer(_ *made, err error) error { return err }

func (u *user) vpc() *made {
	u.t.Helper()
	return u.create(vpcKind, "vpc", props{"cidrBlock": "10.1.0.0/16", "enableDnsHostnames": true})
}

func subnetOverlaps(t *testing.T) error {
	u := newSandbox(t).login(home)
	in := props{"vpcId": u.vpc().ID, "cidrBlock": "10.1.1.0/24"}
	u.create(subnetKind, "a", in)
	return answer(u.try(subnetKind, "b", in))
}

func gatewayWithoutSubnet(t *testing.T) error {
	u := newSandbox(t).login(home)
	address := u.create(eipKind, "a", props{"domain": "vpc"})
	return answer(u.try(natGatewayKind, "nat", props{"subnetId": "subnet-0", "allocationId": address.ID}))
}

func gatewayWithoutAddress(t *testing.T) error {
	u := newSandbox(t).login(home)
	subnet := u.create(subnetKind, "a", props{"vpcId": u.vpc().ID, "cidrBlock": "10.1.1.0/24"})
	return answer(u.try(natGatewayKind, "nat", props{"subnetId": subnet.ID, "allocationId": "eipalloc-0"}))
}

func deleteSubnetInUse(t *testing.T) error {
	u := newSandbox(t).login(home)
	return u.delete(u.network("1").public[0])
}

func detachMappedGateway(t *testing.T) error {
	u := newSandbox(t).login(home)
	return u.delete(u.network("1").igw)
}

// group is a security group, and a rule of it for SSH.
func (u *user) group() (group *made, rule props) {
	u.t.Helper()
	group = u.create(securityGroupKind, "group", props{"vpcId": u.vpc().ID})
	return group, props{"securityGroupId": group.ID, "ipProtocol": "tcp", "fromPort": 22.0, "toPort": 22.0, "cidrIpv4": "0.0.0.0/0"}
}

func ruleWithoutGroup(t *testing.T) error {
	u := newSandbox(t).login(home)
	_, rule := u.group()
	return answer(u.try(ingressRuleKind, "rule", with(rule, props{"securityGroupId": "sg-0"})))
}

func ruleTwice(t *testing.T) error {
	u := newSandbox(t).login(home)
	_, rule := u.group()
	u.create(ingressRuleKind, "rule", rule)
	return answer(u.try(ingressRuleKind, "again", rule))
}

func ruleLosesPort(t *testing.T) error {
	u := newSandbox(t).login(home)
	_, rule := u.group()
	return u.change(u.create(ingressRuleKind, "rule", rule), with(rule, props{"toPort": nil}))
}

func deleteGroupInUse(t *testing.T) error {
	u := newSandbox(t).login(home)
	group, rule := u.group()
	other := u.create(securityGroupKind, "other", props{"vpcId": group.out("vpcId")})
	u.create(ingressRuleKind, "rule", with(rule, props{"securityGroupId": other.ID, "cidrIpv4": nil, "referencedSecurityGroupId": group.ID}))
	return u.delete(group)
}

func (u *user) table() *made {
	u.t.Helper()
	return u.create(routeTableKind, "table", props{"vpcId": u.vpc().ID})
}

func routeWithoutGateway(t *testing.T) error {
	u := newSandbox(t).login(home)
	return answer(u.try(routeKind, "route", props{"routeTableId": u.table().ID, "destinationCidrBlock": "0.0.0.0/0", "gatewayId": "igw-0"}))
}

func routeTwice(t *testing.T) error {
	u := newSandbox(t).login(home)
	table := u.table()
	gateway := u.create(internetGatewayKind, "igw", props{"vpcId": table.out("vpcId")})
	route := props{"routeTableId": table.ID, "destinationCidrBlock": "0.0.0.0/0", "gatewayId": gateway.ID}
	u.create(routeKind, "route", route)
	return answer(u.try(routeKind, "again", route))
}

func peeringOverlaps(t *testing.T) error {
	a, b, vpcA, _ := pair(t)
	return answer(a.try(peeringKind, "p", request(vpcA, b.create(vpcKind, "overlap", props{"cidrBlock": "10.1.128.0/17"}))))
}

func peeringBack(t *testing.T) error {
	a, b, vpcA, vpcB := pair(t)
	first := a.create(peeringKind, "p", request(vpcA, vpcB))
	b.create(peeringAccepterKind, "p", props{"vpcPeeringConnectionId": first.ID, "autoAccept": true})
	back := b.create(peeringKind, "back", with(request(vpcB, vpcA), props{"peerOwnerId": home}))
	return answer(a.try(peeringAccepterKind, "back", props{"vpcPeeringConnectionId": back.ID, "autoAccept": true}))
}

func flowLogToNowhere(t *testing.T) error {
	u := newSandbox(t).login(home)
	role := u.role("flows", "vpc-flow-logs.amazonaws.com")
	return answer(u.try(flowLogKind, "all", props{"vpcId": u.vpc().ID, "iamRoleArn": role.out("arn"), "trafficType": "ALL"}))
}

func endpointOfNoService(t *testing.T) error {
	u := newSandbox(t).login(home)
	return answer(u.try(vpcEndpointKind, "s3", props{"vpcId": u.vpc().ID, "serviceName": "com.amazonaws.eu-central-1.s4"}))
}

// attachment are the inputs of an attachment of a new VPC.
func attachment(u *user, gateway string) props {
	vpc := u.vpc()
	subnet := u.create(subnetKind, "attached", props{"vpcId": vpc.ID, "cidrBlock": "10.1.1.0/24"})
	return props{"transitGatewayId": gateway, "vpcId": vpc.ID, "subnetIds": []any{subnet.ID}}
}

func attachTwice(t *testing.T) error {
	u := newSandbox(t).login(home)
	in := attachment(u, u.create(transitKind, "hub", props{}).ID)
	u.create(transitAttachmentKind, "first", in)
	return answer(u.try(transitAttachmentKind, "second", in))
}

func attachToNothing(t *testing.T) error {
	u := newSandbox(t).login(home)
	return answer(u.try(transitAttachmentKind, "a", attachment(u, "tgw-00000000000000000")))
}
