package aws

import (
	"testing"
)

// pair is two accounts with one VPC each.
func pair(t *testing.T) (a, b *user, vpcA, vpcB *made) {
	s := newSandbox(t)
	a, b = s.login(home), s.login(away)
	vpcA = a.create(vpcKind, "a", props{"cidrBlock": "10.1.0.0/16", "enableDnsHostnames": true})
	vpcB = b.create(vpcKind, "b", props{"cidrBlock": "10.2.0.0/16"})
	return a, b, vpcA, vpcB
}

func request(vpc, peer *made) props {
	return props{"vpcId": vpc.ID, "peerVpcId": peer.ID, "peerOwnerId": away, "autoAccept": false}
}

func TestPeeringIsActiveOnceTheOtherAccountAccepts(t *testing.T) {
	a, b, vpcA, vpcB := pair(t)
	peering := a.create(peeringKind, "p", request(vpcA, vpcB))
	if got := peering.out("acceptStatus"); got != "pending-acceptance" {
		t.Fatal(got)
	}
	table := a.create(routeTableKind, "t", props{"vpcId": vpcA.ID})
	route := props{"routeTableId": table.ID, "destinationCidrBlock": "10.2.0.0/16", "vpcPeeringConnectionId": peering.ID}
	a.refuses(routeKind, "early", route, "InvalidParameterValue", "pending-acceptance")
	options := props{"vpcPeeringConnectionId": peering.ID, "requester": props{"allowRemoteVpcDnsResolution": true}}
	a.refuses(peeringOptionsKind, "early", options, "OperationNotPermitted", "is not active")

	accepter := b.create(peeringAccepterKind, "p", props{"vpcPeeringConnectionId": peering.ID, "autoAccept": true})
	if accepter.out("acceptStatus") != "active" || accepter.out("vpcId") != vpcB.ID || accepter.out("peerOwnerId") != home {
		t.Fatalf("%v", accepter.State)
	}
	a.create(routeKind, "r", route)
	a.create(peeringOptionsKind, "o", options)
	a.refuses(peeringOptionsKind, "wrong side", props{"vpcPeeringConnectionId": peering.ID, "accepter": props{"allowRemoteVpcDnsResolution": true}}, "OperationNotPermitted")
	b.refuses(peeringOptionsKind, "no host names", props{"vpcPeeringConnectionId": peering.ID, "accepter": props{"allowRemoteVpcDnsResolution": true}}, "DnsHostnamesDisabled")
	b.mustDelete(accepter)
	a.mustDelete(peering)
	b.refuses(peeringAccepterKind, "gone", props{"vpcPeeringConnectionId": peering.ID, "autoAccept": true}, "InvalidVpcPeeringConnectionID.NotFound")
}

func TestPeeringAcceptedByTheWrongAccountIsRefused(t *testing.T) {
	a, _, vpcA, vpcB := pair(t)
	peering := a.create(peeringKind, "p", request(vpcA, vpcB))
	in := props{"vpcPeeringConnectionId": peering.ID, "autoAccept": true}
	a.refuses(peeringAccepterKind, "self", in, "OperationNotPermitted", "cannot accept peering "+peering.ID)
	a.sandbox.login("333333333333").refuses(peeringAccepterKind, "third", in, "InvalidVpcPeeringConnectionID.NotFound")
}

// Each side of a peering between regions acts from its own region, also in one account.
func TestPeeringBetweenTwoRegionsOfAnAccount(t *testing.T) {
	s := newSandbox(t)
	a := s.login(home)
	b := s.loginWith(map[string]any{"region": "us-east-1", "profile": "p" + home, "allowedAccountIds": []any{home}})
	vpcA := a.create(vpcKind, "a", props{"cidrBlock": "10.1.0.0/16", "enableDnsHostnames": true})
	vpcB := b.create(vpcKind, "b", props{"cidrBlock": "10.2.0.0/16", "enableDnsHostnames": true})
	in := with(request(vpcA, vpcB), props{"peerOwnerId": home})
	a.refuses(peeringKind, "here", in, "unexpected state 'failed'", "incorrect VPC-ID")
	peering := a.create(peeringKind, "p", with(in, props{"peerRegion": "us-east-1"}))
	acceptance := props{"vpcPeeringConnectionId": peering.ID, "autoAccept": true}
	a.refuses(peeringAccepterKind, "self", acceptance, "OperationNotPermitted", "cannot accept peering")
	b.create(peeringAccepterKind, "p", acceptance)
	open := props{"allowRemoteVpcDnsResolution": true}
	a.refuses(peeringOptionsKind, "wrong side", props{"vpcPeeringConnectionId": peering.ID, "accepter": open}, "OperationNotPermitted")
	one := a.create(peeringOptionsKind, "one", props{"vpcPeeringConnectionId": peering.ID, "requester": open})
	other := b.create(peeringOptionsKind, "other", props{"vpcPeeringConnectionId": peering.ID, "accepter": open})
	for user, options := range map[*user]*made{a: one, b: other} {
		if _, _, state, err := user.session.Read(t.Context(), options.Resource); err != nil || text(state, "vpcPeeringConnectionId") != peering.ID {
			t.Errorf("the options are %v, %v", state, err)
		}
		user.mustDelete(options)
	}
}

func TestPeeringOfOverlappingVPCsFails(t *testing.T) {
	a, b, vpcA, _ := pair(t)
	overlapping := b.create(vpcKind, "overlap", props{"cidrBlock": "10.1.128.0/17"})
	a.refuses(peeringKind, "p", request(vpcA, overlapping), "unexpected state 'failed'", "overlapping CIDR range")
	a.refuses(peeringKind, "q", request(vpcA, &made{}), "unexpected state 'failed'", "incorrect VPC-ID")
}

func TestPeeringGoesWithItsVPC(t *testing.T) {
	a, b, vpcA, vpcB := pair(t)
	peering := a.create(peeringKind, "p", request(vpcA, vpcB))
	b.mustDelete(vpcB)
	if _, _, state, _ := a.session.Read(t.Context(), peering.Resource); state != nil {
		t.Fatal("the connection outlived a VPC")
	}
}

func TestSecondRequestReturnsTheConnectionThatIsThere(t *testing.T) {
	a, b, vpcA, vpcB := pair(t)
	first := a.create(peeringKind, "p", request(vpcA, vpcB))
	if again := a.create(peeringKind, "again", request(vpcA, vpcB)); again.ID != first.ID {
		t.Errorf("a second request made %s besides %s", again.ID, first.ID)
	}
	b.create(peeringAccepterKind, "p", props{"vpcPeeringConnectionId": first.ID, "autoAccept": true})
	if again := a.create(peeringKind, "late", request(vpcA, vpcB)); again.ID != first.ID || again.out("acceptStatus") != "active" {
		t.Errorf("a second request made %s, %s, besides %s", again.ID, again.out("acceptStatus"), first.ID)
	}
}

func TestPeeringInTheOtherDirectionIsRefusedAtAccept(t *testing.T) {
	a, b, vpcA, vpcB := pair(t)
	first := a.create(peeringKind, "p", request(vpcA, vpcB))
	back := b.create(peeringKind, "back", with(request(vpcB, vpcA), props{"peerOwnerId": home}))
	b.create(peeringAccepterKind, "p", props{"vpcPeeringConnectionId": first.ID, "autoAccept": true})
	a.refuses(peeringAccepterKind, "back", props{"vpcPeeringConnectionId": back.ID, "autoAccept": true},
		"AcceptVpcPeeringConnection", "VpcPeeringConnectionAlreadyExists", "identified by "+back.ID+" already exists")
	if _, _, state, _ := b.session.Read(t.Context(), back.Resource); text(state, "acceptStatus") != "pending-acceptance" {
		t.Errorf("after the refusal the connection is %v", state)
	}
}

func TestPeeringOfOneAccountInTheOtherDirectionIsRefusedAtAccept(t *testing.T) {
	u := newSandbox(t).login(home)
	x, y := u.create(vpcKind, "x", props{"cidrBlock": "10.1.0.0/16"}), u.create(vpcKind, "y", props{"cidrBlock": "10.2.0.0/16"})
	u.create(peeringKind, "p", props{"vpcId": x.ID, "peerVpcId": y.ID, "autoAccept": true})
	u.refuses(peeringKind, "back", props{"vpcId": y.ID, "peerVpcId": x.ID, "autoAccept": true}, "AcceptVpcPeeringConnection", "VpcPeeringConnectionAlreadyExists")
}
