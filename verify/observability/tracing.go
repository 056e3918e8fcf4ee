package observability

import (
	"fmt"

	"sigs.k8s.io/yaml"
)

// Providers are the names of the tracing providers in istiod's configuration, the text of its ConfigMap.
func Providers(configuration string) ([]string, error) {
	var mesh struct {
		ExtensionProviders []struct {
			Name          string `json:"name"`
			OpenTelemetry any    `json:"opentelemetry"`
		} `json:"extensionProviders"`
	}
	if err := yaml.Unmarshal([]byte(configuration), &mesh); err != nil {
		return nil, fmt.Errorf("read istiod's configuration: %w", err)
	}
	var names []string
	for _, p := range mesh.ExtensionProviders {
		if p.OpenTelemetry != nil {
			names = append(names, p.Name)
		}
	}
	return names, nil
}

// Trace is a tracing provider that a Telemetry names, and the share of the requests that it gets in percent.
type Trace struct {
	Provider string
	Sampling float64
}

// Traces are those of a Telemetry's spec. A share that is not given is Istio's own.
func Traces(spec map[string]any) []Trace {
	var all []Trace
	tracing, _ := spec["tracing"].([]any)
	for _, t := range tracing {
		one, _ := t.(map[string]any)
		share := 1.0
		switch n := one["randomSamplingPercentage"].(type) {
		case float64:
			share = n
		case int64:
			share = float64(n)
		case int:
			share = float64(n)
		}
		providers, _ := one["providers"].([]any)
		for _, p := range providers {
			provider, _ := p.(map[string]any)
			if name, ok := provider["name"].(string); ok {
				all = append(all, Trace{name, share})
			}
		}
	}
	return all
}
