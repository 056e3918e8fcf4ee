package policy_test

import (
	"strings"
	"testing"
	"time"

	manager "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	meshconfig "istio.io/api/mesh/v1alpha1"
	"istio.io/istio/pilot/pkg/features"
	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pilot/test/xds"
	"istio.io/istio/pkg/cluster"
	"istio.io/istio/pkg/config/mesh"
	"istio.io/istio/pkg/test"
)

// collector is the OpenTelemetry collector's Service, and the Telemetry of the program's package observability.
const (
	collector = `
apiVersion: v1
kind: Service
metadata: {name: otel-collector, namespace: observability}
spec:
  clusterIP: 172.20.0.40
  ports: [{name: otlp, port: 4317, targetPort: 4317}]
  selector: {app: collector}
`
	telemetry = `
apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata: {name: mesh-tracing, namespace: istio-system}
spec: {tracing: [{providers: [{name: otel}], randomSamplingPercentage: 25}]}
`
)

// The program's tracing configuration reaches every waypoint, although the Telemetry names none.
func TestWaypointsSendTracesToTheCollector(t *testing.T) {
	configuration := mesh.DefaultMeshConfig()
	configuration.ExtensionProviders = append(configuration.ExtensionProviders, &meshconfig.MeshConfig_ExtensionProvider{
		Name: "otel", Provider: &meshconfig.MeshConfig_ExtensionProvider_Opentelemetry{
			Opentelemetry: &meshconfig.MeshConfig_ExtensionProvider_OpenTelemetryTracingProvider{Service: "otel-collector.observability.svc.cluster.local", Port: 4317},
		},
	})
	for _, traced := range []bool{true, false} {
		// The waypoint brings the namespace apps along.
		texts := []string{strings.Replace(base, "apiVersion: v1\nkind: Namespace\nmetadata: {name: apps}\n---\n", "", 1), waypoint, collector}
		if traced {
			texts = append(texts, telemetry)
		}
		var providers, managers int
		err := test.Wrap(func(t test.Failer) {
			test.SetForTest(t, &features.EnableAmbient, true)
			test.SetForTest(t, &features.EnableAmbientWaypoints, true)
			all := strings.Join(texts, "\n---\n")
			server := xds.NewFakeDiscoveryServer(t, xds.FakeOptions{
				KubernetesObjectString: all, ConfigString: configStore(all), MeshConfig: configuration, DebounceTime: time.Millisecond,
			})
			labels := map[string]string{"gateway.networking.k8s.io/gateway-name": "waypoint"}
			proxy := server.SetupProxy(&model.Proxy{
				Type: model.Waypoint, ID: "waypoint.apps", ConfigNamespace: "apps", Labels: labels, IPAddresses: []string{"127.0.0.1"},
				Metadata: &model.NodeMetadata{Namespace: "apps", Labels: labels, ClusterID: cluster.ID("Kubernetes")},
			})
			for _, l := range server.Listeners(proxy) {
				for _, c := range l.FilterChains {
					for _, f := range c.Filters {
						typed := &manager.HttpConnectionManager{}
						if f.Name != "envoy.filters.network.http_connection_manager" || f.GetTypedConfig().UnmarshalTo(typed) != nil || l.Name != "main_internal" {
							continue
						}
						managers++
						if strings.Contains(typed.GetTracing().String(), "otel-collector.observability.svc.cluster.local") && typed.GetTracing().GetRandomSampling().GetValue() == 25 {
							providers++
						}
					}
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		if managers == 0 || traced != (providers == managers) || !traced && providers > 0 {
			t.Errorf("with Telemetry %v: %d of %d chains send traces", traced, providers, managers)
		}
	}
}

// configStore are the objects in istiod's configuration store: all but Kubernetes' own kinds.
func configStore(text string) string {
	var all []string
	for document := range strings.SplitSeq(text, "\n---\n") {
		if strings.Contains(document, ".istio.io/") && !strings.Contains(document, "apiVersion: v1\n") || strings.Contains(document, "gateway.networking.k8s.io/v1\n") {
			all = append(all, document)
		}
	}
	return strings.Join(all, "\n---\n")
}
