package network

import (
	"fmt"
	"maps"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/network/cidr"
	"ambient-ecs/network/zone"
	"ambient-ecs/problem"
)

// VpcTypeToken is the Pulumi type of Vpc.
const VpcTypeToken = "ambient-ecs:network:Vpc"

// minZonesEKS is the least number of zones in which EKS needs subnets.
const minZonesEKS = 2

// VpcArgs configures a Vpc.
type VpcArgs struct {
	// Name begins the Name tags of everything in the VPC. Required. It may change at any time.
	Name string
	// Region is the region of Provider. Required: the name of the S3 endpoint contains it.
	Region string
	// CIDR is the VPC's IPv4 network, /16 to /24. Required. A change replaces the VPC.
	CIDR string
	// Subnets are the private and public subnets. Required: at least one of each. A change of one
	// replaces that subnet, which AWS refuses while an EKS cluster is in it.
	Subnets cidr.Plan
	// ZoneIDs are the availability zones, one for each private subnet. Public subnet i is in zone i.
	// Required.
	ZoneIDs []string
	// KeepZones leaves an existing subnet in its zone, whatever ZoneIDs says. Set it when ZoneIDs come from a
	// look-up: then a zone that AWS newly offers changes nothing in a living VPC.
	KeepZones bool
	// NATPerZone makes a NAT gateway in every zone, so that the loss of a zone does not cut off the other zones. It
	// needs a public subnet in each zone. If it is false, one gateway in the first public subnet serves all zones.
	NATPerZone bool
	// Tags are tags of the VPC itself beside its Name.
	Tags pulumi.StringMap
	// EKSClusterName is the EKS cluster that will live in the VPC. Empty: none. It only affects tags.
	EKSClusterName string
	// PublicLoadBalancers lets Kubernetes put load balancers with public addresses into the public subnets. It only
	// affects tags.
	PublicLoadBalancers bool
	// Protect guards the VPC and its subnets against deletion and replacement. AWS also refuses to delete a subnet
	// that is in use, but only after the rest of an update is done.
	Protect bool
	// Imports are ids of what exists and becomes a child, by the child's TYPE::NAME. Empty: the component makes everything.
	Imports component.Imports
	// Provider is the AWS provider of the account. Required.
	Provider pulumi.ProviderResource
}

// Validate reports every problem of the arguments, or returns nil.
func (a *VpcArgs) Validate() error {
	var p problem.List
	if a.Name == "" {
		p.Missing("Name", "the Name tags begin with it")
	}
	if a.Region == "" {
		p.Missing("Region", "the name of the S3 endpoint contains it")
	}
	if a.Provider == nil {
		p.Missing("Provider", "without one the VPC could land in another account")
	}
	vpc, err := cidr.ParseVPC(a.CIDR)
	p.Because("CIDR", a.CIDR, err)
	if err == nil {
		p.Under("Subnets", a.Subnets.Validate(vpc))
	}
	p.Because("ZoneIDs", a.ZoneIDs, zone.Validate(a.ZoneIDs, a.EKSClusterName != ""))
	zones := len(a.Subnets.Private)
	if len(a.ZoneIDs) != zones {
		p.Refuse("ZoneIDs", a.ZoneIDs, "there are %d zones for %d private subnets: each subnet needs a zone of its own", len(a.ZoneIDs), zones)
	}
	if a.EKSClusterName != "" && zones < minZonesEKS {
		p.Refuse("Subnets.Private", a.Subnets.Private, "EKS needs them in at least %d zones", minZonesEKS)
	}
	if a.NATPerZone && len(a.Subnets.Public) < zones {
		p.Refuse("NATPerZone", true, "it needs a public subnet in each of the %d zones: there are %d", zones, len(a.Subnets.Public))
	}
	return p.Err()
}

// Vpc is the network of one account: public subnets that hold only NAT gateways, private ones for
// everything else, and a way to S3 that passes no NAT gateway (image layers come from there).
type Vpc struct {
	pulumi.ResourceState

	Network

	builder *vpcBuilder
}

// NewVpc registers a VPC with its subnets, gateways and route tables. Settle completes it.
func NewVpc(ctx *pulumi.Context, name string, args *VpcArgs, opts ...pulumi.ResourceOption) (*Vpc, error) {
	vpc := &Vpc{Network: Network{RouteTableIDs: map[string]pulumi.StringOutput{}}}
	return component.New(ctx, VpcTypeToken, name, vpc, args, opts, func() (pulumi.Map, error) {
		vpc.CIDRs = []string{args.CIDR}
		b := &vpcBuilder{ctx: ctx, name: name, args: args, out: vpc}
		for _, build := range []func() error{b.network, b.subnets, b.public, b.private, b.endpoint} {
			if err := build(); err != nil {
				return nil, err
			}
		}
		vpc.builder = b
		tables := pulumi.StringMap{}
		for key, id := range vpc.RouteTableIDs {
			tables[key] = id
		}
		return pulumi.Map{
			"vpcId":            vpc.VpcID,
			"cidr":             pulumi.String(args.CIDR),
			"privateSubnetIds": vpc.PrivateSubnetIDs,
			"publicSubnetIds":  vpc.PublicSubnetIDs,
			"zoneIds":          vpc.ZoneIDs,
			"natAddresses":     vpc.NATAddresses,
			"routeTableIds":    tables,
		}, nil
	})
}

// Settle puts the private subnets into their route tables and sets Egress. A subnet moves only after its table has the default route
// and the ways: so a change between one NAT gateway and one for each zone never leaves a subnet without a route that it had.
func (v *Vpc) Settle(ways ...component.Dependency) error {
	for i, to := range v.builder.tables {
		association, err := v.builder.associate(numbered("private", i), v.builder.privateSubnets[i], to.table, component.DependsOn(ways...), pulumi.DependsOn([]pulumi.Resource{to.route}))
		if err != nil {
			return fmt.Errorf("vpc %s: %w", v.builder.name, err)
		}
		v.builder.egress = append(v.builder.egress, association)
	}
	v.Egress = component.Made[Network](v.builder.egress...)
	return nil
}

// vpcBuilder registers the children of one Vpc, in the order of its methods.
type vpcBuilder struct {
	ctx  *pulumi.Context
	name string
	args *VpcArgs
	out  *Vpc

	vpc            *ec2.Vpc
	gateway        *ec2.InternetGateway
	publicSubnets  []*ec2.Subnet
	privateSubnets []*ec2.Subnet
	// outside is what a NAT gateway needs before it can forward, by the index of its public subnet.
	outside map[int][]pulumi.Resource
	// tables are the private subnets' route tables, each with its default route.
	tables []struct {
		table *ec2.RouteTable
		route *ec2.Route
	}
	// egress becomes Egress.
	egress []pulumi.Resource
}

// child returns the options of a child of the VPC.
func (b *vpcBuilder) child(more ...pulumi.ResourceOption) []pulumi.ResourceOption {
	return component.Child(b.out, b.args.Provider, more...)
}

// marked returns the tags of the VPC itself.
func (b *vpcBuilder) marked() pulumi.StringMap {
	tags := b.tags("")
	maps.Copy(tags, b.args.Tags)
	return tags
}

// tags returns the Name tag of a child.
func (b *vpcBuilder) tags(suffix string) pulumi.StringMap { return nameTag(b.args.Name + suffix) }

// network registers the VPC itself.
func (b *vpcBuilder) network() (err error) {
	b.vpc, err = ec2.NewVpc(b.ctx, b.name, &ec2.VpcArgs{
		CidrBlock: pulumi.String(b.args.CIDR),
		// EKS nodes register by their DNS names, and a peering resolves names only between VPCs that
		// have both.
		EnableDnsSupport:   pulumi.Bool(true),
		EnableDnsHostnames: pulumi.Bool(true),
		Tags:               b.marked(),
	}, b.child(pulumi.Protect(b.args.Protect))...)
	if err != nil {
		return fmt.Errorf("create VPC: %w", err)
	}
	b.out.VpcID = b.vpc.ID().ToStringOutput()

	// AWS gives every VPC a default security group that lets its members talk to each other and out.
	// Adopting it without rules removes them.
	if _, err := ec2.NewDefaultSecurityGroup(b.ctx, b.name+"-default", &ec2.DefaultSecurityGroupArgs{
		VpcId: b.vpc.ID(),
		Tags:  b.tags("-default-unused"),
	}, b.child()...); err != nil {
		return fmt.Errorf("empty the default security group: %w", err)
	}
	return nil
}
