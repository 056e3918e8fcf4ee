package network

import (
	"fmt"
	"maps"
	"regexp"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/problem"
)

// GatewayServiceTypeToken is the Pulumi type of GatewayService.
const GatewayServiceTypeToken = "ambient-ecs:network:GatewayService"

// GatewayServiceArgs configures a GatewayService.
type GatewayServiceArgs struct {
	// Name is the Name tag. Required.
	Name string
	// Partition, Region and AccountID are the gateway's. Required: the load balancer's ARN is made of them and its address.
	Partition, Region, AccountID string
	// Address is the DNS name of the gateway's load balancer. Required.
	Address pulumi.StringInput
	// Callers are the account ids that may connect, by account key. Required.
	Callers map[string]string
	// Provider is the AWS provider of the home account. Required.
	Provider pulumi.ProviderResource
	// Gateway is the gateway with its load balancer. AWS deletes no load balancer while an endpoint service leads to it, so the
	// service is deleted before the gateway. Required.
	Gateway component.Dependency
}

// Validate reports every problem of the arguments, or returns nil.
func (a *GatewayServiceArgs) Validate() error {
	var p problem.List
	for _, required := range []struct{ field, value, why string }{
		{"Name", a.Name, "it is the Name tag"}, {"Partition", a.Partition, "ARNs begin with it"},
		{"Region", a.Region, "the load balancer's ARN names it"}, {"AccountID", a.AccountID, "the load balancer's ARN names it"},
	} {
		if required.value == "" {
			p.Missing(required.field, "%s", required.why)
		}
	}
	if a.Address == nil {
		p.Missing("Address", "the service would lead to no load balancer")
	}
	if len(a.Callers) == 0 {
		p.Missing("Callers", "nobody could connect")
	}
	for _, key := range slices.Sorted(maps.Keys(a.Callers)) {
		if a.Callers[key] == "" {
			p.Missing("Callers."+key, "the principal is the account")
		}
	}
	if a.Provider == nil {
		p.Missing("Provider", "without one the service could land in another account")
	}
	if a.Gateway == nil {
		p.Missing("Gateway", "AWS would refuse to delete the load balancer")
	}
	return p.Err()
}

// GatewayService is the endpoint service of the east-west gateway: what accounts connect to that no route leads to.
//
// There is one for the stack. Each account is a principal of its own, so that an account comes and goes without a change for the
// others.
type GatewayService struct {
	pulumi.ResourceState

	// ServiceName is the name that an interface endpoint names.
	ServiceName pulumi.StringOutput
	// Admitted is, by account key, what must exist before the account sees the service.
	Admitted map[string]component.After[GatewayService]
}

// NewGatewayService registers the service and its principals.
func NewGatewayService(ctx *pulumi.Context, name string, args *GatewayServiceArgs, opts ...pulumi.ResourceOption) (*GatewayService, error) {
	out := &GatewayService{Admitted: map[string]component.After[GatewayService]{}}
	return component.New(ctx, GatewayServiceTypeToken, name, out, args, opts, func() (pulumi.Map, error) {
		balancer := args.Address.ToStringOutput().ApplyT(func(address string) (string, error) {
			return balancerARN(args.Partition, args.Region, args.AccountID, address)
		}).(pulumi.StringOutput)
		service, err := ec2.NewVpcEndpointService(ctx, name, &ec2.VpcEndpointServiceArgs{
			// The principals say who may connect. What they connect to asks every caller for its identity.
			AcceptanceRequired:      pulumi.Bool(false),
			NetworkLoadBalancerArns: pulumi.StringArray{balancer},
			Tags:                    nameTag(args.Name),
			// AWS changes no load balancer of a service with endpoints (ExistingVpcEndpointConnections in
			// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html, 2026-11-29). Another one gets another service, and the
			// endpoints move there before the old service goes.
		}, component.Child(out, args.Provider, component.DependsOn(args.Gateway), pulumi.ReplaceOnChanges([]string{"networkLoadBalancerArns"}))...)
		if err != nil {
			return nil, fmt.Errorf("create the endpoint service: %w", err)
		}
		out.ServiceName = service.ServiceName
		for _, key := range slices.Sorted(maps.Keys(args.Callers)) {
			principal, err := ec2.NewVpcEndpointServiceAllowedPrinciple(ctx, name+"-"+key, &ec2.VpcEndpointServiceAllowedPrincipleArgs{
				VpcEndpointServiceId: service.ID(),
				PrincipalArn:         pulumi.String("arn:" + args.Partition + ":iam::" + args.Callers[key] + ":root"),
			}, component.Child(out, args.Provider)...)
			if err != nil {
				return nil, fmt.Errorf("let %s connect: %w", key, err)
			}
			out.Admitted[key] = component.Made[GatewayService](principal)
		}
		return pulumi.Map{"serviceName": out.ServiceName}, nil
	})
}

// balancerName is the DNS name of a network load balancer: its name, its id and its region
// (https://docs.aws.amazon.com/elasticloadbalancing/latest/network/network-load-balancers.html, 2026-11-29).
var balancerName = regexp.MustCompile(`^([A-Za-z0-9-]{1,32})-([0-9a-f]{16})\.elb\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$`)

// balancerARN is the ARN of the network load balancer with a DNS name. Both have the same name and id.
func balancerARN(partition, region, account, address string) (string, error) {
	parts := balancerName.FindStringSubmatch(address)
	if parts == nil || parts[3] != region {
		return "", fmt.Errorf("the gateway's address %q is not the name of a network load balancer in %s, and an endpoint service leads to nothing else", address, region)
	}
	return fmt.Sprintf("arn:%s:elasticloadbalancing:%s:%s:loadbalancer/net/%s/%s", partition, region, account, parts[1], parts[2]), nil
}
