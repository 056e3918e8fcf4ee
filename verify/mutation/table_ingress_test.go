//go:build engine

package mutation

import (
	"slices"
	"strings"
	"testing"

	"ambient-ecs/sandbox/kubernetes/api"
)

const (
	entryNS = "ambient-ingress"
	entry   = "echo.example.com"
	guarded = "ambient-ecs-1"
	// everyUser are the cases that turn red when no user gets to the gateway. It is the calls that are to be answered, and those
	// that are to be answered by a redirection, by 404 or by the waypoint.
	everyUser = "users→* ingress/*/http ingress/unknown-host/* ingress/echo.example.com/0/1"
	https     = "users→* ingress/unknown-host/443 ingress/echo.example.com/0/1"
)

// opened switches the ingress on. "/" leads to the echo service of ecs-1 behind a waypoint that denies users a path, and "/plain" to
// that of ecs-2, which has none.
func opened(t *testing.T, text string) string {
	t.Helper()
	for _, edit := range [][2]string{
		{"    enabled: false\n    scheme: internal", "    enabled: true\n    scheme: internal"},
		{"          - {to: {ecs-1/echo-service: 1}}\n", "          - {to: {ecs-1/echo-service: 1}}\n          - {pathPrefix: /plain, to: {ecs-2/echo-service: 1}}\n"},
		{"            - {from: [ingress]} # below\n", "            - {from: [ingress]} # below\n          deny:\n            - {from: [ingress], paths: [\"/admin*\"]}\n          waypoint: true\n"},
		{"    ecs-1:\n      account: local\n", "    ecs-1:\n      account: local\n      policyStage: l7\n"},
		{"            PORT: \"8080\"\n        orders:\n", "            PORT: \"8080\"\n          allow:\n            - {from: [ingress]}\n        orders:\n"},
	} {
		if strings.Count(text, edit[0]) != 1 {
			t.Fatalf("Pulumi.dev.yaml does not say %q once", edit[0])
		}
		text = strings.Replace(text, edit[0], edit[1], 1)
	}
	return text
}

// openings are the ingredients of the way of users.
var openings = []mutation{
	{name: "ingress", spoil: without(gatewayAPI, "Gateway", entryNS, "ingress"),
		red: everyUser, ingredient: "ingress", words: "ambient-ingress/ingress", frozen: true},
	{name: "listener for plain HTTP", spoil: entryListener(80),
		red: "ingress/*/http", ingredient: "ingress-listener", words: "port 80", frozen: true},
	{name: "listener for HTTPS", spoil: entryListener(443),
		red: "users→* ingress/echo.example.com/0/1", ingredient: "ingress-listener", words: "port 443", frozen: true},
	{name: "status of the ingress", spoil: unset(gatewayAPI, "Gateway", entryNS, "ingress", "status"),
		red: everyUser, ingredient: "ingress-not-programmed", words: "ambient-ingress/ingress", frozen: true},
	{name: "pods of the ingress", spoil: unset("v1", "Pod", entryNS, "ingress-istio-*", "status", "conditions"),
		red: everyUser, ingredient: "ingress-pods", words: "ambient-ingress/ingress", frozen: true},
	{name: "address of the ingress", spoil: set(gatewayAPI, "Gateway", entryNS, "ingress", []any{api.Object{"type": "Hostname", "value": "other.elb.eu-central-1.amazonaws.com"}}, "status", "addresses"),
		red: everyUser, ingredient: "ingress-address", words: "other.elb", frozen: true},
	{name: "load balancer of the ingress", spoil: remove(home, balancerKind, entryNS+"/ingress-istio"),
		red: everyUser, blind: "ingress/sources/*", ingredient: "ingress-load-balancer", words: "no load balancer", frozen: true},
	{name: "state of the ingress' load balancer", spoil: property(home, balancerKind, "state", "provisioning", entryNS+"/ingress-istio"),
		red: everyUser, ingredient: "ingress-load-balancer", words: "provisioning", frozen: true},
	{name: "scheme of the ingress' load balancer", spoil: property(home, balancerKind, "internal", false, entryNS+"/ingress-istio"),
		red: everyUser + " ingress/sources/*", ingredient: "ingress-load-balancer", words: "internet-facing|internal", frozen: true},
	{name: "rule for clients", spoil: sourceRange(443, "10.1.0.0/16"),
		red: https, ingredient: "ingress-source", words: "10.1.0.0/16|port 443", frozen: true},
	{name: "ingress open to others", spoil: foreignRule(443, "172.16.0.0/12"),
		red: "ingress/sources/443", ingredient: "ingress-open", words: "172.16.0.0/12|port 443", frozen: true},
	{name: "certificate of the ingress", spoil: unset("v1", "Service", entryNS, "ingress-istio", "metadata", "annotations", "service.beta.kubernetes.io/aws-load-balancer-ssl-cert"),
		blind: https, ingredient: "ingress-certificate", words: "ambient-ingress/ingress-istio", frozen: true},
	{name: "tunnel of the ingress", spoil: istiodVariable("PILOT_PREFER_SENDING_HBONE", "true", "false"),
		red: "ingress/echo.example.com/1/0", ingredient: "ingress-tunnel", words: "PILOT_PREFER_SENDING_HBONE"},
	{name: "route of a host", spoil: without(gatewayAPI, "HTTPRoute", entryNS, "host."+entry),
		red: "users→* ingress/echo.example.com/0/1", ingredient: "ingress-route", words: "users get 404"},
	{name: "redirection to HTTPS", spoil: without(gatewayAPI, "HTTPRoute", entryNS, "redirect"),
		red: "ingress/*/http", ingredient: "ingress-route", words: "http://" + entry},
	{name: "service of a route", spoil: backendOf("host."+entry, "echo-service.ambient-ecs-1.ecs.local", "echo-service.ambient-ecs-3.ecs.external"),
		red: "ingress/echo.example.com/0/0 ingress/echo.example.com/0/1", ingredient: "ingress-route", words: "others than the stack declares"},
	{name: "label that leads the ingress to the waypoint", spoil: tag(home, serviceKind, "istio.io/ingress-use-waypoint", "", "service/ambient-ecs-1/echo-service"),
		red: "ingress/echo.example.com/0/0 ingress/echo.example.com/0/1", ingredient: "ingress-waypoint-label", words: "ambient-ecs-1"},
	{name: "users in the waypoint's policy", spoil: withoutUsers("waypoint-allow-to-echo-service"),
		red: "ingress/echo.example.com/0/0", ingredient: "policy", words: "ambient-ecs-1/waypoint-allow-to-echo-service"},
	{name: "denial for users", spoil: without(securityAPI, "AuthorizationPolicy", guarded, "waypoint-deny-to-echo-service"),
		red: "ingress/echo.example.com/0/1", ingredient: "policy-open", words: "ecs-1/echo-service"},
	{name: "tasks behind the waypoint", spoil: with(api.Object{"apiVersion": securityAPI, "kind": "AuthorizationPolicy", "metadata": map[string]any{"name": "allow-ingress", "namespace": guarded},
		"spec": map[string]any{"rules": []any{map[string]any{"from": []any{map[string]any{"source": map[string]any{"namespaces": []any{entryNS}}}}}}}}),
		red: "ingress/around/echo-service.ambient-ecs-1", ingredient: "policy-open", words: "past the waypoint"},
}

// entryListener removes one of the ingress' listeners.
func entryListener(port int64) func(*spoiler) {
	return func(s *spoiler) {
		s.Helper()
		s.object(gatewayAPI, "Gateway", entryNS, "ingress", func(_ *api.Cluster, o api.Object) {
			api.Set(o, slices.DeleteFunc(slices.Clone(api.List(o, "spec", "listeners")), func(l any) bool {
				one, _ := l.(map[string]any)
				return api.Int(one, "port") == port
			}), "spec", "listeners")
		})
	}
}

// backendOf changes a backend of an HTTPRoute of the ingress.
func backendOf(route, old, new string) func(*spoiler) {
	return func(s *spoiler) {
		s.Helper()
		changed := false
		s.object(gatewayAPI, "HTTPRoute", entryNS, route, func(_ *api.Cluster, o api.Object) {
			for _, rule := range api.Maps(o, "spec", "rules") {
				for _, to := range api.Maps(rule, "backendRefs") {
					if to["name"] == old {
						to["name"], changed = new, true
					}
				}
			}
		})
		if !changed {
			s.Fatalf("HTTPRoute %s does not lead to %s", route, old)
		}
	}
}

// withoutUsers takes the ingress from the callers of a policy.
func withoutUsers(policy string) func(*spoiler) {
	return func(s *spoiler) {
		s.Helper()
		changed := false
		s.object(securityAPI, "AuthorizationPolicy", guarded, policy, func(_ *api.Cluster, o api.Object) {
			api.Set(o, slices.DeleteFunc(slices.Clone(api.List(o, "spec", "rules")), func(rule any) bool {
				users := strings.Contains(encode(s, rule), "ingress-istio")
				changed = changed || users
				return users
			}), "spec", "rules")
		})
		if !changed {
			s.Fatalf("policy %s does not admit the ingress", policy)
		}
	}
}
