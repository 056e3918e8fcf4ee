package policy_test

import (
	"strings"
	"testing"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/policy"
)

// The verifier reads the same values that istiod sends to the waypoint.
func TestTracesOfAWaypointAreRead(t *testing.T) {
	const provider = `extensionProviders: [{name: otel, opentelemetry: {service: otel-collector.observability.svc.cluster.local, port: 4317}}]`
	// The waypoint brings the namespace apps along.
	whole := []string{strings.Replace(base, "apiVersion: v1\nkind: Namespace\nmetadata: {name: apps}\n---\n", "", 1), waypoint, collector, telemetry}
	for name, c := range map[string]struct {
		mesh    string
		objects []string
		want    policy.Traces
	}{
		"declared":          {provider, whole, policy.Traces{Service: "otel-collector.observability.svc.cluster.local", Port: 4317, Known: true, Sampling: 25}},
		"without provider":  {"{}", whole, policy.Traces{}},
		"without Telemetry": {provider, whole[:3], policy.Traces{}},
	} {
		t.Run(name, func(t *testing.T) {
			configuration := backend.Object{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "istio", "namespace": "istio-system"},
				"data": map[string]any{"mesh": c.mesh}}
			istiod, err := policy.New(append(objects(t, c.objects...), configuration))
			if err != nil {
				t.Fatal(err)
			}
			found, err := istiod.Traces("apps/waypoint")
			if err != nil || len(found) == 0 {
				t.Fatalf("%v, %v", found, err)
			}
			for _, got := range found {
				if got != c.want {
					t.Errorf("got %+v, want %+v", got, c.want)
				}
			}
		})
	}
}
