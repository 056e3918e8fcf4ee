package kubernetes_test

import (
	"context"
	"strings"
	"testing"

	"ambient-ecs/sandbox/kubernetes"
	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/mesh"
	"ambient-ecs/sandbox/world"
)

const deploymentToken = "kubernetes:apps/v1:Deployment"

func deployment(edit func(o api.Object)) map[string]any {
	o := api.Object{
		"metadata": api.Object{"name": "echo", "namespace": "default", "annotations": api.Object{"pulumi.com/timeoutSeconds": "15"}},
		"spec": api.Object{
			"replicas": 2.0, "selector": api.Object{"matchLabels": api.Object{"app": "echo"}},
			"template": api.Object{
				"metadata": api.Object{"labels": api.Object{"app": "echo"}},
				"spec": api.Object{"containers": []any{api.Object{"name": "echo", "image": "public.ecr.aws/j8r2p7b6/echo-server:latest",
					"ports": []any{api.Object{"containerPort": 8080.0}}}}},
			},
		},
	}
	if edit != nil {
		edit(o)
	}
	return o
}

func container(o api.Object) api.Object {
	return api.Maps(o, "spec", "template", "spec", "containers")[0]
}

func (f *fixture) pods(namespace, app string) []api.Object {
	var pods []api.Object
	f.do(func(tx *world.Tx) {
		for _, pod := range api.At(tx, arn).List(api.PodKind, namespace) {
			if api.Labels(pod)["app"] == app {
				pods = append(pods, pod)
			}
		}
	})
	return pods
}

func TestDeploymentIsCreatedWhenItsPodsAreReady(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.addNodes()
	r := f.mustCreate(deploymentToken, "echo", deployment(nil))
	if api.Int(r.State, "status", "readyReplicas") != 2 {
		t.Errorf("status is %v", r.State["status"])
	}
	f.unchanged(r)
	pods := f.pods("default", "echo")
	seen := map[string]bool{}
	for _, pod := range pods {
		ip := api.String(pod, "status", "podIP")
		if !strings.HasPrefix(ip, "10.0.") || seen[ip] {
			t.Errorf("pod address %q", ip)
		}
		seen[ip] = true
	}
	if len(pods) != 2 {
		t.Errorf("there are %d pods", len(pods))
	}
	if err := f.session.Delete(context.Background(), r); err != nil {
		t.Fatal(err)
	}
	if left := f.pods("default", "echo"); len(left) > 0 {
		t.Error("pods outlived their Deployment")
	}
}

func TestChangedTemplateRollsThePods(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.addNodes()
	r := f.mustCreate(deploymentToken, "echo", deployment(nil))
	before := map[string]bool{}
	for _, pod := range f.pods("default", "echo") {
		before[api.Name(pod)] = true
	}
	if _, err := f.update(r, deployment(func(o api.Object) { container(o)["image"] = "public.ecr.aws/j8r2p7b6/echo-server:2" })); err != nil {
		t.Fatal(err)
	}
	for _, pod := range f.pods("default", "echo") {
		if before[api.Name(pod)] {
			t.Errorf("pod %s is still the old one", api.Name(pod))
		}
	}
}

func TestDeploymentThatCannotRunSaysWhy(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		edit  func(o api.Object)
		words string
	}{
		"image": {func(o api.Object) { container(o)["image"] = "Not An Image" }, "InvalidImageName"},
		"secret": {func(o api.Object) {
			container(o)["envFrom"] = []any{api.Object{"secretRef": api.Object{"name": "none"}}}
		}, `secret "none" not found`},
		"configmap": {func(o api.Object) {
			container(o)["envFrom"] = []any{api.Object{"configMapRef": api.Object{"name": "none"}}}
		}, `configmap "none" not found`},
		"volume": {func(o api.Object) {
			api.Set(o, []any{api.Object{"name": "v", "secret": api.Object{"secretName": "none"}}}, "spec", "template", "spec", "volumes")
		}, `MountVolume.SetUp failed for volume "v"`},
		"service account": {func(o api.Object) { api.Set(o, "none", "spec", "template", "spec", "serviceAccountName") }, `serviceaccount "none" not found`},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.addNodes()
			_, err := f.create(deploymentToken, "echo", deployment(c.edit))
			wantError(t, err, "failed to fully initialize or become live", c.words)
		})
	}
}

func TestBrokenDeploymentsAreRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for words, edit := range map[string]func(o api.Object){
		"`selector` does not match template `labels`":            func(o api.Object) { api.Set(o, "other", "spec", "selector", "matchLabels", "app") },
		"spec.template.spec.containers[0].image":                 func(o api.Object) { delete(container(o), "image") },
		`unknown field "spec.template.spec.containers[0].prots"`: func(o api.Object) { container(o)["prots"] = []any{} },
	} {
		_, err := f.create(deploymentToken, "echo", deployment(edit))
		wantError(t, err, words)
	}
}

func TestPodKeepsTheIdentityItStartedWith(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.addNodes()
	r := f.mustCreate(deploymentToken, "echo", deployment(nil))
	f.do(func(tx *world.Tx) {
		tx.Put(&world.Resource{Account: account, Region: "eu-central-1", Kind: "aws:eks/podIdentityAssociation:PodIdentityAssociation", ID: "a-1", Props: map[string]any{
			"clusterName": "mesh", "namespace": "default", "serviceAccount": "default", "roleArn": clusterRole}})
	})
	for _, pod := range f.pods("default", "echo") {
		if mesh.InjectedIdentity(pod) != "" {
			t.Error("a running pod got credentials")
		}
	}
	if _, err := f.update(r, deployment(func(o api.Object) {
		api.Set(o, "now", "spec", "template", "metadata", "annotations", "restarted")
	})); err != nil {
		t.Fatal(err)
	}
	for _, pod := range f.pods("default", "echo") {
		if got := mesh.InjectedIdentity(pod); got != "a-1 arn:aws:iam::111111111111:role/eks AROA1" {
			t.Errorf("the new pod's identity is %q", got)
		}
	}
}

func TestPodsLostWithTheirNodeComeBack(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.addNodes()
	f.mustCreate(deploymentToken, "echo", deployment(nil))
	f.do(func(tx *world.Tx) { tx.Drop(tx.Find(account, "aws:ec2/instance:Instance", nil)[0]) })
	err := f.world.Wait(context.Background(), func(tx *world.Tx) (bool, error) {
		c := api.At(tx, arn)
		ready := true
		for _, pod := range c.List(api.PodKind, "default") {
			status, _, _ := api.Condition(pod, "Ready")
			ready = ready && status == "True" && c.Get(api.NodeKind, "", api.String(pod, "spec", "nodeName")) != nil
		}
		return ready && len(c.List(api.PodKind, "default")) == 2, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestPodsOfAnAmbientNamespaceAreInTheMesh(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.prepare()
	f.mustCreate(releaseToken, "istiod", releaseInputs("istiod", "istiod", licensed()))
	f.mustCreate(releaseToken, "cni", releaseInputs("cni", "istio-cni", nil))
	f.mustCreate(deploymentToken, "echo", deployment(nil))
	inMesh := func() int {
		n := 0
		for _, pod := range f.pods("default", "echo") {
			if api.Annotations(pod)["ambient.istio.io/redirection"] == "enabled" {
				n++
			}
		}
		return n
	}
	if n := inMesh(); n != 0 {
		t.Errorf("%d pods are in the mesh, and nobody asked for it", n)
	}
	f.mustCreate(namespacePatchToken, "default", namespace("default", map[string]any{"istio.io/dataplane-mode": "ambient"}))
	if n := inMesh(); n != 2 {
		t.Errorf("%d pods are in the mesh", n)
	}
}

// Two nodes of each type run the pods that fit beside those of EKS's add-ons, and no more.
func TestNodesRunThePodsThatFit(t *testing.T) {
	t.Parallel()
	for instance, each := range map[string]int{"t3.micro": 1, "t3a.small": 5, "t3.small": 8} {
		for more := range 2 {
			f := newFixture(t)
			f.addNodes()
			f.do(func(tx *world.Tx) {
				for _, r := range tx.Find(account, "aws:ec2/instance:Instance", nil) {
					r.Props["instanceType"] = instance
					tx.Changed(r)
				}
			})
			_, err := f.create(deploymentToken, "echo", deployment(func(o api.Object) { api.Set(o, float64(2*each+more), "spec", "replicas") }))
			if more == 0 && err != nil {
				t.Errorf("%s: %d pods: %v", instance, 2*each, err)
			}
			if more == 1 && (err == nil || !strings.Contains(err.Error(), "Too many pods")) {
				t.Errorf("%s: %d pods: %v", instance, 2*each+1, err)
			}
		}
	}
}

// A pod gets no address where the subnet has none left.
func TestPodsNeedFreeAddresses(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.addNodes()
	f.do(func(tx *world.Tx) {
		for _, r := range tx.Find(account, "aws:ec2/subnet:Subnet", nil) {
			r.Props["cidrBlock"] = r.String("cidrBlock")[:len("10.0.0.0")] + "/28"
			tx.Changed(r)
		}
	})
	_, err := f.create(deploymentToken, "echo", deployment(func(o api.Object) { api.Set(o, 30.0, "spec", "replicas") }))
	wantError(t, err, "failed to assign an IP address")
}

func TestNodesNeedTheNetworkPlugin(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.do(func(tx *world.Tx) {
		cluster := tx.Get(account, kubernetes.ClusterResource, arn)
		cluster.Props["bootstrapSelfManagedAddons"] = false
		tx.Changed(cluster)
	})
	f.addNodes()
	_, err := f.create(deploymentToken, "echo", deployment(nil))
	wantError(t, err, "no nodes available")
	f.do(func(tx *world.Tx) {
		tx.Put(&world.Resource{Account: account, Region: "eu-central-1", Kind: "aws:eks/addon:Addon", ID: "mesh:vpc-cni", Props: map[string]any{
			"clusterName": "mesh", "addonName": "vpc-cni"}})
	})
	f.mustCreate(deploymentToken, "echo", deployment(nil))
}
