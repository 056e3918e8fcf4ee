package adopt_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	eks "ambient-ecs/eks/existing"
	"ambient-ecs/verify/adopt"
	"ambient-ecs/verify/backend"
)

// inCluster are the objects of an EKS cluster, by kind.
type inCluster map[string][]backend.Object

func (c inCluster) List(_ context.Context, _, kind string) ([]backend.Object, error) {
	if c == nil {
		return nil, errors.New("forbidden: User \"me\" cannot list resource")
	}
	return c[kind], nil
}

func named(namespace, name string, labels map[string]any) backend.Object {
	return backend.Object{"metadata": map[string]any{"namespace": namespace, "name": name, "labels": labels}}
}

// living is an EKS cluster as AWS describes it, in the first account's VPC.
func living() eks.Cluster {
	return eks.Cluster{
		Name: "prod-eu", ARN: "arn:aws:eks:eu-central-1:111122223333:cluster/prod-eu", Status: "ACTIVE", Version: "1.34", VPC: "vpc-0000000a", Mode: "API_AND_CONFIG_MAP",
		Public: true, Private: true, ServiceCIDR: "172.20.0.0/16", Addons: map[string]eks.Addon{"eks-pod-identity-agent": {}, "vpc-cni": {}},
	}
}

// inside are the options of a stack whose mesh comes into an EKS cluster.
func inside(t *testing.T, plane eks.Cluster, objects inCluster) adopt.Options {
	t.Helper()
	o := options()
	looked := adopt.LookInside(t.Context(), adopt.ControlPlane{Cluster: plane, Objects: objects, Networks: []string{"10.20.0.0/16"}}, o.Region, adopt.GatewayAPIVersion("https://example.com/releases/download/v1.4.0/standard-install.yaml"))
	o.EKS, o.Inside = plane.Name, &looked
	return o
}

func TestTheStackFileNamesTheEKSClusterWithWhatItHolds(t *testing.T) {
	definition := named("", "gateways.gateway.networking.k8s.io", nil)
	definition["spec"] = map[string]any{"group": "gateway.networking.k8s.io"}
	definition["metadata"].(map[string]any)["annotations"] = map[string]any{"gateway.networking.k8s.io/bundle-version": "v1.2.0", "gateway.networking.k8s.io/channel": "standard"}
	o := inside(t, living(), inCluster{
		"CustomResourceDefinition": {definition},
		"Deployment":               {named("kube-system", "aws-load-balancer-controller", map[string]any{"app.kubernetes.io/name": "aws-load-balancer-controller"}), named("mesh", "istiod", map[string]any{"app": "istiod"})},
		"Namespace":                {named("", "shop", map[string]any{"istio-injection": "enabled"})},
		"DaemonSet":                {named("kube-system", "cilium", nil)},
	})
	w := world()
	w["apps"].ControlPlanes = []string{"prod-eu", "old"}
	p, report := judged(t, o, w)
	for _, words := range []string{"existingEks:", "name: prod-eu", "gatewayApi: true", "loadBalancerController: true", "testWorkloads: false", "gatewayLoadBalancers: [controller]", "vpcId: vpc-0000000a"} {
		if !strings.Contains(string(p.StackFile), words) {
			t.Errorf("the stack file does not say %q:\n%s", words, p.StackFile)
		}
	}
	if strings.Contains(string(p.StackFile), "apiAccessCidrs") || strings.Contains(report, "apiAccessCidrs") {
		t.Errorf("who may reach the API is the owner's to say:\n%s\n%s", p.StackFile, report)
	}
	for _, words := range []string{
		"the Deployment mesh/istiod is another Istio", "the namespace shop is labelled for sidecars", "the DaemonSet kube-system/cilium", "this Istio needs v1.4.0", "EKS cluster prod-eu of account apps gets the mesh",
		"EKS cluster old of account apps stays as it is",
	} {
		if !strings.Contains(report, words) {
			t.Errorf("the report does not say %q:\n%s", words, report)
		}
	}
}

// Terraform's module gives the nodes a group of their own, which does not admit the control plane to istiod's webhook.
func TestTheNodesGroupIsNamedWithTheWebhookThatIsShut(t *testing.T) {
	for _, c := range []struct {
		rules []eks.Rule
		shut  bool
	}{
		{[]eks.Rule{{Protocol: "tcp", From: 9443, To: 9443, Group: "sg-0000000000000000e"}}, true},
		{[]eks.Rule{{Protocol: "tcp", From: 15017, To: 15017, CIDR: "10.20.0.0/16"}}, false},
		{nil, false},
	} {
		for _, objects := range []inCluster{{}, nil} { // whether somebody may look inside or not
			plane := living()
			plane.SecurityGroup, plane.NodeGroup = "sg-0000000000000000e", &eks.SecurityGroup{ID: "sg-0000000000000000a", VPC: plane.VPC, Ingress: c.rules}
			p, report := judged(t, inside(t, plane, objects), world())
			if !strings.Contains(string(p.StackFile), "nodeSecurityGroupId: sg-0000000000000000a") {
				t.Errorf("the stack file is\n%s", p.StackFile)
			}
			_, before, _ := strings.Cut(report, "To do in the accounts before the first up")
			if strings.Contains(before, "no rule of sg-0000000000000000a admits the control plane of prod-eu to port 15017") != c.shut || strings.Count(report, "15017, istiod") > 1 {
				t.Errorf("%v: the report is\n%s", c.rules, report)
			}
		}
	}
}

// What AWS says of the cluster is judged as the preview judges it.
func TestAnEKSClusterThatThePreviewWouldRefuseIsReported(t *testing.T) {
	plane := living()
	plane.Addons, plane.AutoMode, plane.VPC = map[string]eks.Addon{}, true, "vpc-0000000f"
	o := inside(t, plane, inCluster{})
	o.Accounts[0].VPC = "vpc-0000000a"
	_, report := judged(t, o, world())
	for _, words := range []string{"Auto Mode", "vpc-0000000f"} {
		if !strings.Contains(report, words) {
			t.Errorf("the report does not say %q:\n%s", words, report)
		}
	}
}

func TestAClusterThatNobodyMayLookIntoIsStillNamed(t *testing.T) {
	p, report := judged(t, inside(t, living(), nil), world())
	if !strings.Contains(string(p.StackFile), "name: prod-eu") || !strings.Contains(report, "nobody could look into the cluster") || !strings.Contains(report, "cannot list resource") {
		t.Errorf("the stack file is\n%s\nand the report\n%s", p.StackFile, report)
	}
}
