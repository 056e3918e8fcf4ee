package sandboxed_test

import (
	"context"
	"strings"
	"testing"

	"ambient-ecs/sandbox/world"
	"ambient-ecs/verify/backend"
)

const (
	echo1   = "echo-service.mesh-1.ecs.home"
	echo2   = "echo-service.mesh-2.ecs.away"
	echoEKS = "eks-echo.default.svc.cluster.local"

	idEKS = "spiffe://cluster.local/ns/default/sa/default"
	id1   = "spiffe://cluster.local/ns/mesh-1/sa/ecs"
	id2   = "spiffe://cluster.local/ns/mesh-2/sa/ecs"
)

var (
	shellEKS = backend.Source{Namespace: "default", Workload: "eks-shell"}
	bare     = backend.Source{Namespace: "default", Workload: "eks-shell", OutsideMesh: true}
	shell1   = backend.Source{Cluster: "ecs-1", Service: "shell-task"}
	shell2   = backend.Source{Cluster: "ecs-2", Service: "shell-task"}
)

func to(from backend.Source, host string) backend.Request {
	return backend.Request{From: from, Host: host, Port: 8080}
}

func toTask(from backend.Source, task string) backend.Request {
	return backend.Request{From: from, Task: task, Port: 8080}
}

func past(r backend.Request) backend.Request {
	r.PastProxy = true
	return r
}

func byProxy(r backend.Request) backend.Request {
	r.ByProxy = true
	return r
}

func TestCallsEndAsTheMeshAndTheNetworkDecide(t *testing.T) {
	f := newFixture(t)
	for name, c := range map[string]struct {
		request        backend.Request
		outcome        backend.Outcome
		exit           int
		client, server string
		words          string
	}{
		"EKS to ECS":                   {to(shellEKS, echo1), backend.Answered, 0, idEKS, id1, "no policy"},
		"EKS to ECS in the other VPC":  {to(shellEKS, echo2), backend.Answered, 0, idEKS, id2, ""},
		"ECS to itself":                {to(shell1, echo1), backend.Answered, 0, id1, id1, ""},
		"ECS across accounts":          {to(shell1, echo2), backend.Answered, 0, id1, id2, ""},
		"and back":                     {to(shell2, echo1), backend.Answered, 0, id2, id1, ""},
		"ECS to EKS":                   {to(shell2, echoEKS), backend.Answered, 0, id2, idEKS, "unknown: "},
		"a short name from a pod":      {to(shellEKS, "eks-echo"), backend.Answered, 0, idEKS, idEKS, ""},
		"a task's address from a pod":  {toTask(shellEKS, "ecs-2/echo-service"), backend.Answered, 0, idEKS, id2, ""},
		"a task's address from a task": {toTask(shell1, "ecs-2/echo-service"), backend.Answered, 0, id1, id2, ""},
		"past the proxy by address":    {past(toTask(shell1, "ecs-1/echo-service")), backend.Network, 28, "", "", "8080"},
		"past the proxy by name":       {past(to(shell1, echo1)), backend.Name, 6, "", "", "only the mesh knows"},
		"outside the mesh by address":  {toTask(bare, "ecs-1/echo-service"), backend.Network, 28, "", "", "8080"},
		"outside the mesh by name":     {to(bare, echo1), backend.Name, 6, "", "", "only the mesh knows"},
		"outside the mesh to a pod":    {to(bare, echoEKS), backend.Answered, 0, "", idEKS, "past every proxy"},
		"unknown name from ECS":        {to(shell1, "nobody.mesh-1.ecs.home"), backend.Name, 97, "", "", ""},
		"unknown name from EKS":        {to(shellEKS, "nobody.mesh-1.ecs.home"), backend.Name, 6, "", "", ""},
		"a port that nobody serves":    {backend.Request{From: shellEKS, Host: echo1, Port: 9}, backend.Policy, 56, "", "", "no endpoint"},
		"a declared port not listened": {backend.Request{From: shellEKS, Host: echo1, Port: 80}, backend.Policy, 56, "", "", "listens"},
		"a service without tasks":      {to(backend.Source{Cluster: "ecs-1", Service: "none"}, echo1), backend.Undecided, 0, "", "", "no ECS service"},
		"a workload without pods":      {to(backend.Source{Namespace: "default", Workload: "none"}, echo1), backend.Undecided, 0, "", "", "no pod"},
		"a name of the internet":       {backend.Request{From: shell1, Host: "www.example.org", Port: 443}, backend.Undecided, 0, "", "", "internet"},
	} {
		t.Run(name, func(t *testing.T) {
			got := f.call(c.request)
			if got.Outcome != c.outcome || got.Exit != c.exit || got.Client != c.client || got.Server != c.server || !strings.Contains(got.Why, c.words) {
				t.Errorf("answer is %+v", got)
			}
			if answered := got.Outcome == backend.Answered; answered != strings.Contains(got.Body, `"hostname"`) || answered != (got.Status == 200) {
				t.Errorf("outcome %s with status %d and body %q", got.Outcome, got.Status, got.Body)
			}
		})
	}
}

// Another install may lie in a VPC of the same account that has the same addresses, as the sandbox's own stacks do.
func TestTheAddressesOfAnotherVPCAreNotTheMeshs(t *testing.T) {
	f := newFixture(t, func(tx *world.Tx) {
		for _, ip := range []string{"192.168.1.1", "192.168.1.2"} {
			put(tx, home, "aws:ec2/networkInterface:NetworkInterface", "eni-0-"+ip, props{
				"privateIp": ip, "subnetId": "private-other", "vpcId": "vpc-other", "securityGroups": []any{"sg-other"}})
			put(tx, home, "ecs:task", "arn:aws:ecs:"+region+":"+home+":task/another/"+ip, props{"clusterArn": "arn:aws:ecs:" + region + ":" + home + ":cluster/another",
				"serviceName": "other", "lastStatus": "RUNNING", "desiredStatus": "RUNNING", "healthStatus": "HEALTHY", "networkInterfaceId": "eni-0-" + ip, "privateIp": ip})
		}
	})
	for _, r := range []backend.Request{to(shellEKS, echo1), to(shell1, echo1), toTask(shell2, "ecs-1/echo-service")} {
		if got := f.call(r); got.Outcome != backend.Answered || got.Server != id1 {
			t.Errorf("%+v: %+v", r, got)
		}
	}
	facts, err := f.backend.Network(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if h := facts.HostAt("192.168.1.1"); h == nil || h.Subnet != "private-"+home {
		t.Errorf("the host at 192.168.1.1 is %+v", h)
	}
}

func policyOf(namespace, name, action string, rules ...any) backend.Object {
	return backend.Object{"apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy",
		"metadata": backend.Object{"namespace": namespace, "name": name}, "spec": backend.Object{"action": action, "rules": rules}}
}

func from(namespace string) any {
	return backend.Object{"from": []any{backend.Object{"source": backend.Object{"namespaces": []any{namespace}}}}}
}

func TestPoliciesHoldWhileTheyAreApplied(t *testing.T) {
	f := newFixture(t)
	ctx := context.Background()
	allow, deny := policyOf("mesh-1", "allow-2", "ALLOW", from("mesh-2")), policyOf("mesh-1", "deny-2", "DENY", from("mesh-2"))
	check := func(r backend.Request, want backend.Outcome, words string) {
		t.Helper()
		if got := f.call(r); got.Outcome != want || !strings.Contains(got.Why, words) {
			t.Errorf("%s to %s: %s, because %s", r.From, r.Host+r.Task, got.Outcome, got.Why)
		}
	}
	if err := f.backend.Apply(ctx, []backend.Object{allow}); err != nil {
		t.Fatal(err)
	}
	check(to(shell2, echo1), backend.Answered, "mesh-1/allow-2")
	check(to(shell1, echo1), backend.Policy, "mesh-1/allow-2")
	check(toTask(shellEKS, "ecs-1/echo-service"), backend.Policy, "mesh-1/allow-2")
	check(to(shell1, echo2), backend.Answered, "")
	if err := f.backend.Apply(ctx, []backend.Object{deny}); err != nil {
		t.Fatal(err)
	}
	check(to(shell2, echo1), backend.Policy, "mesh-1/deny-2")
	if err := f.backend.Remove(ctx, []backend.Object{allow, deny}); err != nil {
		t.Fatal(err)
	}
	if err := f.backend.Remove(ctx, []backend.Object{allow}); err != nil {
		t.Errorf("removing again: %v", err)
	}
	check(to(shell2, echo1), backend.Answered, "")
	if left, err := f.backend.List(ctx, "security.istio.io/v1", "AuthorizationPolicy"); err != nil || len(left) != 0 {
		t.Errorf("left are %v, %v", left, err)
	}
	if err := f.backend.Apply(ctx, []backend.Object{policyOf("nowhere", "p", "ALLOW")}); err == nil {
		t.Error("a policy in a namespace that does not exist was applied")
	}
}
