package outputs

import (
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/config"
	"ambient-ecs/iam/policy"
)

// deployerPolicies are the policies of the deployer of each account, by account and name, where the files in docs do not fit: with
// a path, a boundary, managed policies, roles of teams, ECS clusters of teams, names that the stack file gives, teams, a network or an EKS cluster that exists, or a
// transit gateway in another region than the account's. Everything in them is known from the configuration, so a preview shows them
// before anything is made.
func deployerPolicies(cfg config.Config) pulumi.Map {
	all := pulumi.Map{}
	for _, key := range cfg.AccountKeys() {
		d := policy.Deployer{
			Place:      policy.Place{Partition: cfg.Partition(), Region: cfg.RegionOf(key), Account: cfg.Accounts[key].ID},
			Install:    cfg.Install,
			Guardrails: policy.Guardrails{Path: cfg.RolePath(), Boundary: cfg.BoundaryOf(key)},
			Attached:   cfg.AttachedIn(key),
			TaskRoles:  cfg.RolesOfTeams(key),
			Clusters:   cfg.ExistingClusterARNs(key),
			Services:   cfg.ExistingServiceARNs(key),
			Owned:      cfg.OwnedServiceARNs(key),

			NamedClusters: cfg.NamedClusterARNs(key),
			NamedRoles:    cfg.NamedRoleARNs(key),
		}
		for _, team := range cfg.TeamKeys() {
			d.Teams = d.Teams || slices.Contains(cfg.TeamAccounts(team), key)
		}
		if network := cfg.Accounts[key].Network; network != nil {
			d.VPC, d.RouteTables = network.VPCID, network.RouteTableIDs
		}
		if key == cfg.Home && cfg.HasExistingEKS() {
			d.EKS, d.NodesGroup = cfg.ExistingEKS.Name, cfg.ExistingEKS.NodeSecurityGroupID
		}
		hubs := hubPolicies(cfg, key, d)
		if d.Guardrails == (policy.Guardrails{}) && len(d.Attached)+len(d.TaskRoles)+len(d.Clusters)+len(d.NamedClusters)+len(d.NamedRoles)+len(hubs) == 0 && d.VPC == "" && d.EKS == "" && !d.Teams {
			continue
		}
		kind := policy.RemoteAccount
		if key == cfg.Home {
			kind = policy.HomeAccount
		}
		texts := pulumi.StringMap{}
		for name, document := range d.Policies(kind) {
			texts[string(name)] = pulumi.String(document.JSON())
		}
		maps.Copy(texts, hubs)
		all[key] = texts
	}
	return all
}

// hubPolicies are for the transit gateways that an account owns in other regions than its own, by policy and region.
func hubPolicies(cfg config.Config, account string, d policy.Deployer) pulumi.StringMap {
	texts := pulumi.StringMap{}
	if account != cfg.NetworkKey(cfg.Home) {
		return texts
	}
	for _, region := range cfg.TransitRegions() {
		if region != d.Place.Region {
			there := d
			there.Place.Region = region
			texts[string(policy.TransitPolicy)+"-"+region] = pulumi.String(there.Policies(policy.HomeAccount)[policy.TransitPolicy].JSON())
		}
	}
	return texts
}
