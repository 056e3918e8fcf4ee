package charts

// The address to which the waypoints send their traces.
const (
	CollectorService = "otel-collector." + Namespace + ".svc.cluster.local"
	CollectorPort    = 4317
)

// CollectorValues returns the values of the OpenTelemetry collector's chart. The collector takes traces and sends
// them to Jaeger. So another backend can replace Jaeger without a change of the mesh.
func CollectorValues() map[string]any {
	return map[string]any{
		"fullnameOverride": "otel-collector",
		"mode":             "deployment",
		"image":            map[string]any{"repository": "otel/opentelemetry-collector-k8s"},
		"resources":        resources("50m", "128Mi", "256Mi"),
		"service":          map[string]any{"type": "ClusterIP"},
		"ports": map[string]any{
			"otlp": map[string]any{"enabled": true}, "otlp-http": off(), "zipkin": off(),
			"jaeger-compact": off(), "jaeger-thrift": off(), "jaeger-grpc": off(),
		},
		"config": map[string]any{
			"exporters": map[string]any{"otlp": map[string]any{
				// Both run in one namespace of one cluster, and neither is in the mesh.
				"endpoint": "jaeger." + Namespace + ":4317", "tls": map[string]any{"insecure": true},
			}},
			"service": map[string]any{"pipelines": map[string]any{"traces": map[string]any{
				"receivers": []any{"otlp"}, "processors": []any{"memory_limiter", "batch"}, "exporters": []any{"otlp"},
			}}},
		},
	}
}

// JaegerValues returns the values of Jaeger's chart: one process that keeps traces in its memory.
func JaegerValues() map[string]any {
	return map[string]any{
		"fullnameOverride": Jaeger,
		"jaeger": map[string]any{
			"enabled":   true,
			"replicas":  1,
			"service":   map[string]any{"type": "ClusterIP"},
			"ingress":   off(),
			"resources": resources("50m", "256Mi", "1Gi"),
		},
	}
}
