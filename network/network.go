package network

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/config"
	"ambient-ecs/network/existing"
	"ambient-ecs/providers"
)

// Network is the network of one account. Whatever lives in it sees this and not who made it.
type Network struct {
	// VpcID is the VPC's id.
	VpcID pulumi.StringOutput
	// CIDRs are the VPC's networks, the primary one first.
	CIDRs []string
	// PrivateSubnetIDs and PublicSubnetIDs are in the order of the subnet plan, or of the stack file.
	PrivateSubnetIDs pulumi.StringArrayOutput
	PublicSubnetIDs  pulumi.StringArrayOutput
	// AttachmentSubnetIDs are private subnets, one in each zone, for an attachment to a transit gateway.
	AttachmentSubnetIDs pulumi.StringArrayOutput
	// AttachmentID is an attachment that somebody else made. Empty: the program attaches the VPC.
	AttachmentID string
	// ZoneIDs are the zones in which the private subnets really are.
	ZoneIDs pulumi.StringArrayOutput
	// NATAddresses are the public addresses from which the VPC's hosts call the internet, as far as the program makes them.
	NATAddresses pulumi.StringArrayOutput
	// NATGatewayIDs are the NAT gateways that the program makes, in the order of their subnets.
	NATGatewayIDs []pulumi.StringOutput
	// RouteTableIDs are the route tables that lead to other accounts, by a stable key: "public", and "private" or one
	// "private-N" for each zone. The key of a table that exists is its id.
	RouteTableIDs map[string]pulumi.StringOutput
	// S3PrefixListID is the prefix list of S3, to which the gateway endpoint leads. Endpoints are the interface endpoints. Nil: the program
	// made none.
	S3PrefixListID pulumi.StringInput
	Endpoints      *Endpoints
	// EndpointGroupIDs are the security groups of the interface endpoints of a VPC that exists.
	EndpointGroupIDs []string
	// Egress is what must exist before a private host can reach the internet. Everything that runs in a private
	// subnet depends on it. Otherwise it would start, or stop, without a way out. It is set once the network is settled.
	Egress component.After[Network]

	// settle moves the private subnets to their route tables, after the ways to the other accounts. Nil: they are there.
	settle func(ways ...component.Dependency) error
}

// source makes or finds the network of an account.
type source interface {
	network(ctx *pulumi.Context, account *providers.Account) (*Network, error)
}

// sourceOf says who makes the network of an account: the program or another owner.
func sourceOf(cfg config.Config, found map[string]existing.Network, zones map[string][]string, account string) source {
	if cfg.Accounts[account].Network == nil {
		return ours{cfg, zones[account]}
	}
	return theirs{cfg, found[account]}
}

// ours makes a VPC.
type ours struct {
	cfg   config.Config
	zones []string
}

func (o ours) network(ctx *pulumi.Context, account *providers.Account) (*Network, error) {
	args, err := vpcArgs(o.cfg, account, o.zones)
	if err != nil {
		return nil, err
	}
	vpc, err := NewVpc(ctx, "vpc-"+account.Key, args)
	if err != nil {
		return nil, err
	}
	vpc.settle = vpc.Settle
	return &vpc.Network, nil
}

// theirs makes nothing. What lives in the network has to wait for nothing but the account's provider.
type theirs struct {
	cfg   config.Config
	found existing.Network
}

func (t theirs) network(_ *pulumi.Context, account *providers.Account) (*Network, error) {
	settings := t.cfg.Accounts[account.Key]
	named := settings.Network
	attachment := named.AttachmentSubnetIDs
	if len(attachment) == 0 {
		attachment = t.found.OneInEachZone(named.PrivateSubnetIDs)
	}
	network := &Network{
		VpcID:               pulumi.String(named.VPCID).ToStringOutput(),
		CIDRs:               settings.CIDRs(),
		AttachmentSubnetIDs: pulumi.ToStringArray(attachment).ToStringArrayOutput(),
		AttachmentID:        named.AttachmentID,
		PrivateSubnetIDs:    pulumi.ToStringArray(named.PrivateSubnetIDs).ToStringArrayOutput(),
		PublicSubnetIDs:     pulumi.ToStringArray(named.PublicSubnetIDs).ToStringArrayOutput(),
		ZoneIDs:             pulumi.ToStringArray(t.found.ZoneIDs(named.PrivateSubnetIDs)).ToStringArrayOutput(),
		NATAddresses:        pulumi.StringArray{}.ToStringArrayOutput(),
		RouteTableIDs:       map[string]pulumi.StringOutput{},
		Egress:              component.Made[Network](account.Provider),
	}
	network.EndpointGroupIDs = t.found.Groups()
	if s3 := t.found.S3; s3 != nil {
		network.S3PrefixListID = pulumi.String(s3.PrefixList)
	}
	for _, id := range named.RouteTableIDs {
		network.RouteTableIDs[id] = pulumi.String(id).ToStringOutput()
	}
	return network, nil
}
