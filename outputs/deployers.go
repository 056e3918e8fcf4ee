package outputs

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/config"
	"ambient-ecs/iam/policy"
)

// deployerPolicies are the policies of the deployer of each account, by account and name, where the files in docs do not fit: with
// a path, a boundary, managed policies, roles of teams, ECS clusters of teams, teams, a network or an EKS cluster that exists. Everything in them is known from the configuration, so a
// preview shows them before anything is made.
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
		if d.Guardrails == (policy.Guardrails{}) && len(d.Attached)+len(d.TaskRoles)+len(d.Clusters) == 0 && d.VPC == "" && d.EKS == "" && !d.Teams {
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
		all[key] = texts
	}
	return all
}
