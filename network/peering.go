package network

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/network/cidr"
	"ambient-ecs/problem"
)

// PeeringTypeToken is the Pulumi type of Peering.
const PeeringTypeToken = "ambient-ecs:network:Peering"

// PeeringSide is one end of a Peering.
type PeeringSide struct {
	// Key is the account's key in the configuration. Required. It becomes part of the names of the side's
	// resources.
	Key string
	// AccountID is the account that owns the VPC. Required.
	AccountID string
	// Region is the region of the VPC. Required.
	Region string
	// CIDRs are the VPC's networks, the primary one first. The other side routes each of them to the peering. Required.
	CIDRs []string
	// VpcID is the VPC. Required.
	VpcID pulumi.StringInput
	// RouteTableIDs are the VPC's route tables that get the routes, by a stable key. Required: a peering needs at least one
	// route.
	RouteTableIDs map[string]pulumi.StringOutput
	// Provider is the AWS provider of the account. Required: it makes every resource of this side.
	Provider pulumi.ProviderResource
}

// PeeringArgs configures a Peering.
type PeeringArgs struct {
	// Name is the Name tag of the connection, on both sides. Required.
	Name string
	// Requester asks for the connection, Accepter accepts it. They are in two accounts or in two regions.
	Requester PeeringSide
	Accepter  PeeringSide
	// Protect guards both ends of the connection against deletion and replacement. Without the connection the two
	// accounts cannot reach each other.
	Protect bool
	// Settling is for what the accepter may not see at once.
	Settling component.Settling
}

// Validate reports every problem of the arguments, or returns nil.
func (a *PeeringArgs) Validate() error {
	var p problem.List
	if a.Name == "" {
		p.Missing("Name", "it is the Name tag of both ends")
	}
	p.Under("Requester", a.Requester.validate())
	p.Under("Accepter", a.Accepter.validate())
	if a.Requester.Key != "" && a.Requester.Key == a.Accepter.Key {
		p.Refuse("Accepter.Key", a.Accepter.Key, "Requester.Key is the same: a VPC cannot be peered with itself")
	}
	if a.Requester.AccountID != "" && a.Requester.AccountID == a.Accepter.AccountID && a.Requester.Region == a.Accepter.Region {
		p.Refuse("Accepter.AccountID", a.Accepter.AccountID, "Requester.AccountID and its Region are the same: a peering joins two accounts, or two regions of one")
	}
	for _, there := range a.Accepter.CIDRs {
		for _, here := range a.Requester.CIDRs {
			requester, err1 := cidr.Parse(here)
			accepter, err2 := cidr.Parse(there)
			if err1 == nil && err2 == nil && cidr.Overlap(requester, accepter) {
				p.Refuse("Accepter.CIDRs", accepter, "it overlaps one of Requester.CIDRs, %s: AWS refuses to peer them", requester)
			}
		}
	}
	return p.Err()
}

func (s PeeringSide) validate() error {
	var p problem.List
	s.check(&p)
	if len(s.RouteTableIDs) == 0 {
		p.Missing("RouteTableIDs", "a peering with no route is not a peering")
	}
	return p.Err()
}

// check checks everything but the route tables.
func (s PeeringSide) check(p *problem.List) {
	if s.Key == "" {
		p.Missing("Key", "it names this side's resources")
	}
	if s.AccountID == "" {
		p.Missing("AccountID", "a peering joins two accounts")
	}
	if s.Region == "" {
		p.Missing("Region", "AWS looks for the other VPC in the requester's region, unless the request names another")
	}
	checkCIDRs(p, "CIDRs", s.CIDRs)
	if s.VpcID == nil {
		p.Missing("VpcID", "a peering joins two VPCs")
	}
	if s.Provider == nil {
		p.Missing("Provider", "without one this side's resources could land in another account")
	}
}

// Peering joins the VPCs of two accounts, or of two regions: the connection, its acceptance in the other account, DNS in
// both directions and a route in every route table of both VPCs.
type Peering struct {
	pulumi.ResourceState

	// ConnectionID is the id of the accepted connection. It is known when the connection can carry traffic, not when
	// the requester has merely asked for it.
	ConnectionID pulumi.StringOutput
	// Ready is what must exist before the two VPCs reach each other: routes and DNS options of both sides.
	Ready component.After[Peering]

	requester, accepter string
}

// Joins reports whether the account is one of the two.
func (p *Peering) Joins(account string) bool { return account == p.requester || account == p.accepter }

// NewPeering registers a peering. Each resource is made with the provider of the side it belongs to.
func NewPeering(ctx *pulumi.Context, name string, args *PeeringArgs, opts ...pulumi.ResourceOption) (*Peering, error) {
	peering := &Peering{}
	return component.New(ctx, PeeringTypeToken, name, peering, args, opts, func() (pulumi.Map, error) {
		peering.requester, peering.accepter = args.Requester.Key, args.Accepter.Key
		b := &peeringBuilder{ctx: ctx, name: name, args: args, out: peering}
		for _, build := range []func() error{b.connection, b.dns, b.routes} {
			if err := build(); err != nil {
				return nil, err
			}
		}
		peering.Ready = component.Made[Peering](b.ready...)
		return pulumi.Map{"connectionId": peering.ConnectionID}, nil
	})
}

type peeringBuilder struct {
	ctx  *pulumi.Context
	name string
	args *PeeringArgs
	out  *Peering

	acceptance *ec2.VpcPeeringConnectionAccepter
	// ready becomes Ready.
	ready []pulumi.Resource
}

// accepted returns the options of a child of one side that needs the connection to be accepted.
func (b *peeringBuilder) accepted(side PeeringSide) []pulumi.ResourceOption {
	return component.Child(b.out, side.Provider, pulumi.DependsOn([]pulumi.Resource{b.acceptance}), b.args.Settling.Option())
}

// connection registers the request and its acceptance. The acceptance is a resource of its own, because AWS lets a
// requester accept its own request only within one account and one region
// (https://docs.aws.amazon.com/vpc/latest/peering/create-vpc-peering-connection.html, 2026-11-29).
func (b *peeringBuilder) connection() error {
	requester, accepter := b.args.Requester, b.args.Accepter
	request := &ec2.VpcPeeringConnectionArgs{
		VpcId:       requester.VpcID,
		PeerVpcId:   accepter.VpcID,
		PeerOwnerId: pulumi.String(accepter.AccountID),
		AutoAccept:  pulumi.Bool(false),
		Tags:        nameTag(b.args.Name),
	}
	// Within one region the request leaves the region out: naming it would replace a living connection.
	if accepter.Region != requester.Region {
		request.PeerRegion = pulumi.String(accepter.Region)
	}
	connection, err := ec2.NewVpcPeeringConnection(b.ctx, b.name, request, component.Child(b.out, requester.Provider, pulumi.Protect(b.args.Protect))...)
	if err != nil {
		return fmt.Errorf("request the connection from %s: %w", requester.Key, err)
	}
	b.acceptance, err = ec2.NewVpcPeeringConnectionAccepter(b.ctx, b.name, &ec2.VpcPeeringConnectionAccepterArgs{
		VpcPeeringConnectionId: connection.ID(),
		AutoAccept:             pulumi.Bool(true),
		Tags:                   nameTag(b.args.Name),
	}, component.Child(b.out, accepter.Provider, pulumi.Protect(b.args.Protect), b.args.Settling.Option())...)
	if err != nil {
		return fmt.Errorf("accept the connection in %s: %w", accepter.Key, err)
	}
	// The id comes from the acceptance, so that every user of the id waits for the acceptance.
	b.out.ConnectionID = b.acceptance.VpcPeeringConnectionId
	return nil
}

// dns lets each VPC resolve the other's public host names to private addresses. Each side can set only its own half, from its own
// account and region, and only after the connection is accepted
// (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcPeeringConnectionOptions.html, 2026-11-29).
func (b *peeringBuilder) dns() error {
	requester, err := ec2.NewPeeringConnectionOptions(b.ctx, b.name+"-"+b.args.Requester.Key, &ec2.PeeringConnectionOptionsArgs{
		VpcPeeringConnectionId: b.out.ConnectionID,
		Requester:              ec2.PeeringConnectionOptionsRequesterArgs{AllowRemoteVpcDnsResolution: pulumi.Bool(true)},
	}, b.accepted(b.args.Requester)...)
	if err != nil {
		return fmt.Errorf("set the DNS options of %s: %w", b.args.Requester.Key, err)
	}
	accepter, err := ec2.NewPeeringConnectionOptions(b.ctx, b.name+"-"+b.args.Accepter.Key, &ec2.PeeringConnectionOptionsArgs{
		VpcPeeringConnectionId: b.out.ConnectionID,
		Accepter:               ec2.PeeringConnectionOptionsAccepterArgs{AllowRemoteVpcDnsResolution: pulumi.Bool(true)},
	}, b.accepted(b.args.Accepter)...)
	if err != nil {
		return fmt.Errorf("set the DNS options of %s: %w", b.args.Accepter.Key, err)
	}
	b.ready = append(b.ready, requester, accepter)
	return nil
}

// routes sends the other side's networks to the connection, from every route table. The public tables get the routes
// too, so that the way back does not depend on the subnet of a host.
func (b *peeringBuilder) routes() error {
	for _, way := range []struct{ from, to PeeringSide }{
		{b.args.Requester, b.args.Accepter},
		{b.args.Accepter, b.args.Requester},
	} {
		for _, table := range slices.Sorted(maps.Keys(way.from.RouteTableIDs)) {
			for i, network := range way.to.CIDRs {
				route, err := ec2.NewRoute(b.ctx, routeName(b.name, way.from.Key, table, i, network), &ec2.RouteArgs{
					RouteTableId:           way.from.RouteTableIDs[table],
					DestinationCidrBlock:   pulumi.String(network),
					VpcPeeringConnectionId: b.out.ConnectionID,
				}, b.accepted(way.from)...)
				if err != nil {
					return fmt.Errorf("route %s from table %s of %s: %w", network, table, way.from.Key, err)
				}
				b.ready = append(b.ready, route)
			}
		}
	}
	return nil
}

// routeName names the route from a table of an account to the i-th network of the other.
func routeName(peering, from, table string, i int, network string) string {
	name := peering + "-" + from + "-" + table
	if i > 0 {
		name += "/" + network
	}
	return name
}
