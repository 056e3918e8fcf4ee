package policy

// ClusterTrust lets EKS assume the role of one cluster, and of no other. The actions are those of pulumi-eks, which makes the role.
// EKS accepts both conditions
// (https://docs.aws.amazon.com/eks/latest/userguide/cross-service-confused-deputy-prevention.html, 2026-11-29).
func ClusterTrust(account, clusterARN string) Document {
	return Document{Statements: []Statement{{
		Sid:       "EKSCluster",
		Principal: &Principal{Service: Values{"eks.amazonaws.com"}},
		Actions:   []string{"sts:AssumeRole", "sts:TagSession"},
		Condition: Condition{
			"StringEquals": {"aws:SourceAccount": {account}},
			"ArnEquals":    {"aws:SourceArn": {clusterARN}},
		},
	}}}
}
