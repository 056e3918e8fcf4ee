package network

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	anywhere     = "0.0.0.0/0"
	publicTable  = "public"
	privateTable = "private"
)

// public registers the internet gateway and the public subnets' route to it.
func (b *vpcBuilder) public() (err error) {
	// When the VPC is replaced, AWS would move the gateway to the new one. The gateway cannot leave the old VPC while
	// that has public addresses. So the gateway is replaced as well.
	b.gateway, err = ec2.NewInternetGateway(b.ctx, b.name, &ec2.InternetGatewayArgs{
		VpcId: b.vpc.ID(),
		Tags:  b.tags(""),
	}, b.child(pulumi.ReplaceOnChanges([]string{"vpcId"}))...)
	if err != nil {
		return fmt.Errorf("create internet gateway: %w", err)
	}
	table, err := b.table(publicTable)
	if err != nil {
		return err
	}
	route, err := ec2.NewRoute(b.ctx, b.name+"-"+publicTable, &ec2.RouteArgs{
		RouteTableId:         table.ID(),
		DestinationCidrBlock: pulumi.String(anywhere),
		GatewayId:            b.gateway.ID(),
	}, b.child()...)
	if err != nil {
		return fmt.Errorf("route public subnets to the internet: %w", err)
	}
	b.outside = map[int][]pulumi.Resource{}
	for i, subnet := range b.publicSubnets {
		association, err := b.associate(numbered("public", i), subnet, table)
		if err != nil {
			return err
		}
		b.outside[i] = []pulumi.Resource{b.gateway, route, association}
	}
	return nil
}

// private registers the NAT gateways and the route tables that lead to them: one table for all private subnets, or one for each
// zone.
func (b *vpcBuilder) private() error {
	var addresses pulumi.StringArray
	var table *ec2.RouteTable
	var route *ec2.Route
	for i := range b.privateSubnets {
		if i == 0 || b.args.NATPerZone {
			key := privateTable
			if b.args.NATPerZone {
				key = numbered(privateTable, i)
			}
			nat, address, err := b.nat(i)
			if err != nil {
				return err
			}
			addresses = append(addresses, address.PublicIp)
			b.out.NATGatewayIDs = append(b.out.NATGatewayIDs, nat.ID().ToStringOutput())
			if table, err = b.table(key); err != nil {
				return err
			}
			route, err = ec2.NewRoute(b.ctx, b.name+"-"+key, &ec2.RouteArgs{
				RouteTableId:         table.ID(),
				DestinationCidrBlock: pulumi.String(anywhere),
				NatGatewayId:         nat.ID(),
			}, b.child()...)
			if err != nil {
				return fmt.Errorf("route %s to its NAT gateway: %w", key, err)
			}
			b.egress = append(b.egress, route)
		}
		b.tables = append(b.tables, struct {
			table *ec2.RouteTable
			route *ec2.Route
		}{table, route})
	}
	b.out.NATAddresses = addresses.ToStringArrayOutput()
	return nil
}

// nat registers a NAT gateway in a public subnet, with its own public address.
func (b *vpcBuilder) nat(i int) (*ec2.NatGateway, *ec2.Eip, error) {
	label := numbered("nat", i)
	address, err := ec2.NewEip(b.ctx, b.name+"-"+label, &ec2.EipArgs{
		Domain: pulumi.String("vpc"),
		Tags:   b.tags("-" + label),
	}, b.child()...)
	if err != nil {
		return nil, nil, fmt.Errorf("allocate the address of NAT gateway %d: %w", i+1, err)
	}
	// AWS refuses a NAT gateway in a VPC without an internet gateway. It also refuses to detach the internet gateway
	// while a NAT gateway is left. No value flows between the two, so the edge is explicit. The edges to the route
	// and the association ensure that an existing gateway can forward.
	//
	// A replaced gateway keeps its address, because others may have the address in their rules. So the old gateway
	// must release it first.
	gateway, err := ec2.NewNatGateway(b.ctx, b.name+"-"+label, &ec2.NatGatewayArgs{
		SubnetId:     b.publicSubnets[i].ID(),
		AllocationId: address.ID(),
		Tags:         b.tags("-" + label),
	}, b.child(pulumi.DependsOn(b.outside[i]), pulumi.DeleteBeforeReplace(true))...)
	if err != nil {
		return nil, nil, fmt.Errorf("create NAT gateway %d: %w", i+1, err)
	}
	return gateway, address, nil
}

// table registers a route table with no routes of its own.
func (b *vpcBuilder) table(key string) (*ec2.RouteTable, error) {
	table, err := ec2.NewRouteTable(b.ctx, b.name+"-"+key, &ec2.RouteTableArgs{
		VpcId: b.vpc.ID(),
		Tags:  b.tags("-" + key),
	}, b.child()...)
	if err != nil {
		return nil, fmt.Errorf("create route table %s: %w", key, err)
	}
	b.out.RouteTableIDs[key] = table.ID().ToStringOutput()
	return table, nil
}

func (b *vpcBuilder) associate(label string, subnet *ec2.Subnet, table *ec2.RouteTable, more ...pulumi.ResourceOption) (*ec2.RouteTableAssociation, error) {
	association, err := ec2.NewRouteTableAssociation(b.ctx, b.name+"-"+label, &ec2.RouteTableAssociationArgs{
		SubnetId:     subnet.ID(),
		RouteTableId: table.ID(),
	}, b.child(more...)...)
	if err != nil {
		return nil, fmt.Errorf("associate subnet %s with its route table: %w", label, err)
	}
	return association, nil
}

// endpoint registers the gateway endpoint of S3. The endpoint costs nothing, and image layers from S3 bypass the NAT
// gateway. The service name has the same pattern in every partition. The endpoint belongs to Egress, because AWS
// drops the open connections to S3 when it appears.
func (b *vpcBuilder) endpoint() error {
	var tables pulumi.StringArray
	for _, key := range slices.Sorted(maps.Keys(b.out.RouteTableIDs)) {
		tables = append(tables, b.out.RouteTableIDs[key])
	}
	endpoint, err := ec2.NewVpcEndpoint(b.ctx, b.name+"-s3", &ec2.VpcEndpointArgs{
		VpcId:           b.vpc.ID(),
		ServiceName:     pulumi.String("com.amazonaws." + b.args.Region + ".s3"),
		VpcEndpointType: pulumi.String("Gateway"),
		RouteTableIds:   tables,
		Tags:            b.tags("-s3"),
	}, b.child()...)
	if err != nil {
		return fmt.Errorf("create the S3 endpoint: %w", err)
	}
	b.egress = append(b.egress, endpoint)
	b.out.S3PrefixListID = endpoint.PrefixListId
	return nil
}
