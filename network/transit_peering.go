package network

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2transitgateway"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/problem"
)

// TransitPeeringTypeToken is the Pulumi type of TransitPeering.
const TransitPeeringTypeToken = "ambient-ecs:network:TransitPeering"

// Hub is the transit gateway of a region with the networks that are attached to it.
type Hub struct {
	// Owner owns the gateway. Required.
	Owner *TransitOwner
	// Transit is the gateway. Required.
	Transit *Transit
	// Sides are its networks. At least one.
	Sides []TransitSide
}

func (h Hub) validate() error {
	var p problem.List
	if h.Owner == nil {
		p.Missing("Owner", "only the owner of a gateway can peer it")
	} else {
		p.Under("Owner", h.Owner.validate())
	}
	if h.Transit == nil {
		p.Missing("Transit", "there is nothing to peer")
	}
	if len(h.Sides) == 0 {
		p.Missing("Sides", "nobody would use the peering")
	}
	for i, side := range h.Sides {
		p.Under(fmt.Sprintf("Sides[%d]", i), side.validate())
	}
	return p.Err()
}

// TransitPeeringArgs configures a TransitPeering.
type TransitPeeringArgs struct {
	// Name is the Name tag of both ends. Required.
	Name string
	// Requester asks for the peering and Accepter accepts it. Required, in two regions.
	Requester, Accepter Hub
	// Home is the key of the network that asks where accounts are peered. Required.
	Home string
	// Protect guards both ends against deletion and replacement.
	Protect bool
	// Settling is for the acceptance: the accepter's region may not see the attachment at once.
	Settling component.Settling
}

// Validate reports every problem of the arguments, or returns nil.
func (a *TransitPeeringArgs) Validate() error {
	var p problem.List
	if a.Name == "" {
		p.Missing("Name", "it is the Name tag of both ends")
	}
	if a.Home == "" {
		p.Missing("Home", "routes of peerings move to the gateways, and it says which they are")
	}
	p.Under("Requester", a.Requester.validate())
	p.Under("Accepter", a.Accepter.validate())
	if one, other := a.Requester.Owner, a.Accepter.Owner; one != nil && other != nil && one.Region == other.Region {
		p.Refuse("Accepter.Owner.Region", other.Region, "the requester is there too: networks of one region share a gateway")
	}
	return p.Err()
}

// TransitPeering joins the networks of two regions: a peering of their transit gateways, static routes in the route table of each
// gateway, and routes in every route table of the networks.
//
// A gateway learns nothing through a peering: its route table needs a static route for each network beyond
// (https://docs.aws.amazon.com/vpc/latest/tgw/tgw-peering.html, 2026-11-29).
type TransitPeering struct {
	pulumi.ResourceState

	// AttachmentID is the peering, on both sides.
	AttachmentID pulumi.StringOutput
	// Ready is what must exist before the networks reach each other.
	Ready component.After[TransitPeering]

	// regions are those of the requester and the accepter.
	regions [2]string
}

// Joins reports whether a region is one of the two.
func (t *TransitPeering) Joins(region string) bool { return slices.Contains(t.regions[:], region) }

// NewTransitPeering registers the peering, its acceptance and the routes.
func NewTransitPeering(ctx *pulumi.Context, name string, args *TransitPeeringArgs, opts ...pulumi.ResourceOption) (*TransitPeering, error) {
	peering := &TransitPeering{}
	return component.New(ctx, TransitPeeringTypeToken, name, peering, args, opts, func() (pulumi.Map, error) {
		if err := peering.register(ctx, name, args); err != nil {
			return nil, err
		}
		return pulumi.Map{"attachmentId": peering.AttachmentID}, nil
	})
}

func (t *TransitPeering) register(ctx *pulumi.Context, name string, args *TransitPeeringArgs) error {
	requester, accepter := args.Requester, args.Accepter
	attachment, err := ec2transitgateway.NewPeeringAttachment(ctx, name, &ec2transitgateway.PeeringAttachmentArgs{
		TransitGatewayId:     requester.Transit.GatewayID,
		PeerTransitGatewayId: accepter.Transit.GatewayID,
		PeerAccountId:        pulumi.String(accepter.Owner.AccountID),
		PeerRegion:           pulumi.String(accepter.Owner.Region),
		Tags:                 nameTag(args.Name),
	}, component.Child(t, requester.Owner.Provider, pulumi.Protect(args.Protect))...)
	if err != nil {
		return fmt.Errorf("ask for the peering: %w", err)
	}
	accepted, err := ec2transitgateway.NewPeeringAttachmentAccepter(ctx, name, &ec2transitgateway.PeeringAttachmentAccepterArgs{
		TransitGatewayAttachmentId: attachment.ID(),
		Tags:                       nameTag(args.Name),
	}, component.Child(t, accepter.Owner.Provider, pulumi.Protect(args.Protect), args.Settling.Option())...)
	if err != nil {
		return fmt.Errorf("accept the peering: %w", err)
	}
	t.regions = [2]string{requester.Owner.Region, accepter.Owner.Region}
	t.AttachmentID = attachment.ID().ToStringOutput()
	beyond, err := t.gatewayRoutes(ctx, name, accepted, requester, accepter)
	if err != nil {
		return err
	}
	ready := beyond
	for _, way := range [][2]Hub{{requester, accepter}, {accepter, requester}} {
		for _, from := range way[0].Sides {
			for _, to := range way[1].Sides {
				routes, err := transitWay{
					from: from, to: to, home: args.Home, gateway: way[0].Transit, name: name, parent: t,
					// A network's own route moves to a gateway that knows the way.
					after: component.DependsOn(way[0].Transit.Ready, component.Made[TransitPeering](beyond...)),
				}.register(ctx)
				if err != nil {
					return err
				}
				ready = append(ready, routes...)
			}
		}
	}
	t.Ready = component.Made[TransitPeering](ready...)
	return nil
}

// gatewayRoutes are the static routes in the route tables of both gateways.
func (t *TransitPeering) gatewayRoutes(ctx *pulumi.Context, name string, accepted pulumi.Resource, requester, accepter Hub) (routes []pulumi.Resource, err error) {
	for _, way := range [][2]Hub{{requester, accepter}, {accepter, requester}} {
		for _, to := range way[1].Sides {
			for i, network := range to.CIDRs {
				child := name + "-" + way[0].Owner.Region + "-to-" + to.Key
				if i > 0 {
					child += "/" + network
				}
				route, err := ec2transitgateway.NewRoute(ctx, child, &ec2transitgateway.RouteArgs{
					DestinationCidrBlock:       pulumi.String(network),
					TransitGatewayAttachmentId: t.AttachmentID.ToStringPtrOutput(),
					TransitGatewayRouteTableId: way[0].Transit.RouteTableID,
				}, component.Child(t, way[0].Owner.Provider, pulumi.DependsOn([]pulumi.Resource{accepted}))...)
				if err != nil {
					return nil, fmt.Errorf("route %s in the gateway of %s: %w", network, way[0].Owner.Region, err)
				}
				routes = append(routes, route)
			}
		}
	}
	return routes, nil
}
