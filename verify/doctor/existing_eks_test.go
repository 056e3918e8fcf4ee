package doctor

import (
	"strings"
	"testing"

	"ambient-ecs/verify/doctor/network"
	"ambient-ecs/verify/stack"
)

// balanced puts the gateway behind a load balancer of the AWS Load Balancer Controller.
func balanced(f *facts) {
	f.network.LoadBalancers[0].Groups = []string{"sg-lb"}
	f.network.Groups = append(f.network.Groups, network.Group{ID: "sg-lb", Ingress: []network.Rule{
		{Protocol: "tcp", CIDR: "10.0.0.0/16", From: portHBONE, To: portXDS}, {Protocol: "tcp", CIDR: "10.1.0.0/16", From: portHBONE, To: portXDS},
	}})
}

// controller is a pod of the AWS Load Balancer Controller.
func controller(namespace string, ready bool) Pod {
	return Pod{Namespace: namespace, Name: "controller-0", Ready: ready, Labels: map[string]string{"app.kubernetes.io/name": balancerAccount}}
}

// An owner may run the network plug-in, DNS and kube-proxy without an add-on of EKS, and no `up` of the stack would add one.
func TestAddOnsOfTheOwnerAreNotMissed(t *testing.T) {
	f := healthy()
	f.kubernetes.AddOns = []string{"eks-pod-identity-agent"}
	if found := examine(t, f); len(found) != 3 {
		t.Errorf("in a cluster of the stack: %v", found)
	}
	f.stack.ExistingEKS = &stack.ExistingEKS{Name: "prod-eu"}
	if found := examine(t, f); len(found) != 0 {
		t.Errorf("in a cluster of somebody else: %v", found)
	}
}

// An owner chooses the namespace of the load balancer controller, and how it gets its role.
func TestALoadBalancerControllerOfTheOwnerIsLookedForEverywhere(t *testing.T) {
	for _, c := range []struct {
		name   string
		theirs *stack.ExistingEKS
		pod    Pod
		fix    string // "": nothing is found
	}{
		{"theirs, in another namespace with another identity", &stack.ExistingEKS{Name: "prod-eu", LoadBalancerController: true}, controller("platform", true), ""},
		{"theirs, not ready", &stack.ExistingEKS{Name: "prod-eu", LoadBalancerController: true}, controller("platform", false), "ask the owner of prod-eu"},
		{"ours in their cluster, elsewhere", &stack.ExistingEKS{Name: "prod-eu"}, controller("platform", true), "kubectl -n kube-system"},
		{"ours in their cluster, without identity", &stack.ExistingEKS{Name: "prod-eu"}, controller("kube-system", true), "pulumi up --refresh"},
		{"ours, elsewhere", nil, controller("platform", true), "kubectl -n kube-system"},
	} {
		f := healthy()
		balanced(f)
		f.stack.ExistingEKS = c.theirs
		f.kubernetes.Pods = append(f.kubernetes.Pods, c.pod)
		found := examine(t, f)
		if c.fix == "" {
			if len(found) != 0 {
				t.Errorf("%s: %v", c.name, found)
			}
			continue
		}
		if len(found) != 1 || found[0].Ingredient != "load-balancer-controller" || !strings.Contains(found[0].Fix, c.fix) {
			t.Errorf("%s: %v", c.name, found)
		}
	}
}

// controlPlane gives the control plane an interface in a group that the nodes do not carry, and the nodes rules for it.
func (f *facts) controlPlane(admitted ...network.Rule) {
	f.pod("istiod").Labels = map[string]string{"app": "istiod"}
	f.network.Groups = append(f.network.Groups, network.Group{ID: "sg-eks"})
	f.network.Hosts = append(f.network.Hosts, network.Host{ID: "eni-eks", Subnet: "subnet-local", Addresses: []string{"10.0.0.9"}, Groups: []string{"sg-eks"}, ControlPlane: true})
	f.group("sg-nodes").Ingress = append(f.group("sg-nodes").Ingress, admitted...)
}

// Nodes with a group of their own, as Terraform's module makes them, admit the control plane to a few ports.
func TestTheControlPlaneHasToReachTheWebhook(t *testing.T) {
	for _, c := range []struct {
		name string
		rule network.Rule
		open bool
	}{
		{"a rule for the kubelet alone", network.Rule{Protocol: "tcp", Group: "sg-eks", From: 10250, To: 10250}, false},
		{"a rule for the webhook", network.Rule{Protocol: "tcp", Group: "sg-eks", From: 15017, To: 15017}, true},
		{"a rule for every port", network.Rule{Protocol: "-1", Group: "sg-eks"}, true},
		{"a rule for the network", network.Rule{Protocol: "tcp", CIDR: "10.0.0.0/24", From: 15000, To: 15100}, true},
		{"a rule for another group", network.Rule{Protocol: "tcp", Group: "sg-other", From: 15017, To: 15017}, false},
		{"a rule for a prefix list", network.Rule{Protocol: "tcp", List: "pl-1", From: 15017, To: 15017}, true},
	} {
		f := healthy()
		f.stack.ExistingEKS = &stack.ExistingEKS{Name: "prod-eu"}
		f.controlPlane(c.rule)
		found := examine(t, f)
		if c.open {
			if len(found) > 0 {
				t.Errorf("%s: %v", c.name, found)
			}
			continue
		}
		if len(found) != 1 || found[0].Ingredient != "istiod-webhook" || !found[0].Latent ||
			!strings.Contains(found[0].Fix, "let the owner of prod-eu add the rule: aws ec2 authorize-security-group-ingress --region eu-central-1 --group-id sg-nodes --protocol tcp --port 15017 --source-group sg-eks") {
			t.Errorf("%s: %v", c.name, found)
		}
	}
}
