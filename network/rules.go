package network

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// rule is one permission of a security group: one protocol, one port, one network.
type rule struct {
	// suffix follows the component's name in the rule's resource name.
	suffix      string
	description string
	cidr        string
	protocol    string
	port        int
}

// checkGroupName refuses a component's name with which AWS would refuse its groups: their generated names begin
// with it.
func checkGroupName(name string) error {
	if strings.HasPrefix(name, "sg-") {
		return errors.New("AWS refuses security groups with names that begin with sg-")
	}
	return nil
}

// securityGroup registers a group with no rules. AWS creates every group with a rule that lets everything
// out; the provider removes it. The name is generated, so that a group can be replaced while it is in use.
func securityGroup(ctx *pulumi.Context, parent pulumi.Resource, provider pulumi.ProviderResource, name, tag, description string, vpcID pulumi.StringInput) (*ec2.SecurityGroup, error) {
	group, err := ec2.NewSecurityGroup(ctx, name, &ec2.SecurityGroupArgs{
		VpcId:       vpcID.ToStringOutput(),
		Description: pulumi.String(description),
		Tags:        nameTag(tag),
	}, child(parent, provider)...)
	if err != nil {
		return nil, fmt.Errorf("create security group %s: %w", name, err)
	}
	return group, nil
}

// allowOut registers a rule by which members of the group may call.
func allowOut(ctx *pulumi.Context, parent pulumi.Resource, provider pulumi.ProviderResource, name string, group *ec2.SecurityGroup, r rule) (pulumi.Resource, error) {
	registered, err := vpc.NewSecurityGroupEgressRule(ctx, name+"-"+r.suffix, &vpc.SecurityGroupEgressRuleArgs{
		SecurityGroupId: group.ID(),
		Description:     pulumi.String(r.description),
		IpProtocol:      pulumi.String(r.protocol),
		FromPort:        pulumi.Int(r.port),
		ToPort:          pulumi.Int(r.port),
		CidrIpv4:        pulumi.String(r.cidr),
	}, child(parent, provider)...)
	if err != nil {
		return nil, fmt.Errorf("allow %s %d to %s: %w", r.protocol, r.port, r.cidr, err)
	}
	return registered, nil
}

// allowIn registers a rule by which members of the group may be called.
func allowIn(ctx *pulumi.Context, parent pulumi.Resource, provider pulumi.ProviderResource, name string, group *ec2.SecurityGroup, r rule) (pulumi.Resource, error) {
	registered, err := vpc.NewSecurityGroupIngressRule(ctx, name+"-"+r.suffix, &vpc.SecurityGroupIngressRuleArgs{
		SecurityGroupId: group.ID(),
		Description:     pulumi.String(r.description),
		IpProtocol:      pulumi.String(r.protocol),
		FromPort:        pulumi.Int(r.port),
		ToPort:          pulumi.Int(r.port),
		CidrIpv4:        pulumi.String(r.cidr),
	}, child(parent, provider)...)
	if err != nil {
		return nil, fmt.Errorf("allow %s %d from %s: %w", r.protocol, r.port, r.cidr, err)
	}
	return registered, nil
}
