package onaws

import (
	"context"
	"strings"
	"testing"

	"ambient-ecs/verify/onaws/awstest"
)

const balancerARN = "arn:aws:elasticloadbalancing:eu-central-1:111122223333:loadbalancer/net/a1/0f"

// recordBalancer records answers for the gateway's load balancer, and for another one on an earlier page. The target's port is the
// port of the group.
func recordBalancer(aws *awstest.AWS, state, health string) {
	member := func(name, address, arn, state string) string {
		return "<member><LoadBalancerName>" + name + "</LoadBalancerName><DNSName>" + address + "</DNSName><Scheme>internal</Scheme><LoadBalancerArn>" + arn +
			"</LoadBalancerArn><State><Code>" + state + "</Code></State></member>"
	}
	aws.On("elb:DescribeLoadBalancers", func(in awstest.Input) any {
		one, marker := member("other", "other.elb.eu-central-1.amazonaws.com", "arn:other", "active"), "<NextMarker>more</NextMarker>"
		if in.Text("Marker") == "more" {
			one, marker = member("a1", "gateway.elb.eu-central-1.amazonaws.com", balancerARN, state), ""
		}
		return result("DescribeLoadBalancers", "<LoadBalancers>"+one+"</LoadBalancers>"+marker)
	})
	aws.On("elb:DescribeListeners", func(in awstest.Input) any {
		if in.Text("LoadBalancerArn") != balancerARN {
			return awstest.Failure{Code: "LoadBalancerNotFound", Message: "another one was asked for"}
		}
		return result("DescribeListeners", "<Listeners><member><Port>15012</Port><DefaultActions><member><Type>forward</Type><TargetGroupArn>arn:group</TargetGroupArn>"+
			"<ForwardConfig><TargetGroups><member><TargetGroupArn>arn:group</TargetGroupArn></member></TargetGroups></ForwardConfig></member></DefaultActions></member></Listeners>")
	})
	aws.On("elb:DescribeTargetHealth", func(in awstest.Input) any {
		if in.Text("TargetGroupArn") != "arn:group" || health == "" {
			return result("DescribeTargetHealth", "<TargetHealthDescriptions></TargetHealthDescriptions>")
		}
		return result("DescribeTargetHealth", "<TargetHealthDescriptions><member><Target><Id>i-0f</Id><Port>31012</Port></Target><TargetHealth><State>"+health+
			"</State><Reason>Target.FailedHealthChecks</Reason></TargetHealth></member></TargetHealthDescriptions>")
	})
}

func result(action, inner string) string {
	return "<" + action + "Response><" + action + "Result>" + inner + "</" + action + "Result></" + action + "Response>"
}

func gatewayService(t *testing.T) map[string]any {
	return awstest.Object(t, `{"apiVersion":"v1","kind":"Service","metadata":{"name":"eastwest","namespace":"istio-system"},"spec":{"type":"LoadBalancer","ports":[{"port":15012,"nodePort":31012}]},"status":{"loadBalancer":{"ingress":[{"hostname":"gateway.elb.eu-central-1.amazonaws.com"}]}}}`)
}

func TestTheHealthOfALoadBalancersTargetsIsKnown(t *testing.T) {
	for health, why := range map[string]string{
		"healthy": "", "unavailable": "", "": "no target is registered",
		"unhealthy": "i-0f is unhealthy (Target.FailedHealthChecks)", "initial": "i-0f is initial", "unused": "i-0f is unused",
	} {
		t.Run(health, func(t *testing.T) {
			e, aws := newEvidence(t, nil, gatewayService(t))
			recordBalancer(aws, "active", health)
			all, err := e.balancers(context.Background(), nil)
			if err != nil || len(all) != 1 {
				t.Fatalf("got %+v, %v", all, err)
			}
			if got := all[0].Unhealthy[15012]; !strings.HasPrefix(got, why) || (got == "") != (why == "") {
				t.Errorf("got %q, want %q", got, why)
			}
		})
	}
}

func TestTheStateOfALoadBalancerIsAWSsWord(t *testing.T) {
	for recorded, want := range map[string]string{"active": "active", "active_impaired": "active", "provisioning": "provisioning", "failed": "failed"} {
		e, aws := newEvidence(t, nil, gatewayService(t))
		recordBalancer(aws, recorded, "healthy")
		if all, err := e.balancers(context.Background(), nil); err != nil || all[0].State != want {
			t.Errorf("%s: got %+v, %v", recorded, all, err)
		}
	}
}

func TestALoadBalancerThatAWSHasNoMoreIsGone(t *testing.T) {
	e, aws := newEvidence(t, nil, gatewayService(t))
	aws.On("elb:DescribeLoadBalancers", func(awstest.Input) any { return result("DescribeLoadBalancers", "<LoadBalancers></LoadBalancers>") })
	all, err := e.balancers(context.Background(), nil)
	if err != nil || len(all) != 1 || all[0].State != "gone" || !all[0].Internal {
		t.Errorf("got %+v, %v", all, err)
	}
	aws.On("elb:DescribeLoadBalancers", nil)
	if _, err := e.balancers(context.Background(), nil); err == nil {
		t.Error("what may not be read looks like what is not there")
	}
}
