package eks

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/config"
	"ambient-ecs/eks/addon"
	"ambient-ecs/eks/existing"
	"ambient-ecs/eks/kubeconfig"
	"ambient-ecs/iam"
	"ambient-ecs/iam/policy"
	"ambient-ecs/keys"
	"ambient-ecs/network"
	"ambient-ecs/providers"
)

// Living is what AWS says before anything is registered.
type Living struct {
	// Principals are the listed principals whose access entries the stack made before. Nil: not known.
	Principals []string
	// Support is what EKS does at the end of the version's standard support. Empty: EKS decides, and a cluster that lives keeps what
	// it has.
	Support string
	// Creator is the principal that will make the cluster. Empty: the cluster exists, or the principal is unknown.
	Creator string
	// Found is the cluster of somebody else that the configuration names. Nil: the program makes one.
	Found *existing.Cluster
}

// Deploy makes the EKS cluster of the configuration in the home account, or joins the one that exists there.
func Deploy(ctx *pulumi.Context, cfg config.Config, accounts *providers.Accounts, encryption *keys.Keys, networks *network.Networks, roles *iam.Roles, living Living) (*Cluster, error) {
	home, admitted := accounts.Home(), Admitted{DirectCIDRs: direct(cfg), APIPrivateCIDRs: cfg.APIPrivateCIDRs}
	effect, err := component.NewEffect(ctx)
	if err != nil {
		return nil, err
	}
	istiod := Istiod{IstiodAccounts: cfg.IstiodAccounts(), IstiodRoleARN: roles.Istiod.RoleARN, IstiodRoleID: roles.Istiod.UniqueID, Effect: effect}
	credentials := kubeconfig.Credentials{Profile: cfg.Accounts[cfg.Home].Profile, RoleARN: cfg.Accounts[cfg.Home].RoleARN}
	if cfg.HasExistingEKS() {
		if living.Found == nil {
			return nil, fmt.Errorf("the EKS cluster %s was not looked up", cfg.ExistingEKS.Name)
		}
		return NewExistingCluster(ctx, "eks", &ExistingClusterArgs{
			Found:            *living.Found,
			NodesGroupID:     cfg.ExistingEKS.NodeSecurityGroupID,
			Partition:        home.Partition,
			Region:           home.Region,
			Provider:         home.Provider,
			Credentials:      credentials,
			Kubeconfig:       cfg.ExistingEKS.Kubeconfig.Reveal(),
			Admitted:         admitted,
			AdminPrincipals:  cfg.AdminPrincipals,
			ReaderPrincipals: cfg.ReaderPrincipals,
			LivingPrincipals: living.Principals,
			Istiod:           istiod,
		})
	}
	versions, err := addon.Resolve(cfg.KubernetesVersion, cfg.Addons, cfg.MoreAddons()...)
	if err != nil {
		return nil, fmt.Errorf("add-on versions: %w", err)
	}
	vpc := networks.Vpcs[cfg.Home]
	trust := ""
	if cfg.ClusterRoleSourceCheck {
		trust = policy.ClusterTrust(home.ID, cfg.EKSClusterARN()).JSON()
	}
	return NewCluster(ctx, "eks", &ClusterArgs{
		Name:             cfg.EKSName(),
		Partition:        home.Partition,
		Region:           home.Region,
		Version:          cfg.KubernetesVersion,
		ServiceCIDR:      cfg.ServiceIPv4CIDR,
		Support:          living.Support,
		Creator:          living.Creator,
		RoleTrust:        trust,
		ZonalShift:       cfg.ZonalShift,
		AddonVersions:    versions,
		NetworkPolicies:  cfg.NetworkPolicies,
		Provider:         home.Provider,
		Credentials:      credentials,
		VpcID:            vpc.VpcID,
		SubnetIDs:        vpc.PrivateSubnetIDs,
		Egress:           vpc.Egress,
		AdminPrincipals:  cfg.AdminPrincipals,
		ReaderPrincipals: cfg.ReaderPrincipals,
		LivingPrincipals: living.Principals,
		APICIDRs:         cfg.APICIDRs,
		Admitted:         admitted,
		Nodes:            nodeGroups(cfg),
		Autoscaling:      cfg.NodeAutoscaling,
		NodeRepair:       cfg.NodeRepair,
		Tags:             cfg.ResourceTags(),
		Istiod:           istiod,
		NetworkPlugin:    networkPlugin(cfg, roles),
		LogTypes:         cfg.ControlPlaneLogs,
		Guardrails:       policy.Guardrails{Path: cfg.RolePath(), Boundary: cfg.BoundaryOf(cfg.Home)},
		LogRetentionDays: cfg.LogRetentionDays,
		LogKeyARN:        encryption.For(cfg.Home, config.KeyForLogs),
		VolumeKeyARN:     encryption.For(cfg.Home, config.KeyForVolumes),
		SecretsKeyARN:    cfg.SecretsKeyARN(),
		Protect:          cfg.Protect,
	})
}

// networkPlugin is whose AWS identity vpc-cni has.
func networkPlugin(cfg config.Config, roles *iam.Roles) NetworkPlugin {
	if roles.NetworkPlugin == nil {
		return NetworkPlugin{}
	}
	return NetworkPlugin{RoleARN: roles.NetworkPlugin.RoleARN, NodesToo: cfg.VPCCNIRole == config.CNIRoleBoth}
}

// direct are the networks of the accounts that reach pods without the east-west gateway, by account key.
func direct(cfg config.Config) map[string]string {
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
	return direct
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
