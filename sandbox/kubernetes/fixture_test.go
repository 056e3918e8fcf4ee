package kubernetes_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/kubernetes"
	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/provider"
	"ambient-ecs/sandbox/world"
	"ambient-ecs/sandbox/world/worldtest"
)

const (
	account     = "111111111111"
	endpoint    = "https://ABCDEF.gr7.eu-central-1.eks.amazonaws.com"
	clusterRole = "arn:aws:iam::111111111111:role/eks"
	nodeRole    = "arn:aws:iam::111111111111:role/nodes"
	deployer    = "arn:aws:iam::111111111111:role/deployer"
	nodeGroup   = "arn:aws:eks:eu-central-1:111111111111:nodegroup/mesh/nodes"
	arn         = "arn:aws:eks:eu-central-1:111111111111:cluster/mesh"
)

var authority = base64.StdEncoding.EncodeToString([]byte("certificate"))

// fixture is a world with one EKS cluster, and a provider instance that points to it.
type fixture struct {
	*testing.T
	folder  string
	world   *world.World
	session provider.Session
	// system is the namespace istio-system, once prepare has made it.
	system provider.Resource
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := (&fixture{T: t, folder: t.TempDir()}).reopened()
	f.do(func(tx *world.Tx) {
		tx.Put(&world.Resource{Account: account, Region: "eu-central-1", Kind: kubernetes.ClusterResource, ID: arn, Props: map[string]any{
			"name": "mesh", "roleArn": clusterRole, "bootstrapSelfManagedAddons": true, "vpcConfig": map[string]any{"vpcId": "vpc-1", "clusterSecurityGroupId": "sg-cluster", "endpointPrivateAccess": true, "endpointPublicAccess": true, "publicAccessCidrs": []any{"203.0.113.7/32"}}, "arn": arn, "endpoint": endpoint, "status": "ACTIVE", "version": "1.34",
			"certificateAuthority": map[string]any{"data": authority},
		}})
		tx.Put(&world.Resource{Account: account, Region: "eu-central-1", Kind: "aws:eks/accessEntry:AccessEntry", ID: "admin", Props: map[string]any{
			"clusterName": "mesh", "principalArn": deployer}})
		administers(tx, deployer)
		tx.Put(&world.Resource{Account: account, Kind: "aws:iam/role:Role", ID: "eks", Props: map[string]any{"name": "eks", "arn": clusterRole, "uniqueId": "AROA1"}})
		tx.Put(&world.Resource{Account: account, Kind: "aws:iam/rolePolicy:RolePolicy", ID: "eks:all", Props: map[string]any{
			"role": "eks", "policy": `{"Statement":[{"Effect":"Allow","Action":"elasticloadbalancing:*","Resource":"*"}]}`}})
	})
	return f
}

// administers gives a principal the access policy for administrators.
func administers(tx *world.Tx, principal string) {
	tx.Put(&world.Resource{Account: account, Region: "eu-central-1", Kind: "aws:eks/accessPolicyAssociation:AccessPolicyAssociation", ID: "admin " + principal, Props: map[string]any{
		"clusterName": "mesh", "principalArn": principal, "policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy", "accessScope": map[string]any{"type": "cluster"},
	}})
}

// reopened is the world as the next command finds it.
func (f *fixture) reopened() *fixture {
	f.Helper()
	w := worldtest.Open(f, f.folder)
	w.Control(aws.Controllers()...)
	w.Control(kubernetes.Controllers()...)
	again := &fixture{T: f.T, folder: f.folder, world: w}
	again.session = again.open(kubeconfig(endpoint, authority, "mesh", "--role-arn", deployer))
	return again
}

func (f *fixture) do(change func(tx *world.Tx)) {
	f.Helper()
	if err := f.world.Do(func(tx *world.Tx) error { change(tx); return nil }); err != nil {
		f.Fatal(err)
	}
}

func (f *fixture) open(kubeconfig string) provider.Session {
	f.Helper()
	s, err := kubernetes.New(f.world).Open(context.Background(), map[string]any{"kubeconfig": kubeconfig})
	if err != nil {
		f.Fatal(err)
	}
	return s
}

func kubeconfig(server, ca, cluster string, more ...string) string {
	args := append([]string{"--region", "eu-central-1", "eks", "get-token", "--cluster-name", cluster, "--output", "json"}, more...)
	return fmt.Sprintf(`{"apiVersion":"v1","kind":"Config","current-context":"aws",
		"clusters":[{"name":"k","cluster":{"server":%q,"certificate-authority-data":%q}}],
		"contexts":[{"name":"aws","context":{"cluster":"k","user":"aws"}}],
		"users":[{"name":"aws","user":{"exec":{"apiVersion":"client.authentication.k8s.io/v1beta1","command":"aws","args":["%s"]}}}]}`,
		server, ca, strings.Join(args, `","`))
}

// live returns the object as the world has it, nil when it is not there.
func (f *fixture) live(apiVersion, kind, namespace, name string) api.Object {
	var o api.Object
	f.do(func(tx *world.Tx) {
		o = api.At(tx, arn).Get(api.KindOf(api.Object{"apiVersion": apiVersion, "kind": kind}), namespace, name)
	})
	return o
}

func resourceOf(token, name string, inputs map[string]any) provider.Resource {
	return provider.Resource{URN: "urn:pulumi:dev::ambient-ecs::" + token + "::" + name, Token: token, Name: name, Inputs: inputs, Seed: []byte(name)}
}

// create runs Check and Create as the engine does, and returns the resource as the engine would remember it.
func (f *fixture) create(token, name string, inputs map[string]any) (provider.Resource, error) {
	f.Helper()
	r := resourceOf(token, name, inputs)
	checked, failures, err := f.session.Check(context.Background(), r)
	if err != nil {
		return r, err
	}
	if len(failures) > 0 {
		return r, fmt.Errorf("%v", failures)
	}
	r.Inputs = checked
	id, state, err := f.session.Create(context.Background(), r)
	if err != nil {
		return r, err
	}
	r.ID, r.State, r.OldInputs = id, state, checked
	return r, nil
}

func (f *fixture) mustCreate(token, name string, inputs map[string]any) provider.Resource {
	f.Helper()
	r, err := f.create(token, name, inputs)
	if err != nil {
		f.Fatal(err)
	}
	return r
}

// update runs Check and Update as the engine does.
func (f *fixture) update(r provider.Resource, inputs map[string]any) (map[string]any, error) {
	f.Helper()
	r.Inputs = inputs
	checked, failures, err := f.session.Check(context.Background(), r)
	if err != nil || len(failures) > 0 {
		return nil, fmt.Errorf("%v %w", failures, err)
	}
	r.Inputs = checked
	return f.session.Update(context.Background(), r)
}

// unchanged fails unless a refresh and a new preview with the same inputs find nothing to do.
func (f *fixture) unchanged(r provider.Resource) {
	f.Helper()
	id, inputs, state, err := f.session.Read(context.Background(), provider.Resource{
		URN: r.URN, Token: r.Token, Name: r.Name, ID: r.ID, Inputs: r.OldInputs, State: r.State})
	if err != nil {
		f.Fatal(err)
	}
	if id != r.ID || !api.Equal(state, r.State) {
		f.Errorf("refresh changes the state of %s: %s", r.ID, cmp.Diff(api.Copy(r.State), api.Copy(state)))
	}
	if !api.Equal(inputs, r.OldInputs) {
		f.Errorf("refresh changes the inputs of %s: %s", r.ID, cmp.Diff(api.Copy(r.OldInputs), api.Copy(inputs)))
	}
	changes, err := f.session.Diff(context.Background(), r)
	if err != nil || len(changes.Changed) > 0 {
		f.Errorf("an unchanged %s differs in %v (%v)", r.ID, changes.Changed, err)
	}
}

func wantError(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want %q", words)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("error %q does not say %q", err, word)
		}
	}
}

func namespace(name string, labels map[string]any) map[string]any {
	metadata := map[string]any{"name": name}
	if labels != nil {
		metadata["labels"] = labels
	}
	return map[string]any{"metadata": metadata}
}

// addNodes gives the cluster a node group with two nodes, in subnets where load balancers may be.
func (f *fixture) addNodes() {
	f.Helper()
	f.do(func(tx *world.Tx) {
		for i, cidr := range []string{"10.0.0.0/24", "10.0.1.0/24"} {
			tx.Put(&world.Resource{Account: account, Region: "eu-central-1", Kind: "aws:ec2/subnet:Subnet", ID: fmt.Sprintf("subnet-%d", i), Props: map[string]any{
				"cidrBlock": cidr, "availabilityZone": fmt.Sprintf("eu-central-1%c", 'a'+i), "vpcId": "vpc-1",
				"tags": map[string]any{"kubernetes.io/cluster/mesh": "shared", "kubernetes.io/role/internal-elb": "1"}}})
		}
		tx.Put(&world.Resource{Account: account, Region: "eu-central-1", Kind: "aws:ec2/securityGroup:SecurityGroup", ID: "sg-1", Props: map[string]any{
			"name": "nodes", "vpcId": "vpc-1", "tags": map[string]any{"kubernetes.io/cluster/mesh": "owned"}}})
		tx.Put(&world.Resource{Account: account, Kind: "aws:iam/role:Role", ID: "nodes", Props: map[string]any{"name": "nodes", "arn": nodeRole, "uniqueId": "AROA2"}})
		tx.Put(&world.Resource{Account: account, Kind: "aws:iam/rolePolicyAttachment:RolePolicyAttachment", ID: "nodes-cni", Props: map[string]any{
			"role": "nodes", "policyArn": "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy"}})
		tx.Put(&world.Resource{Account: account, Region: "eu-central-1", Kind: "aws:eks/nodeGroup:NodeGroup", ID: nodeGroup, Props: map[string]any{
			"clusterName": "mesh", "nodeGroupName": "nodes", "status": "ACTIVE", "scalingConfig": map[string]any{"desiredSize": 2.0}, "nodeRoleArn": nodeRole,
			"subnetIds": []any{"subnet-0", "subnet-1"}, "_groups": []any{"sg-1"}}})
	})
}

// gatewayDefinitions installs the Gateway API's definitions as the program does, one resource each.
func (f *fixture) gatewayDefinitions() {
	f.Helper()
	for _, kind := range []string{"gatewayclasses", "gateways"} {
		f.mustCreate(definitionToken, kind, gatewayDefinition(f.T, kind))
	}
}

var moduleFolder = sync.OnceValues(func() (string, error) {
	out, err := exec.Command("go", "mod", "download", "-json", "sigs.k8s.io/gateway-api").Output()
	var module struct{ Dir string }
	return module.Dir, errors.Join(err, json.Unmarshal(out, &module))
})

func gatewayDefinition(t *testing.T, kind string) map[string]any {
	t.Helper()
	folder, err := moduleFolder()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(folder, "config/crd/standard/gateway.networking.k8s.io_"+kind+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var definition map[string]any
	if err := yaml.Unmarshal(data, &definition); err != nil {
		t.Fatal(err)
	}
	delete(definition, "status")
	return definition
}
