package network

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2transitgateway"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ram"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/problem"
)

// TransitTypeToken is the Pulumi type of Transit.
const TransitTypeToken = "ambient-ecs:network:Transit"

// TransitSide is the network of one account at a transit gateway.
type TransitSide struct {
	PeeringSide
	// SubnetIDs are the subnets of the attachment, one in each zone. Required: a zone without one is not reached.
	SubnetIDs pulumi.StringArrayInput
	// AttachmentID is an attachment to a gateway that exists, which somebody else made. Empty: one is made.
	AttachmentID string
}

// TransitOwner is the account that owns a transit gateway.
type TransitOwner struct {
	// AccountID is its id, 12 digits. Region is the gateway's. Required.
	AccountID, Region string
	// Provider is its AWS provider in the gateway's region. Required.
	Provider pulumi.ProviderResource
}

func (o *TransitOwner) validate() error {
	var p problem.List
	if o.AccountID == "" {
		p.Missing("AccountID", "an attachment of another account needs an acceptance")
	}
	if o.Region == "" {
		p.Missing("Region", "a gateway joins networks of one region")
	}
	if o.Provider == nil {
		p.Missing("Provider", "without one the gateway could land in another account")
	}
	return p.Err()
}

// TransitArgs configures a Transit.
type TransitArgs struct {
	// Name is the Name tag of everything. Required.
	Name string
	// GatewayID is a transit gateway that exists and is shared with every account. Empty: one is made in the account of Owner and
	// shared with the others.
	GatewayID string
	// Owner owns the gateway that is made. Required without GatewayID.
	Owner *TransitOwner
	// Home is the key of the network that asks where accounts are peered. Required.
	Home string
	// Organization says that AWS RAM shares without invitations.
	Organization bool
	// Sides are the networks that are joined, in the order of their keys, all in one region. At least one: a TransitPeering leads to
	// those of other regions.
	Sides []TransitSide
	// Protect guards gateway and attachments against deletion and replacement.
	Protect bool
	// Settling is for what another account may not see at once: the shared gateway, and an attachment.
	Settling component.Settling
}

// Validate reports every problem of the arguments, or returns nil.
func (a *TransitArgs) Validate() error {
	var p problem.List
	if a.Name == "" {
		p.Missing("Name", "it is the Name tag of all parts")
	}
	if a.Home == "" {
		p.Missing("Home", "routes of peerings move to the gateway, and it says which they are")
	}
	if len(a.Sides) == 0 {
		p.Missing("Sides", "a transit gateway joins networks")
	}
	if a.GatewayID != "" && a.Organization {
		p.Add("Organization", problem.IsSet, "the owner of %s shares it", a.GatewayID)
	}
	keys := map[string]bool{}
	for i, side := range a.Sides {
		field := fmt.Sprintf("Sides[%d]", i)
		var own problem.List
		side.check(&own)
		p.Under(field, own.Err())
		if len(side.RouteTableIDs) == 0 && a.GatewayID == "" {
			p.Missing(field+".RouteTableIDs", "a network without a route is not joined")
		}
		if side.AttachmentID != "" && a.GatewayID == "" {
			p.Add(field+".AttachmentID", problem.IsSet, "the gateway is made here, and nothing is attached to it yet")
		}
		if side.SubnetIDs == nil {
			p.Missing(field+".SubnetIDs", "the gateway would reach no zone")
		}
		if keys[side.Key] {
			p.Refuse(field+".Key", side.Key, "another side has it")
		}
		keys[side.Key] = true
	}
	switch {
	case a.GatewayID != "" && a.Owner != nil:
		p.Add("Owner", problem.IsSet, "%s has an owner, and no other gateway is made", a.GatewayID)
	case a.GatewayID == "" && a.Owner == nil:
		p.Missing("Owner", "nobody would own the gateway")
	case a.Owner != nil:
		p.Under("Owner", a.Owner.validate())
		for i, side := range a.Sides {
			if side.Region != a.Owner.Region {
				p.Refuse(fmt.Sprintf("Sides[%d].Region", i), side.Region, "the gateway is in %s, and joins networks of its own region", a.Owner.Region)
			}
		}
	}
	return p.Err()
}

// Transit joins the networks of a region by a transit gateway: an attachment of each VPC, its acceptance, and routes in
// every route table that is named.
type Transit struct {
	pulumi.ResourceState

	// GatewayID is the gateway. RouteTableID is its default route table, of a gateway that is made here.
	GatewayID, RouteTableID pulumi.StringOutput
	// AttachmentIDs are by account key.
	AttachmentIDs map[string]pulumi.StringOutput
	// Ready is what must exist before the networks reach each other.
	Ready component.After[Transit]
}

// NewTransit registers the attachments and routes, and the gateway where none is named. Nobody can attach to the program's gateway
// without an acceptance in the account that owns it.
func NewTransit(ctx *pulumi.Context, name string, args *TransitArgs, opts ...pulumi.ResourceOption) (*Transit, error) {
	transit := &Transit{AttachmentIDs: map[string]pulumi.StringOutput{}}
	return component.New(ctx, TransitTypeToken, name, transit, args, opts, func() (pulumi.Map, error) {
		b := &transitBuilder{ctx: ctx, name: name, args: args, out: transit, attached: map[string]pulumi.Resource{}}
		if args.GatewayID != "" {
			transit.GatewayID = pulumi.String(args.GatewayID).ToStringOutput()
		} else if err := b.gateway(); err != nil {
			return nil, err
		}
		for _, side := range args.Sides {
			if err := b.attach(side); err != nil {
				return nil, err
			}
		}
		for _, side := range args.Sides {
			if err := b.routes(side); err != nil {
				return nil, err
			}
		}
		transit.Ready = component.Made[Transit](b.ready...)
		ids := pulumi.StringMap{}
		for key, id := range transit.AttachmentIDs {
			ids[key] = id
		}
		return pulumi.Map{"gatewayId": transit.GatewayID, "attachmentIds": ids}, nil
	})
}

type transitBuilder struct {
	ctx  *pulumi.Context
	name string
	args *TransitArgs
	out  *Transit

	// shared is what an account that is not the gateway's own waits for before it attaches, by account key.
	shared map[string][]pulumi.Resource
	// attached is what makes an attachment usable, by account key.
	attached map[string]pulumi.Resource
	// ready becomes Ready.
	ready []pulumi.Resource
}

func (b *transitBuilder) child(side TransitSide, more ...pulumi.ResourceOption) []pulumi.ResourceOption {
	return component.Child(b.out, side.Provider, more...)
}

// owned are the options of what the owner of the gateway makes.
func (b *transitBuilder) owned(more ...pulumi.ResourceOption) []pulumi.ResourceOption {
	return component.Child(b.out, b.args.Owner.Provider, more...)
}

// foreign reports whether a network belongs to another account than the gateway.
func (b *transitBuilder) foreign(side TransitSide) bool {
	return side.AccountID != b.args.Owner.AccountID
}

// gateway registers the transit gateway and its share.
func (b *transitBuilder) gateway() error {
	gateway, err := ec2transitgateway.NewTransitGateway(b.ctx, b.name, &ec2transitgateway.TransitGatewayArgs{
		Description: pulumi.String("networks of the mesh " + b.args.Name),
		// Every account of the share may ask for an attachment, and only those that the program accepts come in.
		AutoAcceptSharedAttachments:  pulumi.String("disable"),
		DefaultRouteTableAssociation: pulumi.String("enable"),
		DefaultRouteTablePropagation: pulumi.String("enable"),
		DnsSupport:                   pulumi.String("enable"),
		Tags:                         nameTag(b.args.Name),
	}, b.owned(pulumi.Protect(b.args.Protect))...)
	if err != nil {
		return fmt.Errorf("create the transit gateway: %w", err)
	}
	b.out.GatewayID, b.out.RouteTableID = gateway.ID().ToStringOutput(), gateway.AssociationDefaultRouteTableId
	if !slices.ContainsFunc(b.args.Sides, b.foreign) {
		return nil
	}
	share, err := ram.NewResourceShare(b.ctx, b.name, &ram.ResourceShareArgs{
		Name:                    pulumi.String(b.args.Name),
		AllowExternalPrincipals: pulumi.Bool(!b.args.Organization),
		Tags:                    nameTag(b.args.Name),
	}, b.owned()...)
	if err != nil {
		return fmt.Errorf("create the share: %w", err)
	}
	resource, err := ram.NewResourceAssociation(b.ctx, b.name, &ram.ResourceAssociationArgs{ResourceArn: gateway.Arn, ResourceShareArn: share.Arn}, b.owned()...)
	if err != nil {
		return fmt.Errorf("share the transit gateway: %w", err)
	}
	b.shared = map[string][]pulumi.Resource{}
	for _, side := range b.args.Sides {
		if !b.foreign(side) {
			continue
		}
		principal, err := ram.NewPrincipalAssociation(b.ctx, b.name+"-"+side.Key, &ram.PrincipalAssociationArgs{
			Principal: pulumi.String(side.AccountID), ResourceShareArn: share.Arn,
		}, b.owned()...)
		if err != nil {
			return fmt.Errorf("share the transit gateway with %s: %w", side.Key, err)
		}
		b.shared[side.Key] = []pulumi.Resource{resource, principal}
		if b.args.Organization {
			continue
		}
		accepted, err := ram.NewResourceShareAccepter(b.ctx, b.name+"-"+side.Key, &ram.ResourceShareAccepterArgs{ShareArn: share.Arn},
			b.child(side, pulumi.DependsOn(b.shared[side.Key]))...)
		if err != nil {
			return fmt.Errorf("accept the share in %s: %w", side.Key, err)
		}
		b.shared[side.Key] = append(b.shared[side.Key], accepted)
	}
	return nil
}

// attach registers the attachment of one VPC, and its acceptance where another account owns the gateway. An attachment that somebody else
// made is there already.
func (b *transitBuilder) attach(side TransitSide) error {
	if side.AttachmentID != "" {
		b.attached[side.Key] = side.Provider
		b.out.AttachmentIDs[side.Key] = pulumi.String(side.AttachmentID).ToStringOutput()
		b.ready = append(b.ready, side.Provider)
		return nil
	}
	attachment, err := ec2transitgateway.NewVpcAttachment(b.ctx, b.name+"-"+side.Key, &ec2transitgateway.VpcAttachmentArgs{
		TransitGatewayId: b.out.GatewayID,
		VpcId:            side.VpcID,
		SubnetIds:        side.SubnetIDs,
		DnsSupport:       pulumi.String("enable"),
		Tags:             nameTag(b.args.Name + "-" + side.Key),
	}, b.child(side, pulumi.Protect(b.args.Protect), pulumi.DependsOn(b.shared[side.Key]), b.args.Settling.Option())...)
	if err != nil {
		return fmt.Errorf("attach %s: %w", side.Key, err)
	}
	b.attached[side.Key] = attachment
	b.out.AttachmentIDs[side.Key] = attachment.ID().ToStringOutput()
	if b.args.GatewayID != "" {
		b.out.AttachmentIDs[side.Key] = b.acceptedByOthers(side, attachment)
	} else if b.foreign(side) {
		acceptance, err := ec2transitgateway.NewVpcAttachmentAccepter(b.ctx, b.name+"-"+side.Key, &ec2transitgateway.VpcAttachmentAccepterArgs{
			TransitGatewayAttachmentId: attachment.ID(),
			Tags:                       nameTag(b.args.Name + "-" + side.Key),
		}, b.owned(b.args.Settling.Option())...)
		if err != nil {
			return fmt.Errorf("accept the attachment of %s: %w", side.Key, err)
		}
		b.attached[side.Key] = acceptance
	}
	b.ready = append(b.ready, b.attached[side.Key])
	return nil
}

// acceptedByOthers is the id of an attachment to somebody else's gateway, once it is accepted. A gateway that accepts by itself has
// done so when the attachment exists. Otherwise its owner has to, and AWS would refuse the routes until then: the error says what to
// do instead.
func (b *transitBuilder) acceptedByOthers(side TransitSide, attachment *ec2transitgateway.VpcAttachment) pulumi.StringOutput {
	accepted := ec2transitgateway.GetVpcAttachmentsOutput(b.ctx, ec2transitgateway.GetVpcAttachmentsOutputArgs{
		Filters: ec2transitgateway.GetVpcAttachmentsFilterArray{
			ec2transitgateway.GetVpcAttachmentsFilterArgs{Name: pulumi.String("transit-gateway-attachment-id"), Values: pulumi.StringArray{attachment.ID()}},
			ec2transitgateway.GetVpcAttachmentsFilterArgs{Name: pulumi.String("state"), Values: pulumi.ToStringArray([]string{"available"})},
		},
	}, pulumi.Provider(side.Provider), pulumi.Parent(b.out))
	return pulumi.All(attachment.ID(), accepted.Ids()).ApplyT(func(all []any) (string, error) {
		id := string(all[0].(pulumi.ID))
		if ids, _ := all[1].([]string); !slices.Contains(ids, id) {
			return "", fmt.Errorf("the attachment %s of account %s waits for the owner of %s. The owner accepts it (`aws ec2 accept-transit-gateway-vpc-attachment --transit-gateway-attachment-id %s`), and then run `pulumi up` again: "+
				"it goes on from here", id, side.Key, b.args.GatewayID, id)
		}
		return id, nil
	}).(pulumi.StringOutput)
}

// routes sends the networks of all other sides to the gateway, from every route table.
func (b *transitBuilder) routes(side TransitSide) error {
	for _, other := range b.args.Sides {
		if other.Key == side.Key {
			continue
		}
		way := transitWay{
			from: side, to: other, home: b.args.Home, gateway: b.out, name: b.name, parent: b.out,
			// A route waits for the acceptance of both attachments. If it moved from a peering before the other network is attached, the
			// gateway would drop what follows it.
			after: pulumi.DependsOn([]pulumi.Resource{b.attached[side.Key], b.attached[other.Key]}),
		}
		routes, err := way.register(b.ctx)
		if err != nil {
			return err
		}
		b.ready = append(b.ready, routes...)
	}
	return nil
}
