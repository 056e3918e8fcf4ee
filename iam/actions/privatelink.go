package actions

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
		Create: append(route53("CreateHostedZone", "GetChange"), AssociateZone, "ec2:DescribeVpcs"),
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
