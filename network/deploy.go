package network

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/config"
	"ambient-ecs/iam/policy"
	"ambient-ecs/keys"
	"ambient-ecs/network/existing"
	"ambient-ecs/providers"
)

// Networks holds the networks of all accounts.
type Networks struct {
	// Vpcs and Tasks are by account key.
	Vpcs  map[string]*Network
	Tasks map[string]*TaskSecurityGroups
	// Peerings are by "requester-accepter", the two account keys.
	Peerings map[string]*Peering
	// Transits join the networks of each region, and TransitPeerings the regions, by "requester/accepter". Empty: peerings of networks
	// do, or somebody else.
	Transits        map[string]*Transit
	TransitPeerings map[string]*TransitPeering
	// GatewayService and GatewayEndpoints are the way of the accounts that only call, the endpoints by account key. Link makes them.
	GatewayService   *GatewayService
	GatewayEndpoints map[string]*GatewayEndpoint
	// settling is for what another account may not see at once.
	settling component.Settling
	// MeshCIDRs are the networks of all VPCs, in the order of the account keys.
	MeshCIDRs []string

	cfg config.Config
}

// Ready returns what must exist before a task of the account can work: its way out and the ways to the other accounts. A
// service that depends on it also stops before these are removed.
func (n *Networks) Ready(account string) component.After[Networks] {
	ways := append(n.ways(account), n.Vpcs[account].Egress)
	if n.cfg.CallsOnly(account) {
		endpoint := component.After[GatewayEndpoint]{} // before Link: what waits for it would be refused
		if made := n.GatewayEndpoints[account]; made != nil {
			endpoint = made.Ready
		}
		ways = append(ways, endpoint)
	}
	return component.All[Networks](ways...)
}

// ways are what must exist before an account reaches the others.
func (n *Networks) ways(account string) (ready []component.Dependency) {
	if n.cfg.JoinedByOthers(account) {
		return nil
	}
	for _, key := range slices.Sorted(maps.Keys(n.Peerings)) {
		if n.Peerings[key].Joins(n.cfg.NetworkKey(account)) {
			ready = append(ready, n.Peerings[key].Ready)
		}
	}
	region := n.cfg.RegionOf(account)
	if transit := n.Transits[region]; transit != nil {
		ready = append(ready, transit.Ready)
	}
	for _, key := range slices.Sorted(maps.Keys(n.TransitPeerings)) {
		if n.TransitPeerings[key].Joins(region) {
			ready = append(ready, n.TransitPeerings[key].Ready)
		}
	}
	return ready
}

// Deploy makes task security groups in every account, a VPC where none is named, and what joins
// the networks. found is what AWS says about the networks that are named, and zones are the zone ids of the others, both
// by account key.
func Deploy(ctx *pulumi.Context, cfg config.Config, accounts *providers.Accounts, encryption *keys.Keys, found map[string]existing.Network, zones map[string][]string) (*Networks, error) {
	networks := &Networks{
		Vpcs:      map[string]*Network{},
		Tasks:     map[string]*TaskSecurityGroups{},
		Peerings:  map[string]*Peering{},
		MeshCIDRs: cfg.MeshCIDRs(),
		cfg:       cfg,

		Transits:         map[string]*Transit{},
		TransitPeerings:  map[string]*TransitPeering{},
		GatewayEndpoints: map[string]*GatewayEndpoint{},
	}
	for _, key := range accounts.Keys() {
		account := accounts.Get(key)
		var err error
		if networks.Vpcs[key], err = sourceOf(cfg, found, zones, key).network(ctx, account); err != nil {
			return nil, fmt.Errorf("account %s: %w", key, err)
		}
		if err := recordFlows(ctx, cfg, account, encryption, networks.Vpcs[key]); err != nil {
			return nil, fmt.Errorf("account %s: %w", key, err)
		}
	}
	if err := networks.join(ctx, cfg, accounts); err != nil {
		return nil, err
	}
	for _, key := range accounts.Keys() {
		if err := networks.settle(ctx, cfg, accounts.Get(key)); err != nil {
			return nil, fmt.Errorf("account %s: %w", key, err)
		}
		if err := networks.tasks(ctx, cfg, accounts.Get(key)); err != nil {
			return nil, fmt.Errorf("account %s: %w", key, err)
		}
	}
	return networks, nil
}

// tasks makes the security groups of an account's tasks.
//
// The component's name becomes part of the generated name of the groups. It must not begin with the account's key: AWS refuses group
// names that begin with "sg-".
func (n *Networks) tasks(ctx *pulumi.Context, cfg config.Config, account *providers.Account) (err error) {
	mesh := map[string][]string{}
	for _, key := range cfg.NetworkKeys() {
		mesh[key] = cfg.Accounts[key].CIDRs()
	}
	vpc, home := n.Vpcs[account.Key], cfg.NetworkKey(cfg.Home)
	args := &TaskSecurityGroupsArgs{Name: cfg.Install + "-" + account.Key, VpcID: vpc.VpcID, Mesh: mesh, Istiod: home, Provider: account.Provider}
	if cfg.Observability.Metrics {
		args.MetricsFrom = mesh[home]
	}
	if cfg.CallsOnly(account.Key) {
		// The gateway's endpoint is in the account's own network.
		args.Mesh, args.Istiod = map[string][]string{account.Key: cfg.Accounts[account.Key].CIDRs()}, account.Key
		args.CallsOnly, args.MetricsFrom = true, nil
	}
	if cfg.Accounts[account.Key].EgressOrDefault() == config.EgressEndpoints {
		args.Services = &ServiceWays{TheirGroupIDs: vpc.EndpointGroupIDs, S3PrefixListID: vpc.S3PrefixListID}
		if vpc.Endpoints != nil {
			args.Services.EndpointsID = vpc.Endpoints.Group.ID
		}
	}
	n.Tasks[account.Key], err = NewTaskSecurityGroups(ctx, "tasks-"+account.Key, args)
	return err
}

// settle completes an account's network, once it is joined to the others.
func (n *Networks) settle(ctx *pulumi.Context, cfg config.Config, account *providers.Account) error {
	vpc := n.Vpcs[account.Key]
	if vpc.settle != nil {
		ways := n.ways(account.Key)
		if cfg.TransitGateway.ID != "" {
			// The owner of the gateway may accept by hand, after this update. EKS need not wait for that.
			ways = nil
		}
		if err := vpc.settle(ways...); err != nil {
			return err
		}
	}
	return offerServices(ctx, cfg, account, vpc)
}

// join makes the peerings or the transit gateway.
func (n *Networks) join(ctx *pulumi.Context, cfg config.Config, accounts *providers.Accounts) error {
	var err error
	if n.settling, err = component.NewSettling(ctx); err != nil {
		return err
	}
	for _, pair := range cfg.Pairs() {
		n.Peerings[pair.Key()], err = NewPeering(ctx, peeringName(pair), &PeeringArgs{
			Name:      cfg.Install + "-" + pair.Key(),
			Requester: side(accounts.Get(pair.Requester), n.Vpcs[pair.Requester]),
			Accepter:  side(accounts.Get(pair.Accepter), n.Vpcs[pair.Accepter]),
			Protect:   cfg.Protect,
			Settling:  n.settling,
		})
		if err != nil {
			return err
		}
	}
	if cfg.Connect != config.ConnectTransitGateway {
		return nil
	}
	return n.attach(ctx, cfg, accounts)
}

// recordFlows makes the flow log of a VPC that the program made, where flow logs are switched on.
func recordFlows(ctx *pulumi.Context, cfg config.Config, account *providers.Account, encryption *keys.Keys, vpc *Network) error {
	if !cfg.FlowLogs.Enabled || cfg.Accounts[account.Key].Network != nil {
		return nil
	}
	_, err := NewFlowLog(ctx, "flows-"+account.Key, &FlowLogArgs{
		Name:          cfg.Install + "-" + account.Key,
		RoleName:      cfg.FlowLogRoleName(account.Key),
		LogGroupName:  cfg.FlowLogGroup(account.Key),
		Place:         policy.Place{Partition: account.Partition, Region: account.Region, Account: account.ID},
		VpcID:         vpc.VpcID,
		Traffic:       strings.ToUpper(string(cfg.FlowTrafficOrDefault())),
		RetentionDays: cfg.FlowLogDays(),
		KeyARN:        encryption.For(account.Key, config.KeyForLogs),
		Guardrails:    policy.Guardrails{Path: cfg.RolePath(), Boundary: cfg.BoundaryOf(account.Key)},
		Provider:      account.Provider,
	})
	return err
}

// vpcArgs maps the configuration of one account. It computes subnets that are not given. There are as many zones as private subnets.
func vpcArgs(cfg config.Config, account *providers.Account, zones []string) (*VpcArgs, error) {
	settings := cfg.Accounts[account.Key]
	named, _ := cfg.ZoneIDsOf(account.Key)
	args := &VpcArgs{
		Name:       cfg.Install + "-" + account.Key,
		Region:     account.Region,
		CIDR:       settings.VPCCIDR,
		ZoneIDs:    zones,
		KeepZones:  len(named) == 0,
		NATPerZone: cfg.NAT == config.NATPerZone,
		Protect:    cfg.Protect,
		Imports:    cfg.Imports,
		Provider:   account.Provider,
		Tags:       pulumi.StringMap{config.StackTag: account.Provider.ID().ToStringOutput()},
	}
	if account.Home {
		args.EKSClusterName = cfg.EKSName()
		args.PublicLoadBalancers = cfg.Ingress.On() && cfg.Ingress.SchemeOrDefault() == config.SchemePublic
	}
	var err error
	args.Subnets, err = cfg.SubnetPlan(account.Key)
	return args, err
}

// peeringName is the name of a pair's component.
func peeringName(pair config.Pair) string { return "peering-" + pair.Key() }

// side is one end of a peering.
func side(account *providers.Account, vpc *Network) PeeringSide {
	return PeeringSide{
		Key:           account.Key,
		AccountID:     account.ID,
		Region:        account.Region,
		CIDRs:         vpc.CIDRs,
		VpcID:         vpc.VpcID,
		RouteTableIDs: vpc.RouteTableIDs,
		Provider:      account.Provider,
	}
}
