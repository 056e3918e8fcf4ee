package network

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/config"
	"ambient-ecs/iam/policy"
	"ambient-ecs/network/cidr"
	"ambient-ecs/problem"
	"ambient-ecs/providers"
)

// EndpointsTypeToken is the Pulumi type of Endpoints.
const EndpointsTypeToken = "ambient-ecs:network:Endpoints"

// EndpointsArgs configures Endpoints.
type EndpointsArgs struct {
	// Name begins the Name tags. Required.
	Name string
	// Region is the region of Provider. Required: the service names contain it.
	Region string
	// VpcID is the VPC. Required. It needs DNS support and DNS host names.
	VpcID pulumi.StringInput
	// SubnetIDs are the subnets in which each endpoint has an interface, at most one in each zone. Required.
	SubnetIDs pulumi.StringArrayInput
	// CIDRs are the VPC's IPv4 networks. They alone may call the endpoints. Required.
	CIDRs []string
	// Services are the last parts of the services' names, such as ecr.api. Required.
	Services []string
	// AccountIDs are the accounts whose principals may use the endpoints. Required.
	AccountIDs []string
	// Provider is the AWS provider of the VPC's account. Required.
	Provider pulumi.ProviderResource
}

// Validate reports every problem of the arguments, or returns nil.
func (a *EndpointsArgs) Validate() error {
	var p problem.List
	if a.Name == "" {
		p.Missing("Name", "the Name tags begin with it")
	}
	if a.Region == "" {
		p.Missing("Region", "the names of the services contain it")
	}
	if a.VpcID == nil {
		p.Missing("VpcID", "the endpoints would be in the account's default VPC")
	}
	if a.SubnetIDs == nil {
		p.Missing("SubnetIDs", "an endpoint without a subnet has no address")
	}
	if len(a.CIDRs) == 0 {
		p.Missing("CIDRs", "nobody could call the endpoints, and private DNS leads everybody to them")
	}
	for i, network := range a.CIDRs {
		_, err := cidr.Parse(network)
		p.Because(fmt.Sprintf("CIDRs[%d]", i), network, err)
	}
	if len(a.Services) == 0 {
		p.Missing("Services", "there is no endpoint to make")
	}
	for i, service := range a.Services {
		if slices.Contains(a.Services[:i], service) {
			p.Refuse(fmt.Sprintf("Services[%d]", i), service, "it is in the list twice, and EC2 refuses a second endpoint with the same private DNS name")
		}
	}
	if len(a.AccountIDs) == 0 {
		p.Missing("AccountIDs", "nobody could use the endpoints")
	}
	if a.Provider == nil {
		p.Missing("Provider", "without one the endpoints could land in another account")
	}
	return p.Err()
}

// Endpoints are the interface endpoints of AWS's services in a VPC. Private DNS leads every caller in the VPC to them.
type Endpoints struct {
	pulumi.ResourceState

	// Group is the security group of all endpoints. It admits HTTPS from the VPC.
	Group Group
	// IDs are the endpoints by service.
	IDs map[string]pulumi.StringOutput
	// Ready is what must exist before a caller can rely on the endpoints.
	Ready component.After[Endpoints]
}

// NewEndpoints registers a security group and an endpoint for each service.
func NewEndpoints(ctx *pulumi.Context, name string, args *EndpointsArgs, opts ...pulumi.ResourceOption) (*Endpoints, error) {
	if err := checkGroupName(name); err != nil {
		return nil, fmt.Errorf("endpoints %s: %w", name, err)
	}
	out := &Endpoints{IDs: map[string]pulumi.StringOutput{}}
	return component.New(ctx, EndpointsTypeToken, name, out, args, opts, func() (pulumi.Map, error) {
		if err := out.register(ctx, name, args); err != nil {
			return nil, err
		}
		ids := pulumi.StringMap{}
		for service, id := range out.IDs {
			ids[service] = id
		}
		return pulumi.Map{"groupId": out.Group.ID, "endpointIds": ids}, nil
	})
}

func (e *Endpoints) register(ctx *pulumi.Context, name string, args *EndpointsArgs) (err error) {
	group := groupArgs{tag: args.Name + "-endpoints", description: "Interface endpoints: who may call AWS services through them", vpcID: args.VpcID}
	for _, network := range args.CIDRs {
		from := EgressRule{CIDR: network, Protocol: "tcp", Port: PortHTTPS}
		group.rules = append(group.rules, rule{suffix: "from-" + from.id(), description: "HTTPS from " + network, cidr: network, protocol: from.Protocol, port: from.Port, in: true})
	}
	if e.Group, err = group.register(ctx, e, args.Provider, name); err != nil {
		return err
	}
	var made []pulumi.Resource
	for _, service := range args.Services {
		suffix := "-" + strings.ReplaceAll(service, ".", "-")
		// From the moment it exists, private DNS leads the whole VPC to an endpoint. So the group admits the VPC before.
		endpoint, err := ec2.NewVpcEndpoint(ctx, name+suffix, &ec2.VpcEndpointArgs{
			VpcId:             args.VpcID.ToStringOutput(),
			ServiceName:       pulumi.String("com.amazonaws." + args.Region + "." + service),
			VpcEndpointType:   pulumi.String("Interface"),
			PrivateDnsEnabled: pulumi.Bool(true),
			SubnetIds:         args.SubnetIDs,
			SecurityGroupIds:  pulumi.StringArray{e.Group.ID},
			Policy:            pulumi.String(policy.EndpointPolicy(service, args.AccountIDs).JSON()),
			Tags:              nameTag(args.Name + suffix),
		}, component.Child(e, args.Provider, component.DependsOn(e.Group.Rules))...)
		if err != nil {
			return fmt.Errorf("create the endpoint of %s: %w", service, err)
		}
		e.IDs[service] = endpoint.ID().ToStringOutput()
		made = append(made, endpoint)
	}
	e.Ready = component.Made[Endpoints](made...)
	return nil
}

// offerServices makes the endpoints of an account's VPC, where they are switched on. What waits for the VPC's way out waits for them too.
func offerServices(ctx *pulumi.Context, cfg config.Config, account *providers.Account, vpc *Network) error {
	services := cfg.EndpointServices(account.Key)
	if len(services) == 0 {
		return nil
	}
	var ids []string
	for _, key := range cfg.AccountKeys() {
		if id := cfg.Accounts[key].ID; !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	endpoints, err := NewEndpoints(ctx, "endpoints-"+account.Key, &EndpointsArgs{
		Name:       cfg.Install + "-" + account.Key,
		Region:     account.Region,
		VpcID:      vpc.VpcID,
		SubnetIDs:  vpc.PrivateSubnetIDs,
		CIDRs:      vpc.CIDRs,
		Services:   services,
		AccountIDs: ids,
		Provider:   account.Provider,
	})
	if err != nil {
		return err
	}
	vpc.Endpoints, vpc.Egress = endpoints, component.All[Network](vpc.Egress, endpoints.Ready)
	return nil
}
