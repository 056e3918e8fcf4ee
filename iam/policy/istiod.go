package policy

// IstiodNamespace is the namespace of every istiod.
const IstiodNamespace = "istio-system"

// IstiodTrust lets EKS Pod Identity, and nothing else, assume the role for the pods of istiod.
//
// aws:SourceAccount and aws:SourceArn keep EKS from using the role for another account, or for another cluster of
// ours (EKS User Guide, "Cross-service confused deputy prevention in Amazon EKS"). The cluster does not exist yet
// when the role is made, but its ARN follows from its name. Pod Identity sends the tags of the pod in the request, so
// the trust policy tests them as aws:RequestTag (EKS User Guide, "Create IAM role with trust policy required by EKS
// Pod Identity"). Pod Identity needs sts:TagSession to send them.
//
// The association must keep session tags on: DiscoveryTrust relies on them too.
//
// Each revision of istiod has a service account of its own. All of them get the same role.
func IstiodTrust(account, clusterARN string, serviceAccounts []string) Document {
	return Document{Statements: []Statement{{
		Sid:       "PodIdentityOfIstiod",
		Principal: &Principal{Service: Values{"pods.eks.amazonaws.com"}},
		Actions:   []string{"sts:AssumeRole", "sts:TagSession"},
		Condition: Condition{
			"StringEquals": {
				"aws:SourceAccount":                         {account},
				"aws:RequestTag/kubernetes-namespace":       {IstiodNamespace},
				"aws:RequestTag/kubernetes-service-account": serviceAccounts,
			},
			"ArnEquals": {"aws:SourceArn": {clusterARN}},
		},
	}}}
}

// IstiodPermissions lets istiod assume the discovery roles and do nothing else.
//
// sts:TagSession is needed although istiod sets no tag of its own: the session tags of Pod Identity are
// transitive, so STS passes them on to the next session (EKS User Guide, "Grant Pods access to AWS
// resources based on tags"; IAM User Guide, "Chaining roles with session tags").
func IstiodPermissions(discoveryRoleARNs []string) Document {
	return Document{Statements: []Statement{{
		Sid:       "AssumeDiscoveryRoles",
		Actions:   []string{"sts:AssumeRole", "sts:TagSession"},
		Resources: discoveryRoleARNs,
	}}}
}
