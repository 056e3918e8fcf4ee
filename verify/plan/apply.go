package plan

import (
	"fmt"
	"maps"
	"strings"

	"ambient-ecs/verify/backend"
)

const (
	waypointClass = "istio-waypoint"
	annotationARN = "ecs.solo.io/arn"
)

// apply returns the objects as they are after the change. It does not modify its argument.
func (c Change) apply(objects []backend.Object) []backend.Object {
	var order []string
	all := map[string]backend.Object{}
	put := func(o backend.Object) {
		id := identify(o)
		if _, there := all[id]; !there {
			order = append(order, id)
		}
		all[id] = o
	}
	for _, o := range objects {
		put(o)
	}
	for _, o := range c.Drop {
		delete(all, identify(o))
	}
	for number, o := range c.Put {
		put(merged(all[identify(o)], o))
		if backend.Text(o, "kind") == "Gateway" && backend.Text(o, "spec", "gatewayClassName") == waypointClass && !addressed(all[identify(o)]) {
			for _, made := range waypoint(all[identify(o)], number) {
				put(made)
			}
		}
	}
	var result []backend.Object
	for _, id := range order {
		if o, there := all[id]; there {
			result = append(result, c.tagged(o))
		}
	}
	return result
}

// merged is an object after the change: the declared fields, and fields of others such as a status.
func merged(live, declared backend.Object) backend.Object {
	if live == nil {
		return declared
	}
	o := maps.Clone(live)
	for key, value := range declared {
		if key != "metadata" {
			o[key] = value
			continue
		}
		metadata := map[string]any{}
		if own, ok := live["metadata"].(map[string]any); ok {
			maps.Copy(metadata, own)
		}
		if planned, ok := value.(map[string]any); ok {
			for _, owned := range []string{"labels", "annotations"} {
				// The labels of an object that the program declares are the declared ones and those that Kubernetes adds.
				metadata[owned] = keep(metadata[owned], planned[owned])
			}
		}
		o["metadata"] = metadata
	}
	return o
}

// keep adds Kubernetes' own values in the live object to the declared values.
func keep(live, declared any) map[string]any {
	result := map[string]any{}
	if l, ok := live.(map[string]any); ok {
		for key, value := range l {
			if strings.HasPrefix(key, "kubernetes.io/") {
				result[key] = value
			}
		}
	}
	if d, ok := declared.(map[string]any); ok {
		maps.Copy(result, d)
	}
	return result
}

// waypoint are the objects that istiod will make for the Gateway of a new waypoint, as far as decisions depend on them:
// its Service, and the address in its status.
func waypoint(gateway backend.Object, number int) []backend.Object {
	namespace, name := backend.NamespaceOf(gateway), backend.NameOf(gateway)
	// This is no address of a real service: EKS uses 10.100.0.0/16 or 172.20.0.0/16.
	address := fmt.Sprintf("240.241.%d.%d", number/250, 1+number%250)
	ready := maps.Clone(gateway)
	ready["status"] = map[string]any{
		"addresses": []any{map[string]any{"type": "Hostname", "value": name + "." + namespace + ".svc.cluster.local"}},
		"conditions": []any{
			map[string]any{"type": "Accepted", "status": "True", "reason": "Accepted", "message": "", "lastTransitionTime": "2000-01-01T00:00:00Z"},
			map[string]any{"type": "Programmed", "status": "True", "reason": "Programmed", "message": "", "lastTransitionTime": "2000-01-01T00:00:00Z"},
		},
	}
	return []backend.Object{ready, {
		"apiVersion": "v1", "kind": "Service",
		"metadata": map[string]any{
			"name": name, "namespace": namespace,
			"labels": map[string]any{"gateway.networking.k8s.io/gateway-name": name, "gateway.networking.k8s.io/gateway-class-name": waypointClass},
		},
		"spec": map[string]any{
			"clusterIP": address, "clusterIPs": []any{address}, "type": "ClusterIP",
			"selector": map[string]any{"gateway.networking.k8s.io/gateway-name": name},
			"ports":    []any{map[string]any{"name": "mesh", "port": int64(15008), "protocol": "TCP", "appProtocol": "hbone"}},
		},
	}}
}

func addressed(gateway backend.Object) bool {
	status, _ := gateway["status"].(map[string]any)
	addresses, _ := status["addresses"].([]any)
	return len(addresses) > 0
}

// tagged gives a discovered ServiceEntry the label that istiod will derive from the tag of its ECS service.
func (c Change) tagged(o backend.Object) backend.Object {
	if backend.Text(o, "kind") != "ServiceEntry" {
		return o
	}
	waypoint, changes := c.Waypoints[backend.Text(o, "metadata", "annotations", annotationARN)]
	if !changes {
		return o
	}
	metadata := maps.Clone(o["metadata"].(map[string]any))
	labels := map[string]any{}
	if own, ok := metadata["labels"].(map[string]any); ok {
		maps.Copy(labels, own)
	}
	if delete(labels, tagWaypoint); waypoint != "" {
		labels[tagWaypoint] = waypoint
	}
	metadata["labels"] = labels
	o = maps.Clone(o)
	o["metadata"] = metadata
	return o
}

// identify names an object across versions of its API.
func identify(o backend.Object) string {
	group, _, grouped := strings.Cut(backend.Text(o, "apiVersion"), "/")
	if !grouped {
		group = ""
	}
	return strings.Join([]string{group, backend.Text(o, "kind"), backend.NamespaceOf(o), backend.NameOf(o)}, "/")
}
