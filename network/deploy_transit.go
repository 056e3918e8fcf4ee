package network

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/config"
	"ambient-ecs/providers"
)

// attach makes the transit gateways with their attachments, and joins the regions.
func (n *Networks) attach(ctx *pulumi.Context, cfg config.Config, accounts *providers.Accounts) (err error) {
	if cfg.TransitGateway.ID != "" {
		n.Transits[cfg.Region], err = NewTransit(ctx, transitName(cfg, cfg.Region), n.transitArgs(cfg, accounts, cfg.Region))
		return err
	}
	hubs := map[string]Hub{}
	for _, region := range cfg.TransitRegions() {
		args, owner := n.transitArgs(cfg, accounts, region), accounts.Hub(region)
		args.Owner = &TransitOwner{AccountID: owner.ID, Region: owner.Region, Provider: owner.Provider}
		if n.Transits[region], err = NewTransit(ctx, transitName(cfg, region), args); err != nil {
			return err
		}
		hubs[region] = Hub{Owner: args.Owner, Transit: n.Transits[region], Sides: args.Sides}
	}
	for _, pair := range cfg.RegionPairs() {
		key := pair.Requester + "/" + pair.Accepter
		n.TransitPeerings[key], err = NewTransitPeering(ctx, "transit/"+key, &TransitPeeringArgs{
			Name:      cfg.Install + "-" + pair.Key(),
			Requester: hubs[pair.Requester],
			Accepter:  hubs[pair.Accepter],
			Home:      cfg.NetworkKey(cfg.Home),
			Protect:   cfg.Protect,
			Settling:  n.settling,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// transitName is the name of a region's component. The first one had no region in its name.
func transitName(cfg config.Config, region string) string {
	if region == cfg.Region {
		return "transit"
	}
	return "transit/" + region
}

func (n *Networks) transitArgs(cfg config.Config, accounts *providers.Accounts, region string) *TransitArgs {
	args := &TransitArgs{
		Name: cfg.Install, GatewayID: cfg.TransitGateway.ID, Home: cfg.NetworkKey(cfg.Home),
		Organization: cfg.TransitGateway.Organization, Protect: cfg.Protect, Settling: n.settling,
	}
	for _, key := range cfg.JoinedKeysIn(region) {
		args.Sides = append(args.Sides, TransitSide{PeeringSide: side(accounts.Get(key), n.Vpcs[key]), SubnetIDs: n.Vpcs[key].AttachmentSubnetIDs, AttachmentID: n.Vpcs[key].AttachmentID})
	}
	return args
}
