//go:build engine

package mutation

import "ambient-ecs/sandbox/kubernetes/api"

// past are the cases that turn red when callers of orders bypass its waypoint: its tasks refuse them.
const past = "shared/orders/* l7/*/*/* rule/orders.*/*/* route/orders.*/* traffic/orders.*"

// waypoints are the ingredients that send callers to the waypoints and keep them from bypassing these.
var waypoints = []mutation{
	{name: "label that leads to the waypoint", spoil: unset("v1", "Namespace", "", ordersNS, "metadata", "labels", useWaypoint),
		red: past, ingredient: "waypoint-label", words: "ambient-orders/waypoint"},
	{name: "label that leads to another waypoint", spoil: set("v1", "Namespace", "", ordersNS, "other", "metadata", "labels", useWaypoint),
		red: past, ingredient: "waypoint-label", words: "ambient-orders/other"},
	{name: "tag that leads to the waypoint of a service", spoil: tag(home, serviceKind, useWaypoint, "", "service/ambient-ecs-2/echo-service"),
		red: "traffic/echo-service.* route/echo-service.*/*", ingredient: "waypoint-label", words: "ambient-ecs-2/echo-service-waypoint"},
	{name: "waypoint", spoil: without(gatewayAPI, "Gateway", ordersNS, "waypoint"),
		red: past, ingredient: "waypoint", words: "ambient-orders/waypoint"},
	{name: "pods of the waypoint", spoil: unset("v1", "Pod", ordersNS, "waypoint-*", "status", "conditions"),
		red: "shared/orders/* l7/*/*/* rule/orders.*/*/* route/orders.*/*", ingredient: "waypoint", words: "ambient-orders/waypoint", frozen: true},
	{name: "address of the waypoint", spoil: unset(gatewayAPI, "Gateway", ordersNS, "waypoint", "status"),
		red: past, ingredient: "waypoint", words: "ambient-orders/waypoint", frozen: true},
	{name: "service account of the waypoint", spoil: set("v1", "Pod", ordersNS, "waypoint-*", "other", "spec", "serviceAccountName"),
		red: "*→orders -route/orders.*/*", ingredient: "waypoint-kept-out", words: "ambient-orders/other", frozen: true},
	{name: "way from waypoints to tasks", spoil: rule(home, ingressKind, "tasks-local-server", "HBONE from the mesh in local"),
		red: "around/*/* *→ecs-1 *→ecs-2 *→orders-canary *→checkout *→orders", ingredient: "security-group", words: "tasks-local-server|TCP 15008 into|(192.168.0.0/16)"},
	{name: "guard", spoil: without(securityAPI, "AuthorizationPolicy", ordersNS, "allow-waypoint-to-orders"),
		red: "*→orders -route/orders.*/*", ingredient: "policy-missing", words: "ambient-orders/allow-waypoint-to-orders"},
	{name: "guard for another identity", spoil: policyRules("allow-waypoint-to-orders", map[string]any{"from": []any{map[string]any{"source": map[string]any{"principals": []any{"cluster.local/ns/ambient-ecs-1/sa/ecs"}}}}}),
		red: "around/*/ecs-1 *→orders -route/orders.*/*", ingredient: "waypoint-kept-out", words: "allow-waypoint-to-orders"},
	{name: "guard of other tasks", spoil: set(securityAPI, "AuthorizationPolicy", ordersNS, "allow-waypoint-to-orders", "other.ecs.local", "spec", "selector", "matchLabels", hostnameTag),
		red: "*→orders -route/orders.*/*", ingredient: "waypoint-kept-out", words: "deny-all|allow-waypoint-to-orders|about other tasks"},
	{name: "every policy of the tasks", spoil: all(without(securityAPI, "AuthorizationPolicy", ordersNS, "deny-all"), without(securityAPI, "AuthorizationPolicy", ordersNS, "allow-waypoint-to-orders")),
		red: "around/*/* ingress/around/orders.*", ingredient: "policy-open", words: "past the waypoint"},
	{name: "every policy of the namespace", spoil: without(securityAPI, "AuthorizationPolicy", ordersNS, "*"),
		red: "around/*/* ingress/around/orders.* l7/*/*/* shared/orders/* -*→orders", ingredient: "policy-open", words: "ecs-2/orders"},
}

// rules are the ingredients of the waypoint's decisions.
var rules = []mutation{
	{name: "policy of the waypoint", spoil: without(securityAPI, "AuthorizationPolicy", ordersNS, "waypoint-allow-to-orders"),
		red: "*→orders", ingredient: "policy-missing", words: "ambient-orders/waypoint-allow-to-orders"},
	{name: "method of a rule", spoil: policyRules("waypoint-allow-to-orders", from([]any{"ambient-checkout", "ambient-ecs-1", "ambient-ecs-3"}, []any{"PUT"}), from([]any{"ambient-checkout"}, []any{"POST"})),
		red: "*→orders -rule/orders.*/*/* l7/*/ecs-1/1 l7/*/ecs-3/1", ingredient: "policy", words: "GET|waypoint-allow-to-orders"},
	{name: "caller of a rule", spoil: policyRules("waypoint-allow-to-orders", from([]any{"ambient-checkout", "ambient-ecs-2", "ambient-ecs-3"}, []any{"GET"}), from([]any{"ambient-checkout"}, []any{"POST"})),
		red: "ecs-1→orders -rule/orders.*/*/* shared/orders/ecs-2 l7/*/ecs-2/0", ingredient: "policy", words: "GET|waypoint-allow-to-orders"},
	{name: "rule without methods", spoil: policyRules("waypoint-allow-to-orders", from([]any{"ambient-checkout", "ambient-ecs-1", "ambient-ecs-3"}, nil)),
		red: "l7/*/ecs-1/1 l7/*/ecs-1/2 l7/*/ecs-3/1 l7/*/ecs-3/2", ingredient: "policy-open", words: "P"},
	{name: "waypoint that a policy is bound to", spoil: set(securityAPI, "AuthorizationPolicy", ordersNS, "waypoint-allow-to-orders", []any{map[string]any{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "other"}}, "spec", "targetRefs"),
		red: "*→orders", ingredient: "policy", words: "deny-all-at-waypoint"},
	{name: "policy that denies a method", spoil: with(api.Object{"apiVersion": securityAPI, "kind": "AuthorizationPolicy", "metadata": map[string]any{"name": "no-reading", "namespace": ordersNS},
		"spec": map[string]any{"action": "DENY", "targetRefs": []any{map[string]any{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "waypoint"}},
			"rules": []any{map[string]any{"to": []any{map[string]any{"operation": map[string]any{"methods": []any{"GET"}}}}}}}}),
		red: "*→orders -rule/orders.*/*/*", ingredient: "policy", words: "ambient-orders/no-reading"},
	{name: "writer of a rule", spoil: policyRules("waypoint-allow-to-orders", from([]any{"ambient-checkout", "ambient-ecs-1", "ambient-ecs-3"}, []any{"GET"})),
		red: "rule/orders.*/allow/1", ingredient: "policy", words: "POST|waypoint-allow-to-orders"},
	{name: "policy of the backend", spoil: deny("ambient-orders-canary", "nothing", map[string]any{}),
		red: "*→orders-canary route/orders.*/*", ingredient: "policy", words: "ambient-orders-canary/nothing"},
}

// connections are the ingredients of the decisions at tasks of a cluster without a waypoint, in stage l4.
var connections = []mutation{
	{name: "policy of a service", spoil: without(securityAPI, "AuthorizationPolicy", "ambient-ecs-1", "allow-to-echo-service"),
		red: "*→ecs-1", ingredient: "policy-missing", words: "ambient-ecs-1/allow-to-echo-service"},
	{name: "tasks of a policy", spoil: set(securityAPI, "AuthorizationPolicy", "ambient-ecs-1", "allow-to-echo-service", "other.ecs.local", "spec", "selector", "matchLabels", hostnameTag),
		red: "*→ecs-1", ingredient: "policy", words: "ambient-ecs-1/allow-to-echo-service|about other tasks"},
	{name: "port of a policy", spoil: set(securityAPI, "AuthorizationPolicy", "ambient-ecs-1", "allow-to-echo-service", []any{map[string]any{"to": []any{map[string]any{"operation": map[string]any{"ports": []any{"9090"}}}}}}, "spec", "rules"),
		red: "*→ecs-1", ingredient: "policy", words: "ambient-ecs-1/allow-to-echo-service"},
	{name: "callers of a policy", spoil: set(securityAPI, "AuthorizationPolicy", "ambient-ecs-1", "allow-to-echo-service", []any{from([]any{"ambient-ecs-1", "ambient-ecs-2"}, nil)}, "spec", "rules"),
		red: "eks→ecs-1 ecs-3→ecs-1 users→ecs-1", ingredient: "policy", words: "ambient-ecs-1/allow-to-echo-service"},
}
