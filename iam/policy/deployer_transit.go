package policy

import (
	"slices"
	"strings"

	"ambient-ecs/iam/actions"
)

var ram = actions.Service("ram")

// transits reports whether an EC2 action is one of transit gateways, which NetworkPolicy leaves to TransitPolicy.
func transits(action string) bool {
	return strings.HasPrefix(action, "ec2:") && strings.Contains(action, "TransitGateway")
}

// transitCreations make a resource with its tags in one call.
var transitCreations = ec2("CreateTransitGateway", "CreateTransitGatewayPeeringAttachment", "CreateTransitGatewayVpcAttachment")

// transitAcceptances are about an attachment that has no tag yet where it is accepted.
var transitAcceptances = ec2("AcceptTransitGatewayPeeringAttachment", "AcceptTransitGatewayVpcAttachment")

// transitRoutes are about the default route table of a gateway, which is AWS's own and carries no tag.
var transitRoutes = ec2("CreateTransitGatewayRoute", "DeleteTransitGatewayRoute", "SearchTransitGatewayRoutes")

// sharing are the actions of AWS RAM that are about a share of another account, or about none.
var sharing = ram("AcceptResourceShareInvitation", "GetResourceShareAssociations", "GetResourceShareInvitations", "GetResourceShares", "ListResources")

var transitRules = []rule{
	{
		// The default route table, whose associations the provider reads, is AWS's own and carries no tag.
		policy: TransitPolicy, sid: "ReadTransit",
		covers: func(a string) bool {
			return transits(a) && reading.MatchString(a) && !slices.Contains(transitRoutes, a)
		},
		resources: everything, condition: inRegion,
	},
	{
		policy: TransitPolicy, sid: "CreateTransit",
		covers: oneOf(transitCreations), resources: ec2ARNs("*"),
		condition: when("StringEqualsIfExists", "aws:RequestTag/"+InstallTag),
	},
	{
		// A gateway that another account shares is that account's in its ARN.
		policy: TransitPolicy, sid: "AttachToSharedGateway",
		covers: is("ec2:CreateTransitGatewayVpcAttachment"),
		resources: func(d Deployer, _ AccountKind) []string {
			return []string{d.Place.anyAccount().ARN("ec2", "transit-gateway/*")}
		},
	},
	{
		policy: TransitPolicy, sid: "TagTransit",
		covers: is("ec2:CreateTags"), resources: ec2ARNs("transit-gateway/*", "transit-gateway-attachment/*"),
		condition: func(_ Deployer, kind AccountKind) Condition {
			var names Values
			for _, action := range transitCreations {
				if slices.Contains(Actions(kind), action) {
					names = append(names, strings.TrimPrefix(action, "ec2:"))
				}
			}
			return Condition{"StringEquals": {"ec2:CreateAction": names}}
		},
	},
	{
		// The attachment has no tag of the home account until it is accepted. Then the program tags it.
		policy: TransitPolicy, sid: "AcceptAttachments", homeOnly: true,
		covers:    oneOf(transitAcceptances),
		resources: ec2ARNs("transit-gateway-attachment/*"),
	},
	{
		policy: TransitPolicy, sid: "AdoptAttachments", homeOnly: true,
		covers:    oneOf(ec2("CreateTags")),
		resources: ec2ARNs("transit-gateway-attachment/*"), condition: when("StringEquals", "aws:RequestTag/"+InstallTag),
	},
	{
		policy: TransitPolicy, sid: "RouteBetweenRegions", homeOnly: true,
		covers:    oneOf(transitRoutes),
		resources: ec2ARNs("transit-gateway-route-table/*", "transit-gateway-attachment/*"),
	},
	{
		policy: TransitPolicy, sid: "ManageOwnTransit",
		covers: func(a string) bool {
			return transits(a) && !reading.MatchString(a) && !slices.Contains(transitCreations, a) && !slices.Contains(transitAcceptances, a) && !slices.Contains(transitRoutes, a)
		},
		resources: ec2ARNs("*"), condition: when("StringEquals", "aws:ResourceTag/"+InstallTag),
	},
	{
		policy: TransitPolicy, sid: "CreateShare", homeOnly: true,
		covers: is("ram:CreateResourceShare"), resources: everything,
		condition: func(d Deployer, _ AccountKind) Condition {
			return Condition{"StringEquals": {"aws:RequestTag/" + InstallTag: {d.Install}, "aws:RequestedRegion": {d.Place.Region}}}
		},
	},
	{
		policy: TransitPolicy, sid: "Shares",
		covers: oneOf(sharing), resources: everything, condition: inRegion,
	},
	{
		// The account with which something is shared has no tags on the share.
		policy: TransitPolicy, sid: "LeaveSharesOfOthers",
		covers: is("ram:DisassociateResourceShare"),
		resources: func(d Deployer, _ AccountKind) []string {
			return []string{d.Place.anyAccount().ARN("ram", "resource-share/*")}
		},
		condition: func(d Deployer, _ AccountKind) Condition {
			return Condition{"StringEquals": {"aws:RequestedRegion": {d.Place.Region}}, "StringNotEquals": {"aws:ResourceAccount": {d.Place.Account}}}
		},
	},
	{
		policy: TransitPolicy, sid: "OwnShare", homeOnly: true,
		covers: func(a string) bool {
			return strings.HasPrefix(a, "ram:") && !slices.Contains(sharing, a) && a != "ram:CreateResourceShare"
		},
		resources: func(d Deployer, _ AccountKind) []string { return []string{d.Place.ARN("ram", "resource-share/*")} },
		condition: when("StringEquals", "aws:ResourceTag/"+InstallTag),
	},
}
