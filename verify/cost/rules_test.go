package cost

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"ambient-ecs/verify/preview"
)

// values are the inputs of a resource.
type values = map[string]any

// stackOf is a stack of one account, with the resources in order.
func stackOf(region string, all ...*resource) *preview.Stack {
	all = append([]*resource{{URN: "aws", Type: "pulumi:providers:aws", Inputs: values{"region": region, "allowedAccountIds": `["111122223333"]`}}}, all...)
	for i, r := range all {
		if r.URN == "" {
			r.URN = fmt.Sprint(i)
		}
		if r.Provider == "" && i > 0 {
			r.Provider = "aws"
		}
	}
	return preview.Of(all...)
}

// service is an ECS service and its task definition.
func service(inputs, definition values) []*resource {
	return []*resource{
		{URN: "definition", Type: typeTaskDefinition, Inputs: definition},
		{Name: "shop/web", Type: "aws:ecs/service:Service", Inputs: inputs, DependsOn: map[string][]string{"taskDefinition": {"definition"}}},
	}
}

func TestWhatAResourceCosts(t *testing.T) {
	const us = "us-east-1"
	small := values{"cpu": "1024", "memory": "2048", "runtimePlatform": values{"cpuArchitecture": "X86_64"}}
	x86 := 0.04048 + 2*0.004445
	gateway := func(class string, annotations values) *resource {
		return &resource{Type: "kubernetes:gateway.networking.k8s.io/v1:Gateway", Provider: "k8s", Inputs: values{
			"kind": "Gateway", "spec": values{"gatewayClassName": class, "infrastructure": values{"annotations": annotations}},
		}}
	}
	inCluster := func(r *resource) []*resource {
		return []*resource{{URN: "k8s", Type: typeKubernetesProvider}, {Type: typeCluster, Inputs: values{"version": "1.35"}}, r}
	}
	const lb = "service.beta.kubernetes.io/aws-load-balancer-"
	for _, c := range []struct {
		name   string
		region string
		all    []*resource
		// want is a part of a line's item, or of what depends on use where hourly is negative.
		want   string
		count  float64
		hourly float64
	}{
		{"standard support", us, []*resource{{Type: typeCluster, Inputs: values{"version": "1.35"}}}, "1.35, standard support until 2027-03-27", 1, 0.1},
		{"extended support", us, []*resource{{Type: typeCluster, Inputs: values{"version": "1.33"}}}, "1.33, extended support", 1, 0.6},
		{"no extended support", us, []*resource{{Type: typeCluster, Inputs: values{"version": "1.33", "upgradePolicy": values{"supportType": "STANDARD"}}}}, "which EKS upgrades by itself", 1, 0.1},
		{"an interface endpoint", us, []*resource{{Type: "aws:ec2/vpcEndpoint:VpcEndpoint", Inputs: values{"vpcEndpointType": "Interface", "subnetIds": []any{"a", "b", "c"}}}}, "interface endpoint", 3, 0.03},
		{"an interface endpoint before its subnets", us, []*resource{{Type: "aws:ec2/vpcEndpoint:VpcEndpoint", Inputs: values{"vpcEndpointType": "Interface", "subnetIds": "?"}, DependsOn: map[string][]string{"subnetIds": {"a", "b"}}}}, "interface endpoint", 2, 0.02},
		{"an attachment", us, []*resource{{Type: "aws:ec2transitgateway/vpcAttachment:VpcAttachment"}}, "transit gateway attachment", 1, 0.05},
		{"an alarm of two metrics", us, []*resource{{Type: "aws:cloudwatch/metricAlarm:MetricAlarm", Inputs: values{"metricQueries": []any{values{"metric": values{}}, values{"metric": values{}}, values{"expression": "a/b"}}}}}, "alarm", 2, 0.2 / 730},
		{"an alarm of one metric", us, []*resource{{Type: "aws:cloudwatch/metricAlarm:MetricAlarm", Inputs: values{"metricName": "Errors"}}}, "alarm", 1, 0.1 / 730},
		{"a dashboard", us, []*resource{{Type: "aws:cloudwatch/dashboard:Dashboard"}}, "dashboard", 1, 3.0 / 730},
		{"tasks", us, service(values{"launchType": "FARGATE", "desiredCount": 3.0}, small), "Fargate task, 1 vCPU, 2 GB, X86_64", 3, 3 * x86},
		{"tasks on ARM with storage", us, service(values{"launchType": "FARGATE", "desiredCount": 1.0}, values{"cpu": "512", "memory": "1024", "runtimePlatform": values{"cpuArchitecture": "ARM64"}, "ephemeralStorage": values{"sizeInGib": 50.0}}),
			"0.5 vCPU, 1 GB, ARM64, 50 GB storage", 1, 0.5*0.03238 + 0.00356 + 30*0.000111},
		{"tasks beside Spot", us, service(values{"desiredCount": 5.0, "capacityProviderStrategies": []any{values{"capacityProvider": "FARGATE", "base": 1.0, "weight": 1.0}, values{"capacityProvider": "FARGATE_SPOT", "weight": 3.0}}}, small), "Fargate task", 2, 2 * x86},
		{"tasks on Spot", us, service(values{"desiredCount": 5.0, "capacityProviderStrategies": []any{values{"capacityProvider": "FARGATE", "base": 1.0, "weight": 1.0}, values{"capacityProvider": "FARGATE_SPOT", "weight": 3.0}}}, small), "Fargate Spot: tasks of shop/web, 3 ×", 0, -1},
		{"public tasks", us, service(values{"launchType": "FARGATE", "desiredCount": 2.0, "networkConfiguration": values{"assignPublicIp": true}}, small), "public IPv4", 2, 0.01},
		{"Spot nodes", us, []*resource{{Type: "aws:eks/nodeGroup:NodeGroup", Inputs: values{"instanceTypes": []any{"m7g.large"}, "capacityType": "SPOT", "scalingConfig": values{"desiredSize": 4.0}}}}, "Spot nodes: 4 × m7g.large", 0, -1},
		{"nodes", us, []*resource{{Type: "aws:eks/nodeGroup:NodeGroup", Inputs: values{"instanceTypes": []any{"m7g.large"}, "scalingConfig": values{"desiredSize": 4.0}}}}, "node m7g.large", 4, 4 * 0.0816},
		{"the gateway's load balancer", us, inCluster(gateway("istio-eastwest", values{lb + "internal": "true"})), "load balancer, internal", 1, 0.0225},
		{"a public load balancer", us, inCluster(gateway("istio", values{lb + "scheme": "internet-facing"})), "load balancer, public", 1, 0.0225},
		{"addresses of a public load balancer", us, inCluster(gateway("istio", values{lb + "scheme": "internet-facing"})), "public IPv4 addresses of public load balancers", 0, -1},
		{"a Service's load balancer", us, inCluster(&resource{Type: "kubernetes:core/v1:Service", Provider: "k8s", Inputs: values{"kind": "Service", "spec": values{"type": "LoadBalancer"}}}), "load balancer, public", 1, 0.0225},
	} {
		e := estimateOf(t, stackOf(c.region, c.all...))
		if c.hourly < 0 {
			if !strings.Contains(strings.Join(e.NotInSum, "\n"), c.want) {
				t.Errorf("%s: %q, want %q", c.name, e.NotInSum, c.want)
			}
			continue
		}
		if found := find(e, c.want); found == nil || found.Count != c.count || math.Abs(found.Hourly-c.hourly) > 1e-9 || found.Account != (Account{"111122223333", c.region}) {
			t.Errorf("%s: %+v, want %v × %q for %v", c.name, e.Lines, c.count, c.want, c.hourly)
		}
	}
}

func TestWhatCostsNothing(t *testing.T) {
	for name, r := range map[string]*resource{
		"a gateway endpoint":   {Type: "aws:ec2/vpcEndpoint:VpcEndpoint", Inputs: values{"vpcEndpointType": "Gateway"}},
		"a waypoint":           {Type: "kubernetes:gateway.networking.k8s.io/v1:Gateway", Inputs: values{"kind": "Gateway", "spec": values{"gatewayClassName": "istio-waypoint"}}},
		"a Service":            {Type: "kubernetes:core/v1:Service", Inputs: values{"kind": "Service", "spec": values{}}},
		"a subnet":             {Type: "aws:ec2/subnet:Subnet"},
		"a service of no task": {Type: "aws:ecs/service:Service", Inputs: values{"desiredCount": 0.0}},
	} {
		if e := estimateOf(t, stackOf("us-east-1", r)); len(e.Lines) != 0 {
			t.Errorf("%s: %+v", name, e.Lines)
		}
	}
}

func TestALineWithoutAPriceSaysWhy(t *testing.T) {
	nodes := func(kind string) *resource {
		return &resource{Type: "aws:eks/nodeGroup:NodeGroup", Inputs: values{"instanceTypes": []any{kind}, "scalingConfig": values{"desiredSize": 2.0}}}
	}
	for _, c := range []struct {
		name, region string
		all          []*resource
		item, why    string
	}{
		{"an unknown region", "eu-north-1", []*resource{{Type: "aws:ec2/natGateway:NatGateway"}}, "NAT gateway", "no prices for the region eu-north-1"},
		{"a price of everywhere, in another partition", "cn-north-1", []*resource{{Type: "aws:kms/key:Key"}}, "KMS key", "no prices for the region cn-north-1"},
		{"a price of everywhere, in no region", "", []*resource{{Type: "aws:kms/key:Key"}}, "KMS key", "no prices for the region of its provider"},
		{"an unknown instance type", "us-east-1", []*resource{nodes("x9z.large")}, "node x9z.large", "no price ec2.x9z.large"},
		{"an unknown version", "us-east-1", []*resource{{Type: typeCluster, Inputs: values{"version": "1.99"}}}, "Kubernetes 1.99", "no date"},
		{"volumes of no launch template", "us-east-1", []*resource{nodes("t3.large")}, "volumes", "does not say their size"},
		{"a foreign task definition", "us-east-1", []*resource{{Name: "shop/web", Type: "aws:ecs/service:Service", Inputs: values{"desiredCount": 1.0}}}, "tasks of shop/web", "not in the stack"},
		{"other capacity", "us-east-1", service(values{"desiredCount": 1.0, "launchType": "EC2"}, values{"cpu": "256", "memory": "512"}), "tasks of shop/web", "do not run on Fargate"},
		{"an unknown type", "us-east-1", []*resource{{Type: "aws:rds/cluster:Cluster"}}, "aws:rds/cluster:Cluster", "does not know"},
	} {
		e := estimateOf(t, stackOf(c.region, c.all...))
		if found := find(e, c.item); found == nil || found.Hourly != 0 || !strings.Contains(found.Unknown, c.why) {
			t.Errorf("%s: %+v, want %q", c.name, e.Lines, c.why)
		}
	}
}

func estimateOf(t *testing.T, s *preview.Stack) *Estimate {
	t.Helper()
	prices, err := Listed()
	if err != nil {
		t.Fatal(err)
	}
	return Add(s, prices, today)
}

func find(e *Estimate, item string) *Line {
	for i := range e.Lines {
		if strings.Contains(e.Lines[i].Item, item) {
			return &e.Lines[i]
		}
	}
	return nil
}
