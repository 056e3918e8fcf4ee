package living

import (
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/config"
	"ambient-ecs/eks/addon"
	"ambient-ecs/living/compare"
	"ambient-ecs/providers"
)

// home looks up the EKS cluster, its access entries, its nodes, and the tasks of the services that it serves.
func (l *looking) home() error {
	home := l.accounts.Home()
	if err := l.caller(home); err != nil {
		return err
	}
	if l.cfg.HasExistingEKS() {
		if found, err := l.existingEKS(home); err != nil || !found {
			return err
		}
		l.services()
		return nil
	}
	cluster, found, err := ask(l, home, compare.ClusterSubject, func(o pulumi.InvokeOption) (*eks.LookupClusterResult, error) {
		return eks.LookupCluster(l.ctx, &eks.LookupClusterArgs{Name: l.cfg.EKSName()}, o)
	})
	if err != nil || !found {
		return err
	}
	l.note(func(w *compare.World) {
		w.Cluster = &compare.Cluster{Version: cluster.Version, Status: cluster.Status, Creator: cluster.Tags[config.CreatorTag], Tags: cluster.Tags, VPC: cluster.VpcConfig.VpcId, SubnetIDs: cluster.VpcConfig.SubnetIds}
		for _, network := range cluster.KubernetesNetworkConfigs {
			w.Cluster.Services = network.ServiceIpv4Cidr
		}
		for _, policy := range cluster.UpgradePolicies {
			w.Cluster.Support = policy.SupportType
		}
	})
	if cluster.Tags[config.InstallTag] != l.cfg.Install {
		return nil
	}
	if l.cfg.Accounts[l.cfg.Home].Network == nil {
		ours, err := l.vpcs(home, map[string]string{config.InstallTag: l.cfg.Install})
		if err != nil {
			return err
		}
		foreign := !l.unseen("VPCs") && !slices.Contains(ours, cluster.VpcConfig.VpcId)
		l.note(func(w *compare.World) { w.Cluster.ForeignVPC = foreign })
		if !foreign {
			l.at(func() error { return l.clusterSubnets(home, cluster.VpcConfig.SubnetIds) })
		}
	}
	l.at(func() error { return l.entries(home) })
	l.at(func() error { return l.nodes(home) })
	if l.cfg.VPCCNIRole == config.CNIRoleOwn {
		l.at(func() error { return l.networkPlugin(home) })
	}
	// Without the EKS cluster there is no service to look up, so this comes last.
	l.services()
	return nil
}

// clusterSubnets looks up the subnets of the EKS cluster. They are known together or not at all.
func (l *looking) clusterSubnets(home *providers.Account, ids []string) error {
	var all []compare.ClusterSubnet
	for _, id := range ids {
		subnet, found, err := ask(l, home, "the subnets of the EKS cluster", func(o pulumi.InvokeOption) (*ec2.LookupSubnetResult, error) {
			return ec2.LookupSubnet(l.ctx, &ec2.LookupSubnetArgs{Id: &id}, o)
		})
		if err != nil || !found {
			return err
		}
		all = append(all, compare.ClusterSubnet{CIDR: subnet.CidrBlock, ZoneID: subnet.AvailabilityZoneId})
	}
	l.note(func(w *compare.World) { w.Cluster.Subnets = all })
	return nil
}

// services looks up the services of the stack.
func (l *looking) services() {
	for _, key := range l.cfg.ClusterKeys() {
		for _, service := range l.cfg.Clusters[key].ServiceKeys() {
			l.at(func() error { return l.tasks(key, service) })
		}
	}
}

// entries looks up the access entries of the caller and of the listed principals.
func (l *looking) entries(home *providers.Account) error {
	var arns []string
	l.note(func(w *compare.World) {
		arns = slices.Concat([]string{w.Caller}, l.cfg.AdminPrincipals, l.cfg.ReaderPrincipals)
	})
	slices.Sort(arns)
	for _, arn := range slices.Compact(arns) {
		if arn == "" {
			continue
		}
		entry, found, err := ask(l, home, compare.EntriesSubject, func(o pulumi.InvokeOption) (*eks.LookupAccessEntryResult, error) {
			return eks.LookupAccessEntry(l.ctx, &eks.LookupAccessEntryArgs{ClusterName: l.cfg.EKSName(), PrincipalArn: arn}, o)
		})
		if err != nil {
			return err
		}
		if found {
			l.note(func(w *compare.World) { w.Entries[arn] = compare.Entry{Tags: entry.Tags} })
		}
	}
	return nil
}

// networkPlugin looks up the role of vpc-cni.
func (l *looking) networkPlugin(home *providers.Account) error {
	plugin, found, err := ask(l, home, compare.AddonsSubject, func(o pulumi.InvokeOption) (*eks.LookupAddonResult, error) {
		return eks.LookupAddon(l.ctx, &eks.LookupAddonArgs{ClusterName: l.cfg.EKSName(), AddonName: addon.VPCCNI}, o)
	})
	if err != nil || !found {
		return err
	}
	roles := []string{}
	for _, association := range plugin.PodIdentityAssociations {
		if association.ServiceAccount == addon.VPCCNIAccount {
			roles = append(roles, association.RoleArn)
		}
	}
	l.note(func(w *compare.World) { w.Cluster.NetworkPlugin = roles })
	return nil
}

// nodes looks up the install's node groups in the cluster, with their launch templates.
func (l *looking) nodes(home *providers.Account) error {
	const subject = "node groups"
	groups, found, err := ask(l, home, subject, func(o pulumi.InvokeOption) (*eks.GetNodeGroupsResult, error) {
		return eks.GetNodeGroups(l.ctx, &eks.GetNodeGroupsArgs{ClusterName: l.cfg.EKSName()}, o)
	})
	if err != nil || !found {
		return err
	}
	for _, name := range slices.Sorted(slices.Values(groups.Names)) {
		group, found, err := ask(l, home, subject, func(o pulumi.InvokeOption) (*eks.LookupNodeGroupResult, error) {
			return eks.LookupNodeGroup(l.ctx, &eks.LookupNodeGroupArgs{ClusterName: l.cfg.EKSName(), NodeGroupName: name}, o)
		})
		if err != nil {
			return err
		}
		if !found || group.Tags[config.InstallTag] != l.cfg.Install {
			continue
		}
		nodes := compare.Nodes{
			Name: name, Version: group.Version, ReleaseVersion: group.ReleaseVersion, AMIType: group.AmiType, InstanceTypes: group.InstanceTypes,
			Spot: group.CapacityType == "SPOT",
		}
		for _, scaling := range group.ScalingConfigs {
			nodes.Desired = scaling.DesiredSize
		}
		for _, used := range group.LaunchTemplates {
			if err := l.template(home, used.Id, &nodes); err != nil {
				return err
			}
		}
		l.note(func(w *compare.World) { w.Nodes = append(w.Nodes, nodes) })
	}
	return nil
}

// template reads the properties of the nodes from a launch template.
func (l *looking) template(home *providers.Account, id string, nodes *compare.Nodes) error {
	template, found, err := ask(l, home, "launch templates", func(o pulumi.InvokeOption) (*ec2.LookupLaunchTemplateResult, error) {
		return ec2.LookupLaunchTemplate(l.ctx, &ec2.LookupLaunchTemplateArgs{Id: &id}, o)
	})
	if err != nil || !found {
		return err
	}
	for _, specification := range template.TagSpecifications {
		if specification.ResourceType == "instance" {
			nodes.Tags = specification.Tags
		}
	}
	for _, device := range template.BlockDeviceMappings {
		for _, volume := range device.Ebs {
			nodes.VolumeKey = volume.KmsKeyId
			if volume.VolumeSize > 0 { // of the other volume the image says the size
				nodes.DiskGiB = volume.VolumeSize
			}
		}
	}
	return nil
}

// service looks up a service of a cluster.
func (l *looking) service(account *providers.Account, subject, cluster, name string) (living *ecs.LookupServiceResult, found bool, err error) {
	return ask(l, account, subject, func(o pulumi.InvokeOption) (*ecs.LookupServiceResult, error) {
		return ecs.LookupService(l.ctx, &ecs.LookupServiceArgs{ClusterArn: l.cfg.ECSClusterARN(cluster), ServiceName: l.cfg.ServiceName(cluster, name)}, o)
	})
}

// tasks looks up the desired number of tasks of a service, what they run on, and whether they scale.
func (l *looking) tasks(cluster, service string) error {
	account := l.accounts.Get(l.cfg.Clusters[cluster].Account)
	living, found, err := l.service(account, compare.ServicesSubject, cluster, service)
	if err != nil || !found {
		return err
	}
	l.note(func(w *compare.World) {
		w.Services[cluster+"/"+service] = compare.Service{Desired: living.DesiredCount, LaunchType: living.LaunchType, Tags: living.Tags}
	})
	// On a cluster of another team an owner's service is looked up before there is a stack.
	if l.cfg.Clusters[cluster].Services[service].ByOwner() && l.cfg.Clusters[cluster].Existing == "" {
		if err := l.owned(account, cluster, service); err != nil {
			return err
		}
	}
	return l.ztunnel(account, cluster, service, living)
}
