package aws

import (
	"net/netip"

	"ambient-ecs/sandbox/world"
)

const (
	transitPeeringKind         = "aws:ec2transitgateway/peeringAttachment:PeeringAttachment"
	transitPeeringAccepterKind = "aws:ec2transitgateway/peeringAttachmentAccepter:PeeringAttachmentAccepter"
	transitRouteKind           = "aws:ec2transitgateway/route:Route"
)

var transitPeeringMissing = refusal{"InvalidTransitGatewayAttachmentID.NotFound", "Transit Gateway Attachment ${id} was deleted or does not exist."}

// A peering of two transit gateways is one resource in the requester's account and region. The accepter's sees it as well.
func transitPeeringType() *resourceType {
	return &resourceType{
		token: transitPeeringKind, service: "EC2", noun: "EC2 Transit Gateway Peering Attachment", creates: "CreateTransitGatewayPeeringAttachment",
		inputs: map[string]input{
			"options":              {},
			"peerAccountId":        {replace: true, chosen: "${Account}"},
			"peerRegion":           {required: true, replace: true},
			"peerTransitGatewayId": {required: true, replace: true},
			"tags":                 tags,
			"transitGatewayId":     {required: true, replace: true, refers: transitKind},
		},
		outputs: values{"arn": arn("ec2", "transit-gateway-attachment/${id}"), "state": nil},
		newID:   ec2ID("tgw-attach"),
		missing: transitPeeringMissing,
		create: func(c *call, res *world.Resource) error {
			// Attachments are for gateways of one's own, not for those that are shared with the account.
			if c.get(transitKind, text(c.in, "transitGatewayId")) == nil {
				return c.refuse("UnauthorizedOperation", "You are not authorized to perform this operation.")
			}
			peer := c.Get(text(c.in, "peerAccountId"), transitKind, text(c.in, "peerTransitGatewayId"))
			if peer == nil || peer.Region != text(c.in, "peerRegion") {
				return c.refuse("InvalidTransitGatewayID.NotFound", "Transit Gateway %s was deleted or does not exist.", text(c.in, "peerTransitGatewayId"))
			}
			res.Props["state"] = "pendingAcceptance"
			return nil
		},
		remove: func(c *call, res *world.Resource) error {
			for _, accepted := range c.Find("", transitPeeringAccepterKind, Has("transitGatewayAttachmentId", res.ID)) {
				c.Drop(accepted)
			}
			return nil
		},
	}
}

func transitPeeringAccepterType() *resourceType {
	return &resourceType{
		token: transitPeeringAccepterKind, service: "EC2", noun: "EC2 Transit Gateway Peering Attachment Accepter", creates: "AcceptTransitGatewayPeeringAttachment",
		inputs: map[string]input{
			"tags":                       tags,
			"transitGatewayAttachmentId": {required: true, replace: true},
		},
		outputs: values{"peerAccountId": nil, "peerRegion": nil, "peerTransitGatewayId": nil, "transitGatewayId": nil},
		key:     "${transitGatewayAttachmentId}",
		create: func(c *call, res *world.Resource) error {
			peering := first(c.Find("", transitPeeringKind, func(r *world.Resource) bool {
				return r.ID == text(c.in, "transitGatewayAttachmentId") && r.String("peerAccountId") == c.account && r.String("peerRegion") == c.region
			}))
			if peering == nil {
				return c.refuses(transitPeeringMissing, &world.Resource{ID: text(c.in, "transitGatewayAttachmentId")})
			}
			peering.Props["state"] = "available"
			c.Changed(peering)
			res.Props["peerAccountId"], res.Props["peerRegion"] = peering.Account, peering.Region
			res.Props["peerTransitGatewayId"], res.Props["transitGatewayId"] = peering.Props["transitGatewayId"], peering.Props["peerTransitGatewayId"]
			return nil
		},
		remove: func(c *call, res *world.Resource) error {
			for _, peering := range c.Find("", transitPeeringKind, func(r *world.Resource) bool { return r.ID == res.String("transitGatewayAttachmentId") }) {
				peering.Props["state"] = "deleted"
				c.Changed(peering)
			}
			return nil
		},
	}
}

// A static route of a transit gateway's route table.
func transitRouteType() *resourceType {
	return &resourceType{
		token: transitRouteKind, service: "EC2", noun: "EC2 Transit Gateway Route", creates: "CreateTransitGatewayRoute",
		inputs: map[string]input{
			"blackhole":                  {preset: false, replace: true},
			"destinationCidrBlock":       {required: true, replace: true},
			"transitGatewayAttachmentId": {replace: true},
			"transitGatewayRouteTableId": {required: true, replace: true},
		},
		key:   "${transitGatewayRouteTableId}_${destinationCidrBlock}",
		taken: refusal{"RouteAlreadyExists", "The route identified by ${destinationCidrBlock} already exists."},
		create: func(c *call, _ *world.Resource) error {
			table, attachment := text(c.in, "transitGatewayRouteTableId"), text(c.in, "transitGatewayAttachmentId")
			gateway := first(c.each(transitKind, Has("associationDefaultRouteTableId", table)))
			if gateway == nil {
				return c.refuse("InvalidRouteTableID.NotFound", "Transit Gateway Route Table %s was deleted or does not exist.", table)
			}
			if far := beyondPeering(c.Tx, gateway.ID, attachment); far == "" {
				return c.refuse("IncorrectState", "%s is in invalid state", attachment)
			}
			return nil
		},
	}
}

// beyondPeering is the transit gateway at the other end of an available peering, or "".
func beyondPeering(tx *world.Tx, gateway, attachment string) string {
	for _, p := range tx.Find("", transitPeeringKind, func(r *world.Resource) bool { return r.ID == attachment && r.String("state") == "available" }) {
		switch gateway {
		case p.String("transitGatewayId"):
			return p.String("peerTransitGatewayId")
		case p.String("peerTransitGatewayId"):
			return p.String("transitGatewayId")
		}
	}
	return ""
}

// nextGateway is the transit gateway to which a static route of another leads an address, or "".
func nextGateway(tx *world.Tx, gateway string, to netip.Addr) string {
	for _, g := range tx.Find("", transitKind, func(r *world.Resource) bool { return r.ID == gateway }) {
		for _, route := range tx.Find(g.Account, transitRouteKind, Has("transitGatewayRouteTableId", g.String("associationDefaultRouteTableId"))) {
			if p, ok := network(route.String("destinationCidrBlock")); ok && p.Contains(to) {
				return beyondPeering(tx, gateway, route.String("transitGatewayAttachmentId"))
			}
		}
	}
	return ""
}
