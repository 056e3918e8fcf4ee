package kubernetes_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"

	"ambient-ecs/sandbox/kubernetes"
	"ambient-ecs/sandbox/provider"
	"ambient-ecs/sandbox/world"
)

func TestOnlyTheRightKubeconfigReachesTheCluster(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.do(func(tx *world.Tx) { tx.SetNote("aws/profile/home", account) })
	for name, c := range map[string]struct{ kubeconfig, words string }{
		"another server":     {kubeconfig("https://GONE.gr7.eu-central-1.eks.amazonaws.com", authority, "mesh", "--role-arn", deployer), "no such host"},
		"another authority":  {kubeconfig(endpoint, "b3RoZXI=", "mesh", "--role-arn", deployer), "certificate signed by unknown authority"},
		"another cluster":    {kubeconfig(endpoint, authority, "other", "--role-arn", deployer), "provide credentials"},
		"another account":    {kubeconfig(endpoint, authority, "mesh", "--role-arn", "arn:aws:iam::222222222222:role/deployer"), "provide credentials"},
		"a role let in not":  {kubeconfig(endpoint, authority, "mesh", "--role-arn", "arn:aws:iam::111111111111:role/reader"), "provide credentials"},
		"an unknown profile": {kubeconfig(endpoint, authority, "mesh", "--profile", "away"), "provide credentials"},
		"a user let in not":  {kubeconfig(endpoint, authority, "mesh", "--profile", "home"), "provide credentials"},
		"nothing":            {"", "no configuration has been provided"},
		"no kubeconfig":      {"{", "failed to parse kubeconfig"},
	} {
		t.Run(name, func(t *testing.T) {
			f := &fixture{T: t, world: f.world}
			f.session = f.open(c.kubeconfig)
			_, err := f.create(namespaceToken, "ns", namespace("team", nil))
			wantError(t, err, "configured Kubernetes cluster is unreachable", c.words)
		})
	}
}

func TestProfileOfAnAdminLogsIn(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.do(func(tx *world.Tx) {
		tx.SetNote("aws/profile/home", account)
		tx.Put(&world.Resource{Account: account, Kind: "aws:eks/accessEntry:AccessEntry", ID: "home", Props: map[string]any{
			"clusterName": "mesh", "principalArn": "arn:aws:iam::111111111111:user/home"}})
		administers(tx, "arn:aws:iam::111111111111:user/home")
	})
	f.session = f.open(kubeconfig(endpoint, authority, "mesh", "--profile", "home"))
	f.mustCreate(namespaceToken, "ns", namespace("team", nil))
}

// A token of a ServiceAccount is as good as its bindings.
func TestATokenOfAServiceAccountLogsIn(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustCreate(namespaceToken, "team", namespace("team", nil))
	f.mustCreate(accountToken, "deployer", in("team", "deployer"))
	f.mustCreate(secretToken, "token", map[string]any{
		"metadata": map[string]any{"namespace": "team", "name": "token", "annotations": map[string]any{"kubernetes.io/service-account.name": "deployer"}},
		"type":     "kubernetes.io/service-account-token", "data": map[string]any{"token": "b3Blbg=="},
	})
	by := func(token string) *fixture {
		other := &fixture{T: t, world: f.world}
		other.session = other.open(fmt.Sprintf(`{"current-context":"k","clusters":[{"name":"k","cluster":{"server":%q,"certificate-authority-data":%q}}],
			"contexts":[{"name":"k","context":{"cluster":"k","user":"k"}}],"users":[{"name":"k","user":{"token":%q}}]}`, endpoint, authority, token))
		return other
	}
	_, err := by("shut").create(namespaceToken, "ns", namespace("other", nil))
	wantError(t, err, "provide credentials")
	_, err = by("open").create(namespaceToken, "ns", namespace("other", nil))
	wantError(t, err, `User "system:serviceaccount:team:deployer" cannot`)
	f.mustCreate("kubernetes:rbac.authorization.k8s.io/v1:ClusterRole", "all", map[string]any{
		"metadata": map[string]any{"name": "all"}, "rules": []any{map[string]any{"apiGroups": []any{"*"}, "resources": []any{"*"}, "verbs": []any{"*"}}},
	})
	f.mustCreate(clusterBinding, "all", map[string]any{
		"metadata": map[string]any{"name": "all"}, "roleRef": map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "all"},
		"subjects": []any{map[string]any{"kind": "ServiceAccount", "namespace": "team", "name": "deployer"}},
	})
	by("open").mustCreate(namespaceToken, "ns", namespace("other", nil))
}

func TestAnEndpointThatAdmitsNobodyDoesNotAnswer(t *testing.T) {
	t.Parallel()
	const rule = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
	private := map[string]any{"endpointPublicAccess": false, "publicAccessCidrs": []any{}}
	for name, c := range map[string]struct {
		endpoint map[string]any
		rule     map[string]any
		open     bool
	}{
		"public, from nowhere":                {map[string]any{"endpointPrivateAccess": false, "publicAccessCidrs": []any{}}, nil, false},
		"private, from the nodes only":        {private, map[string]any{"ipProtocol": "-1", "referencedSecurityGroupId": "sg-cluster"}, false},
		"private, from a network for another": {private, map[string]any{"ipProtocol": "tcp", "fromPort": 15008.0, "toPort": 15008.0, "cidrIpv4": "10.8.0.0/24"}, false},
		"private, from a network":             {private, map[string]any{"ipProtocol": "tcp", "fromPort": 443.0, "toPort": 443.0, "cidrIpv4": "10.8.0.0/24"}, true},
		"public":                              {nil, nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.do(func(tx *world.Tx) {
				cluster := tx.Get(account, kubernetes.ClusterResource, arn)
				maps.Copy(cluster.Props["vpcConfig"].(map[string]any), c.endpoint)
				tx.Changed(cluster)
				tx.Put(&world.Resource{Account: account, Region: "eu-central-1", Kind: "aws:ec2/securityGroup:SecurityGroup", ID: "sg-cluster", Props: map[string]any{"vpcId": "vpc-1"}})
				if c.rule != nil {
					c.rule["securityGroupId"] = "sg-cluster"
					tx.Put(&world.Resource{Account: account, Region: "eu-central-1", Kind: rule, ID: "sgr-1", Props: c.rule})
				}
			})
			_, err := f.create(namespaceToken, "ns", namespace("team", nil))
			if c.open {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantError(t, err, "configured Kubernetes cluster is unreachable", "dial tcp ", ":443: i/o timeout")
		})
	}
}

func TestAnotherClusterOrOneThatIsNotKnownYetReplacesTheProvider(t *testing.T) {
	t.Parallel()
	changed, unknown := kubernetes.New(nil).ReplaceOn()
	if !slices.Equal(changed, []string{"clusterIdentifier"}) || !slices.Equal(unknown, []string{"kubeconfig", "context", "clusterIdentifier"}) {
		t.Errorf("replaced by a change of %v, and by %v if not known", changed, unknown)
	}
}

func TestPreviewNeedsNoCluster(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	session, err := kubernetes.New(f.world).Open(context.Background(), map[string]any{"kubeconfig": provider.Unknown})
	if err != nil {
		t.Fatal(err)
	}
	f.session = session
	for token, inputs := range map[string]map[string]any{
		namespaceToken: namespace("team", nil),
		releaseToken: {"chart": "oci://registry.example/istio-helm/istiod", "version": "1.28.3-patch0-solo", "namespace": "istio-system",
			"name": "istiod", "values": map[string]any{"profile": "ambient"}},
	} {
		r := resourceOf(token, "x", inputs)
		r.Preview = true
		checked, failures, err := session.Check(context.Background(), r)
		if err != nil || len(failures) > 0 {
			t.Errorf("check of %s: %v %v", token, failures, err)
			continue
		}
		r.Inputs = checked
		if _, state, err := session.Create(context.Background(), r); err != nil || state == nil {
			t.Errorf("preview of %s: %v %v", token, state, err)
		}
	}
}

func TestObjectsOfAClusterThatIsGoneCannotBeDeleted(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ns := f.mustCreate(namespaceToken, "ns", namespace("team", nil))
	f.do(func(tx *world.Tx) { tx.Drop(tx.Get(account, kubernetes.ClusterResource, arn)) })
	wantError(t, f.session.Delete(context.Background(), ns), "configured Kubernetes cluster is unreachable", "PULUMI_K8S_DELETE_UNREACHABLE")
	_, _, _, err := f.session.Read(context.Background(), ns)
	wantError(t, err, "failed to read resource state due to unreachable cluster")
	f.do(func(tx *world.Tx) {
		if len(tx.Clusters()) > 0 {
			t.Error("the cluster's objects outlived it")
		}
	})
}
