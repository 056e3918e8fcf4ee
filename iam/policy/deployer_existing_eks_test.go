package policy

import "testing"

func TestADeployerOfAnExistingEKSChangesOnlyWhatJoinsIt(t *testing.T) {
	d := Deployer{Place: homePlace, Install: "mesh", EKS: "prod-eu", NodesGroup: "sg-1"}
	ours := map[string]string{"aws:ResourceTag/" + InstallTag: "mesh"}
	asked := map[string]string{"aws:RequestTag/" + InstallTag: "mesh"}
	owned := map[string]string{"aws:ResourceTag/kubernetes.io/cluster/prod-eu": "owned"}
	for _, c := range []struct {
		what, action, service, resource string
		context                         map[string]string
		want                            bool
	}{
		{"read the cluster", "DescribeCluster", "eks", "cluster/prod-eu", nil, true},
		{"read another cluster", "DescribeCluster", "eks", "cluster/prod-us", nil, false},
		{"read an add-on", "DescribeAddon", "eks", "addon/prod-eu/vpc-cni/1", nil, true},
		{"change an add-on", "UpdateAddon", "eks", "addon/prod-eu/vpc-cni/1", ours, false},
		{"change the cluster", "UpdateClusterConfig", "eks", "cluster/prod-eu", ours, false},
		{"delete the cluster", "DeleteCluster", "eks", "cluster/prod-eu", ours, false},
		{"tag the cluster", "TagResource", "eks", "cluster/prod-eu", asked, false},
		{"make nodes", "CreateNodegroup", "eks", "cluster/prod-eu", asked, false},
		{"make an association", "CreatePodIdentityAssociation", "eks", "cluster/prod-eu", asked, true},
		{"make an association without the tag", "CreatePodIdentityAssociation", "eks", "cluster/prod-eu", nil, false},
		{"tag a new association", "TagResource", "eks", "podidentityassociation/prod-eu/a-1", asked, true},
		{"delete an association of ours", "DeletePodIdentityAssociation", "eks", "podidentityassociation/prod-eu/a-1", ours, true},
		{"delete an association of theirs", "DeletePodIdentityAssociation", "eks", "podidentityassociation/prod-eu/a-1", nil, false},
		{"make an access entry", "CreateAccessEntry", "eks", "cluster/prod-eu", asked, true},
		{"give it a policy", "AssociateAccessPolicy", "eks", "access-entry/prod-eu/role/1/x", ours, true},
		{"give theirs a policy", "AssociateAccessPolicy", "eks", "access-entry/prod-eu/role/1/x", nil, false},
		{"delete an access entry of theirs", "DeleteAccessEntry", "eks", "access-entry/prod-eu/role/1/x", nil, false},
		{"add a rule to the cluster's group", "AuthorizeSecurityGroupIngress", "ec2", "security-group/sg-2", owned, true},
		{"add a rule to the nodes' group", "AuthorizeSecurityGroupIngress", "ec2", "security-group/sg-1", nil, true},
		{"take a rule of the nodes' group away", "RevokeSecurityGroupIngress", "ec2", "security-group/sg-1", nil, true},
		{"add a rule to another group", "AuthorizeSecurityGroupIngress", "ec2", "security-group/sg-2", nil, false},
		{"delete the nodes' group", "DeleteSecurityGroup", "ec2", "security-group/sg-1", nil, false},
	} {
		r := request{action: c.service + ":" + c.action, resource: homePlace.ARN(c.service, c.resource), context: c.context}
		if got := judged(d, HomeAccount, false, r); got != c.want {
			t.Errorf("%s: %v", c.what, got)
		}
		if judged(Deployer{Place: homePlace, Install: "mesh"}, HomeAccount, false, r) {
			t.Errorf("%s: the deployer of a cluster of ours may", c.what)
		}
	}
	if _, has := d.Policies(RemoteAccount)[ExistingPolicy]; has {
		t.Error("the cluster is in the home account, and the deployer of another one has a policy for it")
	}
}
