package components

import (
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/network"
	"ambient-ecs/tests/recorder"
)

// balancerName is the DNS name of a network load balancer.
const balancerName = "k8s-istioeas-eastwest-0123456789-0123456789abcdef.elb.eu-central-1.amazonaws.com"

func gatewayService(t *testing.T, change func(*network.GatewayServiceArgs)) *recorder.Recording {
	t.Helper()
	return play(t, func(ctx *pulumi.Context, f *fixture) error {
		args := validGatewayService(f)
		if change != nil {
			change(args)
		}
		made, err := network.NewGatewayService(ctx, "gateway-service", args)
		if err != nil {
			return err
		}
		return probe(ctx, made.Admitted["external"])
	})
}

func gatewayEndpoint(t *testing.T, change func(*network.GatewayEndpointArgs)) *recorder.Recording {
	t.Helper()
	return play(t, func(ctx *pulumi.Context, f *fixture) error {
		args := validGatewayEndpoint(f)
		if change != nil {
			change(args)
		}
		made, err := network.NewGatewayEndpoint(ctx, "gateway-external", args)
		if err != nil {
			return err
		}
		return probe(ctx, made.Ready)
	})
}

func TestTheEndpointServiceLeadsToTheGatewaysLoadBalancerAndGoesBeforeIt(t *testing.T) {
	r := gatewayService(t, nil)
	children(t, r, network.GatewayServiceTypeToken, localProvider)
	service, principal := only(t, r, endpointService), only(t, r, servicePrincipal)
	says(t, service, []any{"arn:aws:elasticloadbalancing:eu-central-1:" + local + ":loadbalancer/net/k8s-istioeas-eastwest-0123456789/0123456789abcdef"}, "networkLoadBalancerArns")
	if service.Inputs["allowedPrincipals"] != nil {
		t.Error("the service lists its accounts, so that each account that comes would change it")
	}
	says(t, principal, "arn:aws:iam::"+external+":root", "principalArn")
	needs(t, r, only(t, r, probeType), principal)
	if !slices.Equal(service.ReplaceOnChanges, []string{"networkLoadBalancerArns"}) {
		t.Error("another load balancer changes the service in place, which AWS refuses while it has endpoints")
	}
	// AWS refuses to delete a load balancer to which a service leads.
	needs(t, r, service, only(t, r, promiseType))
}

func TestOnlyTheNameOfANetworkLoadBalancerGivesAnEndpointService(t *testing.T) {
	for _, address := range []string{
		"10.0.0.7", "gateway.example", "internal-abc-1234567890.eu-central-1.elb.amazonaws.com",
		strings.Replace(balancerName, "eu-central-1", "eu-west-1", 1),
	} {
		r := gatewayService(t, func(a *network.GatewayServiceArgs) { a.Address = pulumi.String(address) })
		if r.Err == nil || !strings.Contains(r.Err.Error(), "is not the name of a network load balancer in eu-central-1") {
			t.Errorf("%s: %v", address, r.Err)
		}
	}
	china := gatewayService(t, func(a *network.GatewayServiceArgs) {
		a.Partition, a.Region, a.Address = "aws-cn", "cn-north-1", pulumi.String("a-b-0123456789abcdef.elb.cn-north-1.amazonaws.com.cn")
	})
	says(t, only(t, china, endpointService), []any{"arn:aws-cn:elasticloadbalancing:cn-north-1:" + local + ":loadbalancer/net/a-b/0123456789abcdef"}, "networkLoadBalancerArns")
}

func TestTheGatewaysNameLeadsToTheEndpointWhereAnAccountOnlyCalls(t *testing.T) {
	r := gatewayEndpoint(t, nil)
	children(t, r, network.GatewayEndpointTypeToken, externalProvider)
	made, hosted, name := only(t, r, endpoint), only(t, r, zone), only(t, r, record)
	says(t, made, "com.amazonaws.vpce.eu-central-1.vpce-svc-1", "serviceName")
	// One subnet in each zone, and none where the load balancer is not.
	says(t, made, []any{"subnet-1", "subnet-3"}, "subnetIds")
	if got := rules(t, r, ingressRule, "gateway-external-id"); strings.Join(got, "; ") != "tcp 15008 10.0.0.0/16; tcp 15008 100.64.0.0/16; tcp 15012 10.0.0.0/16; tcp 15012 100.64.0.0/16" {
		t.Errorf("the endpoint admits %v", got)
	}
	for _, rule := range r.OfType(ingressRule) {
		needs(t, r, made, rule)
	}
	says(t, hosted, balancerName, "name")
	says(t, hosted, []any{map[string]any{"vpcId": "vpc-e", "vpcRegion": region}}, "vpcs")
	says(t, name, balancerName, "name")
	says(t, name, []any{map[string]any{"name": "vpce-1.vpce.amazonaws.com", "zoneId": "ZVPCE", "evaluateTargetHealth": false}}, "aliases")
	needs(t, r, only(t, r, probeType), made)
	needs(t, r, only(t, r, probeType), name)
}

func TestAnEndpointNeedsAZoneOfTheLoadBalancer(t *testing.T) {
	r := gatewayEndpoint(t, func(a *network.GatewayEndpointArgs) { a.GatewayZoneIDs = several("euc1-az9") })
	if r.Err == nil || !strings.Contains(r.Err.Error(), "an endpoint needs a zone in common") {
		t.Errorf("%v", r.Err)
	}
}

func TestTasksOfAnAccountThatOnlyCallsAdmitNobody(t *testing.T) {
	r := made(t, func(ctx *pulumi.Context, f *fixture) error {
		args := validTasks(f)
		args.Mesh, args.CallsOnly = map[string][]string{"local": {"10.0.0.0/16"}}, true
		_, err := network.NewTaskSecurityGroups(ctx, "tasks", args)
		return err
	})
	if admitted := r.OfType(ingressRule); len(admitted) > 0 {
		t.Errorf("%s admits somebody", admitted[0].Name)
	}
	if got := rules(t, r, egressRule, "tasks-client-id"); strings.Join(got, "; ") != "tcp 15008 10.0.0.0/16; tcp 15012 10.0.0.0/16; tcp 443 0.0.0.0/0" {
		t.Errorf("its tasks may call %v", got)
	}
}
