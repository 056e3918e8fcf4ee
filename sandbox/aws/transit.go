package aws

import (
	"net/netip"
	"slices"
	"time"

	"ambient-ecs/sandbox/world"
)

const (
	transitKind           = "aws:ec2transitgateway/transitGateway:TransitGateway"
	transitAttachmentKind = "aws:ec2transitgateway/vpcAttachment:VpcAttachment"
	transitAccepterKind   = "aws:ec2transitgateway/vpcAttachmentAccepter:VpcAttachmentAccepter"
)

var onOff = oneOf("enable", "disable")

func transitType() *resourceType {
	return &resourceType{
		token: transitKind, service: "EC2", noun: "EC2 Transit Gateway", creates: "CreateTransitGateway", deletes: "DeleteTransitGateway",
		inputs: map[string]input{
			"amazonSideAsn":                {preset: 64512},
			"autoAcceptSharedAttachments":  {preset: "disable", check: onOff},
			"defaultRouteTableAssociation": {preset: "enable", check: onOff},
			"defaultRouteTablePropagation": {preset: "enable", check: onOff},
			"description":                  {},
			"dnsSupport":                   {preset: "enable", check: onOff},
			"tags":                         tags,
		},
		outputs: values{
			"arn": arn("ec2", "transit-gateway/${id}"), "ownerId": "${Account}", "associationDefaultRouteTableId": nil, "propagationDefaultRouteTableId": nil,
		},
		newID:   ec2ID("tgw"),
		missing: refusal{"InvalidTransitGatewayID.NotFound", "Transit Gateway ${id} was deleted or does not exist."},
		holders: []link{{kind: transitAttachmentKind, property: "transitGatewayId"}},
		held:    refusal{"IncorrectState", "${id} has non-deleted VPC Attachments"},
		life:    &life{property: "_state", making: "pending", ready: "available", deleting: "deleting", makes: 30 * time.Second, deletes: 30 * time.Second},
		create: func(c *call, res *world.Resource) error {
			table := newID(c.Tx, "tgw-rtb")
			res.Props["associationDefaultRouteTableId"], res.Props["propagationDefaultRouteTableId"] = table, table
			return nil
		},
		// Attachments of other accounts hold it too.
		remove: func(c *call, res *world.Resource) error {
			if len(c.Find("", transitAttachmentKind, Has("transitGatewayId", res.ID))) > 0 {
				return c.refuses(c.kind.held, res)
			}
			peered := func(r *world.Resource) bool {
				return r.String("state") != "deleted" && (r.String("transitGatewayId") == res.ID || r.String("peerTransitGatewayId") == res.ID)
			}
			if len(c.Find("", transitPeeringKind, peered)) > 0 {
				return c.refuse("IncorrectState", "%s has non-deleted Transit Gateway Peering Attachments", res.ID)
			}
			return nil
		},
		find: func(c *call, id string, _ map[string]any) *world.Resource { return c.transit(id) },
	}
}

// transit returns a transit gateway of this account, or one that is shared with it, or nil.
func (c *call) transit(id string) *world.Resource {
	return first(c.Find("", transitKind, func(r *world.Resource) bool {
		return r.ID == id && r.Region == c.region && (r.Account == c.account || sharedWith(c.Tx, r, c.account))
	}))
}

// transitsSeen are the gateways of the account, and those that are shared with it.
func transitsSeen(c *call) (seen []*world.Resource) {
	for _, r := range c.Find("", transitKind, nil) {
		if c.transit(r.ID) != nil {
			seen = append(seen, r)
		}
	}
	return seen
}

func transitAttachmentType() *resourceType {
	return &resourceType{
		token: transitAttachmentKind, service: "EC2", noun: "EC2 Transit Gateway VPC Attachment", creates: "CreateTransitGatewayVpcAttachment",
		updates: "ModifyTransitGatewayVpcAttachment",
		inputs: map[string]input{
			"applianceModeSupport": {preset: "disable", check: onOff},
			"dnsSupport":           {preset: "enable", check: onOff},
			"ipv6Support":          {preset: "disable", check: onOff},
			"subnetIds":            {required: true, refers: subnetKind, same: sameSet},
			"tags":                 tags,
			"transitGatewayDefaultRouteTableAssociation": {chosen: true},
			"transitGatewayDefaultRouteTablePropagation": {chosen: true},
			"transitGatewayId":                           {required: true, replace: true, refers: transitKind},
			"vpcId":                                      {required: true, replace: true, refers: vpcKind},
		},
		outputs: values{"vpcOwnerId": "${Account}"},
		newID:   ec2ID("tgw-attach"),
		missing: refusal{"InvalidTransitGatewayAttachmentID.NotFound", "Transit Gateway Attachment ${id} was deleted or does not exist."},
		check:   checkAttachment,
		create: func(c *call, res *world.Resource) error {
			gateway := c.transit(text(c.in, "transitGatewayId"))
			res.Props["_state"] = "pendingAcceptance"
			if gateway.Account == c.account || gateway.String("autoAcceptSharedAttachments") == "enable" {
				res.Props["_state"] = "available"
			}
			return nil
		},
		remove: func(c *call, res *world.Resource) error {
			for _, accepted := range c.Find("", transitAccepterKind, Has("transitGatewayAttachmentId", res.ID)) {
				c.Drop(accepted)
			}
			return nil
		},
	}
}

// checkAttachment refuses a second attachment of a VPC, subnets elsewhere and two subnets in a zone.
func checkAttachment(c *call, res *world.Resource) error {
	vpc, gateway := text(c.in, "vpcId"), text(c.in, "transitGatewayId")
	for _, other := range c.each(transitAttachmentKind, Has("vpcId", vpc, "transitGatewayId", gateway)) {
		if other.ID != res.ID {
			return c.refuse("DuplicateTransitGatewayAttachment", "%s has non-deleted Transit Gateway Attachments with same VPC ID.", gateway)
		}
	}
	zones := map[string]bool{}
	for _, id := range texts(c.in, "subnetIds") {
		subnet := c.get(subnetKind, id)
		if subnet.String("vpcId") != vpc {
			return c.refuse("InvalidSubnetID.NotFound", "Subnet %s does not exist in VPC %s.", id, vpc)
		}
		zone := subnet.String("availabilityZone")
		if zones[zone] {
			return c.refuse("DuplicateSubnetsInSameZone", "Duplicate Subnets for same AZ")
		}
		zones[zone] = true
	}
	return nil
}

// The accepter is in the account of the gateway, and the attachment in that of the VPC.
func transitAccepterType() *resourceType {
	return &resourceType{
		token: transitAccepterKind, service: "EC2", noun: "EC2 Transit Gateway VPC Attachment Accepter", creates: "AcceptTransitGatewayVpcAttachment",
		inputs: map[string]input{
			"tags":                       tags,
			"transitGatewayAttachmentId": {required: true, replace: true},
			"transitGatewayDefaultRouteTableAssociation": {chosen: true},
			"transitGatewayDefaultRouteTablePropagation": {chosen: true},
		},
		outputs: values{"subnetIds": nil, "transitGatewayId": nil, "vpcId": nil, "vpcOwnerId": nil, "dnsSupport": "enable", "ipv6Support": "disable", "applianceModeSupport": "disable"},
		key:     "${transitGatewayAttachmentId}",
		create: func(c *call, res *world.Resource) error {
			attachment := first(c.Find("", transitAttachmentKind, func(r *world.Resource) bool { return r.ID == text(c.in, "transitGatewayAttachmentId") }))
			if attachment == nil {
				return c.refuses(transitAttachmentType().missing, &world.Resource{ID: text(c.in, "transitGatewayAttachmentId")})
			}
			if c.get(transitKind, attachment.String("transitGatewayId")) == nil {
				return c.refuse("UnauthorizedOperation", "You are not authorized to perform this operation.")
			}
			attachment.Props["_state"] = "available"
			c.Changed(attachment)
			for _, k := range []string{"subnetIds", "transitGatewayId", "vpcId", "vpcOwnerId"} {
				res.Props[k] = clone(attachment.Props[k])
			}
			return nil
		},
	}
}

// attachedTo returns the attachment of a VPC to a transit gateway that carries traffic, or nil.
func attachedTo(tx *world.Tx, gateway, vpc string) *world.Resource {
	return first(tx.Find("", transitAttachmentKind, Has("transitGatewayId", gateway, "vpcId", vpc, "_state", "available")))
}

// through returns the attachment behind which a transit gateway finds an address, or why it finds none. The gateways here propagate the
// networks of every VPC into one route table, and know others by static routes.
func through(tx *world.Tx, gateway string, from *world.Resource, to netip.Addr) (*world.Resource, string) {
	if attachedTo(tx, gateway, from.ID) == nil {
		return nil, gateway + " has no available attachment of " + from.ID
	}
	if far := nextGateway(tx, gateway, to); far != "" {
		gateway = far
	}
	for _, attachment := range tx.Find("", transitAttachmentKind, Has("transitGatewayId", gateway, "_state", "available")) {
		vpc := tx.Get(attachment.Account, vpcKind, attachment.String("vpcId"))
		if vpc != nil && slices.ContainsFunc(vpcNetworks(tx, vpc), func(p netip.Prefix) bool { return p.Contains(to) }) {
			return attachment, ""
		}
	}
	return nil, gateway + " has no available attachment of a VPC with " + to.String()
}
