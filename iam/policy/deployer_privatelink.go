package policy

import (
	"slices"
	"strings"
)

var route53 = service("route53")

// privateLinkNeeds are the types of the gateway's endpoint service, at home, and of the private hosted zone in an account that only
// calls. The endpoint itself is among networkNeeds.
var privateLinkNeeds = []Need{
	{
		Type:     "aws:ec2/vpcEndpointService:VpcEndpointService",
		HomeOnly: true,
		Create:   ec2("CreateVpcEndpointServiceConfiguration"),
		Read:     ec2("DescribeVpcEndpointServiceConfigurations", "DescribeVpcEndpointServicePermissions"),
		Update:   ec2("ModifyVpcEndpointServiceConfiguration"),
		Tag:      ec2Tags,
		Delete:   ec2("DeleteVpcEndpointServiceConfigurations"),
	},
	{
		Type:     "aws:ec2/vpcEndpointServiceAllowedPrinciple:VpcEndpointServiceAllowedPrinciple",
		HomeOnly: true,
		Create:   ec2("ModifyVpcEndpointServicePermissions"),
		Read:     ec2("DescribeVpcEndpointServicePermissions"),
		Delete:   ec2("ModifyVpcEndpointServicePermissions"),
	},
	{
		Type:   "aws:route53/zone:Zone",
		Create: append(route53("CreateHostedZone", "GetChange"), associateZone, "ec2:DescribeVpcs"),
		Read:   route53("GetHostedZone", "ListResourceRecordSets", "ListTagsForResource"),
		Update: route53("UpdateHostedZoneComment"),
		Tag:    route53("ChangeTagsForResource"),
		Delete: route53("DeleteHostedZone", "GetChange"),
	},
	{
		Type:   "aws:route53/record:Record",
		Create: route53("ChangeResourceRecordSets", "GetChange"),
		Read:   route53("GetHostedZone", "ListResourceRecordSets"),
		Update: route53("ChangeResourceRecordSets", "GetChange"),
		Delete: route53("ChangeResourceRecordSets", "GetChange"),
	},
}

// links reports whether an EC2 action is one of endpoint services, which NetworkPolicy leaves to PrivateLinkPolicy.
func links(action string) bool {
	return strings.HasPrefix(action, "ec2:") && strings.Contains(action, "VpcEndpointService")
}

// createService makes an endpoint service with its tags in one call.
const createService = "ec2:CreateVpcEndpointServiceConfiguration"

// zonesByRule have rules of their own.
var zonesByRule = append(route53("ChangeResourceRecordSets", "CreateHostedZone", "GetChange"), associateZone)

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
