package aws

import (
	"errors"
	"net/netip"
	"slices"

	"ambient-ecs/quota"
	"ambient-ecs/sandbox/provider"
	"ambient-ecs/sandbox/world"
)

const (
	peeringKind         = "aws:ec2/vpcPeeringConnection:VpcPeeringConnection"
	peeringAccepterKind = "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter"
	peeringOptionsKind  = "aws:ec2/peeringConnectionOptions:PeeringConnectionOptions"
)

// A peering connection is one resource in the requester's account. The accepter's account sees it as well.
func peeringType() *resourceType {
	return &resourceType{
		token: peeringKind, service: "EC2", noun: "EC2 VPC Peering Connection", creates: "CreateVpcPeeringConnection",
		inputs: map[string]input{
			"autoAccept":  {},
			"peerOwnerId": {replace: true, chosen: "${Account}"},
			"peerRegion":  {replace: true, chosen: "${Region}"},
			"peerVpcId":   {required: true, replace: true},
			"tags":        tags,
			"vpcId":       {required: true, replace: true, refers: vpcKind},
		},
		validate: func(in map[string]any) []provider.Failure {
			if flag(in, "autoAccept") && text(in, "peerRegion") != "" {
				return []provider.Failure{{Property: "peerRegion", Reason: "`peer_region` cannot be set whilst `auto_accept` is `true` when creating an EC2 VPC Peering Connection"}}
			}
			return nil
		},
		outputs: values{"acceptStatus": nil, "accepter": nil, "requester": nil},
		newID:   ec2ID("pcx"),
		missing: refusal{"InvalidVpcPeeringConnectionID.NotFound", "The vpcPeeringConnection ID '${id}' does not exist"},
		create:  createPeering,
		ready: func(_ *call, res *world.Resource) (bool, error) {
			if res.String("acceptStatus") == "failed" {
				return false, errors.New("unexpected state 'failed', wanted target 'active, pending-acceptance'. last error: Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range")
			}
			return true, nil
		},
		find: func(c *call, id string, _ map[string]any) *world.Resource { return c.peering(id) },
		show: showPeeringOptions,
	}
}

func createPeering(c *call, res *world.Resource) error {
	vpc, peerID := c.get(vpcKind, text(c.in, "vpcId")), text(c.in, "peerVpcId")
	// A second request between the same requester and accepter returns the connection that is there
	// (hashicorp/terraform-provider-aws#27750, 2022-11-10).
	same := c.each(peeringKind, Has("vpcId", vpc.ID, "peerVpcId", peerID))
	same = slices.DeleteFunc(same, func(p *world.Resource) bool { return p.String("acceptStatus") == "failed" })
	if len(same) > 0 {
		res.ID, res.Props = same[0].ID, cloneMap(same[0].Props)
		if flag(c.in, "autoAccept") && res.String("peerOwnerId") == c.account && res.String("peerRegion") == c.region {
			res.Props["acceptStatus"] = "active"
		}
		return nil
	}
	for _, id := range []string{vpc.ID, peerID} {
		of := func(p *world.Resource) bool {
			return p.String("acceptStatus") != "failed" && (p.String("vpcId") == id || p.String("peerVpcId") == id)
		}
		if len(c.Find("", peeringKind, of)) >= quota.Peerings.Default {
			return c.refuse("ActiveVpcPeeringConnectionPerVpcLimitExceeded", "You've reached the limit on the number of active VPC peering connections you can have for the VPC %s.", id)
		}
	}
	owner := res.String("peerOwnerId")
	peer := c.Get(owner, vpcKind, peerID)
	switch {
	case peer == nil || peer.Region != res.String("peerRegion") || peer.ID == vpc.ID || overlap(c.Tx, vpc, peer):
		res.Props["acceptStatus"] = "failed"
	case flag(c.in, "autoAccept"):
		if owner != c.account || peer.Region != c.region {
			return c.refuseIn("AcceptVpcPeeringConnection", "OperationNotPermitted", "User %s cannot accept peering %s", c.account, res.ID)
		}
		if err := c.checkPair(res); err != nil {
			return err
		}
		res.Props["acceptStatus"] = "active"
	default:
		res.Props["acceptStatus"] = "pending-acceptance"
	}
	return nil
}

// checkPair refuses the acceptance of a second connection between two VPCs. The second request itself succeeds: it is the
// first with requester and accepter exchanged (hashicorp/terraform-provider-aws#44315, 2025-09-16).
func (c *call) checkPair(peering *world.Resource) error {
	here, there := peering.String("vpcId"), peering.String("peerVpcId")
	others := c.peerings(func(p *world.Resource) bool {
		a, b := p.String("vpcId"), p.String("peerVpcId")
		return p.ID != peering.ID && p.String("acceptStatus") == "active" && (a == here && b == there || a == there && b == here)
	})
	if len(others) > 0 {
		return c.refuseIn("AcceptVpcPeeringConnection", "VpcPeeringConnectionAlreadyExists", "The vpc peering connection identified by %s already exists.", peering.ID)
	}
	return nil
}

func overlap(tx *world.Tx, a, b *world.Resource) bool {
	return slices.ContainsFunc(vpcNetworks(tx, a), func(p netip.Prefix) bool {
		return slices.ContainsFunc(vpcNetworks(tx, b), p.Overlaps)
	})
}

// peerings returns the connections of which this account has either side.
func (c *call) peerings(match func(*world.Resource) bool) []*world.Resource {
	return c.Find("", peeringKind, func(p *world.Resource) bool {
		mine := p.Account == c.account && p.Region == c.region || p.String("peerOwnerId") == c.account && p.String("peerRegion") == c.region
		return mine && match(p)
	})
}

// peering returns a connection that this account can see, or nil.
func (c *call) peering(id string) *world.Resource {
	return first(c.peerings(func(p *world.Resource) bool { return p.ID == id }))
}

// The accepter and the options are settings of a connection, and go with it.
func peeringAccepterType() *resourceType {
	return &resourceType{
		token: peeringAccepterKind, service: "EC2", noun: "EC2 VPC Peering Connection", creates: "AcceptVpcPeeringConnection", updates: "AcceptVpcPeeringConnection",
		inputs: map[string]input{
			"autoAccept":             {},
			"tags":                   tags,
			"vpcPeeringConnectionId": {required: true, replace: true, refers: peeringKind},
		},
		outputs: values{"acceptStatus": nil, "accepter": nil, "peerOwnerId": nil, "peerRegion": nil, "peerVpcId": nil, "requester": nil, "vpcId": nil},
		key:     "${vpcPeeringConnectionId}",
		check:   func(c *call, _ *world.Resource) error { return c.accept() },
		create: func(c *call, res *world.Resource) error {
			// Seen from the accepter's side, the peer is the requester.
			peering := c.peering(res.ID)
			res.Props["vpcId"], res.Props["peerVpcId"] = peering.String("peerVpcId"), peering.String("vpcId")
			res.Props["peerOwnerId"], res.Props["peerRegion"] = peering.Account, peering.Region
			return nil
		},
		find: func(c *call, id string, _ map[string]any) *world.Resource {
			return c.ofPeering(peeringAccepterKind, id)
		},
		show: func(c *call, res *world.Resource, state map[string]any) {
			peering := c.peering(res.ID)
			state["acceptStatus"] = peering.String("acceptStatus")
			showPeeringOptions(c, peering, state)
		},
	}
}

// ofPeering returns the settings of a connection that exists, or nil.
func (c *call) ofPeering(kind, id string) *world.Resource {
	res := c.get(kind, id)
	if res == nil || c.peering(res.String("vpcPeeringConnectionId")) == nil {
		return nil
	}
	return res
}

// accept turns a pending connection into an active one if the program asks for it.
func (c *call) accept() error {
	peering := c.peering(text(c.in, "vpcPeeringConnectionId"))
	switch status := peering.String("acceptStatus"); {
	case !flag(c.in, "autoAccept") || status == "active":
		return nil
	case peering.String("peerOwnerId") != c.account || peering.String("peerRegion") != c.region:
		return c.refuse("OperationNotPermitted", "User %s cannot accept peering %s", c.account, peering.ID)
	case status != "pending-acceptance":
		return c.refuse("InvalidStateTransition", "Invalid state transition for peering %s, attempted to transition from %s to active", peering.ID, status)
	}
	if err := c.checkPair(peering); err != nil {
		return err
	}
	peering.Props["acceptStatus"] = "active"
	c.Put(peering)
	return nil
}

func peeringOptionsType() *resourceType {
	return &resourceType{
		token: peeringOptionsKind, service: "EC2", noun: "EC2 VPC Peering Connection Options",
		creates: "ModifyVpcPeeringConnectionOptions", updates: "ModifyVpcPeeringConnectionOptions",
		inputs: map[string]input{
			"accepter":               {computed: true},
			"requester":              {computed: true},
			"vpcPeeringConnectionId": {required: true, replace: true, refers: peeringKind},
		},
		// Each side has options of its own. The sides may be two regions of one account.
		key:   "${vpcPeeringConnectionId}/${Region}",
		known: "${vpcPeeringConnectionId}",
		check: func(c *call, _ *world.Resource) error { return c.setPeeringOptions() },
		find: func(c *call, id string, _ map[string]any) *world.Resource {
			// A world of an earlier release has the options of an account by the connection alone.
			if res := c.ofPeering(peeringOptionsKind, id+"/"+c.region); res != nil {
				return res
			}
			return c.ofPeering(peeringOptionsKind, id)
		},
		show: func(c *call, res *world.Resource, state map[string]any) {
			showPeeringOptions(c, c.peering(res.String("vpcPeeringConnectionId")), state)
		},
	}
}

// setPeeringOptions lets each account set the options of its own side of an active connection.
func (c *call) setPeeringOptions() error {
	peering := c.peering(text(c.in, "vpcPeeringConnectionId"))
	if peering.String("acceptStatus") != "active" {
		return c.refuse("OperationNotPermitted", "Peering %s is not active. Peering options can be added only to active peerings.", peering.ID)
	}
	for _, side := range []struct{ name, account, region, vpc string }{
		{"accepter", peering.String("peerOwnerId"), peering.String("peerRegion"), peering.String("peerVpcId")},
		{"requester", peering.Account, peering.Region, peering.String("vpcId")},
	} {
		wanted := object(c.in, side.name)
		if len(wanted) == 0 {
			continue
		}
		if side.account != c.account || side.region != c.region {
			return c.refuse("OperationNotPermitted", "User %s cannot modify the %s options of peering %s", c.account, side.name, peering.ID)
		}
		if vpc := c.get(vpcKind, side.vpc); flag(wanted, "allowRemoteVpcDnsResolution") && (vpc == nil || !flag(vpc.Props, "enableDnsHostnames")) {
			return c.refuse("InvalidVpcPeeringConnectionState.DnsHostnamesDisabled",
				"To enable DNS hostname resolution for the VPC peering connection, DNS hostname support must be enabled for the VPCs: %s", side.vpc)
		}
		peering.Props["_"+side.name] = cloneMap(wanted)
		c.Put(peering)
	}
	return nil
}

func showPeeringOptions(_ *call, peering *world.Resource, state map[string]any) {
	for _, side := range []string{"accepter", "requester"} {
		state[side] = map[string]any{"allowRemoteVpcDnsResolution": flag(peering.Props, "_"+side, "allowRemoteVpcDnsResolution")}
	}
}
