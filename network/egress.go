package network

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/network/cidr"
	"ambient-ecs/problem"
)

// EgressGroupTypeToken is the Pulumi type of EgressGroup.
const EgressGroupTypeToken = "ambient-ecs:network:EgressGroup"

// EgressRule opens one port of one network.
type EgressRule struct {
	// Description says what is called. Empty: a description made from the rule.
	Description string
	// CIDR is the IPv4 destination. Required.
	CIDR string
	// Protocol is "tcp" or "udp". Required.
	Protocol string
	// Port is the destination port. Required.
	Port int
}

// id identifies a rule within its group, as AWS does. It also names the rule's resource, so the order of the rules
// does not matter.
func (r EgressRule) id() string {
	return r.Protocol + "-" + strconv.Itoa(r.Port) + "-" + strings.NewReplacer(".", "-", "/", "-").Replace(r.CIDR)
}

func (r EgressRule) describe() string {
	if r.Description != "" {
		return r.Description
	}
	return fmt.Sprintf("%s %d to %s", r.Protocol, r.Port, r.CIDR)
}

// description matches the rule descriptions that AWS accepts.
var description = regexp.MustCompile(`^[a-zA-Z0-9. _:/()#,@\[\]+=&;{}!$*-]{0,255}$`)

func (r EgressRule) validate() error {
	var p problem.List
	if !description.MatchString(r.Description) {
		p.Refuse("Description", r.Description, "AWS takes at most 255 letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*")
	}
	_, err := cidr.Parse(r.CIDR)
	p.Because("CIDR", r.CIDR, err)
	if r.Protocol != "tcp" && r.Protocol != "udp" {
		p.Refuse("Protocol", r.Protocol, "it must be tcp or udp")
	}
	p.Between("Port", r.Port, 1, 65535, "it is a port")
	return p.Err()
}

// EgressGroupArgs configures an EgressGroup.
type EgressGroupArgs struct {
	// Name is the Name tag of the group. Required.
	Name string
	// VpcID is the VPC of the service. Required.
	VpcID pulumi.StringInput
	// Rules are the destinations that the service may call. Required: a service without further calls needs no group.
	Rules []EgressRule
	// Provider is the AWS provider of the account. Required.
	Provider pulumi.ProviderResource
}

// Validate reports every problem of the arguments, or returns nil.
func (a *EgressGroupArgs) Validate() error {
	var p problem.List
	if a.Name == "" {
		p.Missing("Name", "it is the Name tag")
	}
	if a.VpcID == nil {
		p.Missing("VpcID", "the group would be made in the account's default VPC")
	}
	if a.Provider == nil {
		p.Missing("Provider", "without one the group could land in another account")
	}
	if len(a.Rules) == 0 {
		p.Missing("Rules", "a group that permits nothing is of no use")
	}
	seen := map[string]int{}
	for i, r := range a.Rules {
		field := fmt.Sprintf("Rules[%d]", i)
		p.Under(field, r.validate())
		if first, ok := seen[r.id()]; ok {
			p.Refuse(field, r.id(), "Rules[%d] says the same, and EC2 refuses a rule that exists", first)
			continue
		}
		seen[r.id()] = i
	}
	return p.Err()
}

// EgressGroup is the security group for the calls of one service outside the mesh.
type EgressGroup struct {
	pulumi.ResourceState

	// Group is the security group.
	Group Group
}

// NewEgressGroup registers the group and its rules.
func NewEgressGroup(ctx *pulumi.Context, name string, args *EgressGroupArgs, opts ...pulumi.ResourceOption) (*EgressGroup, error) {
	if err := checkGroupName(name); err != nil {
		return nil, fmt.Errorf("egress group %s: %w", name, err)
	}
	egress := &EgressGroup{}
	return component.New(ctx, EgressGroupTypeToken, name, egress, args, opts, func() (_ pulumi.Map, err error) {
		group := groupArgs{tag: args.Name, description: "ECS service: what it may call past the mesh", vpcID: args.VpcID}
		for _, r := range args.Rules {
			group.rules = append(group.rules, rule{suffix: r.id(), description: r.describe(), cidr: r.CIDR, protocol: r.Protocol, port: r.Port})
		}
		egress.Group, err = group.register(ctx, egress, args.Provider, name)
		return pulumi.Map{"groupId": egress.Group.ID}, err
	})
}
