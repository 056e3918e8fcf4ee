package compare

// sharedHome says what a new EKS cluster needs in a VPC that another account shares with the home account. EKS makes clusters and managed
// node groups there: https://aws.amazon.com/blogs/containers/use-shared-vpcs-in-amazon-eks, and AWS's walk-through of it,
// https://github.com/aws-samples/eks-shared-subnets, both read 2026-12-01. The owner's tags are not shown to the account.
func (n named) sharedHome() {
	owner := n.found.VPC.Owner
	if n.key != n.cfg.Home || owner == "" || owner == n.settings.ID || n.cfg.HasExistingEKS() || n.lives() || n.world.Unseen[ClusterSubject] != "" {
		return
	}
	n.warn("%[1]s.vpcId: account %[2]s owns %[3]s and shares its subnets. EKS makes the cluster and its nodes there if the deployer's policy also allows ec2:RunInstances on arn:%[4]s:ec2:%[5]s:%[2]s:subnet/* (statement LaunchNodesFromTemplate). "+
		"The load balancers of the mesh take the subnets that the file names, and these need no tags. Load balancers of others in the cluster find subnets by tags that account %[6]s itself sets or by names, because the owner's tags are not shown to it (docs/networks.md#one-vpc-of-several-accounts).",
		n.field, owner, n.found.VPC.ID, n.cfg.Partition(), n.cfg.RegionOf(n.key), n.key)
}
