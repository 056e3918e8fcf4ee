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

// onePeering records a peering with changed arguments, and a probe behind it.
func onePeering(t *testing.T, change func(*network.PeeringArgs)) *recorder.Recording {
	t.Helper()
	return made(t, func(ctx *pulumi.Context, f *fixture) error {
		args := validPeering(f)
		if change != nil {
			change(args)
		}
		made, err := network.NewPeering(ctx, "peering", args)
		if err != nil {
			return err
		}
		for account, want := range map[string]bool{"local": true, "external": true, "third": false} {
			if made.Joins(account) != want {
				t.Errorf("Joins(%q) is %v", account, !want)
			}
		}
		if err := taker(ctx, made.ConnectionID); err != nil {
			return err
		}
		return probe(ctx, made.Ready)
	})
}

func TestEachSideOfAPeeringIsMadeInItsAccount(t *testing.T) {
	r := onePeering(t, nil)
	component := only(t, r, network.PeeringTypeToken)
	for _, res := range own(r) {
		if !res.Custom || res.Type == takerType {
			continue
		}
		if res.Parent != component.URN {
			t.Errorf("%s %s is not under the peering", res.Type, res.Name)
		}
		want := localProvider
		if res.Type == accepter || strings.HasPrefix(res.Name, "peering-external") {
			want = externalProvider
		}
		if res.Provider != want {
			t.Errorf("%s %s is made with %q, want %q", res.Type, res.Name, res.Provider, want)
		}
	}
}

func TestTheOtherAccountAcceptsThePeering(t *testing.T) {
	r := onePeering(t, nil)
	request, acceptance := only(t, r, peering), only(t, r, accepter)
	says(t, request, false, "autoAccept")
	says(t, request, "vpc-l", "vpcId")
	says(t, request, "vpc-e", "peerVpcId")
	says(t, request, external, "peerOwnerId")
	says(t, acceptance, true, "autoAccept")
	says(t, acceptance, "peering-id", "vpcPeeringConnectionId")
	needs(t, r, acceptance, request)
}

// The accepter may not see the request at once. What names it is tried again, and what makes it is not.
func TestWhatNamesANewPeeringIsTriedAgain(t *testing.T) {
	r := made(t, func(ctx *pulumi.Context, f *fixture) (err error) {
		args := validPeering(f)
		if args.Settling, err = component.NewSettling(ctx); err != nil {
			return err
		}
		_, err = network.NewPeering(ctx, "peering", args)
		return err
	})
	for _, res := range own(r) {
		if again, want := len(res.OnError) == 1, res.Custom && res.Type != peering; again != want {
			t.Errorf("%s %s is tried again: %v", res.Type, res.Name, again)
		}
	}
	if only(t, onePeering(t, nil), accepter).OnError != nil {
		t.Error("a CLI without such hooks gets one")
	}
}

// Within a region the request names none. One that did would replace the connections of living stacks.
func TestARequestNamesTheRegionOfTheOtherVPCOnlyIfItIsAnother(t *testing.T) {
	if region, set := only(t, onePeering(t, nil), peering).Inputs["peerRegion"]; set {
		t.Errorf("within one region the request names %v", region)
	}
	r := onePeering(t, func(a *network.PeeringArgs) {
		a.Accepter.Region, a.Accepter.AccountID = "us-east-1", a.Requester.AccountID
	})
	says(t, only(t, r, peering), "us-east-1", "peerRegion")
	says(t, only(t, r, peering), false, "autoAccept")
	says(t, only(t, r, accepter), true, "autoAccept")
}

func TestNothingUsesAPeeringThatIsNotAccepted(t *testing.T) {
	r := onePeering(t, nil)
	acceptance, waiting := only(t, r, accepter), only(t, r, probeType)
	needs(t, r, only(t, r, takerType), acceptance)
	for _, res := range slices.Concat(r.OfType(route), r.OfType(peeringOptions)) {
		needs(t, r, res, acceptance)
		needs(t, r, waiting, res)
		says(t, res, "peering-id", "vpcPeeringConnectionId")
	}
}

func TestEveryRouteTableLeadsToTheOtherSide(t *testing.T) {
	r := onePeering(t, nil)
	got := map[string]string{}
	for _, res := range r.OfType(route) {
		got[at(t, res, "routeTableId").(string)] = at(t, res, "destinationCidrBlock").(string)
	}
	want := map[string]string{
		"rtb-l-public": "10.1.0.0/16", "rtb-l-private": "10.1.0.0/16",
		"rtb-e-public": "10.0.0.0/16", "rtb-e-1": "10.0.0.0/16", "rtb-e-2": "10.0.0.0/16",
	}
	if text(t, got) != text(t, want) {
		t.Errorf("routes %v, want %v", got, want)
	}
}

// AWS lets each side set only its own half.
func TestBothSidesResolveTheOthersNames(t *testing.T) {
	r := onePeering(t, nil)
	says(t, r.Get(t, peeringOptions, "peering-local"), true, "requester", "allowRemoteVpcDnsResolution")
	says(t, r.Get(t, peeringOptions, "peering-local"), nil, "accepter")
	says(t, r.Get(t, peeringOptions, "peering-external"), true, "accepter", "allowRemoteVpcDnsResolution")
	says(t, r.Get(t, peeringOptions, "peering-external"), nil, "requester")
}

func TestProtectReachesBothEndsOfAPeering(t *testing.T) {
	if got := protected(onePeering(t, nil)); len(got) != 0 {
		t.Errorf("protected without being asked to: %v", got)
	}
	got := protected(onePeering(t, func(a *network.PeeringArgs) { a.Protect = true }))
	if want := []string{peering + " peering", accepter + " peering"}; !slices.Equal(got, want) {
		t.Errorf("protected are %v, want %v", got, want)
	}
}

func TestEveryNetworkOfASideIsRouted(t *testing.T) {
	r := onePeering(t, func(a *network.PeeringArgs) { a.Requester.CIDRs = []string{"10.0.0.0/16", "100.64.0.0/16"} })
	for _, name := range []string{"peering-external-public", "peering-external-private-1", "peering-external-private-2"} {
		says(t, r.Get(t, route, name), "10.0.0.0/16", "destinationCidrBlock")
		says(t, r.Get(t, route, name+"/100.64.0.0/16"), "100.64.0.0/16", "destinationCidrBlock")
		needs(t, r, only(t, r, probeType), r.Get(t, route, name+"/100.64.0.0/16"))
	}
	if got := len(r.OfType(route)); got != 8 {
		t.Errorf("%d routes", got)
	}
}
