package living

import (
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/config"
	"ambient-ecs/living/compare"
	"ambient-ecs/providers"
)

// peerings finds the install's peerings, from the home account and from the first other account. A changed account id
// of one side shows on the other side.
func (l *looking) peerings(account *providers.Account, peerings map[string]compare.Peering) error {
	others := slices.DeleteFunc(l.accounts.Keys(), func(key string) bool { return key == l.cfg.Home })
	if len(others) == 0 || !account.Home && account.Key != others[0] {
		return nil
	}
	return l.eachPeering(account, ec2.GetVpcPeeringConnectionsArgs{
		Tags:    map[string]string{config.InstallTag: l.cfg.Install},
		Filters: []ec2.GetVpcPeeringConnectionsFilter{{Name: "status-code", Values: []string{"active"}}},
	}, func(_ string, peering *ec2.LookupVpcPeeringConnectionResult) {
		peerings[peering.Tags["Name"]] = compare.Peering{
			Requester: compare.Side{Account: peering.OwnerId, Region: peering.Region},
			Accepter:  compare.Side{Account: peering.PeerOwnerId, Region: peering.PeerRegion},
		}
	})
}

// standing are the states of a connection that is there, or that somebody asked for.
// https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html, 2026-11-30.
var standing = []string{"initiating-request", "pending-acceptance", "provisioning", "active"}

// connections finds the peerings between networks that the configuration names, and between them and the account's own VPC, whoever made
// them. Each account shows the tags of its own side only.
func (l *looking) connections(account *providers.Account, installs map[string]string) error {
	vpcs := map[string]bool{}
	for _, key := range l.cfg.JoinedKeys() {
		if named := l.cfg.Accounts[key].Network; named != nil {
			vpcs[named.VPCID] = true
		}
	}
	if len(l.cfg.Pairs()) == 0 || len(vpcs) == 0 {
		return nil
	}
	for id := range installs {
		vpcs[id] = true
	}
	if len(vpcs) < 2 {
		return nil
	}
	ids := slices.Sorted(maps.Keys(vpcs))
	return l.eachPeering(account, ec2.GetVpcPeeringConnectionsArgs{Filters: []ec2.GetVpcPeeringConnectionsFilter{
		{Name: "requester-vpc-info.vpc-id", Values: ids},
		{Name: "accepter-vpc-info.vpc-id", Values: ids},
		{Name: "status-code", Values: standing},
	}}, func(id string, one *ec2.LookupVpcPeeringConnectionResult) {
		l.note(func(w *compare.World) {
			ours := one.Tags[config.InstallTag] == l.cfg.Install || w.Connections[id].Ours
			w.Connections[id] = compare.Connection{Requester: one.VpcId, Accepter: one.PeerVpcId, Status: one.Status, Ours: ours}
		})
	})
}

// eachPeering looks up the peerings that an account lists, and hands on those that it sees.
func (l *looking) eachPeering(account *providers.Account, listing ec2.GetVpcPeeringConnectionsArgs, note func(id string, one *ec2.LookupVpcPeeringConnectionResult)) error {
	listed, found, err := ask(l, account, compare.PeeringsSubject, func(o pulumi.InvokeOption) (*ec2.GetVpcPeeringConnectionsResult, error) {
		return ec2.GetVpcPeeringConnections(l.ctx, &listing, o)
	})
	if err != nil || !found {
		return err
	}
	for _, id := range listed.Ids {
		one, found, err := ask(l, account, compare.PeeringsSubject, func(o pulumi.InvokeOption) (*ec2.LookupVpcPeeringConnectionResult, error) {
			return ec2.LookupVpcPeeringConnection(l.ctx, &ec2.LookupVpcPeeringConnectionArgs{Id: &id}, o)
		})
		if err != nil {
			return err
		}
		if found {
			note(id, one)
		}
	}
	return nil
}
