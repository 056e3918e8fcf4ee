package aws

import "testing"

func TestSecurityGroupRuleRefusals(t *testing.T) {
	s := newSandbox(t)
	u, other := s.login(home), s.login(away)
	vpc := u.create(vpcKind, "vpc", props{"cidrBlock": "10.1.0.0/16"})
	group := u.create(securityGroupKind, "tasks", props{"vpcId": vpc.ID})
	in := props{"securityGroupId": group.ID, "cidrIpv4": "10.2.0.0/16", "ipProtocol": "tcp", "fromPort": 15008.0, "toPort": 15008.0}
	rule := u.create(ingressRuleKind, "mesh", in)
	u.refuses(ingressRuleKind, "again", in, "InvalidPermission.Duplicate", "already exists")
	u.refuses(ingressRuleKind, "bad cidr", with(in, props{"cidrIpv4": "10.2.0.7/16"}), "InvalidParameterValue", "CIDR block 10.2.0.7/16 is malformed")
	u.refuses(ingressRuleKind, "no port", with(in, props{"toPort": nil}), "Must specify both from and to ports")
	u.refuses(ingressRuleKind, "ports of all", with(in, props{"ipProtocol": "-1"}), "You may not specify all protocols and specific ports")
	u.refuses(ingressRuleKind, "no group", with(in, props{"securityGroupId": "sg-0"}), "InvalidGroup.NotFound")
	u.refuses(ingressRuleKind, "no peer", with(in, props{"cidrIpv4": nil, "referencedSecurityGroupId": "sg-0"}), "InvalidGroup.NotFound")

	awayVPC := other.create(vpcKind, "vpc", props{"cidrBlock": "10.2.0.0/16"})
	foreign := other.create(securityGroupKind, "tasks", props{"vpcId": awayVPC.ID})
	u.refuses(ingressRuleKind, "foreign", with(in, props{"cidrIpv4": nil, "referencedSecurityGroupId": foreign.ID}), "InvalidGroup.NotFound", "does not exist")
	u.refuses(ingressRuleKind, "unpeered", with(in, props{"cidrIpv4": nil, "referencedSecurityGroupId": away + "/" + foreign.ID}), "InvalidGroup.NotFound", "different networks")
	u.create(egressRuleKind, "same words, other way", in)
	if err := u.change(rule, with(in, props{"cidrIpv4": "10.3.0.0/16"})); err != nil {
		t.Fatal(err)
	}
	if _, failures := u.check(ingressRuleKind, "two peers", with(in, props{"prefixListId": "pl-1"})); len(failures) == 0 {
		t.Fatal("two peers are not refused")
	}
}

func TestSecurityGroupRefusals(t *testing.T) {
	u := newSandbox(t).login(home)
	vpc := u.create(vpcKind, "vpc", props{"cidrBlock": "10.1.0.0/16"})
	group := u.create(securityGroupKind, "a", props{"vpcId": vpc.ID, "name": "tasks"})
	u.refuses(securityGroupKind, "b", props{"vpcId": vpc.ID, "name": "tasks"}, "InvalidGroup.Duplicate")
	u.refuses(securityGroupKind, "c", props{}, "VPCIdNotSpecified")
	user := u.create(securityGroupKind, "user", props{"vpcId": vpc.ID})
	u.create(ingressRuleKind, "ref", props{"securityGroupId": user.ID, "referencedSecurityGroupId": group.ID, "ipProtocol": "-1"})
	refused(t, u.delete(group), "DependencyViolation", "has a dependent object")
	u.mustDelete(user, group)
}

func TestDefaultGroupIsEmptied(t *testing.T) {
	u := newSandbox(t).login(home)
	vpc := u.create(vpcKind, "vpc", props{"cidrBlock": "10.1.0.0/16"})
	group := u.create(defaultSecurityGroupKind, "default", props{"vpcId": vpc.ID})
	if group.ID != vpc.out("defaultSecurityGroupId") {
		t.Fatalf("%s is not the VPC's default group", group.ID)
	}
	u.create(ingressRuleKind, "own", props{"securityGroupId": group.ID, "referencedSecurityGroupId": group.ID, "ipProtocol": "-1"})
	u.mustDelete(group)
}
