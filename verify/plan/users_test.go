package plan

import (
	"testing"

	"ambient-ecs/verify/backend"
)

const gatewayAPI = "gateway.networking.k8s.io"

// route is a route of the ingress from a host to b, by the paths.
func route(host string, paths ...string) backend.Object {
	var matches []any
	for _, path := range paths {
		matches = append(matches, map[string]any{"path": map[string]any{"type": "PathPrefix", "value": path}})
	}
	return backend.Object{"apiVersion": gatewayAPI + "/v1", "kind": "HTTPRoute", "metadata": map[string]any{"name": host, "namespace": "door"},
		"spec": map[string]any{"hostnames": []any{host}, "parentRefs": []any{map[string]any{"group": gatewayAPI, "kind": "Gateway", "name": "ingress", "sectionName": "https"}},
			"rules": []any{map[string]any{"matches": matches, "backendRefs": []any{map[string]any{"group": "networking.istio.io", "kind": "Hostname", "name": "b.mesh.example", "port": int64(8080)}}}}}}
}

// behind is the mesh with an ingress for users: a gateway with its Service and its pod, and routes.
func behind(routes ...backend.Object) cluster {
	labels := map[string]any{gatewayAPI + "/gateway-name": "ingress"}
	return mesh(append([]backend.Object{
		{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": "door"}},
		{"apiVersion": gatewayAPI + "/v1", "kind": "GatewayClass", "metadata": map[string]any{"name": "istio"}, "spec": map[string]any{"controllerName": "istio.io/gateway-controller"}},
		{"apiVersion": gatewayAPI + "/v1", "kind": "Gateway", "metadata": map[string]any{"name": "ingress", "namespace": "door"},
			"spec": map[string]any{"gatewayClassName": "istio", "listeners": []any{map[string]any{"name": "https", "port": int64(443), "protocol": "HTTP"}}}},
		{"apiVersion": "v1", "kind": "Service", "metadata": map[string]any{"name": "ingress-istio", "namespace": "door", "labels": labels},
			"spec": map[string]any{"clusterIP": "172.20.0.20", "selector": labels, "ports": []any{map[string]any{"name": "https", "port": int64(443), "targetPort": int64(443), "appProtocol": "http"}}}},
		{"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"name": "ingress-1", "namespace": "door", "labels": labels},
			"spec":   map[string]any{"serviceAccountName": "ingress-istio", "nodeName": "node-1"},
			"status": map[string]any{"phase": "Running", "podIP": "10.0.0.20", "podIPs": []any{map[string]any{"ip": "10.0.0.20"}}, "conditions": []any{map[string]any{"type": "Ready", "status": "True"}}}},
	}, routes...)...)
}

func TestAHostOfTheIngressThatGoesStopsItsUsers(t *testing.T) {
	shop, www := route("shop.example.com", "/"), route("*.example.org", "/", "/pay")
	expect(t, compareAll(t, behind(shop, www), preview(t, "delete", shop)), "users → shop.example.com GET /: works → refused")
	expect(t, compareAll(t, behind(shop, www), preview(t, "update", route("*.example.org", "/pay"))), "users → verify.example.org GET /: works → refused")
	expect(t, compareAll(t, behind(shop), preview(t, "create", route("*.example.org", "/pay"))), "users → verify.example.org GET /pay: refused → works")
	expect(t, compareAll(t, behind(shop), preview(t, "update", route("shop.example.com", "/", "/same"))))
}

// The ingress comes to a service with its own identity.
func TestAPolicyThatDoesNotNameTheIngressStopsItsUsers(t *testing.T) {
	shop := route("shop.example.com", "/")
	expect(t, compareAll(t, behind(shop), preview(t, "create", policyIn("b", "only-mesh", from("a", nil)))),
		"b/sa/ecs → b.mesh.example GET /: works → refused", "users → shop.example.com GET /: works → refused")
	expect(t, compareAll(t, behind(shop), preview(t, "create", policyIn("b", "only-users", from("door", nil)))),
		"a/sa/ecs → b.mesh.example GET /: works → refused", "b/sa/ecs → b.mesh.example GET /: works → refused")
}

// Behind a waypoint users ask for what a policy about requests tells apart.
func TestAPolicyAboutRequestsIsAskedForUsersToo(t *testing.T) {
	waypoint := backend.Object{"apiVersion": gatewayAPI + "/v1", "kind": "Gateway", "metadata": map[string]any{"name": "waypoint", "namespace": "b", "labels": map[string]any{"istio.io/waypoint-for": "service"}},
		"spec": map[string]any{"gatewayClassName": waypointClass, "listeners": []any{map[string]any{"name": "mesh", "port": int64(15008), "protocol": "HBONE"}}}}
	namespace := backend.Object{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": "b", "labels": map[string]any{"istio.io/dataplane-mode": "ambient", "istio.io/use-waypoint": "waypoint"}}}
	spec := map[string]any{"action": "DENY", "rules": []any{map[string]any{"to": []any{map[string]any{"operation": map[string]any{"paths": []any{"/admin*"}}}}}},
		"targetRefs": []any{map[string]any{"group": gatewayAPI, "kind": "Gateway", "name": "waypoint"}}}
	expect(t, compareAll(t, behind(route("shop.example.com", "/")), preview(t, "create", waypoint, namespace, policyIn("b", "no-admin", spec))),
		"a/sa/ecs → b.mesh.example GET /adminx: works → refused", "b/sa/ecs → b.mesh.example GET /adminx: works → refused",
		"users → shop.example.com GET /adminx: works → refused")
}
