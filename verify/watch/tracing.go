package watch

import (
	"fmt"
	"maps"
	"slices"

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

// discovering is a job of Prometheus that discovers ECS tasks.
type discovering struct {
	Discoveries []struct {
		Role     string   `json:"role"`
		RoleARN  string   `json:"role_arn"`
		Clusters []string `json:"clusters"`
		Port     int      `json:"port"`
	} `json:"aws_sd_configs"`
}

// Job is where Prometheus looks for the tasks of some clusters, and with which role.
type Job struct {
	Role     string
	Clusters []string
	Port     int
}

// Jobs are those of a configuration of Prometheus ("prometheus.yml"), or of the chart's values. Without any they are
// empty, and not nil.
func Jobs(configuration string) ([]Job, error) {
	var file struct {
		Configured []discovering          `json:"scrape_configs"`
		Values     map[string]discovering `json:"scrapeConfigs"`
	}
	if err := yaml.Unmarshal([]byte(configuration), &file); err != nil {
		return nil, fmt.Errorf("read Prometheus's configuration: %w", err)
	}
	all := file.Configured
	for _, name := range slices.Sorted(maps.Keys(file.Values)) {
		all = append(all, file.Values[name])
	}
	jobs := []Job{}
	for _, one := range all {
		for _, d := range one.Discoveries {
			if d.Role == "ecs" {
				jobs = append(jobs, Job{d.RoleARN, d.Clusters, d.Port})
			}
		}
	}
	return jobs, nil
}
