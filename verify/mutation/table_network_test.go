//go:build engine

package mutation

import "ambient-ecs/sandbox/kubernetes/api"

// wires are the ingredients of the network below the mesh.
var wires = []mutation{
	{name: "HBONE into local from local", spoil: rule(home, ingressKind, "tasks-local-server", "HBONE from the mesh in local"),
		red: "*→local", ingredient: "security-group", words: "tasks-local-server|TCP 15008 into|(192.168.0.0/16)"},
	{name: "HBONE into external from local", spoil: rule(away, ingressKind, "-server", "HBONE from the mesh in local"),
		red: "*→external", ingredient: "security-group", words: "tasks-external-server|TCP 15008 into|(192.168.0.0/16)"},
	{name: "HBONE out of local to local", spoil: rule(home, egressKind, "tasks-local-client", "HBONE to the mesh in local"),
		red: "local→*", ingredient: "security-group", words: "tasks-local-client|TCP 15008 out of|(192.168.0.0/16)"},
	{name: "HBONE out of external to local", spoil: rule(away, egressKind, "-client", "HBONE to the mesh in local"),
		red: "external→*", ingredient: "security-group", words: "tasks-external-client|TCP 15008 out of|(192.168.0.0/16)"},
	{name: "HBONE into local from external", spoil: rule(home, ingressKind, "tasks-local-server", "HBONE from the mesh in external"),
		red: "external→local", ingredient: "security-group", words: "tasks-local-server|TCP 15008 into|(10.1.0.0/16)|directly"},
	{name: "HBONE into external from external", spoil: rule(away, ingressKind, "-server", "HBONE from the mesh in external"),
		red: "external→external", ingredient: "security-group", words: "tasks-external-server|TCP 15008 into|(10.1.0.0/16)|directly"},
	{name: "HBONE out of local to external", spoil: rule(home, egressKind, "tasks-local-client", "HBONE to the mesh in external"),
		red: "local→external", ingredient: "security-group", words: "tasks-local-client|TCP 15008 out of|(10.1.0.0/16)|directly"},
	{name: "HBONE out of external to external", spoil: rule(away, egressKind, "-client", "HBONE to the mesh in external"),
		red: "external→external", ingredient: "security-group", words: "tasks-external-client|TCP 15008 out of|(10.1.0.0/16)|directly"},
	{name: "xDS out of local", spoil: rule(home, egressKind, "tasks-local-client", "15012", "192.168.0.0/16"),
		red: "*→local local→*", ingredient: "security-group", words: "tasks-local-client|TCP 15012 out of|(192.168.0.0/16)"},
	{name: "xDS out of external", spoil: rule(away, egressKind, "-client", "15012", "192.168.0.0/16"),
		red: "*→external external→*", ingredient: "security-group", words: "tasks-external-client|TCP 15012 out of|(192.168.0.0/16)"},
	{name: "rule among nodes", spoil: rule(home, ingressKind, "eks-cluster-sg", "referencedSecurityGroupId"),
		red: "*→eks", ingredient: "security-group", words: "eks-cluster-sg|TCP 15008 into"},
	{name: "egress of nodes", spoil: rule(home, egressKind, "eks-cluster-sg", "0.0.0.0/0"),
		red: "*→*", ingredient: "security-group", words: "eks-cluster-sg|out of"},
	{name: "peering", spoil: remove(home, peeringKind),
		red: "*→external external→*", ingredient: "peering", words: "pcx-|not there"},
	{name: "peering's status", spoil: property(home, peeringKind, "acceptStatus", "pending-acceptance"),
		red: "*→external external→*", ingredient: "peering", words: "pcx-|pending-acceptance"},
	{name: "routes of local", spoil: remove(home, routeKind, "pcx-"),
		red: "*→external external→*", ingredient: "route", words: "sends 10.1.0.0/16 to nat-"},
	{name: "routes of external", spoil: remove(away, routeKind, "pcx-"),
		red: "*→external external→*", ingredient: "route", words: "sends 192.168.0.0/16 to nat-"},
	{name: "associations of local", spoil: remove(home, associationKind),
		red: "eks→external external→*", blind: "local→*", ingredient: "route", words: "has no route to 10.1.0.0/16"},
	{name: "associations of external", spoil: remove(away, associationKind),
		red: "*→external -external→*", blind: "external→*", ingredient: "route", words: "has no route to 192.168.0.0/16"},
}

func deny(namespace, name string, spec map[string]any) func(*spoiler) {
	return with(api.Object{"apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy",
		"metadata": map[string]any{"name": name, "namespace": namespace}, "spec": spec})
}

// policies are added, not removed.
var policies = []mutation{
	{name: "policy that allows nothing", spoil: deny("ambient-ecs-1", "nothing", map[string]any{}),
		red: "*→ecs-1", ingredient: "policy", words: "nothing"},
	{name: "policy for the whole mesh", spoil: deny(system, "everyone", map[string]any{}),
		red: "*→*", ingredient: "policy", words: "everyone"},
	{name: "policy that denies a namespace", spoil: deny("ambient-ecs-3", "strangers", map[string]any{"action": "DENY",
		"rules": []any{map[string]any{"from": []any{map[string]any{"source": map[string]any{"namespaces": []any{"default"}}}}}}}),
		red: "eks→ecs-3", ingredient: "policy", words: "strangers"},
}
