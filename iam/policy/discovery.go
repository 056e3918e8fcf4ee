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
// Two statements test the tags that Pod Identity put on istiod's session; see chainedTrust.
func DiscoveryTrust(home Place, istiodRoleARN, clusterARN string, serviceAccounts []string) Document {
	return chainedTrust("IstiodOfTheHomeCluster", home, istiodRoleARN, Workload{ClusterARN: clusterARN, Namespace: IstiodNamespace}, serviceAccounts)
}

// chainedTrust lets a role's session with Pod Identity's tags assume another role. The AssumeRole is a second hop, made
// with the tagged session.
//
// AWS documents the tags of such a hop in two ways. By "Pass session tags in AWS STS" (IAM User Guide) they are tags of
// the caller, aws:PrincipalTag. The EKS Best Practices Guide, "Multi Account Strategy", showed aws:PrincipalTag until
// 2025-09-25 and shows aws:RequestTag since 2026-04-07: Pod Identity's tags are transitive, so STS passes them on
// (checked 2026-11-29). So there is one statement for each key, and either admits the session. A session cannot set
// the tags itself: STS refuses a request tag with the key of a transitive one.
func chainedTrust(sid string, home Place, roleARN string, w Workload, serviceAccounts []string) Document {
	var d Document
	for _, tags := range []struct{ key, sid string }{{"aws:PrincipalTag/", sid}, {"aws:RequestTag/", sid + "ByTransitiveTags"}} {
		d.Statements = append(d.Statements, Statement{
			Sid:       tags.sid,
			Principal: &Principal{AWS: Values{home.IAM("root")}},
			Actions:   []string{"sts:AssumeRole", "sts:TagSession"},
			Condition: Condition{
				"ArnEquals": {"aws:PrincipalArn": {roleARN}},
				"StringEquals": {
					tags.key + "eks-cluster-arn":            {w.ClusterARN},
					tags.key + "kubernetes-namespace":       {w.Namespace},
					tags.key + "kubernetes-service-account": serviceAccounts,
				},
			},
		})
	}
	return d
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
