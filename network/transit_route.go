package network

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/config"
)

// transitWay is the way from one network to another through a transit gateway: a route in each table for each range.
type transitWay struct {
	from, to TransitSide
	// home is the key of the network that asks where accounts are peered.
	home string
	// gateway is the transit gateway to which from is attached.
	gateway *Transit
	// name begins the names of the routes, and parent is their component.
	name   string
	parent pulumi.Resource
	// after is what a route waits for.
	after pulumi.ResourceOption
}

func (w transitWay) register(ctx *pulumi.Context) (routes []pulumi.Resource, err error) {
	// The id comes through the attachments, so that a route waits for their acceptance by others too. A network of another region is
	// attached to the gateway there.
	attachments := []any{w.gateway.GatewayID, w.gateway.AttachmentIDs[w.from.Key]}
	if there, here := w.gateway.AttachmentIDs[w.to.Key]; here {
		attachments = append(attachments, there)
	}
	gateway := pulumi.All(attachments...).ApplyT(func(all []any) string { return all[0].(string) }).(pulumi.StringOutput)
	for _, table := range slices.Sorted(maps.Keys(w.from.RouteTableIDs)) {
		for i, network := range w.to.CIDRs {
			name := w.name + "-" + w.from.Key + "-" + table + "-to-" + w.to.Key
			if i > 0 {
				name += "/" + network
			}
			route, err := ec2.NewRoute(ctx, name, &ec2.RouteArgs{
				RouteTableId:         w.from.RouteTableIDs[table],
				DestinationCidrBlock: pulumi.String(network),
				TransitGatewayId:     gateway,
			}, component.Child(w.parent, w.from.Provider, w.after, w.before(ctx, table, i, network))...)
			if err != nil {
				return nil, fmt.Errorf("route %s from table %s of %s: %w", network, table, w.from.Key, err)
			}
			routes = append(routes, route)
		}
	}
	return routes, nil
}

// before is the name of a route in a stack whose accounts were peered. A route has one target, and the update moves it from the
// peering to the gateway. A new route to the same network would be refused while the old one is there.
func (w transitWay) before(ctx *pulumi.Context, table string, i int, network string) pulumi.ResourceOption {
	peering := peeringName(config.PairOf(w.home, w.from.Key, w.to.Key))
	return pulumi.Aliases([]pulumi.Alias{{
		Name:      pulumi.String(routeName(peering, w.from.Key, table, i, network)),
		ParentURN: pulumi.URN("urn:pulumi:" + ctx.Stack() + "::" + ctx.Project() + "::" + PeeringTypeToken + "::" + peering),
	}})
}
