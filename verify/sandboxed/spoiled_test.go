package sandboxed_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/mesh"
	"ambient-ecs/sandbox/world"
	"ambient-ecs/verify/backend"
)

// drop removes a resource.
func drop(account, kind, id string) func(tx *world.Tx) {
	return func(tx *world.Tx) { tx.Drop(tx.Get(account, kind, id)) }
}

// edit changes an object of the cluster.
func edit(kind, namespace, name string, change func(o api.Object)) func(tx *world.Tx) {
	return func(tx *world.Tx) {
		version := "v1"
		if kind == "Gateway" {
			version = "gateway.networking.k8s.io/v1"
		}
		change(api.At(tx, eks).Get(api.KindOf(api.Object{"apiVersion": version, "kind": kind}), namespace, name))
	}
}

// definition changes the text of a task definition.
func definition(service, old, new string) func(tx *world.Tx) {
	return func(tx *world.Tx) {
		for _, r := range tx.Find("", "aws:ecs/taskDefinition:TaskDefinition", func(r *world.Resource) bool { return strings.Contains(r.ID, service) }) {
			r.Props["containerDefinitions"] = strings.ReplaceAll(r.String("containerDefinitions"), old, new)
		}
	}
}

func TestWhatIsMissingShowsInTheCallsThatNeedIt(t *testing.T) {
	rule := func(direction, group, port, cidr string) string {
		return direction + "-" + group + "-" + port + "-" + cidr
	}
	const ingressRule, egressRule = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
	for name, c := range map[string]struct {
		spoil   func(tx *world.Tx)
		request backend.Request
		outcome backend.Outcome
		words   string
		// still is a call that does not need what is missing.
		still backend.Request
	}{
		"tag of the ECS cluster": {func(tx *world.Tx) {
			tx.Find(away, "aws:ecs/cluster:Cluster", nil)[0].Props["tags"] = props{}
		}, to(shellEKS, echo2), backend.Name, "no name server", to(shellEKS, echo1)},
		"discovery role": {drop(away, "aws:iam/rolePolicy:RolePolicy", "discovery:p"), to(shellEKS, echo2), backend.Name, "", to(shellEKS, echo1)},
		"ALL_PROXY":      {definition("mesh-1-shell-task", "ALL_PROXY", "NONE"), to(shell1, echo1), backend.Name, "only the mesh knows", to(shell2, echo1)},
		"all variables":  {definition("mesh-1-shell-task", "ALL_PROXY", "NONE"), to(shell1, echo1), backend.Name, "only the mesh knows", byProxy(to(shell1, echo1))},
		"the h of socks5h": {
			definition("mesh-1-shell-task", "socks5h", "socks5"), to(shell1, echo1), backend.Name, "not resolved by ztunnel", to(shell2, echo1)},
		"port of the proxy":        {definition("mesh-1-shell-task", "15080", "1080"), to(shell1, echo1), backend.Network, "ALL_PROXY", to(shell2, echo1)},
		"ztunnel of the caller":    {definition("mesh-1-shell-task", `"name":"ztunnel"`, `"name":"z"`), to(shell1, echo1), backend.Network, "no ztunnel container", to(shell2, echo1)},
		"ztunnel of the called":    {definition("mesh-1-echo-service", `"name":"ztunnel"`, `"name":"z"`), to(shellEKS, echo1), backend.Network, "plain TCP", to(shellEKS, echo2)},
		"listening port":           {definition("mesh-1-echo-service", `8080`, `8081`), to(shellEKS, echo1), backend.Policy, "listens on port", to(shellEKS, echo2)},
		"ECS Exec's permission":    {drop(home, "aws:iam/rolePolicy:RolePolicy", "mesh-1-ecs:p"), to(shell1, echo1), backend.Undecided, "ssmmessages", to(shell2, echo1)},
		"role on service account":  {edit("ServiceAccount", "mesh-2", "ecs", func(o api.Object) { api.Unset(o, "metadata", "annotations") }), to(shellEKS, echo2), backend.Policy, "refuses the identity", to(shellEKS, echo1)},
		"identity of the caller":   {edit("ServiceAccount", "mesh-2", "ecs", func(o api.Object) { api.Unset(o, "metadata", "annotations") }), to(shell2, echo1), backend.Policy, "refuses the identity", to(shell1, echo1)},
		"service account of a tag": {serviceAccountTag, to(shellEKS, echo2), backend.Policy, "expects", to(shell2, echo1)},
		"route to the other VPC":   {drop(home, "aws:ec2/route:Route", "peer-rtb-private-"+home), to(shellEKS, echo2), backend.Network, "no route", to(shellEKS, echo1)},
		"route back":               {drop(away, "aws:ec2/route:Route", "peer-rtb-private-"+away), to(shellEKS, echo2), backend.Network, "no way back", to(shellEKS, echo1)},
		"peering":                  {drop(home, "aws:ec2/vpcPeeringConnection:VpcPeeringConnection", peering), to(shell2, echo1), backend.Network, "black hole", to(shell1, echo1)},
		"15008 into the task":      {drop(away, ingressRule, rule("in", "sg-server", "15008", homeCIDR)), to(shellEKS, echo2), backend.Network, "15008 into the host", to(shellEKS, echo1)},
		"15008 out of the task":    {drop(away, egressRule, rule("out", "sg-client", "15008", homeCIDR)), to(shell2, echo1), backend.Network, "to the gateway", to(shell1, echo1)},
		"15012 out of the task":    {drop(away, egressRule, rule("out", "sg-client", "15012", homeCIDR)), to(shell2, echo1), backend.Policy, "would not get a certificate", to(shell1, echo1)},
		"source range":             {drop(home, ingressRule, rule("in", nodeGroup, "30008", awayCIDR)), to(shell2, echoEKS), backend.Network, "to the gateway", to(shell1, echoEKS)},
		"network of the gateway": {edit("Gateway", mesh.System, "eastwest", func(o api.Object) {
			api.Unset(o, "metadata", "labels")
		}), to(shell1, echoEKS), backend.Network, "no gateway leads into", to(shellEKS, echo1)},
		"network of the gateway's Service": {edit("Service", mesh.System, "eastwest", func(o api.Object) {
			api.Unset(o, "metadata", "labels", "topology.istio.io/network")
		}), to(shell1, echoEKS), backend.Network, "is not labelled for", to(shellEKS, echo1)},
		"address of the gateway": {edit("Gateway", mesh.System, "eastwest", func(o api.Object) {
			api.Unset(o, "status")
		}), to(shell1, echoEKS), backend.Network, "has no address", to(shellEKS, echo1)},
		"HBONE among the tasks of one network":  {drop(home, ingressRule, rule("in", "sg-server", "15008", homeCIDR)), to(shell1, echo1), backend.Network, "into the host", to(shell1, echo2)},
		"HBONE from tasks of the other network": {drop(home, ingressRule, rule("in", "sg-server", "15008", awayCIDR)), to(shell2, echo1), backend.Network, "only through the gateway", to(shell1, echo1)},
		"HBONE to tasks of the other network":   {drop(home, egressRule, rule("out", "sg-client", "15008", awayCIDR)), to(shell1, echo2), backend.Network, "only through the gateway", to(shell1, echo1)},
		"ambient label of a pod that has its note": {func(tx *world.Tx) {
			c := api.At(tx, eks)
			api.Set(c.Get(api.PodKind, "default", "eks-echo"), "none", "metadata", "labels", "istio.io/dataplane-mode")
			api.Set(c.Get(api.PodKind, "default", "eks-echo"), api.Object{"ambient.istio.io/redirection": "enabled"}, "metadata", "annotations")
		}, to(shell1, echoEKS), backend.Network, "plain TCP", to(shellEKS, echo1)},
		"gateway's pod": {edit("Pod", mesh.System, "eastwest", func(o api.Object) {
			api.Unset(o, "status", "conditions")
		}), to(shell1, echo2), backend.Network, "no pod of gateway", to(shellEKS, echoEKS)},
		"network label": {edit("Namespace", "", mesh.System, func(o api.Object) {
			api.Unset(o, "metadata", "labels", "topology.istio.io/network")
		}), to(shell1, echo1), backend.Name, "no virtual address there", backend.Request{}},
		"ambient label": {edit("Namespace", "", "default", func(o api.Object) {
			api.Unset(o, "metadata", "labels", "istio.io/dataplane-mode")
		}), to(shellEKS, echo1), backend.Name, "only the mesh knows", to(shell1, echo1)},
		"ztunnel of the node": {edit("Pod", mesh.System, "ztunnel", func(o api.Object) {
			api.Unset(o, "status", "conditions")
		}), to(shellEKS, echo1), backend.Network, "no ztunnel is ready", to(shell1, echo1)},
		"name capture": {edit("ConfigMap", mesh.System, "istio-cni-config", func(o api.Object) {
			api.Set(o, "false", "data", "AMBIENT_DNS_CAPTURE")
		}), to(shellEKS, echo1), backend.Name, "not resolved by ztunnel", to(shellEKS, echoEKS)},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, c.spoil)
			got := f.call(c.request)
			if got.Outcome != c.outcome || !strings.Contains(got.Why, c.words) || got.Client != "" || got.Server != "" {
				t.Errorf("answer is %+v", got)
			}
			if c.still.Host == "" {
				return
			}
			if got := f.call(c.still); got.Outcome != backend.Answered {
				t.Errorf("%s to %s does not need it, but: %+v", c.still.From, c.still.Host, got)
			}
		})
	}
}

// serviceAccountTag gives the tasks of the away cluster a service account that their token does not ask for.
func serviceAccountTag(tx *world.Tx) {
	for _, r := range tx.Find(away, "ecs:task", nil) {
		tags := r.Props["tags"].(props)
		tags["ecs.solo.io/service-account"] = "other"
	}
}

func TestBothWaysOfARemoteTaskToAnotherMustBeOpen(t *testing.T) {
	f := newFixture(t)
	if got := f.call(to(shell1, echo2)); got.Outcome != backend.Answered || strings.Contains(got.Why, "unknown") {
		t.Errorf("both ways are open, yet: %+v", got)
	}
	f = newFixture(t, drop(home, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "in-"+nodeGroup+"-30008-"+awayCIDR))
	if got := f.call(to(shell2, echo1)); got.Outcome != backend.Network || !strings.Contains(got.Why, "unknown: ") || !strings.Contains(got.Why, "only directly is it") {
		t.Errorf("answer is %+v", got)
	}
}

func TestLeakedIdentityIsGranted(t *testing.T) {
	// A task asks for the other cluster's identity. It gets it only if that service account names its role.
	asOther := func(f *fixture) func(tx *world.Tx) {
		other := f.token(props{"namespace": "mesh-2", "remote": true})
		return definition("mesh-1-shell-task", f.token(props{"namespace": "mesh-1", "remote": true}), other)
	}
	plain := newFixture(t)
	f := newFixture(t, asOther(plain))
	if got := f.call(to(shell1, echo1)); got.Outcome != backend.Policy || !strings.Contains(got.Why, "refuses the identity mesh-2/ecs") {
		t.Errorf("answer is %+v", got)
	}
	f = newFixture(t, asOther(plain), edit("ServiceAccount", "mesh-2", "ecs", func(o api.Object) {
		api.Set(o, "arn:aws:iam::"+home+":role/mesh-1-ecs", "metadata", "annotations", "eks.amazonaws.com/role-arn")
	}))
	if got := f.call(to(shell1, echo1)); got.Outcome != backend.Answered || got.Client != id2 {
		t.Errorf("answer is %+v", got)
	}
}

func TestGatewayIsOpenToTheMeshOnly(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(tx *world.Tx)
		ok    bool
		words string
	}{
		"internal":  {func(*world.Tx) {}, true, "is internal"},
		"of anyone": {func(tx *world.Tx) { tx.Get(home, "elb:loadBalancer", "lb").Props["internal"] = false }, false, "internet-facing"},
		"of a foreign network": {func(tx *world.Tx) {
			ingress(tx, home, nodeGroup, "30008", 30008, "172.16.0.0/12")
		}, false, "172.16.0.0/12 is outside the mesh"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, c.spoil)
			ok, seen, err := f.backend.Inspect(context.Background(), f.stack.Gateway(), 15008)
			if err != nil || ok != c.ok || !strings.Contains(seen, c.words) {
				t.Errorf("%v, %s, %v", ok, seen, err)
			}
		})
	}
	f := newFixture(t, func(tx *world.Tx) { ingress(tx, home, nodeGroup, "30008", 30008, "100.64.0.0/10") })
	f.stack.GatewaySources = append([]string{"100.64.0.0/10"}, f.stack.MeshCIDRs...)
	if ok, seen, err := f.backend.Inspect(context.Background(), f.stack.Gateway(), 15008); !ok || err != nil {
		t.Errorf("a declared network is refused: %s, %v", seen, err)
	}
	f = newFixture(t, drop(home, "elb:loadBalancer", "lb"))
	if _, _, err := f.backend.Inspect(context.Background(), f.stack.Gateway(), 15008); err == nil {
		t.Error("a gateway without a load balancer was inspected")
	}
}

func TestReadsShowWhatIstiodKnows(t *testing.T) {
	f := newFixture(t)
	ctx := context.Background()
	services, err := f.backend.Services(ctx)
	at := slices.IndexFunc(services, func(s backend.Service) bool { return s.Host == echo2 })
	if err != nil || at < 0 {
		t.Fatalf("services are %+v, %v", services, err)
	}
	if s := services[at]; s.Account != away || s.Cluster != "mesh-2" || s.Healthy != 1 || len(s.Addresses) == 0 || !slices.Contains(s.Ports, 8080) {
		t.Errorf("service is %+v", s)
	}
	workloads, err := f.backend.Workloads(ctx)
	at = slices.IndexFunc(workloads, func(w backend.Workload) bool { return w.Service == echo2 })
	if err != nil || at < 0 {
		t.Fatalf("workloads are %+v, %v", workloads, err)
	}
	if w := workloads[at]; !w.ECS || w.Protocol != "HBONE" || w.Identity != id2 || w.Network != "eks" {
		t.Errorf("workload is %+v", w)
	}
	revisions, err := f.backend.Revisions(ctx)
	if err != nil || len(revisions) != 4 {
		t.Fatalf("revisions are %+v, %v", revisions, err)
	}
	for _, r := range revisions {
		if r.Declared != r.Running || r.Desired != 1 || r.Ready != 1 {
			t.Errorf("revision is %+v", r)
		}
	}
}

func TestHiddenClusterIsForgottenAndFoundAgain(t *testing.T) {
	f := newFixture(t)
	ctx := context.Background()
	if err := f.backend.Hide(ctx, "ecs-2"); err != nil {
		t.Fatal(err)
	}
	if got := f.call(to(shellEKS, echo2)); got.Outcome != backend.Name {
		t.Errorf("hidden, but %+v", got)
	}
	if err := f.backend.Show(ctx, "ecs-2"); err != nil {
		t.Fatal(err)
	}
	if got := f.call(to(shellEKS, echo2)); got.Outcome != backend.Answered {
		t.Errorf("shown, but %+v", got)
	}
	if err := f.backend.Hide(ctx, "ecs-9"); err == nil {
		t.Error("a cluster that does not exist was hidden")
	}
}

func TestReachabilityIsTheNetworkAlone(t *testing.T) {
	f := newFixture(t)
	table, err := f.backend.Reachability(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []backend.Reach{
		{From: "ecs-1/shell-task", To: "ecs-2/echo-service", Port: 15008, Open: true},
		{From: "ecs-1/shell-task", To: "ecs-2/echo-service", Port: 8080},
		{From: "eks default/eks-shell", To: "ecs-1/echo-service", Port: 8080},
		{From: "eks default/eks-shell", To: "ecs-1/shell-task", Port: 15008},
		{From: "eks istio-system/eastwest", To: "ecs-2/echo-service", Port: 15008, Open: true},
		{From: "ecs-2/shell-task", To: "eks default/eks-echo", Port: 15008},
		{From: "ecs-2/shell-task", To: "gateway's load balancer", Port: 15012, Open: true},
	} {
		at := slices.IndexFunc(table, func(r backend.Reach) bool { return r.From == want.From && r.To == want.To && r.Port == want.Port })
		if at < 0 || table[at].Open != want.Open || want.Open != (table[at].Why == "") {
			t.Errorf("want %+v in %+v", want, table)
		}
	}
}
