package mesh_test

import (
	"encoding/json"
	"strings"
	"testing"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/mesh"
	"ambient-ecs/sandbox/world"
	"ambient-ecs/sandbox/world/worldtest"
)

// goodToken is the token that the fixture's task needs.
func goodToken() map[string]any {
	return map[string]any{
		"url": "https://" + balancer + ":15012", "caCert": ours().pem, "namespace": "mesh-3", "serviceAccount": "ecs",
		"platform": "ecs", "network": "eks", "remote": true,
	}
}

// exposed adds the way to istiod: a gateway behind a load balancer, and a service account for the task.
func exposed(t *testing.T, text string) *fixture {
	f := newFixture(t)
	f.do(func(tx *world.Tx) {
		c := api.At(tx, clusterARN)
		f.write(c, object("v1", "Service", mesh.System, "eastwest", api.Object{
			"metadata": api.Object{"labels": api.Object{"istio.io/expose-istiod": "15012"}},
			"spec":     api.Object{"type": "LoadBalancer", "selector": api.Object{"gateway": "eastwest"}},
			"status":   api.Object{"loadBalancer": api.Object{"ingress": []any{api.Object{"hostname": balancer}}}},
		}))
		pod := object("v1", "Pod", mesh.System, "eastwest", api.Object{"metadata": api.Object{"labels": api.Object{"gateway": "eastwest"}}})
		api.SetCondition(pod, "Ready", "True", "", "", 0, tx.Now)
		f.write(c, pod)
		f.write(c, object("v1", "ServiceAccount", "mesh-3", "ecs", api.Object{"metadata": api.Object{
			"annotations": api.Object{"ecs.solo.io/role-arn": taskRole}}}))
		f.network(tx)
		containers, err := json.Marshal([]any{map[string]any{"name": "ztunnel", "environment": []any{map[string]any{"name": "BOOTSTRAP_TOKEN", "value": text}}}})
		if err != nil {
			t.Fatal(err)
		}
		tx.Find(away, "aws:ecs/taskDefinition:TaskDefinition", nil)[0].Props["containerDefinitions"] = string(containers)
		worldtest.Touch(tx)
	})
	return f
}

// network connects the task to the load balancer in the world's simplest shape: they share a VPC.
func (f *fixture) network(tx *world.Tx) {
	group := func(account, id string, kind, port string) {
		put(tx, account, "aws:ec2/securityGroup:SecurityGroup", id, map[string]any{"vpcId": "vpc-1"})
		put(tx, account, "aws:vpc/securityGroup"+kind+"Rule:SecurityGroup"+kind+"Rule", id+port, map[string]any{
			"securityGroupId": id, "ipProtocol": "-1", "cidrIpv4": "10.1.0.0/16"})
	}
	group(away, "sg-task", "Egress", "all")
	group(home, "sg-node", "Ingress", "all")
	put(tx, away, "aws:ec2/vpc:Vpc", "vpc-1", map[string]any{"cidrBlock": "10.1.0.0/16"})
	put(tx, away, "aws:ec2/routeTable:RouteTable", "rtb-1", map[string]any{"vpcId": "vpc-1", "_main": true})
	put(tx, away, "aws:ec2/subnet:Subnet", "subnet-1", map[string]any{"cidrBlock": "10.1.1.0/24", "vpcId": "vpc-1", "availabilityZone": "eu-central-1a"})
	put(tx, away, "aws:ec2/networkInterface:NetworkInterface", "eni-task", map[string]any{
		"privateIp": "10.1.1.10", "subnetId": "subnet-1", "vpcId": "vpc-1", "securityGroups": []any{"sg-task"}})
	put(tx, away, "aws:ec2/networkInterface:NetworkInterface", "eni-lb", map[string]any{
		"privateIp": "10.1.1.20", "subnetId": "subnet-1", "vpcId": "vpc-1"})
	put(tx, home, "aws:ec2/networkInterface:NetworkInterface", "eni-lb", map[string]any{
		"privateIp": "10.1.1.20", "subnetId": "subnet-1", "vpcId": "vpc-1", "loadBalancerArn": "lb"})
	put(tx, home, aws.LoadBalancerKind, "lb", map[string]any{
		"name": "a1", "dnsName": balancer, "state": "active", "internal": true, "clusterName": "mesh", "vpcId": "vpc-1",
		"ports": []any{map[string]any{"port": 15012.0, "nodePort": 31000.0}}})
	put(tx, home, "aws:eks/nodeGroup:NodeGroup", "nodes", map[string]any{"clusterName": "mesh", "status": "ACTIVE"})
	put(tx, home, "aws:ec2/instance:Instance", "i-1", map[string]any{
		"nodeGroupArn": "nodes", "securityGroups": []any{"sg-node"}, "subnetId": "subnet-2", "privateIp": "10.1.2.4"})
	role(tx, taskRole, "AROA3", `{"Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}]}`, "")
}

func (f *fixture) ready() (bool, string) {
	f.Helper()
	var ok bool
	var why string
	f.do(func(tx *world.Tx) { ok, why = mesh.Readiness(tx, tx.Get(away, aws.TaskKind, taskARN)) })
	return ok, why
}

func TestZtunnelIsHealthyWhenIstiodKnowsIt(t *testing.T) {
	f := exposed(t, token(goodToken()))
	if ok, why := f.ready(); !ok {
		t.Error(why)
	}
}

func TestTaskWithoutZtunnelHasNothingToWaitFor(t *testing.T) {
	f := newFixture(t)
	f.do(func(tx *world.Tx) {
		tx.Find(away, "aws:ecs/taskDefinition:TaskDefinition", nil)[0].Props["containerDefinitions"] = `[{"name":"app"}]`
		worldtest.Touch(tx)
	})
	if ok, why := f.ready(); !ok {
		t.Error(why)
	}
}

func TestWrongTokenKeepsZtunnelUnhealthy(t *testing.T) {
	changed := func(key string, value any) string {
		fields := goodToken()
		fields[key] = value
		return token(fields)
	}
	for name, c := range map[string]struct{ token, words string }{
		"none":            {"", "BOOTSTRAP_TOKEN is not set"},
		"not base64":      {"{}", "cannot be decoded"},
		"encoded once":    {encode(`{"url":"x"}`), "cannot be decoded"},
		"no JSON":         {encode(encode("url")), "cannot be decoded"},
		"platform":        {changed("platform", ""), `platform is ""`},
		"no port":         {changed("url", "https://"+balancer), "has no port"},
		"no https":        {changed("url", "http://"+balancer+":15012"), "is not https"},
		"unknown host":    {changed("url", "https://gone.elb.eu-central-1.amazonaws.com:15012"), "no such host"},
		"wrong port":      {changed("url", "https://"+balancer+":15017"), "no listener on port 15017"},
		"another root":    {changed("caCert", "OTHER"), "UnknownIssuer"},
		"another account": {changed("serviceAccount", "other"), "refuses the identity mesh-3/other"},
	} {
		t.Run(name, func(t *testing.T) {
			f := exposed(t, c.token)
			if ok, why := f.ready(); ok || !strings.Contains(why, c.words) {
				t.Errorf("ready %v: %q, want %q", ok, why, c.words)
			}
		})
	}
}

func TestBrokenMeshKeepsZtunnelUnhealthy(t *testing.T) {
	unready := func(f *fixture, tx *world.Tx, name string) {
		c := api.At(tx, clusterARN)
		pod := api.Copy(c.Get(api.PodKind, mesh.System, name))
		api.SetCondition(pod, "Ready", "False", "x", "y", 0, tx.Now)
		f.write(c, pod)
	}
	for name, c := range map[string]struct {
		spoil func(f *fixture, tx *world.Tx)
		words string
	}{
		"load balancer provisions": {func(_ *fixture, tx *world.Tx) {
			tx.Get(home, aws.LoadBalancerKind, "lb").Props["state"] = "provisioning"
		}, "is provisioning"},
		"istiod is down":  {func(f *fixture, tx *world.Tx) { unready(f, tx, "istiod") }, "istiod does not run"},
		"gateway is down": {func(f *fixture, tx *world.Tx) { unready(f, tx, "eastwest") }, "no pod of Service istio-system/eastwest is ready"},
		"istiod is not exposed": {func(f *fixture, tx *world.Tx) {
			c := api.At(tx, clusterARN)
			service := api.Copy(c.Get(api.ServiceKind, mesh.System, "eastwest"))
			api.Unset(service, "metadata", "labels")
			f.write(c, service)
		}, "does not expose istiod on port 15012"},
		"service account of another role": {func(f *fixture, tx *world.Tx) {
			f.write(api.At(tx, clusterARN), object("v1", "ServiceAccount", "mesh-3", "ecs", api.Object{"metadata": api.Object{
				"annotations": api.Object{"ecs.solo.io/role-arn": awayRole}}}))
		}, "refuses the identity mesh-3/ecs"},
		"no task role": {func(_ *fixture, tx *world.Tx) {
			delete(tx.Get(away, aws.TaskKind, taskARN).Props, "taskRoleArn")
		}, "no task role"},
		"task role that ECS cannot take": {func(_ *fixture, tx *world.Tx) {
			tx.Get(away, "aws:iam/role:Role", "mesh-3-ecs").Props["assumeRolePolicy"] = "{}"
		}, "no credentials to authenticate with"},
		"closed security group": {func(_ *fixture, tx *world.Tx) {
			for _, rule := range tx.Find(away, "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", nil) {
				tx.Drop(rule)
			}
		}, "no rule of sg-task lets TCP 15012 out of"},
		"no licence": {func(_ *fixture, tx *world.Tx) {
			_ = api.At(tx, clusterARN).Delete(api.SecretKind, mesh.System, "istio-license")
		}, "no licence"},
	} {
		t.Run(name, func(t *testing.T) {
			f := exposed(t, token(goodToken()))
			f.do(func(tx *world.Tx) { c.spoil(f, tx); worldtest.Touch(tx) })
			if ok, why := f.ready(); ok || !strings.Contains(why, c.words) {
				t.Errorf("ready %v: %q, want %q", ok, why, c.words)
			}
		})
	}
}
