package components

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/mesh"
)

const (
	ingressRuleType = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
	egressRuleType  = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
)

// rulesPerGroup is AWS's default quota of rules in one direction.
const rulesPerGroup = 60

// Fifty accounts need fifty rules in the load balancer's own group, and one in the group of the nodes.
func TestFiftyNetworksMeetNoQuota(t *testing.T) {
	r := made(t, func(ctx *pulumi.Context, f *fixture) error {
		args := validBalancerGroup(f)
		args.Sources = nil
		for i := range 50 {
			args.Sources = append(args.Sources, fmt.Sprintf("10.%d.0.0/16", i))
		}
		_, err := mesh.NewLoadBalancerGroup(ctx, "door", args)
		return err
	})
	rules := map[any]int{}
	for _, rule := range r.OfType(ingressRuleType) {
		rules[rule.Inputs["securityGroupId"]]++
		if cidr, given := rule.Inputs["cidrIpv4"]; given == (rule.Inputs["securityGroupId"] == "sg-nodes") {
			t.Errorf("%s admits %v", rule.Name, cidr)
		}
	}
	if rules["sg-nodes"] != 1 || len(rules) != 2 {
		t.Errorf("rules by group: %v", rules)
	}
	for group, n := range rules {
		if n > rulesPerGroup || group != "sg-nodes" && n != 50 {
			t.Errorf("%v has %d rules", group, n)
		}
	}
	if n := len(r.OfType(egressRuleType)); n != 1 {
		t.Errorf("%d egress rules", n)
	}
}

// The controller finds its identity when its pods start, and the gateway's namespace goes before both.
func TestTheControllersGatewayHasANamespaceThatGoesFirst(t *testing.T) {
	r := made(t, func(ctx *pulumi.Context, f *fixture) error {
		_, err := mesh.NewEastWestGateway(ctx, "door", validDoor(f))
		return err
	})
	namespace := r.Get(t, "kubernetes:core/v1:Namespace", "istio-eastwest")
	gateway := only(t, r, gatewayObject)
	says(t, gateway, "istio-eastwest", "metadata", "namespace")
	says(t, gateway, "external", "spec", "infrastructure", "annotations", "service.beta.kubernetes.io/aws-load-balancer-type")
	says(t, gateway, "mesh-eastwest-gateway", "spec", "infrastructure", "annotations", "service.beta.kubernetes.io/aws-load-balancer-security-groups")
	needs(t, r, gateway, namespace)
	// A new pod of the gateway is ready only when the load balancer takes it for healthy.
	says(t, namespace, "enabled", "metadata", "labels", "elbv2.k8s.aws/pod-readiness-gate-inject")
	var waits bool
	for _, promise := range r.OfType(promiseType) {
		waits = waits || strings.Contains(promise.Name, "LoadBalancerController") && r.Waits(namespace, promise)
	}
	if !waits {
		t.Error("the namespace does not wait for the controller, so the controller could go before the load balancer")
	}
}

func TestTheControllerStartsWithItsIdentity(t *testing.T) {
	r := made(t, func(ctx *pulumi.Context, f *fixture) error {
		_, err := mesh.NewLoadBalancerController(ctx, "controller", validController(f))
		return err
	})
	release := only(t, r, "kubernetes:helm.sh/v3:Release")
	needs(t, r, release, only(t, r, "aws:eks/podIdentityAssociation:PodIdentityAssociation"))
	for _, c := range []struct {
		want any
		path []any
	}{
		{"vpc-1", []any{"values", "vpcId"}}, {false, []any{"values", "enableServiceMutatorWebhook"}}, {"Ignore", []any{"values", "podMutatorWebhookConfig", "failurePolicy"}}, {false, []any{"values", "enableBackendSecurityGroup"}},
		{"mesh", []any{"values", "clusterName"}}, {"kube-system", []any{"namespace"}}, {"1.14.0", []any{"version"}},
	} {
		says(t, release, c.want, c.path...)
	}
}

// A pod that is made before its identity takes effect has no credentials as long as it lives.
func TestTheControllersIdentityTakesEffectFirst(t *testing.T) {
	r := made(t, func(ctx *pulumi.Context, f *fixture) (err error) {
		args := validController(f)
		if args.Effect, err = component.NewEffect(ctx); err != nil {
			return err
		}
		_, err = mesh.NewLoadBalancerController(ctx, "controller", args)
		return err
	})
	identity := only(t, r, association)
	if len(identity.AfterCreate) != 1 || len(identity.AfterUpdate) != 1 || identity.AfterCreate[0] == identity.AfterUpdate[0] {
		t.Errorf("after its creation run %v, after an update %v", identity.AfterCreate, identity.AfterUpdate)
	}
}
