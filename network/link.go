package network

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/config"
	"ambient-ecs/providers"
)

// Gateway is the east-west gateway, as the networks see it.
type Gateway struct {
	// Address is the DNS name of its load balancer.
	Address pulumi.StringOutput
	// Ready is the gateway with its load balancer.
	Ready component.Dependency
}

// Link gives each account that only calls its way to the gateway. Nothing in the other accounts waits for it, or changes.
func (n *Networks) Link(ctx *pulumi.Context, cfg config.Config, accounts *providers.Accounts, gateway Gateway) error {
	keys := cfg.CallingAccounts()
	if len(keys) == 0 {
		return nil
	}
	home, callers := accounts.Home(), map[string]string{}
	for _, key := range keys {
		callers[key] = accounts.Get(key).ID
	}
	var err error
	n.GatewayService, err = NewGatewayService(ctx, "gateway-service", &GatewayServiceArgs{
		Name:      cfg.Install,
		Partition: home.Partition,
		Region:    home.Region,
		AccountID: home.ID,
		Address:   gateway.Address,
		Callers:   callers,
		Provider:  home.Provider,
		Gateway:   gateway.Ready,
	})
	if err != nil {
		return err
	}
	for _, key := range keys {
		account, vpc := accounts.Get(key), n.Vpcs[key]
		n.GatewayEndpoints[key], err = NewGatewayEndpoint(ctx, "gateway-"+key, &GatewayEndpointArgs{
			Name:           cfg.Install + "-" + key,
			Region:         account.Region,
			VpcID:          vpc.VpcID,
			SubnetIDs:      vpc.PrivateSubnetIDs,
			ZoneIDs:        vpc.ZoneIDs,
			GatewayZoneIDs: n.Vpcs[home.Key].ZoneIDs,
			CIDRs:          vpc.CIDRs,
			ServiceName:    n.GatewayService.ServiceName,
			Address:        gateway.Address,
			Provider:       account.Provider,
			Admitted:       n.GatewayService.Admitted[key],
			Settling:       n.settling,
		})
		if err != nil {
			return fmt.Errorf("account %s: %w", key, err)
		}
	}
	return nil
}
