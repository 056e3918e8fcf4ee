package components

import (
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/network"
	"ambient-ecs/tests/recorder"
)

const (
	transitGateway     = "aws:ec2transitgateway/transitGateway:TransitGateway"
	transitAttachment  = "aws:ec2transitgateway/vpcAttachment:VpcAttachment"
	attachmentAccepter = "aws:ec2transitgateway/vpcAttachmentAccepter:VpcAttachmentAccepter"
	shareAccepter      = "aws:ram/resourceShareAccepter:ResourceShareAccepter"
	sharePrincipal     = "aws:ram/principalAssociation:PrincipalAssociation"
	acceptedLookup     = "aws:ec2transitgateway/getVpcAttachments:getVpcAttachments"
)

// oneTransit records a transit gateway with changed arguments, and a probe behind it. accepted are the attachments that somebody
// else has accepted.
func oneTransit(t *testing.T, change func(*network.TransitArgs), accepted ...string) *recorder.Recording {
	t.Helper()
	return play(t, func(ctx *pulumi.Context, f *fixture) error {
		args := validTransit(f)
		if change != nil {
			change(args)
		}
		made, err := network.NewTransit(ctx, "transit", args)
		if err != nil {
			return err
		}
		return probe(ctx, made.Ready)
	}, func(o *recorder.Options) {
		o.Invoke = func(token string, _ map[string]any) (map[string]any, error) {
			if token != acceptedLookup {
				t.Errorf("unexpected look-up %s", token)
			}
			return map[string]any{"ids": anys(accepted)}, nil
		}
	})
}

func anys(texts []string) []any {
	all := []any{}
	for _, text := range texts {
		all = append(all, text)
	}
	return all
}

func TestEachPartOfATransitGatewayIsInItsAccount(t *testing.T) {
	r := oneTransit(t, nil)
	for _, res := range own(r) {
		if !res.Custom || res.Type == probeType {
			continue
		}
		want := localProvider
		if res.Type == shareAccepter || strings.HasPrefix(res.Name, "transit-external") && res.Type != attachmentAccepter && res.Type != sharePrincipal {
			want = externalProvider
		}
		if res.Provider != want {
			t.Errorf("%s %s is made with %q, want %q", res.Type, res.Name, res.Provider, want)
		}
	}
}

func TestNobodyAttachesUnasked(t *testing.T) {
	r := oneTransit(t, nil)
	says(t, only(t, r, transitGateway), "disable", "autoAcceptSharedAttachments")
	acceptance, invited, asked := only(t, r, attachmentAccepter), only(t, r, shareAccepter), r.Get(t, transitAttachment, "transit-external")
	says(t, acceptance, "transit-external-id", "transitGatewayAttachmentId")
	needs(t, r, asked, invited)
	needs(t, r, acceptance, asked)
	for _, res := range r.OfType(route) {
		says(t, res, "transit-id", "transitGatewayId")
		if res.Aliases != 1 {
			t.Errorf("%s does not take the place of a peering's route", res.Name)
		}
		// A route that moves from a peering before both networks are attached would lead into nothing.
		needs(t, r, res, acceptance)
		needs(t, r, res, r.Get(t, transitAttachment, "transit-local"))
		needs(t, r, only(t, r, probeType), res)
	}
	if got := len(r.OfType(route)); got != 5 {
		t.Errorf("%d routes, and there are five tables", got)
	}
	if r := oneTransit(t, func(a *network.TransitArgs) { a.Organization = true }); len(r.OfType(shareAccepter)) != 0 {
		t.Error("inside an organization there is no invitation")
	}
}

func TestAGatewayOfOthersIsAttachedToAndNotMade(t *testing.T) {
	theirs := func(a *network.TransitArgs) { a.GatewayID, a.Owner = "tgw-1", nil }
	r := oneTransit(t, theirs, "transit-local-id", "transit-external-id")
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	for _, res := range own(r) {
		if res.Custom && !slices.Contains([]string{transitAttachment, route, probeType}, res.Type) {
			t.Errorf("the program makes %s %s", res.Type, res.Name)
		}
	}
	for _, res := range r.OfType(route) {
		says(t, res, "tgw-1", "transitGatewayId")
	}
	r = oneTransit(t, theirs, "transit-local-id")
	if r.Err == nil || !strings.Contains(r.Err.Error(), "transit-external-id of account external waits for the owner of tgw-1") {
		t.Errorf("an attachment that waits: %v", r.Err)
	}
	for _, res := range r.OfType(route) {
		if strings.HasPrefix(res.Name, "transit-external") {
			t.Errorf("%s is made before the acceptance", res.Name)
		}
	}
}

// The owner of the gateway has attached a VPC already: nothing is made or asked for it, and its routes wait for nobody.
func TestAnAttachmentOfOthersIsUsed(t *testing.T) {
	r := oneTransit(t, func(a *network.TransitArgs) {
		a.GatewayID, a.Owner = "tgw-1", nil
		a.Sides[0].AttachmentID = "tgw-attach-theirs"
		a.Sides[1].RouteTableIDs = nil
	}, "transit-local-id", "transit-external-id")
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	if attached := only(t, r, transitAttachment); attached.Name == "transit-external" {
		t.Errorf("the program makes %s", attached.Name)
	}
	routes := 0
	for _, res := range r.OfType(route) {
		routes++
		if !strings.HasPrefix(res.Name, "transit-external") {
			t.Errorf("%s is a route of a side without tables", res.Name)
		}
	}
	if routes == 0 {
		t.Error("no route")
	}
}

// An account may not see the shared gateway at once, nor its owner an attachment. A second gateway or share would not be harmless.
func TestWhatNamesASharedGatewayIsTriedAgain(t *testing.T) {
	r := made(t, func(ctx *pulumi.Context, f *fixture) (err error) {
		args := validTransit(f)
		if args.Settling, err = component.NewSettling(ctx); err != nil {
			return err
		}
		_, err = network.NewTransit(ctx, "transit", args)
		return err
	})
	for _, res := range own(r) {
		if again, want := len(res.OnError) == 1, res.Type == transitAttachment || res.Type == attachmentAccepter; again != want {
			t.Errorf("%s %s is tried again: %v", res.Type, res.Name, again)
		}
	}
}

// A network moves to the gateways of two regions only when each gateway knows the way to the other.
func TestARouteToAnotherRegionWaitsForTheGateways(t *testing.T) {
	r := made(t, func(ctx *pulumi.Context, f *fixture) error {
		args := validTransitPeering(f)
		settling, err := component.NewSettling(ctx)
		if err != nil {
			return err
		}
		args.Settling = settling
		peering, err := network.NewTransitPeering(ctx, "transit/eu-central-1/us-east-1", args)
		if err != nil {
			return err
		}
		return probe(ctx, peering.Ready)
	})
	const gatewayRoute = "aws:ec2transitgateway/route:Route"
	asked, accepted := only(t, r, "aws:ec2transitgateway/peeringAttachment:PeeringAttachment"), only(t, r, "aws:ec2transitgateway/peeringAttachmentAccepter:PeeringAttachmentAccepter")
	says(t, asked, "tgw-l", "transitGatewayId")
	says(t, asked, "tgw-e", "peerTransitGatewayId")
	says(t, asked, "us-east-1", "peerRegion")
	if len(accepted.OnError) != 1 {
		t.Error("the other region may not see the attachment at once, and the acceptance is not tried again")
	}
	static, routes := r.OfType(gatewayRoute), r.OfType(route)
	if len(static) != 2 || len(routes) != 5 {
		t.Fatalf("%d static routes and %d routes: there are two networks and five tables", len(static), len(routes))
	}
	for _, way := range static {
		needs(t, r, way, accepted)
	}
	says(t, r.Get(t, gatewayRoute, "transit/eu-central-1/us-east-1-eu-central-1-to-external"), "tgw-l-table", "transitGatewayRouteTableId")
	says(t, r.Get(t, gatewayRoute, "transit/eu-central-1/us-east-1-us-east-1-to-local"), "10.0.0.0/16", "destinationCidrBlock")
	for _, res := range routes {
		for _, way := range static {
			needs(t, r, res, way)
		}
		needs(t, r, only(t, r, probeType), res)
		if res.Aliases != 1 {
			t.Errorf("%s does not take the place of a peering's route", res.Name)
		}
		gateway := "tgw-e"
		if strings.Contains(res.Name, "us-east-1-local-") {
			gateway = "tgw-l"
		}
		says(t, res, gateway, "transitGatewayId")
	}
}
