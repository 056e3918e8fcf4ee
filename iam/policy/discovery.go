package policy

// DiscoveryTrust lets istiod's role, in a session that Pod Identity made for istiod in our cluster,
// assume a discovery role.
//
// The principal is the home account, narrowed to istiod's role by aws:PrincipalArn. Naming the role itself as
// principal would look the same and behave worse. IAM stores a principal's unique id, so a role that was deleted and
// made again under the same name would be locked out silently. A trust policy also cannot name a role that does not
// exist yet. With the account as principal, nothing waits for istiod's role, and a new role of the same name is let
// in. For a session aws:PrincipalArn is the ARN of its role, not of the session. The root principal opens nothing by
// itself: the caller also needs a permission in its own account, and the condition excludes every other caller of
// that account.
//
// The tags are those that Pod Identity put on istiod's session. istiod's AssumeRole is a second hop, made with that
// session. There the tags are tags of the caller, so the policy tests them as aws:PrincipalTag. Sources: IAM User
// Guide, "Pass session tags in AWS STS" (a request made with a tagged session carries aws:PrincipalTag); EKS Best
// Practices Guide, "Multi Account Strategy", whose trust policy for a chained role has the same three conditions. The
// EKS User Guide shows aws:RequestTag for a target role, where EKS makes both hops itself.
func DiscoveryTrust(home Place, istiodRoleARN, clusterARN string, serviceAccounts []string) Document {
	return Document{Statements: []Statement{{
		Sid:       "IstiodOfTheHomeCluster",
		Principal: &Principal{AWS: Values{home.IAM("root")}},
		Actions:   []string{"sts:AssumeRole", "sts:TagSession"},
		Condition: Condition{
			"ArnEquals": {"aws:PrincipalArn": {istiodRoleARN}},
			"StringEquals": {
				"aws:PrincipalTag/eks-cluster-arn":            {clusterARN},
				"aws:PrincipalTag/kubernetes-namespace":       {IstiodNamespace},
				"aws:PrincipalTag/kubernetes-service-account": serviceAccounts,
			},
		},
	}}}
}

// DiscoveryPermissions lets istiod read the ECS clusters, services and tasks of an account, in one region.
//
// The permission is narrowed by partition, region and account, not to the clusters of this install: istiod describes
// all clusters of the account in one call, and one refused ARN refuses the call. The rest follows from the Service
// Authorization Reference. DescribeClusters, DescribeServices and DescribeTasks take the ARNs of what they describe.
// ListServices takes no resource. ListTasks takes container instances, which Fargate does not have. Both support the
// condition key ecs:cluster. ListClusters supports neither.
func DiscoveryPermissions(place Place) Document {
	clusters := place.ARN("ecs", "cluster/*")
	return Document{Statements: []Statement{
		{
			Sid:       "FindClusters",
			Actions:   []string{"ecs:ListClusters"},
			Resources: []string{"*"},
			Condition: Condition{"StringEquals": {"aws:RequestedRegion": {place.Region}}},
		},
		{
			Sid:       "ListWithinClusters",
			Actions:   []string{"ecs:ListServices", "ecs:ListTasks"},
			Resources: []string{"*"},
			Condition: Condition{"ArnLike": {"ecs:cluster": {clusters}}},
		},
		{
			Sid:       "DescribeClusters",
			Actions:   []string{"ecs:DescribeClusters"},
			Resources: []string{clusters},
		},
		{
			Sid:       "DescribeServices",
			Actions:   []string{"ecs:DescribeServices"},
			Resources: []string{place.ARN("ecs", "service/*")},
		},
		{
			Sid:       "DescribeTasks",
			Actions:   []string{"ecs:DescribeTasks"},
			Resources: []string{place.ARN("ecs", "task/*")},
		},
	}}
}
