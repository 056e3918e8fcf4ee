package doctor

import (
	"slices"
	"strings"
	"testing"

	"ambient-ecs/ecs/task/enrol"
	"ambient-ecs/iam/evaluation"
	"ambient-ecs/mesh/bootstrap"
	"ambient-ecs/verify/doctor/authz"
	"ambient-ecs/verify/doctor/network"
)

// The pieces that the whole mesh needs.
var controlPlane = []lacks{
	{"istiod", system, 13, func(f *facts) { f.kubernetes.Istiod = nil }},
	{"istiod-build", system, 12, func(f *facts) { f.kubernetes.Istiod.Image = "hub/pilot:1.28.3" }},
	{"licence", "istio-license", 12, func(f *facts) { f.kubernetes.Istiod.Licensed = false }},
	{"ip-autoallocate", system, 13, func(f *facts) { f.kubernetes.Istiod.AutoAllocate = false }},
	{"root-certificate", system, 13, func(f *facts) { f.kubernetes.Root = "" }},
	{"network-label", "namespace istio-system", 13, func(f *facts) { f.kubernetes.Namespaces[0].Labels = nil }},
	{"network-label", "ztunnel", 13, func(f *facts) { f.pod(ztunnel).Network = "other" }},
	{"network-label", "Service", 10, func(f *facts) { delete(f.kubernetes.Services[0].Labels, networkLabel) }},
	{"gateway", gatewayName, 12, func(f *facts) { f.kubernetes.Gateways = nil }},
	{"gateway-listener", gatewayName, 12, func(f *facts) { delete(f.kubernetes.Gateways[0].Listeners, "xds-tls") }},
	{"gateway-expose-label", gatewayName, 12, func(f *facts) { delete(f.kubernetes.Services[0].Labels, exposeLabel) }},
	{"gateway-not-programmed", gatewayName, 12, func(f *facts) { f.kubernetes.Gateways[0].Programmed = false }},
	{"gateway-pods", gatewayName, 12, func(f *facts) { f.pod(gatewayName).Ready = false }},
	{"gateway-address", gatewayName, 12, func(f *facts) { f.kubernetes.Gateways[0].Address = "other" }},
}

// hidden is a piece that istiod needs for discovery, and the entries that istiod does not write without it, by a part
// of their names.
type hidden struct {
	gone string
	lacks
}

// The pieces that istiod needs for discovery. istiod keeps its entries, so these stop calls only where entries are
// missing.
var discoveries = []hidden{
	{"ecs-2", lacks{"ecs-accounts", "external", 4, func(f *facts) { delete(f.kubernetes.Istiod.Accounts, roleARN(away, "discovery")) }}},
	{"", lacks{"pod-identity-agent", "agent", 8, func(f *facts) { f.kubernetes.AddOns = f.kubernetes.AddOns[:3] }}},
	{"", lacks{"pod-identity-missing", "istio-system/istiod", 8, func(f *facts) { f.kubernetes.Associations = nil }}},
	{"", lacks{"pod-identity-late", "istio-system/istiod-0", 8, func(f *facts) { f.kubernetes.Pods[0].Credentials = false }}},
	{"", lacks{"pod-identity-role", "a-1", 8, func(f *facts) { f.kubernetes.Associations[0].Role = roleARN(home, "other") }}},
	{"", lacks{"istiod-role", "role/istiod", 8, func(f *facts) { f.role("istiod").ARN = roleARN(home, "other") }}},
	{"", lacks{"istiod-role-trust", "role/istiod", 8, func(f *facts) {
		f.role("istiod").Trust = allow(`"Service":"pods.eks.amazonaws.com"`, `"sts:AssumeRole"`)
	}}},
	{"", lacks{"pod-identity-stale", "a-1", 8, func(f *facts) { f.role("istiod").UniqueID = "AROANEW" }}},
	{"ecs-2", lacks{"discovery-role", away, 4, func(f *facts) { external(f).ARN = roleARN(away, "other") }}},
	{"ecs-2", lacks{"discovery-stale-principal", away, 4, func(f *facts) {
		external(f).Trust = allow(`"AWS":"AROA2D053E268EE1C8EF3"`, `"sts:AssumeRole","sts:TagSession"`)
	}}},
	{"ecs-2", lacks{"discovery-trust", away, 4, func(f *facts) {
		external(f).Trust = allow(`"AWS":"`+roleARN(home, "other")+`"`, `"sts:AssumeRole","sts:TagSession"`)
	}}},
	{"ecs-2", lacks{"discovery-trust", away, 4, func(f *facts) {
		external(f).Trust = strings.Replace(external(f).Trust, `"Action"`, `"Condition":{"StringEquals":{"aws:PrincipalTag/kubernetes-namespace":"other"}},"Action"`, 1)
	}}},
	{"ecs-2", lacks{"discovery-tag-session", away, 4, func(f *facts) {
		external(f).Trust = allow(`"AWS":"`+roleARN(home, "istiod")+`"`, `"sts:AssumeRole"`)
	}}},
	{"ecs-2", lacks{"discovery-tag-session", "role/istiod", 4, func(f *facts) {
		f.role("istiod").Policies["p"] = allowed(`"sts:AssumeRole"`, "*")
	}}},
	{"ecs-2", lacks{"discovery-permission", "role/istiod", 4, func(f *facts) {
		f.role("istiod").Policies["p"] = allowed(`"sts:*"`, roleARN(home, "discovery"))
	}}},
	{"ecs-2", lacks{"discovery-ecs-permission", away, 4, func(f *facts) {
		external(f).Policies["p"] = allowed(`"ecs:List*","ecs:DescribeClusters","ecs:DescribeServices"`, "*")
	}}},
	{"ecs-2", lacks{"discovery-ecs-permission", away, 4, func(f *facts) { external(f).Boundary = allowed(`"ecs:List*"`, "*") }}},
	{"ecs-2", lacks{"discovery-permission", "role/istiod", 4, func(f *facts) { f.role("istiod").Boundary = allowed(`"sts:*"`, roleARN(home, "discovery")) }}},
	{"ecs-1", lacks{"cluster-tag", "m-ecs-1", 4, func(f *facts) { f.ecs.Clusters[0].Tags = nil }}},
	{"ecs-1-echo", lacks{"service-tags", "ecs-1/echo", 4, func(f *facts) { delete(f.service("m-ecs-1/echo").Tags, tagNamespace) }}},
	{"ecs-1-echo", lacks{"task-tags", "ecs-1/echo", 4, func(f *facts) { f.task("ecs-1-echo").Tags = nil }}},
	{"ecs-1-echo", lacks{"network-label", "ecs-1-echo", 4, func(f *facts) { f.task("ecs-1-echo").Tags[networkLabel] = "other" }}},
	{"service-ecs-1-echo", lacks{"service-tags", "ecs-1/echo", 4, func(f *facts) { f.service("m-ecs-1/echo").Tags[tagPorts] = "http:9090" }}},
	{"", lacks{"nat", "nat-local", 8, func(f *facts) { f.network.Routes[2].Destination = "192.0.2.0/24" }}},
}

// The configuration of a service and its tasks. The echo service is in 6 pairs, and it is the server in 4 of
// them.
var services = []lacks{
	{"namespace", "m-ecs-1", 8, func(f *facts) {
		f.kubernetes.Namespaces = slices.Delete(f.kubernetes.Namespaces, 2, 3)
		f.account("m-ecs-1/ecs").Name = "gone"
	}},
	{"cluster", "m-ecs-1", 8, func(f *facts) { f.ecs.Clusters = f.ecs.Clusters[1:] }},
	{"service", "ecs-1/echo", 6, func(f *facts) { f.service("m-ecs-1/echo").ARN = "gone" }},
	{"deployment-rolled-back", "ecs-1/echo", 6, func(f *facts) {
		d := *f.definition("m-ecs-1-echo:1")
		d.ARN = strings.Replace(d.ARN, ":1", ":0", -1)
		f.ecs.Definitions = append(f.ecs.Definitions, d)
		f.service("m-ecs-1/echo").Definition, f.task("ecs-1-echo").Definition = d.ARN, d.ARN
	}},
	{"task-definition", "m-ecs-1-echo:1", 6, func(f *facts) { f.definition("m-ecs-1-echo:1").ARN = "gone" }},
	{"task-role", "m-ecs-1-echo:1", 6, func(f *facts) { f.definition("m-ecs-1-echo:1").TaskRole = "" }},
	{"ztunnel-container", "m-ecs-1-echo:1", 6, func(f *facts) { f.definition("m-ecs-1-echo:1").Containers[1].Name = "proxy" }},
	{"token", "m-ecs-1-echo:1", 6, func(f *facts) { f.definition("m-ecs-1-echo:1").Containers[1].Environment = nil }},
	{"token-platform", "m-ecs-1-echo:1", 6, tokenWith(func(b *bootstrap.Token) { b.Platform = "" })},
	{"token-url", "m-ecs-1-echo:1", 6, tokenWith(func(b *bootstrap.Token) { b.URL = "https://old:15012" })},
	{"token-namespace", "m-ecs-1-echo:1", 6, tokenWith(func(b *bootstrap.Token) { b.Namespace = "m-ecs-2" })},
	{"token-service-account", "m-ecs-1-echo:1", 6, tokenWith(func(b *bootstrap.Token) { b.ServiceAccount = "default" })},
	{"token-network", "m-ecs-1-echo:1", 6, tokenWith(func(b *bootstrap.Token) { b.Network = "" })},
	{"token-remote", "m-ecs-1-echo:1", 6, tokenWith(func(b *bootstrap.Token) { b.Remote = false })},
	{"token-ca", "m-ecs-1-echo:1", 6, tokenWith(func(b *bootstrap.Token) { b.CACert = "old" })},
	{"application-port", "m-ecs-1-echo:1", 4, func(f *facts) { f.definition("m-ecs-1-echo:1").Containers[0].Ports = nil }},
	{"service-account", "m-ecs-1/ecs", 8, func(f *facts) { f.account("m-ecs-1/ecs").Name = "other" }},
	{"service-account-role", "m-ecs-1/ecs", 8, func(f *facts) { f.account("m-ecs-1/ecs").Role = "" }},
	{"task-role-trust", "m-ecs-1-ecs", 8, func(f *facts) {
		f.role("m-ecs-1-ecs").Trust = allow(`"Service":"ec2.amazonaws.com"`, `"sts:AssumeRole"`)
	}},
	{"no-task", "ecs-1/echo", 6, func(f *facts) { f.task("ecs-1-echo").Status = "STOPPED" }},
	{"task-unhealthy", "ecs-1-echo", 6, func(f *facts) { f.task("ecs-1-echo").Health = "UNHEALTHY" }},
	{"hostname-unknown", "echo.m-ecs-1.ecs.local", 4, func(f *facts) { f.entry("service-ecs-1-echo").Hosts = nil }},
	{"workload-entry", "ecs-1-echo", 4, func(f *facts) { f.entry("task-ecs-1-echo").Annotations = nil }},
	{"all-proxy", "m-ecs-1-echo:1", 2, func(f *facts) { f.definition("m-ecs-1-echo:1").Containers[0].Environment = nil }},
	{"all-proxy", "m-ecs-1-echo:1", 2, func(f *facts) {
		cluster := f.stack.Clusters["ecs-1"]
		echo := cluster.Services["echo"]
		echo.Client = string(enrol.ClientJava)
		cluster.Services["echo"] = echo
		f.definition("m-ecs-1-echo:1").Containers[0].Environment["JAVA_TOOL_OPTIONS"] = "-Xmx256m"
	}},
}

// The ways between hosts.
var networks = []lacks{
	{"task-security-group", "ecs-1/echo", 6, func(f *facts) { f.network.Hosts[0].Groups = f.network.Hosts[0].Groups[:1] }},
	{"route", "rtb-external", 8, func(f *facts) { f.network.Routes[3].Destination = "10.9.0.0/16" }},
	{"route", "rtb-local", 8, func(f *facts) { f.network.Routes[0].Destination = "10.9.0.0/16" }},
	{"peering", "pcx", 8, func(f *facts) { f.network.Peerings[0].Status = "pending-acceptance" }},
	{"security-group", "sg-client-local", 8, func(f *facts) { without(&f.group("sg-client-local").Egress, "10.0.0.0/16", portXDS) }},
	{"security-group", "sg-server-external", 4, func(f *facts) { without(&f.group("sg-server-external").Ingress, "10.0.0.0/16", portHBONE) }},
	{"security-group", "sg-nodes", 8, func(f *facts) { without(&f.group("sg-nodes").Ingress, "10.1.0.0/16", 30000) }},
	// It is not known which path a remote task takes to another task, so both must be open.
	{"network-label", "Gateway", 10, func(f *facts) { f.kubernetes.Gateways[0].Labels = nil }},
	{"security-group", "sg-server-local", 2, func(f *facts) { without(&f.group("sg-server-local").Ingress, "10.1.0.0/16", portHBONE) }},
	{"security-group", "sg-client-local", 2, func(f *facts) { without(&f.group("sg-client-local").Egress, "10.1.0.0/16", portHBONE) }},
	{"peering", "pcx", 8, func(f *facts) { f.network.Peerings = nil }},
	{"load-balancer", "lb", 12, func(f *facts) { f.network.LoadBalancers[0].Internal = false }},
	{"source-range", "lb", 8, func(f *facts) { f.network.LoadBalancers[0].SourceRanges = []string{"10.0.0.0/16"} }},
	{"load-balancer", "lb", 12, func(f *facts) { f.network.LoadBalancers[0].State = "failed" }},
	{"load-balancer", "lb", 12, func(f *facts) { f.network.LoadBalancers[0].Targets = nil }},
	{"address", "ecs-1-echo", 6, func(f *facts) { f.network.Hosts[0].Addresses = nil }},
}

// The pieces of EKS, and the policies.
var workloads = []lacks{
	{"namespace-not-ambient", testEKS, 7, func(f *facts) { f.kubernetes.Namespaces[1].Labels = nil }},
	{"workload", testEcho, 5, func(f *facts) { f.pod(testEcho).Ready = false }},
	{"pod-not-captured", "shell-0", 3, func(f *facts) { f.pod(testShell).Annotations = nil }},
	{"ztunnel-node", "node", 7, func(f *facts) { f.pod("istio-cni-node").Ready = false }},
	{"hostname-unknown", testEcho, 5, func(f *facts) { f.kubernetes.Services = f.kubernetes.Services[:1] }},
	{"dns-capture", "istio-cni", 2, func(f *facts) { f.kubernetes.DNSCapture = false }},
	{"waypoint", "m-ecs-1/waypoint", 4, func(f *facts) {
		f.kubernetes.Namespaces[2].Labels[waypointLabel] = "waypoint"
		f.kubernetes.Gateways = append(f.kubernetes.Gateways, KubernetesGateway{Namespace: "m-ecs-1", Name: "waypoint", Programmed: true, Address: "10.0.0.20"})
	}},
	{"waypoint-kept-out", "m-ecs-1/only-callers", 4, func(f *facts) {
		f.kubernetes.Namespaces[2].Labels[waypointLabel] = "waypoint"
		f.kubernetes.Gateways = append(f.kubernetes.Gateways, KubernetesGateway{Namespace: "m-ecs-1", Name: "waypoint", Programmed: true, Address: "10.0.0.20"})
		f.kubernetes.Pods = append(f.kubernetes.Pods, Pod{
			Namespace: "m-ecs-1", Name: "waypoint-0", ServiceAccount: "waypoint", Address: "10.0.0.20", Ready: true, Labels: map[string]string{gatewayNameLabel: "waypoint"},
		})
		f.kubernetes.Policies = append(f.kubernetes.Policies, from("m-ecs-1", "only-callers", "", testEKS, "m-ecs-2", "elsewhere"))
	}},
	{"policy", "m-ecs-1/no-strangers", 2, func(f *facts) {
		f.kubernetes.Policies = append(f.kubernetes.Policies, from("m-ecs-1", "no-strangers", "DENY", "m-ecs-2"))
	}},
	{"policy", "m-ecs-1/friends", 2, func(f *facts) {
		f.kubernetes.Policies = append(f.kubernetes.Policies, from("m-ecs-1", "friends", "ALLOW", "m-ecs-1", testEKS))
	}},
}

// The latent pieces, which stop no call now.
var latents = []lacks{
	{"identity-leak", "m-ecs-1-ecs", 0, func(f *facts) {
		f.kubernetes.ServiceAccounts = append(f.kubernetes.ServiceAccounts, ServiceAccount{"other", "thief", roleARN(home, "path/m-ecs-1-ecs")})
	}},
	{"gateway-open", "sg-nodes", 0, func(f *facts) {
		f.group("sg-nodes").Ingress = append(f.group("sg-nodes").Ingress, network.Rule{Protocol: "tcp", CIDR: "172.16.0.0/12", From: 30000, To: 30000})
	}},
	{"load-balancer-controller", "kube-system/aws-load-balancer-controller", 0, balanced},
	{"istiod-webhook", "sg-nodes", 0, func(f *facts) { f.controlPlane() }},
	{"add-on", "coredns", 0, func(f *facts) { f.kubernetes.AddOns = slices.Delete(f.kubernetes.AddOns, 1, 2) }},
	{"namespace-not-ambient", "m-ecs-1", 0, func(f *facts) { f.kubernetes.Namespaces[2].Labels = nil }},
	// Istio leads no traffic to a waypoint that is not there.
	{"waypoint", "m-ecs-1/waypoint", 0, func(f *facts) { f.kubernetes.Namespaces[2].Labels[waypointLabel] = "waypoint" }},
	{"workload-entry", "ecs-1-shell", 0, func(f *facts) { f.entry("task-ecs-1-shell").Address = "" }},
	{"hostname-unknown", "shell.m-ecs-1.ecs.local", 0, func(f *facts) { f.entry("service-ecs-1-shell").Hosts = nil }},
	{"security-group", "sg-client-local", 0, func(f *facts) { without(&f.group("sg-client-local").Egress, "0.0.0.0/0", 443) }},
	// Another rule opens the ports of clients to a part of the network.
	{"security-group", "sg-nodes", 0, func(f *facts) {
		without(&f.group("sg-nodes").Ingress, "10.0.0.0/16", 30000)
		f.group("sg-nodes").Ingress = append(f.group("sg-nodes").Ingress, network.Rule{Protocol: "tcp", CIDR: "10.0.0.0/24", From: 30000, To: 30001})
	}},
	{"service-tags", "ecs-1/echo", 0, func(f *facts) { delete(f.service("m-ecs-1/echo").Tags, tagPorts) }},
	{"propagate-tags", "ecs-1/echo", 0, func(f *facts) { f.service("m-ecs-1/echo").PropagateTags = "NONE" }},
	{"task-subnets", "ecs-1/echo", 0, func(f *facts) { f.service("m-ecs-1/echo").Subnets = []string{"public-local"} }},
	{"task-security-group", "ecs-1/echo", 0, func(f *facts) { f.service("m-ecs-1/echo").Groups = f.service("m-ecs-1/echo").Groups[:1] }},
	{"depends-on", "m-ecs-1-echo:1", 0, func(f *facts) { f.definition("m-ecs-1-echo:1").Containers[0].DependsOn = nil }},
	{"health-check", "m-ecs-1-echo:1", 0, func(f *facts) { f.definition("m-ecs-1-echo:1").Containers[1].HealthCheck = false }},
	{"execution-role", home, 0, func(f *facts) { f.role("execution").ARN = "gone" }},
	{"execution-permission", home, 0, func(f *facts) { f.role("execution").Policies = nil }},
	{"log-group", "/ecs/m-ecs-1", 0, func(f *facts) { f.ecs.LogGroups[home] = nil }},
	{"exec-disabled", "ecs-1/echo", 0, func(f *facts) { f.service("m-ecs-1/echo").Exec = false }},
	{"exec-tasks", "ecs-1/echo", 1, func(f *facts) {
		for i := range f.ecs.Tasks {
			if f.ecs.Tasks[i].Service == f.service("m-ecs-1/echo").ARN {
				f.ecs.Tasks[i].Exec = false
			}
		}
	}},
	{"exec-permission", "m-ecs-1-ecs", 0, func(f *facts) { f.role("m-ecs-1-ecs").Policies = nil }},
}

// external is the discovery role of the account "away".
func external(f *facts) *evaluation.Role {
	return find(f.roles, func(r evaluation.Role) bool { return r.ARN == roleARN(away, "discovery") })
}

func tokenWith(change func(*bootstrap.Token)) func(*facts) {
	return func(f *facts) {
		f.definition("m-ecs-1-echo:1").Containers[1].Environment[bootstrap.Variable] = token(change, "m-ecs-1")
	}
}

func without(rules *[]network.Rule, cidr string, port int) {
	*rules = slices.DeleteFunc(*rules, func(r network.Rule) bool { return r.CIDR == cidr && r.From == port })
}

// from is a policy about callers from namespaces.
func from(namespace, name, action string, namespaces ...string) authz.Policy {
	var list []any
	for _, n := range namespaces {
		list = append(list, n)
	}
	return authz.Policy{Namespace: namespace, Name: name, Spec: map[string]any{
		"action": action, "rules": []any{map[string]any{"from": []any{map[string]any{"source": map[string]any{"namespaces": list}}}}},
	}}
}

// What calls nobody in the mesh by its preset needs no variable: the log router of FireLens, and a container that is given none.
func TestContainersWithoutAPresetNeedNoVariables(t *testing.T) {
	f := healthy()
	d := f.definition("m-ecs-1-echo:1")
	d.Containers = append(d.Containers, Container{Name: "router", RoutesLogs: true}, Container{Name: "otel"})
	cluster := f.stack.Clusters["ecs-1"]
	echo := cluster.Services["echo"]
	echo.Clients = map[string]string{"otel": "none"}
	cluster.Services["echo"] = echo
	about := func() (all []Finding) {
		result, err := Run(t.Context(), f, f.stack, Options{})
		if err != nil {
			t.Fatal(err)
		}
		return slices.DeleteFunc(result.Findings, func(f Finding) bool { return f.Ingredient != "all-proxy" })
	}
	if found := about(); len(found) > 0 {
		t.Errorf("doctor finds %v", found)
	}
	echo.Clients = nil
	cluster.Services["echo"] = echo
	if found := about(); len(found) != 1 || !strings.Contains(found[0].Sentence, "otel") {
		t.Errorf("doctor finds %v", found)
	}
}
