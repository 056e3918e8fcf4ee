// Package overlay makes the data of the ConfigMaps from which istiod takes what a gateway has besides its Gateway
// object: replicas, spread and disruption budget. istiod merges each text into an object that it makes for the
// gateway, by Kubernetes' strategic merge. The ConfigMap is that of a gateway class, or one that a Gateway names in
// spec.infrastructure.parametersRef.
// (https://istio.io/latest/docs/tasks/traffic-management/ingress/gateway-api/, 2026-11-29)
package overlay

import "encoding/json"

// Replicas is the number of pods of a gateway. With a single pod, every rollout of a node would be an outage.
const Replicas = 2

// The topologies over which pods are spread.
const (
	zone = "topology.kubernetes.io/zone"
	node = "kubernetes.io/hostname"
)

// Replicated is the data for gateways whose pods have some labels: replicas over zones and nodes, and a budget that
// keeps one of them. Pods that differ in a label of keys are spread separately.
func Replicated(labels map[string]string, keys ...string) map[string]string {
	spread := func(topology string) any {
		constraint := map[string]any{
			"topologyKey": topology, "maxSkew": 1, "whenUnsatisfiable": "ScheduleAnyway",
			"labelSelector": map[string]any{"matchLabels": labels},
		}
		if len(keys) > 0 {
			constraint["matchLabelKeys"] = keys
		}
		return constraint
	}
	return map[string]string{
		"deployment": Text(map[string]any{"spec": map[string]any{
			"replicas": Replicas,
			"template": map[string]any{"spec": map[string]any{
				"topologySpreadConstraints": []any{spread(zone), spread(node)},
			}},
		}}),
		"podDisruptionBudget": Text(map[string]any{"spec": map[string]any{"minAvailable": 1}}),
	}
}

// Text returns JSON, which is also YAML. The value consists of maps, slices and plain values.
func Text(value any) string {
	data, err := json.Marshal(value)
	if err != nil {
		panic("overlay: " + err.Error()) // such values encode
	}
	return string(data)
}
