package policy

import (
	"slices"
	"strings"

	"ambient-ecs/iam/actions"
)

var route53 = actions.Service("route53")

// links reports whether an EC2 action is one of endpoint services, which NetworkPolicy leaves to PrivateLinkPolicy.
func links(action string) bool {
	return strings.HasPrefix(action, "ec2:") && strings.Contains(action, "VpcEndpointService")
}

// createService makes an endpoint service with its tags in one call.
const createService = "ec2:CreateVpcEndpointServiceConfiguration"

// zonesByRule have rules of their own.
var zonesByRule = append(route53("ChangeResourceRecordSets", "CreateHostedZone", "GetChange"), actions.AssociateZone)

func zonesOf(d Deployer, _ AccountKind) []string {
	return []string{Place{Partition: d.Place.Partition}.ARN("route53", "hostedzone/*")}
}

var privateLinkRules = []rule{
	{
		policy: PrivateLinkPolicy, sid: "ReadEndpointServices", homeOnly: true,
		covers:    func(a string) bool { return links(a) && reading.MatchString(a) },
		resources: everything, condition: inRegion,
	},
	{
		policy: PrivateLinkPolicy, sid: "CreateEndpointService", homeOnly: true,
		covers: is(createService), resources: ec2ARNs("*"),
		condition: when("StringEqualsIfExists", "aws:RequestTag/"+InstallTag),
	},
	{
		policy: PrivateLinkPolicy, sid: "TagEndpointService", homeOnly: true,
		covers: is("ec2:CreateTags"), resources: ec2ARNs("vpc-endpoint-service/*"),
		condition: func(Deployer, AccountKind) Condition {
			return Condition{"StringEquals": {"ec2:CreateAction": {strings.TrimPrefix(createService, "ec2:")}}}
		},
	},
	{
		policy: PrivateLinkPolicy, sid: "ManageOwnEndpointService", homeOnly: true,
		covers:    func(a string) bool { return links(a) && !reading.MatchString(a) && a != createService },
		resources: ec2ARNs("vpc-endpoint-service/*"), condition: when("StringEquals", "aws:ResourceTag/"+InstallTag),
	},
	{
		policy: PrivateLinkPolicy, sid: "CreateZone",
		covers: is("route53:CreateHostedZone"), resources: everything,
	},
	{
		policy: PrivateLinkPolicy, sid: "FollowChanges",
		covers: is("route53:GetChange"),
		resources: func(d Deployer, _ AccountKind) []string {
			return []string{Place{Partition: d.Place.Partition}.ARN("route53", "change/*")}
		},
	},
	{
		// Route 53 judges no zone by its tags, so these are all zones of the account. What a record may say is judged by its name.
		policy: PrivateLinkPolicy, sid: "Zones",
		covers:    func(a string) bool { return strings.HasPrefix(a, "route53:") && !slices.Contains(zonesByRule, a) },
		resources: zonesOf,
	},
	{
		policy: PrivateLinkPolicy, sid: "RecordsOfTheGateway",
		covers: is("route53:ChangeResourceRecordSets"), resources: zonesOf,
		condition: func(d Deployer, _ AccountKind) Condition {
			return Condition{
				"ForAllValues:StringLike":   {"route53:ChangeResourceRecordSetsNormalizedRecordNames": {"*.elb." + d.Place.Region + ".amazonaws.com*"}},
				"ForAllValues:StringEquals": {"route53:ChangeResourceRecordSetsRecordTypes": {"A"}},
			}
		},
	},
}
