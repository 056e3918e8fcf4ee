//go:build engine

package mutation

import (
	"fmt"
	"slices"

	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/world"
)

func allMutations() []mutation {
	return slices.Concat(discovery, tasks, kubernetes, gateways, wires, policies)
}

const (
	gatewayAPI = "gateway.networking.k8s.io/v1"
	system     = "istio-system"
	home       = "local"
	away       = "external"
	network    = "topology.istio.io/network"
	echoes     = "service/ambient-ecs-3/echo-service"
)

// discovery is what istiod needs to find tasks.
var discovery = []mutation{
	{name: "cluster tag", spoil: tag(away, clusterKind, "ecs.solo.io/discovery-enabled", ""), ingredient: "cluster-tag", words: "ambient-ecs-3"},
	{name: "cluster tag false", spoil: tag(home, clusterKind, "ecs.solo.io/discovery-enabled", "false", "cluster/ambient-ecs-2"), ingredient: "cluster-tag", words: "ambient-ecs-2"},
	{name: "Pod Identity association", spoil: remove(home, podIdentityKind), ingredient: "pod-identity-missing", words: "istiod", fresh: true},
	{name: "role of the association", spoil: text(home, podIdentityKind, "roleArn", "ambient-istiod", "other"), ingredient: "pod-identity-role", words: "other", fresh: true},
	{name: "istiod's role", spoil: remove(home, roleKind, "role/ambient-istiod"+`"`), ingredient: "istiod-role", words: "ambient-istiod", fresh: true},
	{name: "trust of istiod's role", spoil: text(home, roleKind, "assumeRolePolicy", "pods.eks.amazonaws.com", "ec2.amazonaws.com", "PodIdentityOfIstiod"), ingredient: "istiod-role-trust", words: "ambient-istiod", fresh: true},
	{name: "sts:TagSession of Pod Identity", spoil: text(home, roleKind, "assumeRolePolicy", `,"sts:TagSession"`, "", "PodIdentityOfIstiod"), ingredient: "istiod-role-trust", words: "ambient-istiod", fresh: true},
	{name: "policy of istiod's role", spoil: remove(home, rolePolicyKind, "ambient-istiod:"), ingredient: "discovery-permission", words: "ambient-istiod", fresh: true},
	{name: "one role in istiod's policy", spoil: text(home, rolePolicyKind, "policy", "ambient-discovery-external", "other", "ambient-istiod:"), ingredient: "discovery-permission", words: "ambient-istiod", fresh: true},
	{name: "sts:TagSession of istiod", spoil: text(home, rolePolicyKind, "policy", `,"sts:TagSession"`, "", "ambient-istiod:"), ingredient: "discovery-tag-session", words: "ambient-istiod", fresh: true},
	{name: "discovery role", spoil: remove(away, roleKind, "ambient-discovery-external"), ingredient: "discovery-role", words: "ambient-discovery-external", fresh: true},
	{name: "trust of a discovery role", spoil: text(away, roleKind, "assumeRolePolicy", "role/ambient-istiod", "role/other", "ambient-discovery-external"), ingredient: "discovery-trust", words: "ambient-discovery-external", fresh: true},
	{name: "session tag in the trust", spoil: text(away, roleKind, "assumeRolePolicy", `"istiod"`, `"other"`, "ambient-discovery-external"), ingredient: "discovery-trust", words: "ambient-discovery-external", fresh: true},
	{name: "sts:TagSession in the trust", spoil: text(away, roleKind, "assumeRolePolicy", `,"sts:TagSession"`, "", "ambient-discovery-external"), ingredient: "discovery-tag-session", words: "ambient-discovery-external", fresh: true},
	{name: "policy of a discovery role", spoil: remove(away, rolePolicyKind, "ambient-discovery-external:"), ingredient: "discovery-ecs-permission", words: "ambient-discovery-external", fresh: true},
	{name: "ecs:ListClusters", spoil: text(away, rolePolicyKind, "policy", "ecs:ListClusters", "ecs:Other", "ambient-discovery-external:"), ingredient: "discovery-ecs-permission", words: "ecs:ListClusters", fresh: true},
	{name: "ecs:ListTasks", spoil: text(away, rolePolicyKind, "policy", "ecs:ListTasks", "ecs:Other", "ambient-discovery-external:"), ingredient: "discovery-ecs-permission", words: "ecs:ListTasks", fresh: true},
	{name: "ecs:DescribeServices", spoil: text(away, rolePolicyKind, "policy", "ecs:DescribeServices", "ecs:Other", "ambient-discovery-external:"), ingredient: "discovery-ecs-permission", words: "ecs:DescribeServices", fresh: true},
	{name: "ecs:DescribeTasks", spoil: text(away, rolePolicyKind, "policy", "ecs:DescribeTasks", "ecs:Other", "ambient-discovery-external:"), ingredient: "discovery-ecs-permission", words: "ecs:DescribeTasks", fresh: true},
	{name: "ecs:DescribeClusters", spoil: text(away, rolePolicyKind, "policy", "ecs:DescribeClusters", "ecs:Other", "ambient-discovery-external:"), ingredient: "discovery-ecs-permission", words: "ecs:DescribeClusters", fresh: true},
	{name: "region of discovery", spoil: text(away, rolePolicyKind, "policy", "eu-central-1", "us-east-1", "ambient-discovery-external:"), ingredient: "discovery-ecs-permission", words: "ambient-discovery-external", fresh: true},
	{name: "Pod Identity agent", spoil: remove(home, "aws:eks/addon:Addon", "eks-pod-identity-agent"), ingredient: "pod-identity-agent", words: "eks-pod-identity-agent", fresh: true},
	{name: "age of istiod's role", spoil: property(home, roleKind, "uniqueId", "AROAOTHER", "PodIdentityOfIstiod"), ingredient: "pod-identity-stale", words: "", fresh: true},
}

// tasks is what tasks need to be in the mesh.
var tasks = []mutation{
	{name: "hostname tag of the service", spoil: tag(away, serviceKind, "ecs.solo.io/hostname", "other.ecs.local", echoes), ingredient: "service-tags", words: "ecs-3"},
	{name: "namespace tag of the service", spoil: tag(away, serviceKind, "ecs.solo.io/namespace", "", echoes), ingredient: "service-tags", words: "ecs-3"},
	{name: "ports tag of the service", spoil: tag(away, serviceKind, "ecs.solo.io/ports", "9090", echoes), ingredient: "service-tags", words: "ecs-3"},
	{name: "namespace tag of a task", spoil: tag(away, taskKind, "ecs.solo.io/namespace", "", "service:echo-service"), ingredient: "task-tags", words: "ecs-3"},
	{name: "service account tag of a task", spoil: tag(away, taskKind, "ecs.solo.io/service-account", "other", "service:echo-service"), ingredient: "task-tags", words: "ecs-3"},
	{name: "network tag of a task", spoil: tag(away, taskKind, network, "other", "service:echo-service"), ingredient: "network-label", words: "other"},
	{name: "role of a service account", spoil: unset("v1", "ServiceAccount", "ambient-ecs-3", "ecs", "metadata", "annotations"), ingredient: "service-account-role", words: "ambient-ecs-3/ecs"},
	{name: "other role of a service account", spoil: set("v1", "ServiceAccount", "ambient-ecs-2", "ecs", "arn:aws:iam::111122223333:role/other", "metadata", "annotations", "ecs.solo.io/role-arn"), ingredient: "service-account-role", words: "ambient-ecs-2/ecs"},
	{name: "service account", spoil: without("v1", "ServiceAccount", "ambient-ecs-1", "ecs"), ingredient: "service-account", words: "ambient-ecs-1/ecs"},
	{name: "task role", spoil: taskRole("", "/ambient-ecs-3-echo-service:"), ingredient: "task-role", words: "ambient-ecs-3-echo-service"},
	{name: "other task role", spoil: taskRole("arn:aws:iam::111122223333:role/ambient-ecs-2-ecs", "/ambient-ecs-1-shell-task:"), ingredient: "task-role", words: "ambient-ecs-1-shell-task"},
	{name: "task role's trust", spoil: text(away, roleKind, "assumeRolePolicy", "ecs-tasks.amazonaws.com", "ec2.amazonaws.com", "role/ambient-ecs-3-ecs"), ingredient: "task-role-trust", words: "ambient-ecs-3-ecs"},
	{name: "ztunnel of the called", spoil: container("ambient-ecs-1-echo-service", `"name":"ztunnel"`, `"name":"z"`), ingredient: "ztunnel-container", words: "ambient-ecs-1-echo-service"},
	{name: "ztunnel of the caller", spoil: container("ambient-ecs-1-shell-task", `"name":"ztunnel"`, `"name":"z"`), ingredient: "ztunnel-container", words: "ambient-ecs-1-shell-task"},
	{name: "ALL_PROXY", spoil: container("ambient-ecs-1-shell-task", `"ALL_PROXY"`, `"OTHER"`), ingredient: "all-proxy", words: "ambient-ecs-1-shell-task"},
	{name: "names in ALL_PROXY", spoil: container("ambient-ecs-2-shell-task", "socks5h:", "socks5:"), ingredient: "all-proxy", words: "ambient-ecs-2-shell-task"},
	{name: "port of ALL_PROXY", spoil: container("ambient-ecs-3-shell-task", "15080", "1080"), ingredient: "all-proxy", words: "ambient-ecs-3-shell-task"},
	{name: "application's port", spoil: container("ambient-ecs-1-echo-service", "8080", "8081"), ingredient: "application-port", words: "ambient-ecs-1-echo-service"},
	{name: "bootstrap token", spoil: container("ambient-ecs-1-shell-task", "BOOTSTRAP_TOKEN", "OTHER"), ingredient: "token", words: "ambient-ecs-1-shell-task"},
	{name: "token's namespace", spoil: token("ambient-ecs-1-shell-task", "namespace", "ambient-ecs-2"), ingredient: "token-namespace", words: "ambient-ecs-1-shell-task"},
	{name: "token's service account", spoil: token("ambient-ecs-1-echo-service", "serviceAccount", "other"), ingredient: "token-service-account", words: "ambient-ecs-1-echo-service"},
	{name: "token's address", spoil: token("ambient-ecs-3-shell-task", "url", "https://other.elb.eu-central-1.amazonaws.com:15012"), ingredient: "token-url", words: "ambient-ecs-3-shell-task"},
	{name: "token's certificate", spoil: token("ambient-ecs-3-echo-service", "caCert", "other"), ingredient: "token-ca", words: "ambient-ecs-3-echo-service"},
	{name: "token's network", spoil: token("ambient-ecs-2-shell-task", "network", "other"), ingredient: "token-network", words: "ambient-ecs-2-shell-task"},
	{name: "token's platform", spoil: token("ambient-ecs-2-echo-service", "platform", "other"), ingredient: "token-platform", words: "ambient-ecs-2-echo-service"},
	{name: "tasks", spoil: remove(away, taskKind, "service:echo-service"), ingredient: "no-task", words: "ecs-3/echo-service", frozen: true},
}

// kubernetes is what the cluster's own side needs.
var kubernetes = []mutation{
	{name: "network label", spoil: unset("v1", "Namespace", "", system, "metadata", "labels", network), ingredient: "network-label", words: system},
	{name: "other network label", spoil: set("v1", "Namespace", "", system, "other", "metadata", "labels", network), ingredient: "network-label", words: system},
	{name: "name capture", spoil: set("v1", "ConfigMap", system, "istio-cni-config", "false", "data", "AMBIENT_DNS_CAPTURE"), ingredient: "dns-capture", words: "istio-cni"},
	{name: "ztunnel of the nodes", spoil: unset("v1", "Pod", system, "ztunnel-*", "status", "conditions"), ingredient: "ztunnel-node", words: "ztunnel", frozen: true},
	{name: "licence", spoil: without("v1", "Secret", system, "istio-license"), ingredient: "licence", words: "istio-license"},
	{name: "Deployment of the echo", spoil: without("apps/v1", "Deployment", "default", "eks-echo"), ingredient: "workload", words: "eks-echo"},
	{name: "Service of the echo", spoil: without("v1", "Service", "default", "eks-echo"), ingredient: "hostname-unknown", words: "eks-echo"},
	{name: "istiod", spoil: unset("v1", "Pod", system, "istiod-*", "status", "conditions"), ingredient: "istiod", words: "istiod", frozen: true},
	{name: "redirection of a pod", spoil: unset("v1", "Pod", "default", "eks-echo-*", "metadata", "annotations"), ingredient: "pod-not-captured", words: "eks-echo", frozen: true},
}

// gateways is the way between networks and to istiod.
var gateways = []mutation{
	{name: "gateway", spoil: without(gatewayAPI, "Gateway", system, "eastwest"), ingredient: "gateway", words: "eastwest"},
	{name: "gateway's listeners", spoil: set(gatewayAPI, "Gateway", system, "eastwest", []any{}, "spec", "listeners"), ingredient: "gateway-listener", words: "eastwest"},
	{name: "gateway's pods", spoil: unset("v1", "Pod", system, "eastwest-*", "status", "conditions"), ingredient: "gateway-pods", words: "eastwest", frozen: true},
	{name: "load balancer", spoil: remove(home, balancerKind), ingredient: "load-balancer", words: "", frozen: true},
	{name: "load balancer's state", spoil: property(home, balancerKind, "state", "provisioning"), ingredient: "load-balancer", words: "", frozen: true},
	{name: "source range of HBONE", spoil: sourceRange(15008, "10.1.0.0/16"), ingredient: "security-group", words: "(10.1.0.0/16)", frozen: true},
	{name: "source range of xDS", spoil: sourceRange(15012, "10.1.0.0/16"), ingredient: "security-group", words: "(10.1.0.0/16)", frozen: true},
	{name: "source ranges of the load balancer", spoil: set(gatewayAPI, "Gateway", system, "eastwest", "192.168.0.0/16", "spec", "infrastructure", "annotations", "service.beta.kubernetes.io/load-balancer-source-ranges"), ingredient: "source-range", words: "10.1."},
	{name: "listener of xDS", spoil: listener(15012), ingredient: "gateway-listener", words: "15012"},
	{name: "listener of HBONE", spoil: listener(15008), ingredient: "gateway-listener", words: "15008"},
}

// listener removes one of the gateway's listeners.
func listener(port int64) func(*spoiler) {
	return func(s *spoiler) {
		s.Helper()
		s.object(gatewayAPI, "Gateway", system, "eastwest", func(_ *api.Cluster, o api.Object) {
			all := api.List(o, "spec", "listeners")
			left := slices.DeleteFunc(slices.Clone(all), func(l any) bool {
				o, _ := l.(map[string]any)
				return api.Int(o, "port") == port
			})
			if len(left) == len(all) {
				s.Fatalf("no listener on port %d", port)
			}
			api.Set(o, left, "spec", "listeners")
		})
	}
}

// sourceRange drops the rule by which the nodes admit a network to a port of the load balancer.
func sourceRange(port int64, cidr string) func(*spoiler) {
	return func(s *spoiler) {
		s.Helper()
		s.each(home, balancerKind, func(b *world.Resource) {
			for _, p := range api.Maps(b.Props, "ports") {
				if api.Int(p, "port") == port {
					node := fmt.Sprintf(`"fromPort":%d,`, api.Int(p, "nodePort"))
					s.each(home, ingressKind, s.tx.Drop, "nlb/client", cidr, node)
				}
			}
		})
	}
}

// wires is the network beneath.
var wires = []mutation{
	{name: "HBONE into local from local", spoil: rule(home, ingressKind, "tasks-local-server", "HBONE from the mesh in local"), ingredient: "security-group", words: "15008"},
	{name: "HBONE into external from local", spoil: rule(away, ingressKind, "-server", "HBONE from the mesh in local"), ingredient: "security-group", words: "15008"},
	{name: "HBONE out of local to local", spoil: rule(home, egressKind, "tasks-local-client", "HBONE to the mesh in local"), ingredient: "security-group", words: "15008"},
	{name: "HBONE out of external to local", spoil: rule(away, egressKind, "-client", "HBONE to the mesh in local"), ingredient: "security-group", words: "15008"},
	{name: "xDS out of local", spoil: rule(home, egressKind, "tasks-local-client", "15012", "192.168.0.0/16"), ingredient: "security-group", words: "15012"},
	{name: "xDS out of external", spoil: rule(away, egressKind, "-client", "15012", "192.168.0.0/16"), ingredient: "security-group", words: "15012"},
	{name: "rule among nodes", spoil: rule(home, ingressKind, "eks-cluster-sg", "referencedSecurityGroupId"), ingredient: "security-group", words: "eks-cluster-sg"},
	{name: "egress of nodes", spoil: rule(home, egressKind, "eks-cluster-sg", "0.0.0.0/0"), ingredient: "security-group", words: "eks-cluster-sg"},
	{name: "peering", spoil: remove(home, peeringKind), ingredient: "route", words: "leads to pcx-"},
	{name: "peering's status", spoil: property(home, peeringKind, "acceptStatus", "pending-acceptance"), ingredient: "peering", words: "pcx-"},
	{name: "routes of local", spoil: remove(home, routeKind, "pcx-"), ingredient: "route", words: "rtb-"},
	{name: "routes of external", spoil: remove(away, routeKind, "pcx-"), ingredient: "route", words: "rtb-"},
	{name: "associations of local", spoil: remove(home, associationKind), ingredient: "route", words: "rtb-"},
	{name: "associations of external", spoil: remove(away, associationKind), ingredient: "route", words: "rtb-"},
}

func deny(namespace, name string, spec map[string]any) func(*spoiler) {
	return with(api.Object{"apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy",
		"metadata": map[string]any{"name": name, "namespace": namespace}, "spec": spec})
}

// policies are added rather than taken away.
var policies = []mutation{
	{name: "policy that allows nothing", spoil: deny("ambient-ecs-1", "nothing", map[string]any{}), ingredient: "policy", words: "nothing"},
	{name: "policy for the whole mesh", spoil: deny(system, "everyone", map[string]any{}), ingredient: "policy", words: "everyone"},
	{name: "policy that denies a namespace", spoil: deny("ambient-ecs-3", "strangers", map[string]any{"action": "DENY",
		"rules": []any{map[string]any{"from": []any{map[string]any{"source": map[string]any{"namespaces": []any{"default"}}}}}}}), ingredient: "policy", words: "strangers"},
}
