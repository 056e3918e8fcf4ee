//go:build engine

package mutation

import (
	"fmt"
	"slices"

	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/world"
)

// kubernetes are the ingredients on the cluster's side.
var kubernetes = []mutation{
	{name: "network label", spoil: unset("v1", "Namespace", "", system, "metadata", "labels", network),
		red: "*→*", ingredient: "network-label", words: system},
	{name: "other network label", spoil: set("v1", "Namespace", "", system, "other", "metadata", "labels", network),
		red: "*→*", ingredient: "network-label", words: system},
	{name: "name capture", spoil: set("v1", "ConfigMap", system, "istio-cni-config", "false", "data", "AMBIENT_DNS_CAPTURE"),
		red: "eks→ecs -address/*/*", ingredient: "dns-capture", words: "istio-cni"},
	{name: "ztunnel of the nodes", spoil: unset("v1", "Pod", system, "ztunnel-*", "status", "conditions"),
		red: "eks→* *→eks unknown-name/eks", ingredient: "ztunnel-node", words: "ztunnel", frozen: true},
	{name: "licence", spoil: without("v1", "Secret", system, "istio-license"),
		red: "*→ecs ecs→*", ingredient: "licence", words: "istio-license"},
	{name: "Deployment of the echo", spoil: without("apps/v1", "Deployment", "default", "eks-echo"),
		red: "*→eks", ingredient: "workload", words: "eks-echo"},
	{name: "Service of the echo", spoil: without("v1", "Service", "default", "eks-echo"),
		red: "*→eks", ingredient: "hostname-unknown", words: "eks-echo"},
	{name: "istiod", spoil: unset("v1", "Pod", system, "istiod-*", "status", "conditions"),
		red: "*→* live/*", ingredient: "istiod", words: "istiod", frozen: true},
	{name: "redirection of a pod", spoil: unset("v1", "Pod", "default", "eks-echo-*", "metadata", "annotations"),
		red: "ecs→eks", blind: "eks→eks", ingredient: "pod-not-captured", words: "eks-echo", frozen: true},
	{name: "ambient label", spoil: unset("v1", "Namespace", "", "default", "metadata", "labels", "istio.io/dataplane-mode"),
		red: "eks→ecs ecs→eks", blind: "eks→eks", ingredient: "namespace-not-ambient", words: "default"},
	{name: "namespace of an ECS cluster", spoil: without("v1", "Namespace", "", "ambient-ecs-2"),
		red: "trust/ecs-2/ecs *→ecs-2 ecs-2→* 1 2 3 identity/ecs-2/ecs live/local", ingredient: "namespace", words: "ambient-ecs-2"},
}

// gateways are the ingredients of the path between networks and to istiod.
var gateways = []mutation{
	{name: "gateway", spoil: without(gatewayAPI, "Gateway", system, "eastwest"),
		red: "*→ecs ecs→*", ingredient: "gateway", words: "eastwest"},
	{name: "gateway's listeners", spoil: set(gatewayAPI, "Gateway", system, "eastwest", []any{}, "spec", "listeners"),
		red: "*→ecs ecs→*", ingredient: "gateway-listener", words: "eastwest"},
	{name: "gateway's pods", spoil: unset("v1", "Pod", system, "eastwest-*", "status", "conditions"),
		red: "*→ecs ecs→*", ingredient: "gateway-pods", words: "eastwest", frozen: true},
	{name: "load balancer", spoil: remove(home, balancerKind),
		red: "*→ecs ecs→*", ingredient: "load-balancer", words: "", frozen: true},
	{name: "load balancer's state", spoil: property(home, balancerKind, "state", "provisioning"),
		red: "*→ecs ecs→*", ingredient: "load-balancer", words: "", frozen: true},
	{name: "source range of HBONE", spoil: sourceRange(15008, "10.1.0.0/16"),
		red: "ecs-3→*", ingredient: "security-group", words: "15008|eks-cluster-sg|(10.1.0.0/16)", frozen: true},
	{name: "source range of xDS", spoil: sourceRange(15012, "10.1.0.0/16"),
		red: "*→ecs-3 ecs-3→*", ingredient: "security-group", words: "15012|eks-cluster-sg|(10.1.0.0/16)", frozen: true},
	{name: "source ranges of the load balancer", spoil: set(gatewayAPI, "Gateway", system, "eastwest", "192.168.0.0/16", "spec", "infrastructure", "annotations", "service.beta.kubernetes.io/load-balancer-source-ranges"),
		red: "*→ecs-3 ecs-3→*", ingredient: "source-range", words: "(192.168.0.0/16) do not hold 10.1."},
	{name: "listener of xDS", spoil: listener(15012),
		red: "*→ecs ecs→*", ingredient: "gateway-listener", words: "15012"},
	{name: "listener of HBONE", spoil: listener(15008),
		red: "ecs→*", ingredient: "gateway-listener", words: "15008"},
	{name: "gateway's status", spoil: unset(gatewayAPI, "Gateway", system, "eastwest", "status"),
		red: "ecs→*", ingredient: "gateway-not-programmed", words: "eastwest", frozen: true},
	{name: "gateway's network label", spoil: unset(gatewayAPI, "Gateway", system, "eastwest", "metadata", "labels", network),
		red: "ecs→*", ingredient: "network-label", words: "Gateway istio-system/eastwest", frozen: true},
	{name: "other network of the gateway", spoil: set(gatewayAPI, "Gateway", system, "eastwest", "other", "metadata", "labels", network),
		red: "ecs→*", ingredient: "network-label", words: "Gateway istio-system/eastwest|other", frozen: true},
	{name: "network label of the gateway's Service", spoil: unset("v1", "Service", system, "eastwest-istio-eastwest", "metadata", "labels", network),
		red: "ecs→*", ingredient: "network-label", words: "Service istio-system/eastwest-istio-eastwest", frozen: true},
	{name: "gateway's address", spoil: set(gatewayAPI, "Gateway", system, "eastwest", []any{api.Object{"type": "Hostname", "value": "other.elb.eu-central-1.amazonaws.com"}}, "status", "addresses"),
		red: "ecs→*", ingredient: "gateway-address", words: "other.elb", frozen: true},
	{name: "way to istiod behind the gateway", spoil: unset("v1", "Service", system, "eastwest-istio-eastwest", "metadata", "labels", "istio.io/expose-istiod"),
		red: "*→ecs ecs→*", ingredient: "gateway-expose-label", words: "eastwest", frozen: true},
	{name: "load balancer of the internet", spoil: property(home, balancerKind, "internal", false),
		red: "*→ecs ecs→* gateway/15008 gateway/15012", ingredient: "load-balancer", words: "internet-facing", frozen: true},
	{name: "load balancer open to a foreign network", spoil: foreignRule(15008, "172.16.0.0/12"),
		red: "gateway/15008", ingredient: "gateway-open", words: "172.16.0.0/12|15008", frozen: true},
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
