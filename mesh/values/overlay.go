package values

import (
	"encoding/json"

	"ambient-ecs/mesh/podsecurity"
)

// PriorityClass is the priority of the pods that every call or certificate depends on. Kubernetes makes the class
// itself and allows it in every namespace.
const PriorityClass = "system-cluster-critical"

// Labels that istiod puts on the pods of a gateway or waypoint.
const (
	LabelGatewayClass = "gateway.networking.k8s.io/gateway-class-name"
	labelGatewayName  = "gateway.networking.k8s.io/gateway-name"
)

// LabelDefaults marks a ConfigMap in istiod's namespace as the defaults of a gateway class. Its value is the class.
const LabelDefaults = "gateway.istio.io/defaults-for-class"

// Overlay is the data of a ConfigMap that istiod merges into the objects that it makes for gateways. The ConfigMap
// stands beside istiod with LabelDefaults, or beside one Gateway, whose spec.infrastructure.parametersRef names it
// (istio/istio, pilot/pkg/config/kube/gateway/deploymentcontroller.go, 1.29.1).
//
// The pods of each gateway get PriorityClass and are spread over hosts and zones. A disruption budget keeps one of two or more.
// class is the gateway class, replicas the number of pods of each gateway. Where level is Restricted, they get the seccomp profile
// that it demands; the rest of it is in Istio's own template.
func Overlay(class string, replicas int, level podsecurity.Level) map[string]string {
	selector := map[string]any{"matchLabels": map[string]any{LabelGatewayClass: class}}
	pod := map[string]any{
		"priorityClassName":         PriorityClass,
		"topologySpreadConstraints": spread(selector, labelGatewayName),
	}
	if level == podsecurity.Restricted {
		pod["securityContext"] = map[string]any{"seccompProfile": map[string]any{"type": "RuntimeDefault"}}
	}
	// With a single pod, a budget that keeps it would block every drain. One that keeps none replaces the budget of two pods in an install
	// that had them: istiod deletes no budget.
	budget := map[string]any{"maxUnavailable": 1}
	if replicas > 1 {
		budget = map[string]any{"minAvailable": 1}
	}
	return map[string]string{"deployment": Text(map[string]any{"spec": map[string]any{
		"replicas": replicas,
		"template": map[string]any{"spec": pod},
	}}), "podDisruptionBudget": Text(map[string]any{"spec": budget})}
}

// spread are the constraints that spread pods over zones and hosts. The pods of each value of the label keys count
// separately, and those of each revision of a Deployment, so that an update needs no third node.
//
// Hosts are a hard constraint. A node that is being drained does not count, so two nodes satisfy it, and so does the last
// one that is left. Zones are a wish, because all nodes may be in one.
func spread(selector map[string]any, keys ...any) []any {
	constraint := func(topology, otherwise string) map[string]any {
		return map[string]any{
			"topologyKey": topology, "maxSkew": 1, "whenUnsatisfiable": otherwise, "nodeTaintsPolicy": "Honor",
			"labelSelector": selector, "matchLabelKeys": append([]any{"pod-template-hash"}, keys...),
		}
	}
	return []any{constraint("topology.kubernetes.io/zone", "ScheduleAnyway"), constraint("kubernetes.io/hostname", "DoNotSchedule")}
}

// Text returns JSON, which is also YAML.
func Text(value any) string {
	data, err := json.Marshal(value)
	if err != nil {
		panic("values: " + err.Error()) // literals encode
	}
	return string(data)
}
