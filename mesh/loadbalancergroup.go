package mesh

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/problem"
)

// LoadBalancerGroupTypeToken is the Pulumi type of LoadBalancerGroup.
const LoadBalancerGroupTypeToken = "ambient-ecs:mesh:LoadBalancerGroup"

// PortRange is a range of TCP ports, both ends included.
type PortRange struct{ From, To int }

func (r PortRange) String() string {
	if r.From == r.To {
		return fmt.Sprint(r.From)
	}
	return fmt.Sprintf("%d-%d", r.From, r.To)
}

// LoadBalancerGroupArgs configures a LoadBalancerGroup.
type LoadBalancerGroupArgs struct {
	// Name is the Name tag of the group, by which the controller finds it. Required, and unique in the VPC.
	Name string
	// Description is the group's. Required. A change replaces the group.
	Description string
	// VpcID is the VPC of the cluster. Required.
	VpcID pulumi.StringInput
	// Sources are the CIDRs that may connect. Each has one rule for each range of Ports. Required.
	Sources []string
	// Ports hold the listeners, TargetPorts the ports of the pods and of their health check. Required. A range counts
	// once against the quota of rules, and what has no listener does not answer.
	Ports, TargetPorts []PortRange
	// NodesGroupID is the security group of the nodes, which their pods share. Required.
	NodesGroupID pulumi.StringInput
	// Home is the AWS provider of the EKS cluster's account. Required.
	Home pulumi.ProviderResource
}

// Validate reports every problem of the arguments, or returns nil.
func (a *LoadBalancerGroupArgs) Validate() error {
	var p problem.List
	if a.Name == "" {
		p.Missing("Name", "the controller finds the group by it")
	}
	if a.Description == "" {
		p.Missing("Description", "AWS wants one")
	}
	if a.VpcID == nil {
		p.Missing("VpcID", "the group would be made in the account's default VPC")
	}
	if a.NodesGroupID == nil {
		p.Missing("NodesGroupID", "the nodes would not admit the load balancer")
	}
	if a.Home == nil {
		p.Missing("Home", "without one the group could land in another account")
	}
	if len(a.Sources) == 0 {
		p.Missing("Sources", "nobody could connect")
	}
	for i, source := range a.Sources {
		if prefix, err := netip.ParsePrefix(source); err != nil || prefix.Masked() != prefix {
			p.Refuse(fmt.Sprintf("Sources[%d]", i), source, "it is no CIDR")
		}
	}
	for field, ranges := range map[string][]PortRange{"Ports": a.Ports, "TargetPorts": a.TargetPorts} {
		if len(ranges) == 0 {
			p.Missing(field, "no connection would pass")
		}
		for i, r := range ranges {
			if r.From < 1 || r.To < r.From || r.To > 65535 {
				p.Refuse(fmt.Sprintf("%s[%d]", field, i), r, "it is no range of ports")
			}
		}
	}
	return p.Err()
}

// LoadBalancerGroup is the security group of a load balancer, and the rules by which the nodes admit this group. So
// nodes admit the load balancer and no network, however many networks there are.
type LoadBalancerGroup struct {
	pulumi.ResourceState

	// ID is the group's id.
	ID pulumi.StringOutput
	// Ready is the group with its rules. The load balancer waits for it and is removed before it.
	Ready component.After[LoadBalancerGroup]
}

// NewLoadBalancerGroup registers the group and its rules.
func NewLoadBalancerGroup(ctx *pulumi.Context, name string, args *LoadBalancerGroupArgs, opts ...pulumi.ResourceOption) (*LoadBalancerGroup, error) {
	out := &LoadBalancerGroup{}
	return component.New(ctx, LoadBalancerGroupTypeToken, name, out, args, opts, func() (pulumi.Map, error) {
		group, err := ec2.NewSecurityGroup(ctx, name, &ec2.SecurityGroupArgs{
			VpcId:       args.VpcID.ToStringOutput(),
			Description: pulumi.String(args.Description),
			Tags:        pulumi.StringMap{"Name": pulumi.String(args.Name)},
		}, component.Child(out, args.Home)...)
		if err != nil {
			return nil, fmt.Errorf("create the security group: %w", err)
		}
		out.ID = group.ID().ToStringOutput()
		made, err := out.rules(ctx, name, args)
		out.Ready = component.Made[LoadBalancerGroup](made...)
		return pulumi.Map{"groupId": out.ID}, err
	})
}

func (g *LoadBalancerGroup) rules(ctx *pulumi.Context, name string, args *LoadBalancerGroupArgs) (made []pulumi.Resource, err error) {
	keep := func(rule pulumi.Resource, failed error) {
		made = append(made, rule)
		if err == nil && failed != nil {
			err = fmt.Errorf("allow the load balancer's traffic: %w", failed)
		}
	}
	options := component.Child(g, args.Home)
	for _, ports := range args.Ports {
		for _, source := range args.Sources {
			rule, failed := vpc.NewSecurityGroupIngressRule(ctx, fmt.Sprintf("%s-from-%s-%s", name, strings.ReplaceAll(source, "/", "-"), ports), &vpc.SecurityGroupIngressRuleArgs{
				SecurityGroupId: g.ID, Description: pulumi.String("Listeners from " + source), CidrIpv4: pulumi.String(source),
				IpProtocol: pulumi.String("tcp"), FromPort: pulumi.Int(ports.From), ToPort: pulumi.Int(ports.To),
			}, options...)
			keep(rule, failed)
		}
	}
	for _, ports := range args.TargetPorts {
		out, failed := vpc.NewSecurityGroupEgressRule(ctx, name+"-to-nodes-"+ports.String(), &vpc.SecurityGroupEgressRuleArgs{
			SecurityGroupId: g.ID, Description: pulumi.String("Targets and their health checks"), ReferencedSecurityGroupId: args.NodesGroupID,
			IpProtocol: pulumi.String("tcp"), FromPort: pulumi.Int(ports.From), ToPort: pulumi.Int(ports.To),
		}, options...)
		keep(out, failed)
		in, failed := vpc.NewSecurityGroupIngressRule(ctx, "nodes-from-"+name+"-"+ports.String(), &vpc.SecurityGroupIngressRuleArgs{
			SecurityGroupId: args.NodesGroupID.ToStringOutput(), Description: pulumi.String("Load balancer " + args.Name), ReferencedSecurityGroupId: g.ID,
			IpProtocol: pulumi.String("tcp"), FromPort: pulumi.Int(ports.From), ToPort: pulumi.Int(ports.To),
		}, options...)
		keep(in, failed)
	}
	return made, err
}
