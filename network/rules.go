package network

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/network/cidr"
	"ambient-ecs/problem"
)

// rule is one permission of a security group: one protocol, one port, and one other end: a network, the members of a security group,
// or a prefix list of AWS.
type rule struct {
	// suffix follows the component's name in the rule's resource name.
	suffix      string
	description string
	cidr        string
	group       pulumi.StringInput
	prefixList  pulumi.StringInput
	protocol    string
	port        int
	// in lets the network call members of the group. If it is false, members may call the network.
	in bool
}

// each is a rule for each network of a VPC. The name of a secondary network's rule ends in the network.
func each(networks []string, r rule) (all []rule) {
	for i, network := range networks {
		one := r
		one.cidr = network
		if i > 0 {
			one.suffix += "/" + network
		}
		all = append(all, one)
	}
	return all
}

// checkCIDRs refuses networks that no VPC has, and a VPC without any.
func checkCIDRs(p *problem.List, field string, networks []string) {
	if len(networks) == 0 {
		p.Missing(field, "a VPC has a network")
	}
	for _, network := range networks {
		_, err := cidr.ParseExisting(network)
		p.Because(field, network, err)
	}
}

// checkGroupName refuses a component name that AWS would refuse in a group's generated name, which begins with it.
func checkGroupName(name string) error {
	if strings.HasPrefix(name, "sg-") {
		return errors.New("AWS refuses security groups with names that begin with sg-")
	}
	return nil
}

// groupArgs are a security group with all of its rules.
type groupArgs struct {
	// suffix follows the component's name in the group's resource name, tag is its Name tag.
	suffix, tag, description string
	vpcID                    pulumi.StringInput
	rules                    []rule
}

// Group is a security group, for the resources that carry it.
type Group struct {
	// ID is the group's id.
	ID pulumi.StringOutput
	// Rules are the rules that must exist, besides the group, before it lets anything pass.
	Rules component.After[Group]
}

// register makes a group and its rules. AWS creates every group with a rule that lets everything out, and the
// provider removes that rule. The name is generated, so that a group can be replaced while it is in use.
func (g groupArgs) register(ctx *pulumi.Context, parent pulumi.Resource, provider pulumi.ProviderResource, name string) (Group, error) {
	group, err := ec2.NewSecurityGroup(ctx, name+g.suffix, &ec2.SecurityGroupArgs{
		VpcId:       g.vpcID.ToStringOutput(),
		Description: pulumi.String(g.description),
		Tags:        nameTag(g.tag),
	}, component.Child(parent, provider)...)
	if err != nil {
		return Group{}, fmt.Errorf("create security group %s: %w", name+g.suffix, err)
	}
	var made []pulumi.Resource
	for _, r := range g.rules {
		one, err := r.register(ctx, name+"-"+r.suffix, group.ID(), component.Child(parent, provider))
		if err != nil {
			return Group{}, fmt.Errorf("allow %s (%s %d): %w", r.description, r.protocol, r.port, err)
		}
		made = append(made, one)
	}
	return Group{ID: group.ID().ToStringOutput(), Rules: component.Made[Group](made...)}, nil
}

func (r rule) register(ctx *pulumi.Context, name string, group pulumi.StringInput, options []pulumi.ResourceOption) (pulumi.Resource, error) {
	args := vpc.SecurityGroupEgressRuleArgs{
		SecurityGroupId: group,
		Description:     pulumi.String(r.description),
		IpProtocol:      pulumi.String(r.protocol),
		FromPort:        pulumi.Int(r.port),
		ToPort:          pulumi.Int(r.port),
		CidrIpv4:        component.Optional(r.cidr),
	}
	if r.group != nil {
		args.ReferencedSecurityGroupId = r.group.ToStringOutput()
	}
	if r.prefixList != nil {
		args.PrefixListId = r.prefixList.ToStringOutput()
	}
	if r.in {
		ingress := vpc.SecurityGroupIngressRuleArgs(args)
		return vpc.NewSecurityGroupIngressRule(ctx, name, &ingress, options...)
	}
	return vpc.NewSecurityGroupEgressRule(ctx, name, &args, options...)
}
