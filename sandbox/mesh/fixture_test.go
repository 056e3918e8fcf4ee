package mesh_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/kubernetes/chart"
	"ambient-ecs/sandbox/mesh"
	"ambient-ecs/sandbox/world"
	"ambient-ecs/sandbox/world/worldtest"
)

const (
	home       = "111111111111"
	away       = "222222222222"
	region     = "eu-central-1"
	clusterARN = "arn:aws:eks:eu-central-1:111111111111:cluster/mesh"
	istiodRole = "arn:aws:iam::111111111111:role/mesh-istiod"
	awayRole   = "arn:aws:iam::222222222222:role/mesh-discovery-external"
	taskRole   = "arn:aws:iam::222222222222:role/ecs/mesh-3-ecs"
	ecsCluster = "arn:aws:ecs:eu-central-1:222222222222:cluster/mesh-3"
	taskARN    = "arn:aws:ecs:eu-central-1:222222222222:task/mesh-3/0123456789abcdef"
	balancer   = "a1-2.elb.eu-central-1.amazonaws.com"
)

// fixture is a world with a running istiod that looks into one other account, and one ECS service there.
type fixture struct {
	*testing.T
	world *world.World
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	w := worldtest.Open(t, t.TempDir())
	f := &fixture{T: t, world: w}
	entries, err := definitions()
	if err != nil {
		t.Fatal(err)
	}
	f.do(func(tx *world.Tx) {
		f.accounts(tx)
		f.ecs(tx)
		c := api.At(tx, clusterARN)
		f.write(c, object("v1", "Namespace", "", "mesh-3", nil))
		f.write(c, object("v1", "Namespace", "", mesh.System, api.Object{"metadata": api.Object{"labels": api.Object{"topology.istio.io/network": "eks"}}}))
		for _, o := range entries {
			f.write(c, o)
		}
		f.write(c, object("v1", "Secret", mesh.System, "istio-license", api.Object{"data": api.Object{"license-key": encode("secret")}}))
		f.write(c, object("v1", "Secret", mesh.System, "istio-ca-secret", api.Object{"data": api.Object{"ca-cert.pem": encode(ours().pem)}}))
		f.istiod(c, "mesh-domain.example,"+awayRole, nil)
	})
	w.Control(mesh.Controllers()...)
	f.do(func(*world.Tx) {})
	return f
}

// definitions are those of the entries, from Istio's own chart.
var definitions = sync.OnceValues(func() ([]api.Object, error) {
	objects, err := chart.Render("base", nil, mesh.System, "base", "v1.34.0")
	return slices.DeleteFunc(objects, func(o api.Object) bool {
		return api.Name(o) != "serviceentries.networking.istio.io" && api.Name(o) != "workloadentries.networking.istio.io"
	}), err
})

func encode(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// object makes an object; more is merged into it, one level deep in metadata.
func object(apiVersion, kind, namespace, name string, more api.Object) api.Object {
	o := api.Object{"apiVersion": apiVersion, "kind": kind, "metadata": api.Object{"name": name}}
	if namespace != "" {
		api.Set(o, namespace, "metadata", "namespace")
	}
	for key, value := range more {
		if key != "metadata" {
			o[key] = value
			continue
		}
		for k, v := range value.(api.Object) {
			api.Set(o, v, "metadata", k)
		}
	}
	return o
}

func (f *fixture) do(change func(tx *world.Tx)) {
	f.Helper()
	if err := f.world.Do(func(tx *world.Tx) error { change(tx); return nil }); err != nil {
		f.Fatal(err)
	}
}

func (f *fixture) write(c *api.Cluster, o api.Object) {
	f.Helper()
	if err := c.Write(o); err != nil {
		f.Fatal(err)
	}
}

// istiod makes a running istiod pod with these accounts; edit may spoil it.
func (f *fixture) istiod(c *api.Cluster, accounts string, edit func(pod api.Object)) {
	f.Helper()
	pod := object("v1", "Pod", mesh.System, "istiod", api.Object{
		"metadata": api.Object{
			"labels": api.Object{"app": "istiod"},
		},
		"spec": api.Object{"serviceAccountName": "istiod", "containers": []any{api.Object{
			"name": "discovery", "image": "registry.example/istio/pilot:1.28.3-solo", "env": []any{
				api.Object{"name": "ECS_ACCOUNTS", "value": accounts},
				api.Object{"name": "SOLO_LICENSE_KEY", "valueFrom": api.Object{"secretKeyRef": api.Object{"name": "istio-license", "key": "license-key"}}},
			}}}},
	})
	api.SetCondition(pod, "Ready", "True", "", "", 0, c.Tx.Now)
	mesh.InjectIdentity(c, pod)
	if edit != nil {
		edit(pod)
	}
	f.write(c, pod)
}

// accounts makes the cluster and the roles on the way to the other account.
func (f *fixture) accounts(tx *world.Tx) {
	put(tx, home, "aws:eks/cluster:Cluster", clusterARN, map[string]any{"name": "mesh", "arn": clusterARN, "status": "ACTIVE"})
	put(tx, home, "aws:eks/addon:Addon", "mesh:agent", map[string]any{"clusterName": "mesh", "addonName": "eks-pod-identity-agent"})
	put(tx, home, "aws:eks/podIdentityAssociation:PodIdentityAssociation", "a-1", map[string]any{
		"clusterName": "mesh", "namespace": mesh.System, "serviceAccount": "istiod", "roleArn": istiodRole})
	role(tx, istiodRole, "AROA1", `{"Statement":[{"Effect":"Allow","Principal":{"Service":"pods.eks.amazonaws.com"},"Action":["sts:AssumeRole","sts:TagSession"]}]}`,
		`{"Statement":[{"Effect":"Allow","Action":["sts:AssumeRole","sts:TagSession"],"Resource":"`+awayRole+`"}]}`)
	role(tx, awayRole, "AROA2", `{"Statement":[{"Effect":"Allow","Principal":{"AWS":"`+home+`"},"Action":["sts:AssumeRole","sts:TagSession"],
		"Condition":{"ArnEquals":{"aws:PrincipalArn":"`+istiodRole+`"},"StringEquals":{"aws:PrincipalTag/kubernetes-service-account":"istiod"}}}]}`,
		`{"Statement":[{"Effect":"Allow","Action":["ecs:List*","ecs:Describe*"],"Resource":"*"}]}`)
}

func role(tx *world.Tx, arn, unique, trust, permissions string) {
	account, name := strings.Split(arn, ":")[4], arn[strings.LastIndex(arn, "/")+1:]
	put(tx, account, "aws:iam/role:Role", name, map[string]any{"name": name, "arn": arn, "uniqueId": unique, "assumeRolePolicy": trust})
	if permissions != "" {
		put(tx, account, "aws:iam/rolePolicy:RolePolicy", name+":p", map[string]any{"role": name, "policy": permissions})
	}
}

// ecs makes a tagged cluster with a service and its one task.
func (f *fixture) ecs(tx *world.Tx) {
	tags := map[string]any{"ecs.solo.io/namespace": "mesh-3", "ecs.solo.io/service-account": "ecs", "owner": "me", "aws:ecs:x": "not a label"}
	put(tx, away, "aws:ecs/cluster:Cluster", ecsCluster, map[string]any{
		"name": "mesh-3", "arn": ecsCluster, "_status": "ACTIVE", "tags": map[string]any{"ecs.solo.io/discovery-enabled": "true"}})
	put(tx, away, "aws:ecs/service:Service", strings.Replace(taskARN, "task", "service", 1), map[string]any{
		"name": "echo", "cluster": ecsCluster, "_cluster": ecsCluster, "tags": tags})
	put(tx, away, "aws:ecs/taskDefinition:TaskDefinition", "echo:1", map[string]any{"containerDefinitions": `[{"name":"echo"},{"name":"ztunnel"}]`})
	put(tx, away, aws.TaskKind, taskARN, map[string]any{
		"clusterArn": ecsCluster, "group": "service:echo", "lastStatus": "RUNNING", "networkInterfaceId": "eni-task",
		"privateIp": "10.1.1.10", "taskRoleArn": taskRole, "availabilityZone": "eu-central-1a", "taskDefinitionArn": "echo:1", "tags": tags})
}

func put(tx *world.Tx, account, kind, id string, props map[string]any) {
	tx.Put(&world.Resource{Account: account, Region: region, Kind: kind, ID: id, Props: props})
}

// entries returns the ServiceEntries and WorkloadEntries by "Kind/namespace/name".
func (f *fixture) entries() map[string]api.Object {
	f.Helper()
	all := map[string]api.Object{}
	f.do(func(tx *world.Tx) {
		for _, kind := range []string{"ServiceEntry", "WorkloadEntry"} {
			for _, o := range api.At(tx, clusterARN).List(api.KindOf(api.Object{"apiVersion": "networking.istio.io/v1", "kind": kind}), "") {
				all[kind+"/"+api.ID(o)] = o
			}
		}
	})
	return all
}

// complaints returns what istiod complains about.
func (f *fixture) complaints() string {
	f.Helper()
	var text string
	f.do(func(tx *world.Tx) {
		c := api.At(tx, clusterARN)
		text = c.Complaints(c.Get(api.PodKind, mesh.System, "istiod"))
	})
	return text
}

// token encodes a bootstrap token as istioctl does.
func token(fields map[string]any) string {
	data, err := json.Marshal(fields)
	if err != nil {
		panic(fmt.Sprintf("encode a token: %v", err))
	}
	return encode(encode(string(data)))
}
