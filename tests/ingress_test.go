package tests

import (
	"slices"
	"strings"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/tests/recorder"
)

const subnetType = "aws:ec2/subnet:Subnet"

// entered is the dev stack with a waypoint for ecs-1 and an ingress to a service behind it.
func entered(t *testing.T, scheme string) *recorder.Recording {
	t.Helper()
	return succeed(t, Record(t, "dev", func(o *recorder.Options) {
		everything(o)
		set(o, "ingress", func(ingress map[string]any) { ingress["scheme"], ingress["sources"] = scheme, []any{"10.0.0.0/8"} })
		set(o, "clusters", func(clusters map[string]any) { clusters["ecs-1"].(map[string]any)["waypoint"] = true })
		o.Config[config.Project+":policyStage"] = "l7"
	}))
}

func TestServicesBehindAWaypointSayThatTheIngressUsesIt(t *testing.T) {
	for name, want := range map[string]any{"ecs-1/echo-service": "true", "ecs-2/orders": "true", "ecs-2/echo-service": nil, "ecs-1/shell-task": nil} {
		if got := entered(t, "internal").Get(t, ecsService, name).Inputs["tags"].(map[string]any)["istio.io/ingress-use-waypoint"]; got != want {
			t.Errorf("%s has the tag %v, want %v", name, got, want)
		}
	}
	closed := guarded(t, "l7").Get(t, ecsService, "ecs-2/echo-service").Inputs["tags"].(map[string]any)
	if value, set := closed["istio.io/ingress-use-waypoint"]; set {
		t.Errorf("without an ingress a service has the tag %v", value)
	}
}

// The waypoint admits the ingress. The tasks behind it do not.
func TestTheIngressIsAdmittedWhereARuleSaysSo(t *testing.T) {
	const principal = "cluster.local/ns/ambient-ingress/sa/ingress-istio"
	var admitting []string
	for _, res := range entered(t, "internal").Resources {
		if res.Type == policyObject && slices.Contains(principals(res), principal) {
			admitting = append(admitting, res.Name)
		}
	}
	if want := []string{"ambient-ecs-1-waypoint-allow-to-echo-service"}; !slices.Equal(admitting, want) {
		t.Errorf("the ingress is admitted by %q, want %q", admitting, want)
	}
}

// principals are the identities that a policy names.
func principals(res *recorder.Resource) (all []string) {
	rules, _ := value(res, "spec.rules").([]any)
	for _, rule := range rules {
		from, _ := rule.(map[string]any)["from"].([]any)
		for _, f := range from {
			list, _ := f.(map[string]any)["source"].(map[string]any)["principals"].([]any)
			for _, one := range list {
				all = append(all, one.(string))
			}
		}
	}
	return all
}

func TestPublicSubnetsAreTaggedForAPublicIngressAlone(t *testing.T) {
	for scheme, want := range map[string]any{"public": "1", "internal": nil} {
		r := entered(t, scheme)
		found := 0
		for _, res := range r.Resources {
			if res.Type != subnetType {
				continue
			}
			tags := res.Inputs["tags"].(map[string]any)
			name := tags["Name"].(string)
			switch tags["kubernetes.io/role/elb"] {
			case "1":
				found++
				if scheme != "public" || tags["kubernetes.io/cluster/ambient"] != "shared" || !strings.Contains(name, "-public-") {
					t.Errorf("%s: subnet %s has the role of public load balancers: %v", scheme, name, tags)
				}
			}
		}
		if (found > 0) != (want != nil) {
			t.Errorf("%s: %d subnets are for public load balancers", scheme, found)
		}
	}
}

func TestIstiodSendsTheIngressThroughTheTunnel(t *testing.T) {
	env := value(entered(t, "internal").Get(t, helmRelease, "istiod"), "values.env").(map[string]any)
	if env["PILOT_PREFER_SENDING_HBONE"] != "true" {
		t.Errorf("istiod has %v: the ingress would call ports that are closed", env)
	}
	env, _ = value(guarded(t, "l7").Get(t, helmRelease, "istiod"), "values.env").(map[string]any)
	if _, set := env["PILOT_PREFER_SENDING_HBONE"]; set {
		t.Error("without an ingress istiod's environment changes")
	}
}

// The AWS Load Balancer Controller makes the ingress' load balancer where it makes the gateway's. Its security group is the
// program's, and the gateway, its namespace and so its load balancer go before the controller and the group.
func TestTheIngressHasTheMakersOfTheGateway(t *testing.T) {
	const groupType, ruleIn = "aws:ec2/securityGroup:SecurityGroup", "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
	behind := func(doors string) *recorder.Recording {
		return succeed(t, Record(t, "dev", func(o *recorder.Options) {
			everything(o)
			set(o, "ingress", func(ingress map[string]any) {
				ingress["sources"], ingress["deletionProtection"], ingress["accessLogs"] = []any{"10.0.0.0/8", "172.16.0.0/12"}, true, map[string]any{"bucket": "logs"}
			})
			o.Config[config.Project+":gatewayLoadBalancers"] = doors
			o.Config[config.Project+":policyStage"] = "l4"
		}))
	}
	r := behind(`["controller"]`)
	gateway := r.Get(t, gatewayObject, "ingress-controller")
	notes := value(gateway, "spec.infrastructure.annotations").(map[string]any)
	const prefix = "service.beta.kubernetes.io/aws-load-balancer-"
	for key, want := range map[string]string{
		"type": "external", "scheme": "internal", "security-groups": "ambient-ingress", "ssl-ports": "443",
		"attributes": "access_logs.s3.bucket=logs,access_logs.s3.enabled=true,deletion_protection.enabled=true,load_balancing.cross_zone.enabled=true",
	} {
		if notes[prefix+key] != want {
			t.Errorf("%s is %v, want %s", key, notes[prefix+key], want)
		}
	}
	for name, port := range map[string]float64{
		"ingress-load-balancer-from-10.0.0.0-8-80": 80, "ingress-load-balancer-from-172.16.0.0-12-443": 443, "nodes-from-ingress-load-balancer-443": 443,
	} {
		if rule := r.Get(t, ruleIn, name); rule.Inputs["fromPort"] != port || rule.Inputs["toPort"] != port {
			t.Errorf("%s opens %v to %v", name, rule.Inputs["fromPort"], rule.Inputs["toPort"])
		}
	}
	namespace := r.Get(t, "kubernetes:core/v1:Namespace", "ingress-controller")
	for _, later := range []*recorder.Resource{r.Get(t, helmRelease, "load-balancer-controller"), r.Get(t, groupType, "ingress-load-balancer"), r.Get(t, ruleIn, "nodes-from-ingress-load-balancer-443")} {
		if !r.Waits(namespace, later) || !r.Waits(gateway, namespace) {
			t.Errorf("the namespace of the ingress does not go before %s", later.Name)
		}
	}
	for _, res := range r.Resources {
		if res.Type == gatewayObject && res.Name == "ingress" {
			t.Error("EKS's controller makes a load balancer of the ingress too")
		}
	}

	// Both stand while users move, and the policies admit both.
	r = behind(`["controller", "legacy"]`)
	admitted := map[string]bool{}
	for _, res := range r.Resources {
		if res.Type == policyObject {
			for _, one := range principals(res) {
				admitted[one] = true
			}
		}
	}
	for name, namespace := range map[string]string{"ingress": "ambient-ingress", "ingress-controller": "ambient-ingress-controller"} {
		if got := value(r.Get(t, gatewayObject, name), "metadata.namespace"); got != namespace || !admitted["cluster.local/ns/"+namespace+"/sa/ingress-istio"] {
			t.Errorf("gateway %s is in %v, and its identity is admitted: %v", name, got, admitted)
		}
	}
}
