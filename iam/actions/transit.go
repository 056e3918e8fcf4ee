package actions

// transitNeeds are the types of a transit gateway and of its share. The gateway is in the home account, an attachment in every one.
var transitNeeds = []Need{
	{
		Type:     "aws:ec2transitgateway/transitGateway:TransitGateway",
		HomeOnly: true,
		Create:   ec2("CreateTransitGateway"),
		Read:     ec2("DescribeTransitGateways"),
		Update:   ec2("ModifyTransitGateway"),
		Tag:      ec2Tags,
		Delete:   ec2("DeleteTransitGateway"),
	},
	{
		Type:   "aws:ec2transitgateway/vpcAttachment:VpcAttachment",
		Create: ec2("CreateTransitGatewayVpcAttachment"),
		// The provider looks whether the gateway's default route table has the attachment.
		Read:   ec2("DescribeTransitGatewayVpcAttachments", "DescribeTransitGateways", "GetTransitGatewayRouteTableAssociations", "GetTransitGatewayRouteTablePropagations"),
		Update: ec2("ModifyTransitGatewayVpcAttachment"),
		Tag:    ec2Tags,
		Delete: ec2("DeleteTransitGatewayVpcAttachment"),
	},
	{
		Type:     "aws:ec2transitgateway/vpcAttachmentAccepter:VpcAttachmentAccepter",
		HomeOnly: true,
		Create:   ec2("AcceptTransitGatewayVpcAttachment"),
		Read:     ec2("DescribeTransitGatewayVpcAttachments", "DescribeTransitGateways", "GetTransitGatewayRouteTableAssociations", "GetTransitGatewayRouteTablePropagations"),
		Tag:      ec2Tags,
		Delete:   ec2("DeleteTransitGatewayVpcAttachment"),
	},
	{
		Type:     "aws:ec2transitgateway/peeringAttachment:PeeringAttachment",
		HomeOnly: true,
		Create:   ec2("CreateTransitGatewayPeeringAttachment"),
		Read:     ec2("DescribeTransitGatewayPeeringAttachments"),
		Tag:      ec2Tags,
		Delete:   ec2("DeleteTransitGatewayPeeringAttachment"),
	},
	{
		Type:     "aws:ec2transitgateway/peeringAttachmentAccepter:PeeringAttachmentAccepter",
		HomeOnly: true,
		Create:   ec2("AcceptTransitGatewayPeeringAttachment"),
		Read:     ec2("DescribeTransitGatewayPeeringAttachments"),
		Tag:      ec2Tags,
		Delete:   ec2("DeleteTransitGatewayPeeringAttachment"),
	},
	{
		Type:     "aws:ec2transitgateway/route:Route",
		HomeOnly: true,
		Create:   ec2("CreateTransitGatewayRoute"),
		Read:     ec2("SearchTransitGatewayRoutes"),
		Delete:   ec2("DeleteTransitGatewayRoute"),
	},
	{Type: "aws:ec2transitgateway/getTransitGateway:getTransitGateway", Read: ec2("DescribeTransitGateways")},
	{Type: "aws:ec2transitgateway/getVpcAttachment:getVpcAttachment", Read: ec2("DescribeTransitGatewayVpcAttachments")},
	{Type: "aws:ec2transitgateway/getVpcAttachments:getVpcAttachments", Read: ec2("DescribeTransitGatewayVpcAttachments")},
	{
		Type:     "aws:ram/resourceShare:ResourceShare",
		HomeOnly: true,
		Create:   ram("CreateResourceShare"),
		Read:     ram("GetResourceShares", "ListResourceSharePermissions"),
		Update:   ram("UpdateResourceShare"),
		Tag:      ram("TagResource", "UntagResource"),
		Delete:   ram("DeleteResourceShare"),
	},
	{
		Type:     "aws:ram/resourceAssociation:ResourceAssociation",
		HomeOnly: true,
		Create:   ram("AssociateResourceShare"),
		Read:     ram("GetResourceShareAssociations"),
		Delete:   ram("DisassociateResourceShare"),
	},
	{
		Type:     "aws:ram/principalAssociation:PrincipalAssociation",
		HomeOnly: true,
		Create:   ram("AssociateResourceShare"),
		Read:     ram("GetResourceShareAssociations"),
		Delete:   ram("DisassociateResourceShare"),
	},
	{
		Type:   "aws:ram/resourceShareAccepter:ResourceShareAccepter",
		Create: ram("AcceptResourceShareInvitation"),
		Read:   ram("GetResourceShareInvitations", "GetResourceShares", "ListResources"),
		// The account leaves the share.
		Delete: ram("DisassociateResourceShare"),
	},
}
