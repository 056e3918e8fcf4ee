package living

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/config"
	"ambient-ecs/living/compare"
	"ambient-ecs/providers"
)

// locate finds the networks that the configuration knows by tags, in each account that has one. It returns an error if a look-up
// fails for another reason than that the caller may not look.
func locate(ctx *pulumi.Context, cfg config.Config, accounts *providers.Accounts) (map[string]compare.Tagged, error) {
	all := map[string]compare.Tagged{}
	l := &looking{ctx: ctx, cfg: cfg, accounts: accounts, slots: make(chan struct{}, atOnce), world: compare.World{Unseen: map[string]string{}}}
	for _, key := range accounts.Keys() {
		if !cfg.Accounts[key].Network.ByTags() {
			continue
		}
		found, err := l.tagged(accounts.Get(key))
		if err != nil {
			return nil, err
		}
		found.Unseen = l.world.Unseen[compare.NetworkSubject(key)]
		all[key] = found
	}
	return all, nil
}

// tagged looks for a network, and for the one in which the account's tasks live already.
func (l *looking) tagged(account *providers.Account) (found compare.Tagged, err error) {
	network, subject := l.cfg.Accounts[account.Key].Network, compare.NetworkSubject(account.Key)
	found.VPCs = []string{network.VPCID}
	if len(network.VPCTags) > 0 {
		vpcs, _, err := ask(l, account, subject, func(o pulumi.InvokeOption) (*ec2.GetVpcsResult, error) {
			return ec2.GetVpcs(l.ctx, &ec2.GetVpcsArgs{Tags: network.VPCTags}, o)
		})
		if err != nil || l.unseen(subject) {
			return found, err
		}
		found.VPCs = slices.Sorted(slices.Values(vpcs.Ids))
		if found.Lives, err = l.lives(account, subject); err != nil {
			return found, err
		}
	}
	if len(found.VPCs) != 1 {
		return found, nil
	}
	if len(network.PrivateSubnetTags) > 0 {
		subnets, seen, err := ask(l, account, subject, func(o pulumi.InvokeOption) (*ec2.GetSubnetsResult, error) {
			return ec2.GetSubnets(l.ctx, &ec2.GetSubnetsArgs{
				Tags: network.PrivateSubnetTags, Filters: []ec2.GetSubnetsFilter{{Name: "vpc-id", Values: found.VPCs}},
			}, o)
		})
		if err != nil || !seen {
			return found, err
		}
		found.Subnets = slices.Sorted(slices.Values(subnets.Ids))
	}
	if len(network.RouteTableTags) > 0 {
		tables, seen, err := ask(l, account, subject, func(o pulumi.InvokeOption) (*ec2.GetRouteTablesResult, error) {
			return ec2.GetRouteTables(l.ctx, &ec2.GetRouteTablesArgs{VpcId: &found.VPCs[0], Tags: network.RouteTableTags}, o)
		})
		if err != nil || !seen {
			return found, err
		}
		found.Tables = slices.Sorted(slices.Values(tables.Ids))
	}
	return found, nil
}

// lives returns the VPCs of the security groups that this install has in an account.
func (l *looking) lives(account *providers.Account, subject string) ([]string, error) {
	groups, err := l.groups(account, subject)
	vpcs := map[string]bool{}
	for _, group := range groups {
		vpcs[group.VpcId] = true
	}
	return slices.Sorted(maps.Keys(vpcs)), err
}

// groups are the security groups that this install has in an account.
func (l *looking) groups(account *providers.Account, subject string) (groups []*ec2.LookupSecurityGroupResult, err error) {
	listed, seen, err := ask(l, account, subject, func(o pulumi.InvokeOption) (*ec2.GetSecurityGroupsResult, error) {
		return ec2.GetSecurityGroups(l.ctx, &ec2.GetSecurityGroupsArgs{Tags: map[string]string{config.InstallTag: l.cfg.Install}}, o)
	})
	if err != nil || !seen {
		return nil, err
	}
	for _, id := range listed.Ids {
		group, exists, err := ask(l, account, subject, func(o pulumi.InvokeOption) (*ec2.LookupSecurityGroupResult, error) {
			return ec2.LookupSecurityGroup(l.ctx, &ec2.LookupSecurityGroupArgs{Id: &id}, o)
		})
		if err != nil {
			return nil, fmt.Errorf("security group %s: %w", id, err)
		}
		if exists {
			groups = append(groups, group)
		}
	}
	return groups, nil
}
