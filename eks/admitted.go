package eks

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/network"
	"ambient-ecs/problem"
)

// Admitted are the networks that reach the cluster besides what EKS admits. Each gets a rule.
type Admitted struct {
	// DirectCIDRs are the networks, by account key, that reach pods without the east-west gateway, by HBONE. Empty: every
	// network takes the gateway.
	DirectCIDRs map[string]string
	// APIPrivateCIDRs may reach the private endpoint, besides the nodes.
	APIPrivateCIDRs []string
}

// check refuses what is no network, and the network of everybody.
func (a Admitted) check(p *problem.List) {
	for _, key := range slices.Sorted(maps.Keys(a.DirectCIDRs)) {
		p.Because(fmt.Sprintf("DirectCIDRs[%q]", key), a.DirectCIDRs[key], limited(a.DirectCIDRs[key]))
	}
	for i, cidr := range a.APIPrivateCIDRs {
		p.Because(fmt.Sprintf("APIPrivateCIDRs[%d]", i), cidr, limited(cidr))
	}
}

// direct lets the tasks of some accounts reach the pods' ztunnel without the east-west gateway.
func (c *Cluster) direct(ctx *pulumi.Context, name string, admitted Admitted) error {
	for _, key := range slices.Sorted(maps.Keys(admitted.DirectCIDRs)) {
		_, err := vpc.NewSecurityGroupIngressRule(ctx, name+"-hbone-from-"+key, &vpc.SecurityGroupIngressRuleArgs{
			SecurityGroupId: c.SecurityGroupID,
			Description:     pulumi.String("HBONE from the mesh in " + key),
			IpProtocol:      pulumi.String("tcp"),
			FromPort:        pulumi.Int(network.PortHBONE),
			ToPort:          pulumi.Int(network.PortHBONE),
			CidrIpv4:        pulumi.String(admitted.DirectCIDRs[key]),
		}, component.Child(c, c.AWS)...)
		if err != nil {
			return fmt.Errorf("allow HBONE from %s: %w", key, err)
		}
	}
	return nil
}

// httpsPort is where the Kubernetes API listens.
const httpsPort = 443

// privateAPI opens the private endpoint. The group that EKS makes for it admits only its own members, the nodes.
// Everything that talks to the API waits for these rules.
func (c *Cluster) privateAPI(ctx *pulumi.Context, name string, group pulumi.StringInput, admitted Admitted) error {
	for _, cidr := range slices.Sorted(slices.Values(admitted.APIPrivateCIDRs)) {
		rule, err := vpc.NewSecurityGroupIngressRule(ctx, name+"-api-from-"+strings.ReplaceAll(cidr, "/", "-"), &vpc.SecurityGroupIngressRuleArgs{
			SecurityGroupId: group,
			Description:     pulumi.String("Kubernetes API from " + cidr),
			IpProtocol:      pulumi.String("tcp"),
			FromPort:        pulumi.Int(httpsPort),
			ToPort:          pulumi.Int(httpsPort),
			CidrIpv4:        pulumi.String(cidr),
		}, component.Child(c, c.AWS)...)
		if err != nil {
			return fmt.Errorf("allow the Kubernetes API from %s: %w", cidr, err)
		}
		c.ready = append(c.ready, rule)
	}
	return nil
}
