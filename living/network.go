package living

import (
	"cmp"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/living/compare"
	"ambient-ecs/network/existing"
	"ambient-ecs/providers"
	"ambient-ecs/quota"
)

// network looks up the network that the configuration names for an account.
func (l *looking) network(account *providers.Account) error {
	named := l.cfg.Accounts[account.Key].Network
	subject := compare.NetworkSubject(account.Key)
	found := existing.Network{Subnets: map[string]existing.Subnet{}, Tables: map[string]existing.Table{}}
	vpc, exists, err := ask(l, account, subject, func(o pulumi.InvokeOption) (*ec2.LookupVpcResult, error) {
		return ec2.LookupVpc(l.ctx, &ec2.LookupVpcArgs{Id: &named.VPCID}, o)
	})
	if err != nil {
		return err
	}
	if exists {
		found.VPC = &existing.VPC{ID: vpc.Id, Owner: vpc.OwnerId, CIDR: vpc.CidrBlock, DNSSupport: vpc.EnableDnsSupport, DNSHostnames: vpc.EnableDnsHostnames}
		for _, association := range vpc.CidrBlockAssociations {
			if association.CidrBlock != vpc.CidrBlock && association.State == "associated" {
				found.VPC.Secondary = append(found.VPC.Secondary, association.CidrBlock)
			}
		}
		slices.Sort(found.VPC.Secondary)
		for _, id := range slices.Concat(named.PrivateSubnetIDs, named.LoadBalancerSubnetIDs, named.PublicSubnetIDs, named.AttachmentSubnetIDs, l.guests(account)) {
			if err := l.subnet(account, subject, id, vpc.MainRouteTableId, &found); err != nil {
				return err
			}
		}
		for _, id := range named.RouteTableIDs {
			if _, err := l.table(account, subject, ec2.LookupRouteTableArgs{RouteTableId: &id}, &found); err != nil {
				return err
			}
		}
		more := len(l.cfg.NetworksOfOthers(account.Key)) + 1
		for _, table := range found.Tables {
			if len(table.Routes)+more > quota.Routes.Default {
				if err := l.quota(account, quota.Routes); err != nil {
					return err
				}
				break
			}
		}
	}
	if exists {
		if err := l.endpoints(account, subject, &found); err != nil {
			return err
		}
	}
	if !l.unseen(subject) {
		l.note(func(w *compare.World) { w.Networks[account.Key] = found })
	}
	return nil
}

// guests are the subnets of accounts that share an account's VPC. The owner of the VPC sees their route tables, and they do not.
func (l *looking) guests(account *providers.Account) (ids []string) {
	for _, key := range l.cfg.AccountKeys() {
		if key != account.Key && l.cfg.NetworkKey(key) == account.Key {
			named := l.cfg.Accounts[key].Network
			ids = slices.Concat(ids, named.PrivateSubnetIDs, named.PublicSubnetIDs)
		}
	}
	return ids
}

// subnet looks up a subnet and its route table. A subnet without a table of its own has the VPC's main one. An account that shares the
// VPC sees neither, not even the main one's id (https://github.com/hashicorp/terraform-provider-aws/issues/45771, 2026-11-30).
func (l *looking) subnet(account *providers.Account, subject, id, main string, found *existing.Network) error {
	if _, known := found.Subnets[id]; known {
		return nil
	}
	subnet, exists, err := ask(l, account, subject, func(o pulumi.InvokeOption) (*ec2.LookupSubnetResult, error) {
		return ec2.LookupSubnet(l.ctx, &ec2.LookupSubnetArgs{Id: &id}, o)
	})
	if err != nil || !exists {
		return err
	}
	one := existing.Subnet{ID: id, VPC: subnet.VpcId, CIDR: subnet.CidrBlock, ZoneID: subnet.AvailabilityZoneId, Free: subnet.AvailableIpAddressCount}
	for _, args := range []ec2.LookupRouteTableArgs{{SubnetId: &id}, {RouteTableId: &main}} {
		if one.Table != "" || args.RouteTableId != nil && main == "" {
			break
		}
		if one.Table, err = l.table(account, subject, args, found); err != nil {
			return err
		}
	}
	found.Subnets[id] = one
	return nil
}

// table looks up a route table and returns its id. Without such a table the id is empty.
func (l *looking) table(account *providers.Account, subject string, args ec2.LookupRouteTableArgs, found *existing.Network) (string, error) {
	table, exists, err := ask(l, account, subject, func(o pulumi.InvokeOption) (*ec2.LookupRouteTableResult, error) {
		return ec2.LookupRouteTable(l.ctx, &args, o)
	})
	if err != nil || !exists {
		return "", err
	}
	one := existing.Table{ID: table.RouteTableId, VPC: table.VpcId}
	for _, r := range table.Routes {
		target := cmp.Or(r.NatGatewayId, r.TransitGatewayId, r.VpcPeeringConnectionId, r.NetworkInterfaceId, r.InstanceId, r.VpcEndpointId, r.LocalGatewayId,
			r.CarrierGatewayId, r.CoreNetworkArn, r.GatewayId)
		if r.CidrBlock != "" && target != "local" {
			one.Routes = append(one.Routes, existing.Route{CIDR: r.CidrBlock, Target: target})
		}
	}
	if one.WayOut() == "" {
		if err := l.propagated(account, subject, &one); err != nil {
			return "", err
		}
	}
	found.Tables[one.ID] = one
	return one.ID, nil
}

// propagated adds a default route that a virtual private gateway propagates, from a data centre behind Direct Connect or a VPN. The provider
// leaves such routes out of a table (terraform-provider-aws, vpc_route_table_data_source.go, 2026-11-30), and AWS finds the table by them.
func (l *looking) propagated(account *providers.Account, subject string, table *existing.Table) error {
	tables, found, err := ask(l, account, subject, func(o pulumi.InvokeOption) (*ec2.GetRouteTablesResult, error) {
		return ec2.GetRouteTables(l.ctx, &ec2.GetRouteTablesArgs{VpcId: &table.VPC, Filters: []ec2.GetRouteTablesFilter{
			{Name: "route-table-id", Values: []string{table.ID}}, {Name: "route.destination-cidr-block", Values: []string{existing.DefaultRoute}},
		}}, o)
	})
	if err == nil && found && slices.Contains(tables.Ids, table.ID) {
		table.Routes = append(table.Routes, existing.Route{CIDR: existing.DefaultRoute, Target: existing.Propagated})
	}
	return err
}
