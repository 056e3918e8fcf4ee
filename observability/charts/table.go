package charts

import "strings"

// Namespace is where all releases live.
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
	// Repository is its repository, Chart its name there, Version its version.
	Repository, Chart, Version string
}

// pinned are the charts. Prometheus, Grafana and Kiali are those that Istio 1.29 renders its own samples from
// (manifests/addons/gen.sh), with which its dashboards are tested; Prometheus's image is another (see
// prometheusVersion). Jaeger's 4 brings Jaeger 2. Fluent Bit got Pod Identity in its 4.0.
var pinned = map[string]Source{
	Prometheus: {"https://prometheus-community.github.io/helm-charts", "prometheus", "28.0.0"},
	Grafana:    {"https://grafana.github.io/helm-charts", "grafana", "9.2.2"},
	Kiali:      {"https://kiali.org/helm-charts", "kiali-server", "2.21.0"},
	Collector:  {"https://open-telemetry.github.io/opentelemetry-helm-charts", "opentelemetry-collector", "0.147.1"},
	Jaeger:     {"https://jaegertracing.github.io/helm-charts", "jaeger", "4.12.0"},
	FluentBit:  {"https://fluent.github.io/helm-charts", "fluent-bit", "0.58.2"},
}

// Pinned is the source of a chart, and whether there is such a chart.
func Pinned(name string) (Source, bool) {
	source, known := pinned[name]
	return source, known
}

// Override replaces what is not empty.
func (s Source) Override(repository, version string) Source {
	if repository != "" {
		s.Repository = repository
	}
	if version != "" {
		s.Version = version
	}
	return s
}

// Reference returns how Helm is told of the chart: for an OCI registry by its whole address and no repository.
func (s Source) Reference() (chart, repository string) {
	at := strings.TrimSuffix(s.Repository, "/")
	if strings.HasPrefix(at, "oci://") {
		return at + "/" + s.Chart, ""
	}
	return s.Chart, at
}
