//go:build engine

package mutation

import (
	"slices"
	"strings"
	"testing"

	"ambient-ecs/sandbox/kubernetes/api"
)

// switchedOn enables everything that the dev stack can switch on, but for what operated has. It adds what has no switch: the echo service of ecs-2
// gets its own waypoint and a split that an HTTPRoute can express, ecs-1 is in stage l4, and flow logs record who is refused.
func switchedOn(t *testing.T, text string) string {
	t.Helper()
	for _, edit := range [][2]string{
		{"enabled: false", "enabled: true"},
		{"    catalog:\n      enabled: true\n", "    catalog:\n      enabled: false\n"},
		{"    search:\n      enabled: true\n", "    search:\n      enabled: false\n"},
		{"    web:\n      enabled: true\n", "    web:\n      enabled: false\n"},
		{"\nconfig:\n", "\nconfig:\n  ambient-ecs:flowLogs:\n    enabled: true\n"},
		{`
            PORT: "8080"
        orders:
`, `
            PORT: "8080"
          waypoint: true
          traffic:
            routes: [{method: GET, pathPrefix: /old, to: {ecs-1/echo-service: 1}}]
            split: {echo-service: 1}
        orders:
`},
		{`
    ecs-1:
      account: local
`, `
    ecs-1:
      account: local
      policyStage: l4
`},
	} {
		if !strings.Contains(text, edit[0]) {
			t.Fatalf("Pulumi.dev.yaml does not say %q any more", edit[0])
		}
		text = strings.ReplaceAll(text, edit[0], edit[1])
	}
	return text
}

// operated enables how services run and how users' TLS ends: sessions of ECS Exec are logged, web has a managed policy, and TLS ends at the gateway.
// Users of one path share a service of ECS and a shared one.
func operated(t *testing.T, text string) string {
	t.Helper()
	for _, edit := range [][2]string{
		{"enabled: false", "enabled: true"},
		{"logSessions: false", "logSessions: true"},
		{"          secrets: {API_KEY: /web/api-key}", "          permissions: {managedPolicies: [" + managedPolicy + "]}\n          secrets: {API_KEY: /web/api-key}"},
		{"    certificateArn: arn:aws:acm:eu-central-1:111122223333:certificate/12345678-1234-1234-1234-123456789012 # yours\n", ownCertificate(t)},
		{"          - {to: {ecs-1/echo-service: 1}}\n", "          - {to: {ecs-1/echo-service: 1}}\n          - {pathPrefix: /shared, to: {ecs-1/echo-service: 90, checkout: 10}}\n"},
		{"    checkout:\n      enabled: true\n      port: 8080\n", "    checkout:\n      enabled: true\n      port: 8080\n      allow: [{from: [ingress]}]\n"},
	} {
		if !strings.Contains(text, edit[0]) {
			t.Fatalf("Pulumi.dev.yaml does not say %q any more", edit[0])
		}
		text = strings.ReplaceAll(text, edit[0], edit[1])
	}
	return text
}

func showcase() []mutation { return slices.Concat(members, waypoints, rules, connections, shares) }

const (
	istioAPI    = "networking.istio.io/v1"
	securityAPI = "security.istio.io/v1"
	ordersNS    = "ambient-orders"
	checkoutNS  = "ambient-checkout"
	orders      = "orders.ambient.ecs.local"
	canary      = "orders-canary.ambient.ecs.local"
	useWaypoint = "istio.io/use-waypoint"
	hostnameTag = "ecs.solo.io/hostname"
	portsTag    = "ecs.solo.io/ports"
)

// all runs several spoils as one.
func all(spoils ...func(*spoiler)) func(*spoiler) {
	return func(s *spoiler) {
		s.Helper()
		for _, spoil := range spoils {
			spoil(s)
		}
	}
}

// policyRules replaces the rules of a policy of orders.
func policyRules(name string, rules ...any) func(*spoiler) {
	return set(securityAPI, "AuthorizationPolicy", ordersNS, name, rules, "spec", "rules")
}

// from is a rule that admits namespaces to the port, by some methods.
func from(namespaces, methods []any) any {
	operation := map[string]any{"ports": []any{"8080"}}
	if len(methods) > 0 {
		operation["methods"] = methods
	}
	return map[string]any{
		"from": []any{map[string]any{"source": map[string]any{"namespaces": namespaces}}},
		"to":   []any{map[string]any{"operation": operation}},
	}
}

// part changes the nth route of the VirtualService of orders.
func part(n int, change func(api.Object)) func(*spoiler) {
	return func(s *spoiler) {
		s.Helper()
		s.object(istioAPI, "VirtualService", ordersNS, "orders", func(_ *api.Cluster, o api.Object) {
			change(api.Maps(o, "spec", "http")[n])
		})
	}
}

// weights sets those of a route's destinations, in their order.
func weights(shares ...int64) func(api.Object) {
	return func(http api.Object) {
		for i, to := range api.Maps(http, "route") {
			to["weight"] = shares[i]
		}
	}
}

// destination sets the host of a route's nth destination.
func destination(n int, host string) func(api.Object) {
	return func(http api.Object) { api.Set(api.Maps(http, "route")[n], host, "destination", "host") }
}

// swapped swaps the roles of two service accounts.
func swapped(namespace, one, other string) func(*spoiler) {
	return func(s *spoiler) {
		s.Helper()
		roles := map[string]string{}
		for _, name := range []string{one, other} {
			s.object("v1", "ServiceAccount", namespace, name, func(_ *api.Cluster, o api.Object) {
				roles[name] = api.Annotations(o)["ecs.solo.io/role-arn"]
			})
		}
		set("v1", "ServiceAccount", namespace, one, roles[other], "metadata", "annotations", "ecs.solo.io/role-arn")(s)
		set("v1", "ServiceAccount", namespace, other, roles[one], "metadata", "annotations", "ecs.solo.io/role-arn")(s)
	}
}
