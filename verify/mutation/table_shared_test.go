//go:build engine

package mutation

// members are the ingredients of several services under one name.
var members = []mutation{
	{name: "hostname of a member", spoil: all(tag(away, serviceKind, hostnameTag, "other.ecs.local", "service/ambient-ecs-3/checkout"), tag(away, taskKind, hostnameTag, "other.ecs.local", `"service:checkout"`)),
		red: "2 members/checkout", ingredient: "service-tags", words: "ecs-3/checkout|other.ecs.local"},
	{name: "hostname of a member's task", spoil: tag(away, taskKind, hostnameTag, "other.ecs.local", `"service:checkout"`),
		red: "2 members/checkout", ingredient: "task-tags", words: "ecs-3/checkout|other.ecs.local"},
	{name: "namespace of a member's task", spoil: tag(away, taskKind, "ecs.solo.io/namespace", "ambient-ecs-3", `"service:checkout"`),
		red: "2 members/checkout", ingredient: "task-tags", words: "ecs-3/checkout|ambient-ecs-3"},
	{name: "tasks of a member that istiod still knows", spoil: remove(away, taskKind, `"service:checkout"`),
		red: "*→checkout revision/ecs-3/checkout", ingredient: "no-task", words: "ecs-3/checkout", frozen: true},
	{name: "tasks of a member", spoil: all(remove(away, taskKind, `"service:checkout"`), without(istioAPI, "WorkloadEntry", checkoutNS, "ecs-task-444455556666*")),
		red: "2 members/checkout revision/ecs-3/checkout", ingredient: "no-task", words: "ecs-3/checkout", frozen: true},
	{name: "ports of orders", spoil: tag(home, serviceKind, portsTag, "http:9090", `"name":"orders"`),
		red: "*→orders traffic/orders.* ingress/around/orders.*", ingredient: "service-tags", words: "ecs-2/orders|9090"},
	{name: "roles of two members", spoil: swapped(checkoutNS, "checkout-ecs-1", "checkout-ecs-3"),
		red: "*→checkout rule/orders.*/*/* identity/*/checkout-*", ingredient: "service-account-role", words: "ambient-checkout/checkout-ecs-"},
	{name: "service account of a member", spoil: without("v1", "ServiceAccount", checkoutNS, "checkout-ecs-3"),
		red: "*→checkout identity/ecs-3/checkout-ecs-3", ingredient: "service-account", words: "ambient-checkout/checkout-ecs-3"},
	{name: "namespace of a shared service", spoil: without("v1", "Namespace", "", checkoutNS),
		red: "*→checkout rule/orders.*/*/* 1 2 3 members/checkout identity/*/checkout-* trust/*/checkout-* locality/checkout live/*", ingredient: "namespace", words: checkoutNS},
	{name: "preference for near members", spoil: unset("v1", "Namespace", "", checkoutNS, "metadata", "annotations", "networking.istio.io/traffic-distribution"),
		red: "locality/checkout", ingredient: "locality", words: checkoutNS + "|PreferSameZone"},
	{name: "namespace in a member's token", spoil: token("ambient-ecs-3-checkout", "namespace", "ambient-ecs-3"),
		red: "*→checkout", ingredient: "token-namespace", words: "ambient-ecs-3-checkout"},
	{name: "way to a member in another account", spoil: rule(away, ingressKind, "-server", "HBONE from the mesh in local"),
		red: "*→external *→checkout", ingredient: "security-group", words: "tasks-external-server|TCP 15008 into|(192.168.0.0/16)"},
}
