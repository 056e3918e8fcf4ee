package onaws

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/doctor/network"
)

// Network implements doctor.Evidence.
func (b *AWS) Network(ctx context.Context) (*network.Facts, error) {
	f := &network.Facts{}
	var interfaces []types.NetworkInterface
	for _, key := range slices.Sorted(maps.Keys(b.stack.VpcIDs)) {
		found, err := b.readVPC(ctx, key, b.stack.VpcIDs[key], f)
		if err != nil {
			return nil, fmt.Errorf("VPC %s of account %s: %w", b.stack.VpcIDs[key], key, err)
		}
		interfaces = append(interfaces, found...)
		if err := b.readEndpoint(ctx, key, f); err != nil {
			return nil, fmt.Errorf("endpoint of the gateway in account %s: %w", key, err)
		}
	}
	if err := b.readJoints(ctx, f); err != nil {
		return nil, err
	}
	pods, err := b.cluster.List(ctx, "v1", "Pod")
	if err != nil {
		return nil, err
	}
	for _, i := range interfaces {
		h := host(i, pods)
		h.ControlPlane = aws.ToString(i.Description) == controlPlaneInterface+b.stack.EKSName
		f.Hosts = append(f.Hosts, h)
	}
	f.LoadBalancers, err = b.balancers(ctx, interfaces)
	return f, err
}

// readJoints adds the peerings of the stack's transit gateways. The home account owns the gateway of each region, and each of two regions
// shows their peering, so one of them is asked: the home region, or the requester's. Who reads a stack without a peering needs no permission
// for it.
func (b *AWS) readJoints(ctx context.Context, f *network.Facts) error {
	home, asked := b.stack.RegionOf(b.stack.HomeAccount), map[string][]string{}
	for pair, id := range b.stack.TransitPeerings {
		requester, accepter, _ := strings.Cut(pair, "/")
		if accepter == home {
			requester = home
		}
		asked[requester] = append(asked[requester], id)
	}
	for _, region := range slices.Sorted(maps.Keys(asked)) {
		if err := b.readJointsIn(ctx, region, slices.Sorted(slices.Values(asked[region])), f); err != nil {
			return err
		}
	}
	return nil
}

func (b *AWS) readJointsIn(ctx context.Context, region string, ids []string, f *network.Facts) error {
	config, err := b.accounts.Config(b.stack.HomeAccount, region)
	if err != nil {
		return err
	}
	found, err := ec2.NewFromConfig(config).DescribeTransitGatewayPeeringAttachments(ctx, &ec2.DescribeTransitGatewayPeeringAttachmentsInput{
		Filters: []types.Filter{{Name: aws.String("transit-gateway-attachment-id"), Values: ids}},
	})
	if err != nil {
		return fmt.Errorf("peerings of transit gateways in %s: %w", region, err)
	}
	for _, p := range found.TransitGatewayPeeringAttachments {
		joint := network.Joint{ID: aws.ToString(p.TransitGatewayAttachmentId), State: string(p.State)}
		if p.RequesterTgwInfo != nil {
			joint.Gateway = aws.ToString(p.RequesterTgwInfo.TransitGatewayId)
		}
		if p.AccepterTgwInfo != nil {
			joint.Peer = aws.ToString(p.AccepterTgwInfo.TransitGatewayId)
		}
		f.Joints = append(f.Joints, joint)
	}
	return nil
}

// readEndpoint adds the endpoint of the gateway in an account that only calls. Who reads a stack without one needs no permission for it.
func (b *AWS) readEndpoint(ctx context.Context, key string, f *network.Facts) error {
	id := b.stack.GatewayEndpoints[key]
	if id == "" {
		return nil
	}
	config, err := b.accounts.Config(key, "")
	if err != nil {
		return err
	}
	found, err := ec2.NewFromConfig(config).DescribeVpcEndpoints(ctx, &ec2.DescribeVpcEndpointsInput{Filters: filter("vpc-endpoint-id", id)})
	if err != nil {
		return err
	}
	for _, e := range found.VpcEndpoints {
		one := network.Endpoint{ID: aws.ToString(e.VpcEndpointId), State: string(e.State), Interfaces: e.NetworkInterfaceIds}
		for _, entry := range e.DnsEntries {
			one.Names = append(one.Names, aws.ToString(entry.DnsName))
		}
		if one.Zone, err = b.readZone(ctx, key); err != nil {
			return err
		}
		f.Endpoints = append(f.Endpoints, one)
	}
	return nil
}

// readZone reads the private hosted zone that leads the gateway's name to the endpoint of an account that only calls. Nil where the stack
// names none, or where the caller may not look: an endpoint can be judged without it. The AWS CLI saves a library.
// https://docs.aws.amazon.com/cli/latest/reference/route53/get-hosted-zone.html and list-resource-record-sets.html, 2026-11-30.
func (b *AWS) readZone(ctx context.Context, key string) (*network.Zone, error) {
	id := b.stack.GatewayZones[key]
	if id == "" {
		return nil, nil
	}
	environment, err := b.accounts.Environment(ctx, key, "")
	if err != nil {
		return nil, err
	}
	ask := func(into any, args ...string) error {
		out, err := b.evidence.cli(ctx, environment, append(append([]string{"route53"}, args...), "--output", "json")...)
		if err != nil {
			return err
		}
		return json.Unmarshal(out, into)
	}
	var zone struct {
		VPCs []struct {
			VPCID string `json:"VPCId"`
		}
	}
	var records struct {
		ResourceRecordSets []struct{ AliasTarget struct{ DNSName string } }
	}
	if err = ask(&zone, "get-hosted-zone", "--id", id); err == nil {
		err = ask(&records, "list-resource-record-sets", "--hosted-zone-id", id)
	}
	switch {
	case err == nil:
	case strings.Contains(err.Error(), "NoSuchHostedZone"):
		return &network.Zone{}, nil
	case strings.Contains(err.Error(), "AccessDenied"):
		return nil, nil
	default:
		return nil, fmt.Errorf("the private hosted zone %s: %w", id, err)
	}
	one := &network.Zone{ID: id}
	for _, vpc := range zone.VPCs {
		one.VPCs = append(one.VPCs, vpc.VPCID)
	}
	for _, record := range records.ResourceRecordSets {
		if record.AliasTarget.DNSName != "" {
			one.Targets = append(one.Targets, record.AliasTarget.DNSName)
		}
	}
	return one, nil
}

func filter(name, value string) []types.Filter {
	return []types.Filter{{Name: aws.String(name), Values: []string{value}}}
}

// readVPC adds a VPC with its parts, and returns its network interfaces.
func (b *AWS) readVPC(ctx context.Context, key, id string, f *network.Facts) ([]types.NetworkInterface, error) {
	config, err := b.accounts.Config(key, "")
	if err != nil {
		return nil, err
	}
	client := ec2.NewFromConfig(config)
	vpcs, err := client.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{Filters: filter("vpc-id", id)})
	if err != nil {
		return nil, err
	}
	for _, v := range vpcs.Vpcs {
		one := network.VPC{ID: aws.ToString(v.VpcId), Account: b.stack.Accounts[key].ID}
		for _, a := range v.CidrBlockAssociationSet {
			if a.CidrBlockState == nil || a.CidrBlockState.State == types.VpcCidrBlockStateCodeAssociated {
				one.CIDRs = append(one.CIDRs, aws.ToString(a.CidrBlock))
			}
		}
		if len(one.CIDRs) == 0 {
			one.CIDRs = []string{aws.ToString(v.CidrBlock)}
		}
		f.VPCs = append(f.VPCs, one)
	}
	for _, read := range []func(context.Context, *ec2.Client, string, *network.Facts) error{readSubnets, readPeerings, readAttachments, readGateways, readGroups} {
		if err := read(ctx, client, id, f); err != nil {
			return nil, err
		}
	}
	var all []types.NetworkInterface
	pages := ec2.NewDescribeNetworkInterfacesPaginator(client, &ec2.DescribeNetworkInterfacesInput{Filters: filter("vpc-id", id)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("network interfaces: %w", err)
		}
		all = append(all, page.NetworkInterfaces...)
	}
	return all, nil
}

// readSubnets adds subnets and the routes that hold for them.
func readSubnets(ctx context.Context, client *ec2.Client, vpc string, f *network.Facts) error {
	main, own := "", map[string]string{}
	tables := ec2.NewDescribeRouteTablesPaginator(client, &ec2.DescribeRouteTablesInput{Filters: filter("vpc-id", vpc)})
	for tables.HasMorePages() {
		page, err := tables.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("route tables: %w", err)
		}
		for _, t := range page.RouteTables {
			id := aws.ToString(t.RouteTableId)
			for _, a := range t.Associations {
				if aws.ToBool(a.Main) {
					main = id
				}
				own[aws.ToString(a.SubnetId)] = id
			}
			for _, r := range t.Routes {
				if to := aws.ToString(r.DestinationCidrBlock); to != "" && aws.ToString(r.GatewayId) != "local" {
					f.Routes = append(f.Routes, network.Route{Table: id, Destination: to, Target: routeTarget(r)})
				}
			}
		}
	}
	subnets := ec2.NewDescribeSubnetsPaginator(client, &ec2.DescribeSubnetsInput{Filters: filter("vpc-id", vpc)})
	for subnets.HasMorePages() {
		page, err := subnets.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("subnets: %w", err)
		}
		for _, s := range page.Subnets {
			one := network.Subnet{ID: aws.ToString(s.SubnetId), VPC: vpc, CIDR: aws.ToString(s.CidrBlock), Table: own[aws.ToString(s.SubnetId)]}
			if one.Table == "" {
				one.Table = main
			}
			f.Subnets = append(f.Subnets, one)
		}
	}
	return nil
}

func routeTarget(r types.Route) string {
	for _, id := range []*string{r.NatGatewayId, r.VpcPeeringConnectionId, r.TransitGatewayId, r.GatewayId, r.NetworkInterfaceId, r.InstanceId} {
		if aws.ToString(id) != "" {
			return *id
		}
	}
	return ""
}

// readPeerings adds the peering connections of the account. The other account shows the same connections.
func readPeerings(ctx context.Context, client *ec2.Client, vpc string, f *network.Facts) error {
	for _, side := range []string{"requester-vpc-info.vpc-id", "accepter-vpc-info.vpc-id"} {
		pages := ec2.NewDescribeVpcPeeringConnectionsPaginator(client, &ec2.DescribeVpcPeeringConnectionsInput{Filters: filter(side, vpc)})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return fmt.Errorf("peering connections: %w", err)
			}
			for _, p := range page.VpcPeeringConnections {
				one := network.Peering{ID: aws.ToString(p.VpcPeeringConnectionId)}
				if slices.ContainsFunc(f.Peerings, func(k network.Peering) bool { return k.ID == one.ID }) {
					continue
				}
				if p.Status != nil {
					one.Status = string(p.Status.Code)
				}
				if p.RequesterVpcInfo != nil {
					one.RequesterVPC = aws.ToString(p.RequesterVpcInfo.VpcId)
				}
				if p.AccepterVpcInfo != nil {
					one.AccepterVPC = aws.ToString(p.AccepterVpcInfo.VpcId)
				}
				f.Peerings = append(f.Peerings, one)
			}
		}
	}
	return nil
}

// readAttachments adds the attachments of the VPC to transit gateways, if a route leads to one. Who reads a stack without one needs no
// permission for it.
func readAttachments(ctx context.Context, client *ec2.Client, vpc string, f *network.Facts) error {
	if !slices.ContainsFunc(f.Routes, func(r network.Route) bool { return strings.HasPrefix(r.Target, "tgw-") }) {
		return nil
	}
	pages := ec2.NewDescribeTransitGatewayVpcAttachmentsPaginator(client, &ec2.DescribeTransitGatewayVpcAttachmentsInput{Filters: filter("vpc-id", vpc)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("attachments to transit gateways: %w", err)
		}
		for _, a := range page.TransitGatewayVpcAttachments {
			f.Attachments = append(f.Attachments, network.Attachment{
				ID: aws.ToString(a.TransitGatewayAttachmentId), Gateway: aws.ToString(a.TransitGatewayId), VPC: vpc, State: string(a.State),
			})
		}
	}
	return nil
}

func readGateways(ctx context.Context, client *ec2.Client, vpc string, f *network.Facts) error {
	nats := ec2.NewDescribeNatGatewaysPaginator(client, &ec2.DescribeNatGatewaysInput{Filter: filter("vpc-id", vpc)})
	for nats.HasMorePages() {
		page, err := nats.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("NAT gateways: %w", err)
		}
		for _, n := range page.NatGateways {
			f.Gateways = append(f.Gateways, network.Gateway{
				ID: aws.ToString(n.NatGatewayId), NAT: true, Up: n.State == types.NatGatewayStateAvailable, Subnet: aws.ToString(n.SubnetId),
			})
		}
	}
	found, err := client.DescribeInternetGateways(ctx, &ec2.DescribeInternetGatewaysInput{Filters: filter("attachment.vpc-id", vpc)})
	if err != nil {
		return fmt.Errorf("internet gateways: %w", err)
	}
	for _, g := range found.InternetGateways {
		f.Gateways = append(f.Gateways, network.Gateway{ID: aws.ToString(g.InternetGatewayId), Up: true, VPC: vpc})
	}
	return nil
}

func readGroups(ctx context.Context, client *ec2.Client, vpc string, f *network.Facts) error {
	pages := ec2.NewDescribeSecurityGroupsPaginator(client, &ec2.DescribeSecurityGroupsInput{Filters: filter("vpc-id", vpc)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("security groups: %w", err)
		}
		for _, g := range page.SecurityGroups {
			f.Groups = append(f.Groups, network.Group{
				ID: aws.ToString(g.GroupId), Name: aws.ToString(g.GroupName), Ingress: rules(g.IpPermissions), Egress: rules(g.IpPermissionsEgress),
			})
		}
	}
	return nil
}

// rules makes one rule for each peer.
func rules(permissions []types.IpPermission) []network.Rule {
	var all []network.Rule
	for _, p := range permissions {
		rule := network.Rule{Protocol: aws.ToString(p.IpProtocol), From: int(aws.ToInt32(p.FromPort)), To: int(aws.ToInt32(p.ToPort))}
		for _, r := range p.IpRanges {
			one := rule
			one.CIDR = aws.ToString(r.CidrIp)
			all = append(all, one)
		}
		for _, pair := range p.UserIdGroupPairs {
			one := rule
			one.Group = aws.ToString(pair.GroupId)
			all = append(all, one)
		}
		for _, list := range p.PrefixListIds {
			one := rule
			one.List = aws.ToString(list.PrefixListId)
			all = append(all, one)
		}
	}
	return all
}

// controlPlaneInterface begins the description of the interfaces that EKS makes in the subnets of a cluster, before its name.
// https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html, "Subnet requirements and considerations", 2026-11-30.
const controlPlaneInterface = "Amazon EKS "

// host is a network interface. A node's interface has an address for each pod, or prefixes from which pods get
// addresses.
func host(i types.NetworkInterface, pods []backend.Object) network.Host {
	h := network.Host{
		ID: aws.ToString(i.NetworkInterfaceId), Subnet: aws.ToString(i.SubnetId), Addresses: []string{aws.ToString(i.PrivateIpAddress)},
		Public: i.Association != nil && aws.ToString(i.Association.PublicIp) != "",
	}
	for _, g := range i.Groups {
		h.Groups = append(h.Groups, aws.ToString(g.GroupId))
	}
	for _, a := range i.PrivateIpAddresses {
		if !aws.ToBool(a.Primary) {
			h.Addresses = append(h.Addresses, aws.ToString(a.PrivateIpAddress))
		}
	}
	for _, p := range i.Ipv4Prefixes {
		prefix, err := netip.ParsePrefix(aws.ToString(p.Ipv4Prefix))
		if err != nil {
			continue
		}
		for _, pod := range pods {
			if ip, err := netip.ParseAddr(backend.Text(pod, "status", "podIP")); err == nil && prefix.Contains(ip) {
				h.Addresses = append(h.Addresses, ip.String())
			}
		}
	}
	return h
}
