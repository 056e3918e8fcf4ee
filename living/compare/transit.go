package compare

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"ambient-ecs/config"
)

// AttachmentsSubject is the attachments of an account's network among the look-ups.
func AttachmentsSubject(account string) string {
	return "the transit gateway attachments of account " + account
}

// gatewayTables warns, before an account joins, of a named transit gateway in whose route tables a new attachment does not appear by itself. The gateway's owner
// may do it, by hand or by a rule, so it is no refusal. The provider leaves the tables of a shared gateway alone.
func (c *comparison) gatewayTables() {
	for _, key := range c.cfg.AccountKeys() {
		gateway := c.world.Gateways[key]
		if gateway == nil || c.installed(key) {
			continue
		}
		var off []string
		if gateway.Associates == "disable" {
			off = append(off, "associates no attachment with a route table (DefaultRouteTableAssociation)")
		}
		if gateway.Propagates == "disable" {
			off = append(off, "propagates no attachment's networks (DefaultRouteTablePropagation)")
		}
		if off != nil {
			c.warn("transitGateway.id: %s by itself %s. Until its owner does so for the attachment of each network, the accounts do not reach each other, and nothing of it fails in `pulumi up`: "+
				"tasks of other accounts wait for istiod. `ambient doctor` names the missing way (docs/networks.md)", c.cfg.TransitGateway.ID, strings.Join(off, " and "))
			return
		}
	}
}

// attachment compares how a network comes to the transit gateway with what is attached already. AWS allows one attachment of a VPC to a
// gateway (https://github.com/hashicorp/terraform-provider-aws/issues/25868, 2026-11-30).
func (n named) attachment() {
	named, gateway := n.settings.Network, n.cfg.TransitGateway.ID
	n.attachmentSubnets()
	attachments, looked := n.world.Attachments[n.key]
	if !looked || gateway == "" {
		return
	}
	var there []string
	for _, id := range slices.Sorted(maps.Keys(attachments)) {
		if attachments[id].Gateway == gateway {
			there = append(there, id)
		}
	}
	field := n.field + ".attachmentId"
	one, found := attachments[named.AttachmentID]
	switch {
	case named.AttachmentID == "" && len(there) > 0 && !attachments[there[0]].Ours:
		n.problems.Missing(field, "%s is attached to %s already, by %s of somebody else, and AWS allows one attachment: set it to %s, and the program makes none", n.found.VPC.ID, gateway, there[0], there[0])
	case named.AttachmentID == "":
	case !found || one.Gateway != gateway:
		n.problems.Refuse(field, named.AttachmentID, "%s has no such attachment to %s. It has %s", n.found.VPC.ID, gateway, listed(there))
	case one.Ours:
		n.problems.Refuse(field, named.AttachmentID, "this stack made it, and would delete it as soon as the key names it: leave the key out")
	case !one.Carries:
		n.problems.Refuse(field, named.AttachmentID, "it carries no traffic yet, and AWS refuses routes until the owner of %s accepts it", gateway)
	default:
		n.reached(field, one)
	}
}

// reached warns of zones of private subnets in which an attachment of others has no subnet. It is theirs to add one.
func (n named) reached(field string, attachment Attachment) {
	zones := n.found.ZoneIDs(n.settings.Network.PrivateSubnetIDs)
	slices.Sort(zones)
	for _, zone := range slices.Compact(zones) {
		if len(attachment.ZoneIDs) > 0 && !slices.Contains(attachment.ZoneIDs, zone) {
			n.warn("%s: %s has no subnet in %s, where private subnets are. Nothing there reaches other accounts until its owner adds one", field, n.settings.Network.AttachmentID, zone)
		}
	}
}

func listed(ids []string) string {
	if len(ids) == 0 {
		return "none"
	}
	return strings.Join(ids, ", ")
}

// attachmentSubnets checks the subnets of an attachment that the program makes. Hosts in a zone without one do not reach the gateway
// (https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html, 2026-11-30).
func (n named) attachmentSubnets() {
	named := n.settings.Network
	if n.cfg.Connect != config.ConnectTransitGateway || len(named.AttachmentSubnetIDs) == 0 {
		return
	}
	zones := map[string]string{}
	for _, subnet := range n.there(".attachmentSubnetIds", named.AttachmentSubnetIDs) {
		if other := zones[subnet.ZoneID]; other != "" {
			n.problems.Refuse(n.field+".attachmentSubnetIds", subnet.ID, "%s is in the same zone, %s, and an attachment takes one subnet of each", other, subnet.ZoneID)
		}
		zones[subnet.ZoneID] = subnet.ID
	}
	for _, zone := range n.found.ZoneIDs(named.PrivateSubnetIDs) {
		if zones[zone] == "" {
			zones[zone] = "told"
			n.problems.Refuse(n.field+".attachmentSubnetIds", fmt.Sprint(named.AttachmentSubnetIDs), "no subnet is in %s, where private subnets are: nothing there would reach the gateway", zone)
		}
	}
}
