package policy_test

import (
	"testing"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/policy"
)

// guested is the fleet with an ingress that admits routes of demo-2, a namespace with a waypoint. No service has a label that leads to the
// waypoint; the namespace has the label with a value, "" for none.
func guested(t *testing.T, label string, more ...backend.Object) *policy.Istiod {
	t.Helper()
	all := append(append(fleet(t), entrance(t, "guests")...), objects(t, `
apiVersion: v1
kind: Pod
metadata: {name: istiod-1, namespace: istio-system, labels: {app: istiod}}
spec: {containers: [{name: discovery, env: [{name: PILOT_ENABLE_AMBIENT, value: "true"}, {name: PILOT_PREFER_SENDING_HBONE, value: "true"}]}]}
`)...)
	for _, o := range all {
		if o["kind"] != "Namespace" {
			continue
		}
		metadata := o["metadata"].(map[string]any)
		labels, _ := metadata["labels"].(map[string]any)
		if labels == nil {
			labels = map[string]any{}
			metadata["labels"] = labels
		}
		// The API server sets it.
		labels["kubernetes.io/metadata.name"] = metadata["name"]
		if metadata["name"] == "demo-2" && label != "" {
			labels["istio.io/ingress-use-waypoint"] = label
		}
	}
	i, err := policy.New(append(all, more...))
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// guestRoute is a route of a namespace to the service of demo-2.
func guestRoute(t *testing.T, namespace, host string) []backend.Object {
	return objects(t, `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: `+namespace+`}
spec:
  parentRefs: [{group: gateway.networking.k8s.io, kind: Gateway, namespace: demo-ingress, name: ingress, sectionName: https}]
  hostnames: [`+host+`]
  rules: [{matches: [{path: {type: PathPrefix, value: /}}], backendRefs: [{group: networking.istio.io, kind: Hostname, name: `+servers["demo-2"].host+`, port: 8080, weight: 1}]}]
`)
}

// The Gateway admits the routes of the namespaces that it names, to the listener with HTTPS alone.
func TestTheIngressAdmitsRoutesOfGuestsAlone(t *testing.T) {
	i := guested(t, "", append(guestRoute(t, "demo-2", "orders.example.org"), guestRoute(t, "demo-1", "stolen.example.org")...)...)
	for _, c := range []struct {
		port   uint32
		host   string
		status uint32
	}{
		{443, "orders.example.org", 0},
		{80, "orders.example.org", 301},
		{443, "stolen.example.org", 404},
		{443, "shop.example.com", 0},
	} {
		got := i.Enter(policy.Entry{Gateway: door, Port: c.port, Host: c.host, Path: "/"})
		if got.Status != c.status || c.status == 0 && len(got.Backends) != 1 {
			t.Errorf("port %d of %s: %d to %+v (%s), want %d", c.port, c.host, got.Status, got.Backends, got.Why, c.status)
		}
	}
}

// The label of the namespace leads the gateway through the waypoint, for a service that says nothing of it.
func TestTheIngressGoesThroughTheWaypointOfANamespace(t *testing.T) {
	to := policy.Backend{Hostname: servers["demo-2"].host, Port: 8080}
	for label, want := range map[string]policy.Hop{"true": {Address: waypointPod, Tunnel: true}, "": {Address: servers["demo-2"].address, Tunnel: true}} {
		if got := guested(t, label, guestRoute(t, "demo-2", "orders.example.org")...).Hops(door, to); len(got) != 1 || got[0] != want {
			t.Errorf("with the label %q the gateway goes to %+v, want %+v", label, got, want)
		}
	}
}
