//go:build engine

package lifecycle

import (
	"strings"
	"testing"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/world"
)

func TestATransitGatewayOfOursJoinsTheNetworksOfOthers(t *testing.T) {
	t.Parallel()
	for name, organization := range map[string]bool{"by invitation": false, "inside an organization": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTheirs(t, "their-networks")
			if organization {
				s.makes(aws.Foreign{Account: networkTeam, Type: "aws:organizations/organization:Organization"})
				s.configure("transitGateway", map[string]any{"organization": true})
			}
			s.configure("connect", "transit-gateway")
			s.up()
			s.nothingToDo()
			s.verified()
			s.untouched()
			s.leaves()
		})
	}
}

func TestAnAttachmentThatWaitsForOthersEndsInWords(t *testing.T) {
	t.Parallel()
	s := newTheirs(t, "their-networks")
	share := []aws.Foreign{
		{Account: networkTeam, Type: "aws:organizations/organization:Organization"},
		{Account: networkTeam, Type: "aws:ec2transitgateway/transitGateway:TransitGateway", ID: hub},
		{Account: networkTeam, Type: "aws:ram/resourceShare:ResourceShare", Inputs: map[string]any{"name": "hub"}},
	}
	s.makes(share...)
	arn := ""
	s.look(func(tx *world.Tx) { arn = tx.Find(networkTeam, "aws:ram/resourceShare:ResourceShare", nil)[0].ID })
	associations := []aws.Foreign{{Account: networkTeam, Type: "aws:ram/resourceAssociation:ResourceAssociation",
		Inputs: map[string]any{"resourceShareArn": arn, "resourceArn": "arn:aws:ec2:" + region + ":" + networkTeam + ":transit-gateway/" + hub}}}
	for _, account := range []string{home, payments} {
		associations = append(associations, aws.Foreign{Account: networkTeam, Type: "aws:ram/principalAssociation:PrincipalAssociation",
			Inputs: map[string]any{"resourceShareArn": arn, "principal": account}})
	}
	s.makes(associations...)
	s.configure("connect", "transit-gateway")
	s.configure("transitGateway", map[string]any{"id": hub})
	_, all, err := s.try("up")
	if err == nil || !strings.Contains(all, "waits for the owner of "+hub) || !strings.Contains(all, "accept-transit-gateway-vpc-attachment") {
		t.Fatalf("up with attachments that nobody accepts: %v\n%s", err, all)
	}
	var accepters []aws.Foreign
	s.look(func(tx *world.Tx) {
		for _, attachment := range tx.Find("", "aws:ec2transitgateway/vpcAttachment:VpcAttachment", nil) {
			accepters = append(accepters, aws.Foreign{Account: networkTeam, Type: "aws:ec2transitgateway/vpcAttachmentAccepter:VpcAttachmentAccepter",
				Inputs: map[string]any{"transitGatewayAttachmentId": attachment.ID}})
		}
	})
	if len(accepters) != 2 {
		t.Fatalf("%d attachments wait", len(accepters))
	}
	theirs := s.before
	s.makes(accepters...)
	s.before = theirs
	s.up()
	s.nothingToDo()
	s.verified()
	s.leaves()
}

func TestAPeeringOfOthersIsNotTaken(t *testing.T) {
	t.Parallel()
	for name, way := range map[string][4]string{"the same direction": {home, platformVPC, payments, paymentsVPC}, "the other direction": {payments, paymentsVPC, home, platformVPC}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTheirs(t, "their-networks")
			said := []string{"connect", "joined by a peering of somebody else, pcx-00300000000000000 (pending-acceptance)", "set connect to none"}
			s.makes(aws.Foreign{Account: way[0], Type: "aws:ec2/vpcPeeringConnection:VpcPeeringConnection", ID: "pcx-00300000000000000",
				Inputs: map[string]any{"vpcId": way[1], "peerVpcId": way[3], "peerOwnerId": way[2]}})
			s.refused(said, "preview")
			s.makes(aws.Foreign{Account: way[2], Type: "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter",
				Inputs: map[string]any{"vpcPeeringConnectionId": "pcx-00300000000000000", "autoAccept": true}})
			said[1] = "pcx-00300000000000000 (active)"
			s.refused(said, "up")
			if made := s.untouched(); len(made) > 0 {
				t.Errorf("the refused up made %v", made)
			}
		})
	}
}

func TestNetworksThatOthersHaveJoined(t *testing.T) {
	t.Parallel()
	s := newTheirs(t, "their-networks")
	s.makes(aws.Foreign{Account: home, Type: "aws:ec2/vpcPeeringConnection:VpcPeeringConnection", ID: "pcx-00300000000000000",
		Inputs: map[string]any{"vpcId": platformVPC, "peerVpcId": paymentsVPC, "peerOwnerId": payments}})
	s.makes(
		aws.Foreign{Account: payments, Type: "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter",
			Inputs: map[string]any{"vpcPeeringConnectionId": "pcx-00300000000000000", "autoAccept": true}})
	var routes []aws.Foreign
	for _, r := range [][3]string{{home, platformTable, "10.31.0.0/22"}, {payments, paymentsTable, "10.30.0.0/22"}, {payments, paymentsTable, "100.64.0.0/16"}} {
		routes = append(routes, aws.Foreign{Account: r[0], Type: "aws:ec2/route:Route",
			Inputs: map[string]any{"routeTableId": r[1], "destinationCidrBlock": r[2], "vpcPeeringConnectionId": "pcx-00300000000000000"}})
	}
	s.makes(routes...)
	s.configure("connect", "none")
	s.edit(s.file(), func(content map[string]any) {
		for _, account := range content["config"].(map[string]any)["ambient-ecs:accounts"].(map[string]any) {
			delete(account.(map[string]any)["network"].(map[string]any), "routeTableIds")
		}
	})
	s.up()
	s.nothingToDo()
	s.verified()
	for _, name := range s.untouched() {
		if strings.HasPrefix(name, "aws:ec2/route:") || strings.HasPrefix(name, "aws:ec2/vpcPeering") || strings.HasPrefix(name, "aws:ec2/peering") {
			t.Errorf("the program made %s", name)
		}
	}
	// The same is said of the one account that the team has joined, while the program may join others.
	s.configure("connect", "peering")
	s.configure("accounts.payments.connect", "none")
	s.nothingToDo()
	s.verified()
	s.leaves()
}

func TestAnAccountThatOthersJoinLosesItsPeeringAlone(t *testing.T) {
	t.Parallel()
	s := raised(t, "dev")
	s.configure("accounts.external.connect", "none")
	gone := 0
	for _, step := range s.preview() {
		if !strings.HasPrefix(step, "delete aws:ec2/vpcPeeringConnection") && !strings.HasPrefix(step, "delete aws:ec2/peeringConnectionOptions:") &&
			!strings.HasPrefix(step, "delete aws:ec2/route:Route peering-") && !strings.HasPrefix(step, "delete ambient-ecs:network:Peering") {
			t.Errorf("the preview has %s", step)
		}
		if strings.HasPrefix(step, "delete aws:") {
			gone++
		}
	}
	if gone != 8 {
		t.Errorf("%d parts of the peering go: a request and its acceptance, the options of two sides and four routes", gone)
	}
	s.up()
	s.nothingToDo()
	if routes := s.run("stack", "output", "peeringConnectionIds"); !strings.Contains(routes, "{}") {
		t.Errorf("the outputs have a peering: %s", routes)
	}
	s.configure("accounts.external.connect", "")
	s.up()
	s.nothingToDo()
	s.verified()
}

func TestPeeringsBecomeATransitGateway(t *testing.T) {
	t.Parallel()
	s := raised(t, "dev")
	s.configure("connect", "transit-gateway")
	routes := 0
	for _, step := range s.preview() {
		switch {
		case strings.HasPrefix(step, "update aws:ec2/route:Route transit-"):
			routes++
		case strings.Contains(step, "aws:ec2/route:Route"), strings.HasPrefix(step, "replace"):
			t.Errorf("the preview has %s", step)
		case strings.Contains(step, ":ecs/"), strings.HasPrefix(step, "update"):
			t.Errorf("the preview touches more than the ways between accounts: %s", step)
		}
	}
	if routes != 4 {
		t.Errorf("%d routes move, and there are four tables", routes)
	}
	s.up()
	s.nothingToDo()
	s.verified()
	s.run("destroy")
	for _, r := range s.remains() {
		t.Errorf("left after destroy: %s", r)
	}
}

func TestATransitGatewayJoinsSixAccounts(t *testing.T) {
	t.Parallel()
	s := newStack(t, "six-accounts")
	s.up()
	s.nothingToDo()
	s.verified()
	s.run("destroy")
	for _, r := range s.remains() {
		t.Errorf("left after destroy: %s", r)
	}
}
