package component

import (
	"testing"
	"time"
)

func TestWhatAnotherAccountJustMadeIsTriedAgain(t *testing.T) {
	const accept = "reading EC2 VPC Peering Connection (pcx-1): couldn't find resource"
	many := func(text string, n int) (all []string) {
		for range n {
			all = append(all, text)
		}
		return all
	}
	for name, c := range map[string]struct {
		operation string
		failures  []string
		pause     time.Duration
	}{
		"a peering that is not seen":             {"create", many(accept, 1), time.Second},
		"the same for the third time":            {"create", many(accept, 3), 4 * time.Second},
		"the last attempt":                       {"create", many(accept, 7), time.Minute},
		"too often":                              {"create", many(accept, 8), 0},
		"a route to it":                          {"create", many("creating Route: api error InvalidVpcPeeringConnectionID.NotFound: The vpcPeeringConnection ID 'pcx-1' does not exist", 1), time.Second},
		"its acceptance":                         {"create", many("api error InvalidVpcPeeringConnectionId.NotFound", 1), time.Second},
		"a gateway that is not seen":             {"create", many("creating EC2 Transit Gateway VPC Attachment: api error InvalidTransitGatewayID.NotFound: Transit Gateway tgw-1 was deleted or does not exist", 1), time.Second},
		"an attachment that is not seen":         {"create", many("reading EC2 Transit Gateway VPC Attachment (tgw-attach-1): empty result", 1), time.Second},
		"an endpoint service that is not seen":   {"create", many("creating EC2 VPC Endpoint (com.amazonaws.vpce.eu-central-1.vpce-svc-1): api error InvalidServiceName: The Vpc Endpoint Service 'com.amazonaws.vpce.eu-central-1.vpce-svc-1' does not exist", 1), time.Second},
		"a service of AWS that is not there":     {"create", many("creating EC2 VPC Endpoint (com.amazonaws.eu-central-1.nothing): api error InvalidServiceName", 1), 0},
		"something else, after it was not seen":  {"create", []string{"api error UnauthorizedOperation", accept}, 0},
		"what was deleted by hand, in an update": {"update", many(accept, 1), 0},
		"what is gone, in a destroy":             {"delete", many(accept, 1), 0},
		"a gateway that is gone afterwards":      {"create", many("reading EC2 Transit Gateway (tgw-1): api error InvalidTransitGatewayID.NotFound", 1), 0},
		"another kind":                           {"create", many("api error InvalidSubnetID.NotFound", 1), 0},
	} {
		if pause, again := unseen(c.operation, c.failures); pause != c.pause || again != (c.pause > 0) {
			t.Errorf("%s: %v %v, want %v", name, pause, again, c.pause)
		}
	}
}
