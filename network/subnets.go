package network

import (
	"fmt"
	"net/netip"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// subnets registers the public and private subnets. Their names hold a number, not a zone: the name is part of the
// resource's identity and must outlive a change of zone.
func (b *vpcBuilder) subnets() error {
	var public map[string]string
	if b.args.PublicLoadBalancers {
		public = kubernetesTags(b.args.EKSClusterName, rolePublic)
	}
	for i, prefix := range b.args.Subnets.Public {
		subnet, err := b.subnet("public", i, prefix, public)
		if err != nil {
			return err
		}
		b.publicSubnets = append(b.publicSubnets, subnet)
	}
	for i, prefix := range b.args.Subnets.Private {
		subnet, err := b.subnet("private", i, prefix, kubernetesTags(b.args.EKSClusterName, roleInternal))
		if err != nil {
			return err
		}
		b.privateSubnets = append(b.privateSubnets, subnet)
	}
	b.out.PublicSubnetIDs = subnetIDs(b.publicSubnets)
	b.out.PrivateSubnetIDs = subnetIDs(b.privateSubnets)
	b.out.AttachmentSubnetIDs = b.out.PrivateSubnetIDs
	var zones pulumi.StringArray
	for _, subnet := range b.privateSubnets {
		zones = append(zones, subnet.AvailabilityZoneId)
	}
	b.out.ZoneIDs = zones.ToStringArrayOutput()
	return nil
}

func (b *vpcBuilder) subnet(kind string, i int, prefix netip.Prefix, more map[string]string) (*ec2.Subnet, error) {
	label := numbered(kind, i)
	tags := b.tags("-" + label)
	for key, value := range more {
		tags[key] = pulumi.String(value)
	}
	options := []pulumi.ResourceOption{pulumi.Protect(b.args.Protect)}
	if b.args.KeepZones {
		options = append(options, pulumi.IgnoreChanges([]string{"availabilityZoneId"}))
	}
	subnet, err := ec2.NewSubnet(b.ctx, b.name+"-"+label, &ec2.SubnetArgs{
		VpcId:              b.vpc.ID(),
		CidrBlock:          pulumi.String(prefix.String()),
		AvailabilityZoneId: pulumi.String(b.args.ZoneIDs[i]),
		// Public subnets assign no public addresses either. They hold NAT gateways only, and each gateway has an
		// address of its own.
		MapPublicIpOnLaunch: pulumi.Bool(false),
		Tags:                tags,
	}, b.child(options...)...)
	if err != nil {
		return nil, fmt.Errorf("create %s subnet %d: %w", kind, i+1, err)
	}
	return subnet, nil
}

// The tags by which Kubernetes tells subnets for public load balancers from those for internal ones.
const (
	rolePublic   = "kubernetes.io/role/elb"
	roleInternal = "kubernetes.io/role/internal-elb"
)

// kubernetesTags returns the tags by which Kubernetes finds subnets for load balancers. Private subnets of the
// cluster's VPC get them, and public ones if the mesh wants a public load balancer.
//
// The load balancer code of EKS considers subnets with the cluster's tag and subnets without any cluster's tag. It
// takes one subnet for each zone, and the role tag decides between several. So an internal load balancer, such as the
// east-west gateway's, always gets the private subnets. Without a public ingress the public subnets have no
// role tag: the AWS Load Balancer Controller then finds no subnet for a public load balancer. EKS's built-in code would
// still use an untagged public subnet for a Service that does not ask to be internal. No tag forbids that.
//
// The value is "shared", not "owned". "owned" means that the subnet lives and dies with the cluster. These subnets
// belong to the stack, and ECS tasks live in them too.
func kubernetesTags(cluster, role string) map[string]string {
	if cluster == "" {
		return nil
	}
	return map[string]string{
		"kubernetes.io/cluster/" + cluster: "shared",
		role:                               "1",
	}
}

// numbered is a name with its number, counted from 1.
func numbered(kind string, i int) string { return fmt.Sprintf("%s-%d", kind, i+1) }

func subnetIDs(subnets []*ec2.Subnet) pulumi.StringArrayOutput {
	var ids pulumi.StringArray
	for _, subnet := range subnets {
		ids = append(ids, subnet.ID().ToStringOutput())
	}
	return ids.ToStringArrayOutput()
}
