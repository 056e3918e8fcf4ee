package policy

import "slices"

// hostedEKS reports whether the mesh lives in an EKS cluster of somebody else.
func hostedEKS(d Deployer) bool { return d.EKS != "" }

// inEKS are what belongs to the EKS cluster of somebody else, by kinds of resources: all of it or, for the kind "cluster", the cluster.
func inEKS(kinds ...string) func(Deployer, AccountKind) []string {
	return func(d Deployer, _ AccountKind) (arns []string) {
		for _, kind := range kinds {
			name := kind + "/" + d.EKS
			if kind != "cluster" {
				name += "/*"
			}
			arns = append(arns, d.Place.ARN("eks", name))
		}
		return arns
	}
}

// groupRules are the actions on the rules of a security group.
var groupRules = slices.Concat(authorizations, ec2("ModifySecurityGroupRules", "RevokeSecurityGroupEgress", "RevokeSecurityGroupIngress"))

// existingEKSRules are for an EKS cluster of somebody else: what joins it carries the install's tag, and nothing else is changed.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelastickubernetesservice.html, 2026-11-29.
var existingEKSRules = []rule{
	{
		policy: ExistingPolicy, sid: "ReadExistingEKS", homeOnly: true, applies: hostedEKS,
		covers:    oneOf(eks("DescribeAccessEntry", "DescribeAddon", "DescribeCluster", "DescribePodIdentityAssociation", "ListAssociatedAccessPolicies")),
		resources: inEKS("cluster", "access-entry", "addon", "podidentityassociation"),
	},
	{
		policy: ExistingPolicy, sid: "JoinExistingEKS", homeOnly: true, applies: hostedEKS,
		covers: oneOf(eks("CreateAccessEntry", "CreatePodIdentityAssociation")), resources: inEKS("cluster"),
		condition: when("StringEquals", "aws:RequestTag/"+InstallTag),
	},
	{
		policy: ExistingPolicy, sid: "TagInExistingEKS", homeOnly: true, applies: hostedEKS,
		covers: is("eks:TagResource"), resources: inEKS("access-entry", "podidentityassociation"),
		condition: when("StringEquals", "aws:RequestTag/"+InstallTag),
	},
	{
		policy: ExistingPolicy, sid: "OwnInExistingEKS", homeOnly: true, applies: hostedEKS,
		covers: oneOf(eks("AssociateAccessPolicy", "DeleteAccessEntry", "DeletePodIdentityAssociation", "DisassociateAccessPolicy", "TagResource", "UntagResource",
			"UpdateAccessEntry", "UpdatePodIdentityAssociation")),
		resources: inEKS("access-entry", "podidentityassociation"), condition: when("StringEquals", "aws:ResourceTag/"+InstallTag),
	},
	{
		policy: ExistingPolicy, sid: "ExistingEKSGroup", homeOnly: true, applies: hostedEKS,
		covers: oneOf(groupRules), resources: ec2ARNs("security-group/*"),
		condition: func(d Deployer, _ AccountKind) Condition {
			return Condition{"StringEquals": {"aws:ResourceTag/kubernetes.io/cluster/" + d.EKS: {"owned"}}}
		},
	},
	{
		policy: ExistingPolicy, sid: "ExistingNodesGroup", homeOnly: true, applies: func(d Deployer) bool { return d.NodesGroup != "" },
		covers: oneOf(groupRules),
		resources: func(d Deployer, _ AccountKind) []string {
			return []string{d.Place.ARN("ec2", "security-group/"+d.NodesGroup)}
		},
	},
}
