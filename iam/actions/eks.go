package actions

import "slices"

var eksNeeds = []Need{
	{
		Type:     "aws:eks/cluster:Cluster",
		HomeOnly: true,
		// EKS uses the caller's own permissions to hand the role to the cluster, to look at the subnets, to make its
		// service-linked role and to grant itself the use of the key.
		Create: slices.Concat(
			eks("CreateCluster"),
			iam("CreateServiceLinkedRole", "GetRole", "PassRole"),
			kms("CreateGrant", "DescribeKey"),
			ec2("DescribeSecurityGroups", "DescribeSubnets", "DescribeVpcs"),
		),
		Read:   eks("DescribeCluster"),
		Update: eks("DescribeUpdate", "UpdateClusterConfig", "UpdateClusterVersion"),
		Tag:    eksTags,
		Delete: eks("DeleteCluster"),
	},
	{
		Type:     "aws:eks/nodeGroup:NodeGroup",
		HomeOnly: true,
		// EKS and Auto Scaling test with a dry run whether the caller could launch the nodes.
		Create: slices.Concat(
			eks("CreateNodegroup"),
			iam("CreateServiceLinkedRole", "GetRole", "ListAttachedRolePolicies", "PassRole"),
			ec2("CreateTags", "DescribeLaunchTemplateVersions", "DescribeSubnets", "RunInstances"),
		),
		Read:   eks("DescribeNodegroup"),
		Update: slices.Concat(eks("DescribeUpdate", "UpdateNodegroupConfig", "UpdateNodegroupVersion"), ec2("RunInstances")),
		Tag:    eksTags,
		Delete: eks("DeleteNodegroup"),
	},
	{
		Type:     "aws:eks/addon:Addon",
		HomeOnly: true,
		// An add-on makes, changes and removes the associations of its pods with the caller's permissions.
		Create: slices.Concat(eks("CreateAddon", "CreatePodIdentityAssociation"), iam("GetRole", "PassRole")),
		Read:   eks("DescribeAddon", "DescribeAddonVersions", "DescribePodIdentityAssociation"),
		Update: slices.Concat(eks("CreatePodIdentityAssociation", "DeletePodIdentityAssociation", "DescribeUpdate", "UpdateAddon", "UpdatePodIdentityAssociation"), iam("PassRole")),
		Tag:    eksTags,
		Delete: eks("DeleteAddon"),
	},
	{
		Type:     "aws:eks/podIdentityAssociation:PodIdentityAssociation",
		HomeOnly: true,
		Create:   slices.Concat(eks("CreatePodIdentityAssociation"), iam("GetRole", "PassRole")),
		Read:     eks("DescribePodIdentityAssociation"),
		Update:   slices.Concat(eks("UpdatePodIdentityAssociation"), iam("PassRole")),
		Tag:      eksTags,
		Delete:   eks("DeletePodIdentityAssociation"),
	},
	{
		Type:     "aws:eks/accessEntry:AccessEntry",
		HomeOnly: true,
		Create:   eks("CreateAccessEntry"),
		Read:     eks("DescribeAccessEntry"),
		Update:   eks("UpdateAccessEntry"),
		Tag:      eksTags,
		Delete:   eks("DeleteAccessEntry"),
	},
	{
		Type:     "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
		HomeOnly: true,
		Create:   eks("AssociateAccessPolicy"),
		Read:     eks("ListAssociatedAccessPolicies"),
		Delete:   eks("DisassociateAccessPolicy"),
	},
	{
		Type:   "aws:kms/key:Key",
		Create: kms("CreateKey", "EnableKeyRotation", "TagResource"),
		Read:   kms("DescribeKey", "GetKeyPolicy", "GetKeyRotationStatus", "ListResourceTags"),
		Update: kms("DisableKey", "DisableKeyRotation", "EnableKey", "EnableKeyRotation", "PutKeyPolicy", "UpdateKeyDescription"),
		Tag:    kms("TagResource", "UntagResource"),
		Delete: kms("ScheduleKeyDeletion"),
	},
	{
		Type:   "aws:kms/alias:Alias",
		Create: kms("CreateAlias"),
		Read:   kms("ListAliases"),
		Update: kms("UpdateAlias"),
		Delete: kms("DeleteAlias"),
	},
}
