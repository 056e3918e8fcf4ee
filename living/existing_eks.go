package living

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/config"
	"ambient-ecs/eks/addon"
	"ambient-ecs/eks/existing"
	"ambient-ecs/living/compare"
	"ambient-ecs/providers"
)

// existingEKS looks up the EKS cluster of somebody else, its add-ons and the access entries of those who deploy. found is false where
// it does not exist, or where the caller may not look.
func (l *looking) existingEKS(home *providers.Account) (found bool, err error) {
	name := l.cfg.EKSName()
	answer, found, err := ask(l, home, compare.ClusterSubject, func(o pulumi.InvokeOption) (*eks.LookupClusterResult, error) {
		return eks.LookupCluster(l.ctx, &eks.LookupClusterArgs{Name: name}, o)
	})
	told := !found && l.unseen(compare.ClusterSubject)
	if err != nil || told && l.cfg.ExistingEKS.Kubeconfig == "" {
		return false, err
	}
	if !found && !told {
		l.note(func(w *compare.World) { w.EKS = &existing.Cluster{} })
		return false, nil
	}
	cluster := toldEKS(l.cfg)
	if found {
		cluster = shownEKS(answer)
	}
	if err := l.addons(home, name, &cluster); err != nil {
		return false, err
	}
	if id := l.cfg.ExistingEKS.NodeSecurityGroupID; id != "" {
		group, exists, err := ask(l, home, compare.NodeGroupSubject, func(o pulumi.InvokeOption) (*ec2.LookupSecurityGroupResult, error) {
			return ec2.LookupSecurityGroup(l.ctx, &ec2.LookupSecurityGroupArgs{Id: &id}, o)
		})
		switch {
		case err != nil:
			return false, err
		case exists:
			cluster.NodeGroup = &existing.SecurityGroup{ID: id, VPC: group.VpcId}
			if err := l.rules(home, cluster.NodeGroup); err != nil {
				return false, err
			}
		case !l.unseen(compare.NodeGroupSubject):
			cluster.NodeGroup = &existing.SecurityGroup{}
		}
	}
	l.note(func(w *compare.World) { w.EKS = &cluster })
	if cluster.HasEntries() {
		return true, l.entries(home)
	}
	return true, nil
}

// toldEKS is what the stack file tells of a cluster that the caller may not look up.
func toldEKS(cfg config.Config) existing.Cluster {
	return existing.Cluster{
		Told: true, Name: cfg.EKSName(), ARN: cfg.EKSClusterARN(), Endpoint: cfg.NamedEKSEndpoint(), CertificateAuthority: cfg.GivenKubeconfig().CertificateAuthority,
		VPC: cfg.Accounts[cfg.Home].Network.VPCID, SecurityGroup: cfg.ExistingEKS.ClusterSecurityGroupID,
	}
}

// rules looks up the rules by which a security group admits. They stay nil where the caller may not look.
func (l *looking) rules(home *providers.Account, group *existing.SecurityGroup) error {
	const subject = "the rules of " + compare.NodeGroupSubject
	answer, found, err := ask(l, home, subject, func(o pulumi.InvokeOption) (*vpc.GetSecurityGroupRulesResult, error) {
		return vpc.GetSecurityGroupRules(l.ctx, &vpc.GetSecurityGroupRulesArgs{Filters: []vpc.GetSecurityGroupRulesFilter{{Name: "group-id", Values: []string{group.ID}}}}, o)
	})
	if err != nil || !found {
		return err
	}
	rules := []existing.Rule{}
	for _, id := range answer.Ids {
		rule, found, err := ask(l, home, subject, func(o pulumi.InvokeOption) (*vpc.GetSecurityGroupRuleResult, error) {
			return vpc.GetSecurityGroupRule(l.ctx, &vpc.GetSecurityGroupRuleArgs{SecurityGroupRuleId: &id}, o)
		})
		if err != nil || !found && l.unseen(subject) {
			return err
		}
		if found && !rule.IsEgress {
			rules = append(rules, existing.Rule{Protocol: rule.IpProtocol, From: rule.FromPort, To: rule.ToPort, CIDR: rule.CidrIpv4, Group: rule.ReferencedSecurityGroupId, List: rule.PrefixListId})
		}
	}
	group.Ingress = rules
	return nil
}

// addons looks up the add-ons that a mesh needs. Nil where the caller may not look.
func (l *looking) addons(home *providers.Account, name string, cluster *existing.Cluster) error {
	addons := map[string]existing.Addon{}
	for _, kind := range addon.Needed() {
		answer, exists, err := ask(l, home, compare.AddonsSubject, func(o pulumi.InvokeOption) (*eks.LookupAddonResult, error) {
			return eks.LookupAddon(l.ctx, &eks.LookupAddonArgs{ClusterName: name, AddonName: kind}, o)
		})
		if err != nil || !exists && l.unseen(compare.AddonsSubject) {
			return err
		}
		if exists {
			addons[kind] = existing.Addon{Version: answer.AddonVersion, Configuration: answer.ConfigurationValues}
		}
	}
	cluster.Addons = addons
	return nil
}

// shownEKS is what AWS shows of a cluster. Blocks that AWS answers at most once come as lists.
func shownEKS(answer *eks.LookupClusterResult) existing.Cluster {
	cluster := existing.Cluster{
		Name: answer.Name, ARN: answer.Arn, Status: answer.Status, Version: answer.Version, Endpoint: answer.Endpoint,
		VPC: answer.VpcConfig.VpcId, SecurityGroup: answer.VpcConfig.ClusterSecurityGroupId, ControlPlaneGroups: answer.VpcConfig.SecurityGroupIds,
		Public: answer.VpcConfig.EndpointPublicAccess, Private: answer.VpcConfig.EndpointPrivateAccess, PublicCIDRs: answer.VpcConfig.PublicAccessCidrs,
	}
	for _, authority := range answer.CertificateAuthorities {
		cluster.CertificateAuthority = authority.Data
	}
	for _, identity := range answer.Identities {
		for _, oidc := range identity.Oidcs {
			cluster.OIDCIssuer = oidc.Issuer
		}
	}
	for _, config := range answer.AccessConfigs {
		cluster.Mode = config.AuthenticationMode
	}
	for _, config := range answer.KubernetesNetworkConfigs {
		cluster.IPv6, cluster.ServiceCIDR = config.IpFamily == "ipv6", config.ServiceIpv4Cidr
	}
	for _, config := range answer.ComputeConfigs {
		cluster.AutoMode = config.Enabled
	}
	return cluster
}
