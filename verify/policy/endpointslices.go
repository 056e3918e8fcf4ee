package policy

import (
	"ambient-ecs/verify/backend"
)

// withSlices adds an EndpointSlice for each Service of a gateway or waypoint that has none. Kubernetes' own controller makes
// them, and the objects may come from a place without it. An ingress finds the pods of a waypoint by them: ztunnel does not
// need them. (istio 1.29.1, pilot/pkg/xds/endpoints/endpoint_builder.go, findServiceWaypoint)
func withSlices(objects []backend.Object) []backend.Object {
	sliced := map[string]bool{}
	for _, o := range objects {
		if o["kind"] == "EndpointSlice" {
			sliced[backend.NamespaceOf(o)+"/"+backend.LabelsOf(o)[labelService]] = true
		}
	}
	all := objects[:len(objects):len(objects)]
	for _, o := range objects {
		if o["kind"] == "Service" && backend.LabelsOf(o)[gatewayLabel] != "" && !sliced[backend.ID(o)] {
			all = append(all, sliceOf(o, objects))
		}
	}
	return all
}

// labelService names the Service of an EndpointSlice.
const labelService = "kubernetes.io/service-name"

// sliceOf is the EndpointSlice of a Service, with the ready pods that it selects.
func sliceOf(service backend.Object, objects []backend.Object) backend.Object {
	var endpoints, ports []any
	selector := backend.Strings(service, "spec", "selector")
	for _, pod := range objects {
		ready, _ := backend.ConditionOf(pod, "Ready")
		if pod["kind"] != "Pod" || backend.NamespaceOf(pod) != backend.NamespaceOf(service) || ready != "True" || !selects(selector, backend.LabelsOf(pod)) {
			continue
		}
		endpoints = append(endpoints, map[string]any{
			"addresses": []any{backend.Text(pod, "status", "podIP")}, "conditions": map[string]any{"ready": true, "serving": true},
			"nodeName": backend.Text(pod, "spec", "nodeName"), "targetRef": map[string]any{"kind": "Pod", "namespace": backend.NamespaceOf(pod), "name": backend.NameOf(pod)},
		})
	}
	for _, p := range backend.Objects(service, "spec", "ports") {
		port := backend.Number(p, "targetPort")
		if port == 0 {
			port = backend.Number(p, "port")
		}
		ports = append(ports, map[string]any{"name": backend.Text(p, "name"), "port": port, "protocol": "TCP"})
	}
	return backend.Object{
		"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4", "endpoints": endpoints, "ports": ports,
		"metadata": map[string]any{"name": backend.NameOf(service), "namespace": backend.NamespaceOf(service), "labels": map[string]any{labelService: backend.NameOf(service)}},
	}
}

func selects(selector, labels map[string]string) bool {
	for key, value := range selector {
		if labels[key] != value {
			return false
		}
	}
	return len(selector) > 0
}
