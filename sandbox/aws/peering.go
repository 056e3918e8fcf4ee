package aws

import (
	"errors"
	"fmt"

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
		token: peeringKind, service: "EC2", noun: "EC2 VPC Peering Connection",
		inputs: map[string]input{
			"autoAccept":  {},
			"peerOwnerId": {replace: true, computed: true},
			"peerRegion":  {replace: true, computed: true},
			"peerVpcId":   {required: true, replace: true},
			"tags":        tags,
			"vpcId":       {required: true, replace: true},
		},
		validate: func(in map[string]any) []provider.Failure {
			if flag(in, "autoAccept") && text(in, "peerRegion") != "" {
				return []provider.Failure{{Property: "peerRegion", Reason: "`peer_region` cannot be set whilst `auto_accept` is `true` when creating an EC2 VPC Peering Connection"}}
			}
			return nil
		},
		outputs: []string{"acceptStatus", "accepter", "requester"},
		create:  createPeering,
		ready: func(_ *call, res *world.Resource) (bool, error) {
			if res.String("acceptStatus") == "failed" {
				return false, errors.New("unexpected state 'failed', wanted target 'active, pending-acceptance'. last error: Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range")
			}
			return true, nil
		},
		show: showPeeringOptions,
	}
}

func createPeering(c *call, res *world.Resource) error {
	vpc, err := c.vpc("CreateVpcPeeringConnection", text(c.in, "vpcId"))
	if err != nil {
		return err
	}
	owner, region := text(c.in, "peerOwnerId"), text(c.in, "peerRegion")
	if owner == "" {
		owner = c.account
	}
	if region == "" {
		region = c.region
	}
	peerID := text(c.in, "peerVpcId")
	joined := func(p *world.Resource) bool {
		a, b := p.String("vpcId"), p.String("peerVpcId")
		return p.String("acceptStatus") != "failed" && (a == vpc.ID && b == peerID || a == peerID && b == vpc.ID)
	}
	if others := c.peerings(joined); len(others) > 0 {
		return c.refuse("CreateVpcPeeringConnection", "VpcPeeringConnectionAlreadyExists", "A VPC peering connection %s already exists between %s and %s", others[0].ID, vpc.ID, peerID)
	}
	res.ID = newID(c.Tx, "pcx")
	res.Props["peerOwnerId"], res.Props["peerRegion"] = owner, region
	peer := c.Get(owner, vpcKind, peerID)
	switch {
	case peer == nil || peer.Region != region || peer.ID == vpc.ID || overlap(vpc, peer):
		res.Props["acceptStatus"] = "failed"
	case flag(c.in, "autoAccept"):
		if owner != c.account {
			return c.refuse("AcceptVpcPeeringConnection", "OperationNotPermitted", "User %s cannot accept peering %s", c.account, res.ID)
		}
		res.Props["acceptStatus"] = "active"
	default:
		res.Props["acceptStatus"] = "pending-acceptance"
	}
	return nil
}

func overlap(a, b *world.Resource) bool {
	p, _ := network(a.String("cidrBlock"))
	q, _ := network(b.String("cidrBlock"))
	return p.Overlaps(q)
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
	if found := c.peerings(func(p *world.Resource) bool { return p.ID == id }); len(found) > 0 {
		return found[0]
	}
	return nil
}

func (c *call) namedPeering(operation string) (*world.Resource, error) {
	id := text(c.in, "vpcPeeringConnectionId")
	if p := c.peering(id); p != nil {
		return p, nil
	}
	return nil, c.refuse(operation, "InvalidVpcPeeringConnectionID.NotFound", "The vpcPeeringConnection ID '%s' does not exist", id)
}

func peeringAccepterType() *resourceType {
	return &resourceType{
		token: peeringAccepterKind, service: "EC2", noun: "EC2 VPC Peering Connection",
		inputs: map[string]input{
			"autoAccept":             {},
			"tags":                   tags,
			"vpcPeeringConnectionId": {required: true, replace: true},
		},
		outputs: []string{"acceptStatus", "accepter", "peerOwnerId", "peerRegion", "peerVpcId", "requester", "vpcId"},
		create: func(c *call, res *world.Resource) error {
			peering, err := c.accept()
			if err != nil {
				return err
			}
			res.ID = peering.ID
			// Seen from the accepter's side, the peer is the requester.
			res.Props["vpcId"], res.Props["peerVpcId"] = peering.String("peerVpcId"), peering.String("vpcId")
			res.Props["peerOwnerId"], res.Props["peerRegion"] = peering.Account, peering.Region
			return nil
		},
		update: func(c *call, _ *world.Resource) error { _, err := c.accept(); return err },
		find: func(c *call, id string, _ map[string]any) *world.Resource {
			if c.peering(id) == nil {
				return nil
			}
			return c.get(peeringAccepterKind, id)
		},
		show: func(c *call, res *world.Resource, state map[string]any) {
			if peering := c.peering(res.ID); peering != nil {
				state["acceptStatus"] = peering.String("acceptStatus")
				showPeeringOptions(c, peering, state)
			}
		},
	}
}

// accept turns a pending connection into an active one if the program asks for it.
func (c *call) accept() (*world.Resource, error) {
	peering, err := c.namedPeering("AcceptVpcPeeringConnection")
	if err != nil || !flag(c.in, "autoAccept") {
		return peering, err
	}
	switch status := peering.String("acceptStatus"); {
	case status == "active":
		return peering, nil
	case peering.String("peerOwnerId") != c.account:
		return nil, c.refuse("AcceptVpcPeeringConnection", "OperationNotPermitted", "User %s cannot accept peering %s", c.account, peering.ID)
	case status != "pending-acceptance":
		return nil, c.refuse("AcceptVpcPeeringConnection", "InvalidStateTransition", "Invalid state transition for peering %s, attempted to transition from %s to active", peering.ID, status)
	}
	peering.Props["acceptStatus"] = "active"
	c.Changed(peering)
	return peering, nil
}

func peeringOptionsType() *resourceType {
	return &resourceType{
		token: peeringOptionsKind, service: "EC2", noun: "EC2 VPC Peering Connection Options",
		inputs: map[string]input{
			"accepter":               {computed: true},
			"requester":              {computed: true},
			"vpcPeeringConnectionId": {required: true, replace: true},
		},
		create: func(c *call, res *world.Resource) error {
			res.ID = text(c.in, "vpcPeeringConnectionId")
			return c.setPeeringOptions()
		},
		update: func(c *call, _ *world.Resource) error { return c.setPeeringOptions() },
		find: func(c *call, id string, _ map[string]any) *world.Resource {
			if c.peering(id) == nil {
				return nil
			}
			return c.get(peeringOptionsKind, id)
		},
		show: func(c *call, res *world.Resource, state map[string]any) {
			if peering := c.peering(res.ID); peering != nil {
				showPeeringOptions(c, peering, state)
			}
		},
	}
}

// setPeeringOptions lets each account set the options of its own side of an active connection.
func (c *call) setPeeringOptions() error {
	const operation = "ModifyVpcPeeringConnectionOptions"
	peering, err := c.namedPeering(operation)
	if err != nil {
		return err
	}
	if peering.String("acceptStatus") != "active" {
		return c.refuse(operation, "OperationNotPermitted", "Peering %s is not active. Peering options can be added only to active peerings.", peering.ID)
	}
	sides := map[string]string{"requester": peering.Account, "accepter": peering.String("peerOwnerId")}
	vpcs := map[string]string{"requester": peering.String("vpcId"), "accepter": peering.String("peerVpcId")}
	for _, side := range sortedKeys(sides) {
		wanted := object(c.in, side)
		if len(wanted) == 0 {
			continue
		}
		if sides[side] != c.account {
			return c.refuse(operation, "OperationNotPermitted", "User %s cannot modify the %s options of peering %s", c.account, side, peering.ID)
		}
		if vpc := c.get(vpcKind, vpcs[side]); flag(wanted, "allowRemoteVpcDnsResolution") && (vpc == nil || !flag(vpc.Props, "enableDnsHostnames")) {
			return c.refuse(operation, "InvalidVpcPeeringConnectionState.DnsHostnamesDisabled",
				"To enable DNS hostname resolution for the VPC peering connection, DNS hostname support must be enabled for the VPCs: %s", vpcs[side])
		}
		peering.Props[fmt.Sprintf("_%s", side)] = cloneMap(wanted)
		c.Changed(peering)
	}
	return nil
}

func showPeeringOptions(_ *call, peering *world.Resource, state map[string]any) {
	for _, side := range []string{"accepter", "requester"} {
		state[side] = map[string]any{"allowRemoteVpcDnsResolution": flag(peering.Props, "_"+side, "allowRemoteVpcDnsResolution")}
	}
}
