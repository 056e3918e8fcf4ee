package eks

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/config"
	"ambient-ecs/eks/addon"
	"ambient-ecs/eks/kubeconfig"
	"ambient-ecs/iam"
	"ambient-ecs/iam/policy"
	"ambient-ecs/keys"
	"ambient-ecs/network"
	"ambient-ecs/providers"
)

// Deploy makes the EKS cluster of the configuration in the home account. principals are the listed principals whose
// access entries the stack made before, support is what EKS does at the end of the version's standard support, creator who is about to make the
// cluster (empty: it lives).
func Deploy(ctx *pulumi.Context, cfg config.Config, accounts *providers.Accounts, encryption *keys.Keys, networks *network.Networks, roles *iam.Roles, principals []string, support, creator string) (*Cluster, error) {
	versions, err := addon.Resolve(cfg.KubernetesVersion, cfg.Addons, cfg.MoreAddons()...)
	if err != nil {
		return nil, fmt.Errorf("add-on versions: %w", err)
	}
	direct, admitted := map[string]string{}, map[string]bool{}
	for _, key := range cfg.AccountKeys() {
		account, network := cfg.Accounts[key], cfg.NetworkKey(key)
		if account.ReachOrDefault() != config.ReachDirect || admitted[network] {
			continue // a VPC that several accounts share is admitted once
		}
		admitted[network], direct[key] = true, account.VPCCIDR
		for _, secondary := range account.CIDRs()[1:] {
			direct[key+"/"+secondary] = secondary
		}
	}
	home, vpc := accounts.Home(), networks.Vpcs[cfg.Home]
	trust := ""
	if cfg.ClusterRoleSourceCheck {
		trust = policy.ClusterTrust(home.ID, cfg.EKSClusterARN()).JSON()
	}
	return NewCluster(ctx, "eks", &ClusterArgs{
		Name:            cfg.EKSName(),
		Partition:       home.Partition,
		Region:          home.Region,
		Version:         cfg.KubernetesVersion,
		Support:         support,
		Creator:         creator,
		RoleTrust:       trust,
		ZonalShift:      cfg.ZonalShift,
		AddonVersions:   versions,
		NetworkPolicies: cfg.NetworkPolicies,
		Provider:        home.Provider,
		Credentials: kubeconfig.Credentials{
			Profile: cfg.Accounts[cfg.Home].Profile,
			RoleARN: cfg.Accounts[cfg.Home].RoleARN,
		},
		VpcID:            vpc.VpcID,
		SubnetIDs:        vpc.PrivateSubnetIDs,
		Egress:           vpc.Egress,
		DirectCIDRs:      direct,
		AdminPrincipals:  cfg.AdminPrincipals,
		ReaderPrincipals: cfg.ReaderPrincipals,
		LivingPrincipals: principals,
		APICIDRs:         cfg.APICIDRs,
		APIPrivateCIDRs:  cfg.APIPrivateCIDRs,
		Nodes:            nodeGroups(cfg),
		Autoscaling:      cfg.NodeAutoscaling,
		NodeRepair:       cfg.NodeRepair,
		Tags:             cfg.ResourceTags(),
		IstiodAccounts:   cfg.IstiodAccounts(),
		IstiodRoleARN:    roles.Istiod.RoleARN,
		IstiodRoleID:     roles.Istiod.UniqueID,
		LogTypes:         cfg.ControlPlaneLogs,
		Guardrails:       policy.Guardrails{Path: cfg.RolePath(), Boundary: cfg.BoundaryOf(cfg.Home)},
		LogRetentionDays: cfg.LogRetentionDays,
		LogKeyARN:        encryption.For(cfg.Home, config.KeyForLogs),
		VolumeKeyARN:     encryption.For(cfg.Home, config.KeyForVolumes),
		Protect:          cfg.Protect,
	})
}

// nodeGroups are the node groups of the configuration.
func nodeGroups(cfg config.Config) (all []NodeGroup) {
	for _, nodes := range cfg.NodeGroupList() {
		group := NodeGroup{
			Key: nodes.Key, InstanceTypes: nodes.InstanceTypes, AMIType: nodes.AMIType, ReleaseVersion: nodes.ReleaseVersion,
			Min: nodes.Min, Desired: nodes.Desired, Max: nodes.Max, DiskGiB: nodes.DiskGiB, Labels: nodes.Labels, Spot: nodes.Spot, Zones: nodes.Zones,
		}
		for _, taint := range nodes.Taints {
			group.Taints = append(group.Taints, Taint(taint))
		}
		all = append(all, group)
	}
	return all
}
