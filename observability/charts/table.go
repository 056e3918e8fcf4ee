package charts

import "strings"

// Namespace is the namespace of all releases.
const Namespace = "observability"

// The charts by their names in the configuration, which are also the names of the releases.
const (
	Prometheus = "prometheus"
	Grafana    = "grafana"
	Kiali      = "kiali"
	Collector  = "collector"
	Jaeger     = "jaeger"
	FluentBit  = "fluent-bit"
)

// Source is where a chart comes from.
type Source struct {
	// Repository is the chart's repository, Chart its name there, Version its version.
	Repository, Chart, Version string
}

// pinned are the charts. For Prometheus, Grafana and Kiali they are the charts from which Istio 1.29 renders its own
// samples (manifests/addons/gen.sh). Its dashboards are tested with them. The image of Prometheus is another (see
// prometheusVersion). Jaeger's chart 4 brings Jaeger 2. Fluent Bit supports Pod Identity since 4.0.
var pinned = map[string]Source{
	Prometheus: {"https://prometheus-community.github.io/helm-charts", "prometheus", "28.0.0"},
	Grafana:    {"https://grafana.github.io/helm-charts", "grafana", "9.2.2"},
	Kiali:      {"https://kiali.org/helm-charts", "kiali-server", "2.21.0"},
	Collector:  {"https://open-telemetry.github.io/opentelemetry-helm-charts", "opentelemetry-collector", "0.147.1"},
	Jaeger:     {"https://jaegertracing.github.io/helm-charts", "jaeger", "4.12.0"},
	FluentBit:  {"https://fluent.github.io/helm-charts", "fluent-bit", "0.58.2"},
}

// Pinned returns the source of a chart, and whether there is such a chart.
func Pinned(name string) (Source, bool) {
	source, known := pinned[name]
	return source, known
}

// Override replaces the source's repository and version with the arguments that are not empty.
func (s Source) Override(repository, version string) Source {
	if repository != "" {
		s.Repository = repository
	}
	if version != "" {
		s.Version = version
	}
	return s
}

// Reference returns the chart and repository by which Helm finds the chart. For an OCI registry the chart is its
// whole address, and there is no repository.
func (s Source) Reference() (chart, repository string) {
	at := strings.TrimSuffix(s.Repository, "/")
	if strings.HasPrefix(at, "oci://") {
		return at + "/" + s.Chart, ""
	}
	return s.Chart, at
}
