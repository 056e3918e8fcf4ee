package network

import (
	"errors"
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/problem"
)

// GatewayEndpointTypeToken is the Pulumi type of GatewayEndpoint.
const GatewayEndpointTypeToken = "ambient-ecs:network:GatewayEndpoint"

// GatewayEndpointArgs configures a GatewayEndpoint.
type GatewayEndpointArgs struct {
	// Name begins the Name tags. Required.
	Name string
	// Region is the region of Provider. Required.
	Region string
	// VpcID is the VPC of the callers. Required. It needs DNS support and DNS host names.
	VpcID pulumi.StringInput
	// SubnetIDs are the private subnets of the VPC, and ZoneIDs their zones in the same order. Required.
	SubnetIDs, ZoneIDs pulumi.StringArrayInput
	// GatewayZoneIDs are the zones of the gateway's load balancer. An endpoint is in no other zone. Required.
	GatewayZoneIDs pulumi.StringArrayInput
	// CIDRs are the VPC's networks. They alone may call the endpoint. Required.
	CIDRs []string
	// ServiceName is the endpoint service of the gateway. Required.
	ServiceName pulumi.StringInput
	// Address is the DNS name of the gateway, which leads to the endpoint inside the VPC. Required.
	Address pulumi.StringInput
	// Provider is the AWS provider of the callers' account. Required.
	Provider pulumi.ProviderResource
	// Admitted is what lets the account see the service. Required.
	Admitted component.After[GatewayService]
	// Settling is for the service, which the account may not see at once.
	Settling component.Settling
}

// Validate reports every problem of the arguments, or returns nil.
func (a *GatewayEndpointArgs) Validate() error {
	var p problem.List
	if a.Name == "" {
		p.Missing("Name", "the Name tags begin with it")
	}
	if a.Region == "" {
		p.Missing("Region", "the private hosted zone belongs to a VPC of a region")
	}
	for _, required := range []struct {
		field string
		set   bool
	}{
		{"VpcID", a.VpcID != nil}, {"SubnetIDs", a.SubnetIDs != nil}, {"ZoneIDs", a.ZoneIDs != nil}, {"GatewayZoneIDs", a.GatewayZoneIDs != nil},
		{"ServiceName", a.ServiceName != nil}, {"Address", a.Address != nil},
	} {
		if !required.set {
			p.Missing(required.field, "no task of the account could find istiod")
		}
	}
	checkCIDRs(&p, "CIDRs", a.CIDRs)
	if a.Provider == nil {
		p.Missing("Provider", "without one the endpoint could land in another account")
	}
	return p.Err()
}

// GatewayEndpoint is the way of an account that only calls: an interface endpoint of the gateway, and a private hosted zone in which
// the gateway's name leads to it. So istiod hands the same name to all tasks, and each resolves it where it is.
type GatewayEndpoint struct {
	pulumi.ResourceState

	// ID is the endpoint, ZoneID the private hosted zone.
	ID, ZoneID pulumi.StringOutput
	// Group is the endpoint's security group.
	Group Group
	// Ready is what must exist before a task of the account finds the gateway.
	Ready component.After[GatewayEndpoint]
}

// NewGatewayEndpoint registers the endpoint with its security group, and the zone with its record.
func NewGatewayEndpoint(ctx *pulumi.Context, name string, args *GatewayEndpointArgs, opts ...pulumi.ResourceOption) (*GatewayEndpoint, error) {
	if err := checkGroupName(name); err != nil {
		return nil, fmt.Errorf("gateway endpoint %s: %w", name, err)
	}
	out := &GatewayEndpoint{}
	return component.New(ctx, GatewayEndpointTypeToken, name, out, args, opts, func() (pulumi.Map, error) {
		if err := out.register(ctx, name, args); err != nil {
			return nil, err
		}
		return pulumi.Map{"endpointId": out.ID, "zoneId": out.ZoneID, "groupId": out.Group.ID}, nil
	})
}

func (e *GatewayEndpoint) register(ctx *pulumi.Context, name string, args *GatewayEndpointArgs) (err error) {
	group := groupArgs{tag: args.Name + "-gateway", description: "Endpoint of the east-west gateway: who may call the mesh", vpcID: args.VpcID}
	group.rules = append(group.rules, each(args.CIDRs, rule{suffix: "hbone", description: "HBONE from the tasks of the account", protocol: "tcp", port: PortHBONE, in: true})...)
	group.rules = append(group.rules, each(args.CIDRs, rule{suffix: "xds", description: "istiod (xDS) from the tasks of the account", protocol: "tcp", port: PortXDS, in: true})...)
	if e.Group, err = group.register(ctx, e, args.Provider, name); err != nil {
		return err
	}
	subnets := pulumi.All(args.SubnetIDs, args.ZoneIDs, args.GatewayZoneIDs).ApplyT(func(all []any) ([]string, error) {
		return inZones(all[0].([]string), all[1].([]string), all[2].([]string))
	}).(pulumi.StringArrayOutput)
	endpoint, err := ec2.NewVpcEndpoint(ctx, name, &ec2.VpcEndpointArgs{
		VpcId:            args.VpcID.ToStringOutput(),
		ServiceName:      args.ServiceName.ToStringOutput(),
		VpcEndpointType:  pulumi.String("Interface"),
		SubnetIds:        subnets,
		SecurityGroupIds: pulumi.StringArray{e.Group.ID},
		Tags:             nameTag(args.Name + "-gateway"),
	}, component.Child(e, args.Provider, component.DependsOn(args.Admitted, e.Group.Rules), args.Settling.Option())...)
	if err != nil {
		return fmt.Errorf("create the endpoint: %w", err)
	}
	e.ID = endpoint.ID().ToStringOutput()
	address := args.Address.ToStringOutput()
	zone, err := route53.NewZone(ctx, name, &route53.ZoneArgs{
		Name:    address.ToStringPtrOutput(),
		Comment: pulumi.String("The east-west gateway of " + args.Name + ", through its endpoint"),
		Vpcs:    route53.ZoneVpcArray{route53.ZoneVpcArgs{VpcId: args.VpcID.ToStringOutput(), VpcRegion: pulumi.String(args.Region)}},
		Tags:    nameTag(args.Name + "-gateway"),
	}, component.Child(e, args.Provider)...)
	if err != nil {
		return fmt.Errorf("create the private hosted zone: %w", err)
	}
	e.ZoneID = zone.ZoneId
	// The first name of an endpoint is that of its region, with the addresses of all its zones.
	record, err := route53.NewRecord(ctx, name, &route53.RecordArgs{
		ZoneId: zone.ZoneId,
		Name:   address,
		Type:   pulumi.String("A"),
		Aliases: route53.RecordAliasArray{route53.RecordAliasArgs{
			Name:                 endpoint.DnsEntries.Index(pulumi.Int(0)).DnsName().Elem(),
			ZoneId:               endpoint.DnsEntries.Index(pulumi.Int(0)).HostedZoneId().Elem(),
			EvaluateTargetHealth: pulumi.Bool(false),
		}},
	}, component.Child(e, args.Provider)...)
	if err != nil {
		return fmt.Errorf("lead the gateway's name to the endpoint: %w", err)
	}
	e.Ready = component.Made[GatewayEndpoint](endpoint, record)
	return nil
}

// inZones are those of some subnets that lie in wanted zones, one in each zone. Zone ids mean the same in every account.
func inZones(subnets, zones, wanted []string) ([]string, error) {
	if len(subnets) != len(zones) {
		return nil, errors.New("the zones of the private subnets are not known")
	}
	var chosen, taken []string
	for i, id := range subnets {
		if slices.Contains(wanted, zones[i]) && !slices.Contains(taken, zones[i]) {
			chosen, taken = append(chosen, id), append(taken, zones[i])
		}
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("the private subnets are in the zones %v and the gateway's load balancer is in %v: an endpoint needs a zone in common", zones, wanted)
	}
	return chosen, nil
}
