package stack

import (
	"maps"
	"slices"
)

// Observability is the observability that the stack declares. Parts that are not switched on are empty.
type Observability struct {
	// Metrics says that Prometheus collects the mesh's metrics.
	Metrics bool `json:"metrics"`
	// PrometheusRole is Prometheus's own role. ScrapeRoles are the roles that it assumes, by account. ClusterLogsRole is the role
	// of the shipper of istio-system's logs.
	PrometheusRole  string            `json:"prometheusRoleArn"`
	ScrapeRoles     map[string]string `json:"scrapeRoleArns"`
	ClusterLogsRole string            `json:"clusterLogsRoleArn"`
	Tracing         Tracing           `json:"tracing"`
	// Alarms and Queries are by account and name.
	Alarms  map[string]map[string]Alarm `json:"alarms"`
	Queries map[string]map[string]Query `json:"queries"`
}

// Tracing is the destination of the waypoints' traces. Without a Provider they send none.
type Tracing struct {
	// Provider is the collector's name in the mesh's configuration. Service and Port are those of the collector.
	Provider string `json:"provider"`
	Service  string `json:"service"`
	Port     int    `json:"port"`
	// Sampling is the share of the requests, in percent.
	Sampling int `json:"sampling"`
}

// Alarm is a CloudWatch alarm.
type Alarm struct {
	Metrics []Metric `json:"metrics"`
	// Counts is the metric filter that makes its metric from log lines. Nil means that the metric is AWS's own.
	Counts *Counts `json:"counts"`
}

// Metric is a metric of CloudWatch.
type Metric struct {
	Namespace  string            `json:"namespace"`
	Name       string            `json:"name"`
	Dimensions map[string]string `json:"dimensions"`
}

// The writers of the counted log lines.
const (
	OfZtunnel = "ztunnel"
	OfIstiod  = "istiod"
)

// Counts is a metric filter, which has the name of its alarm.
type Counts struct {
	LogGroup string `json:"logGroup"`
	Pattern  string `json:"pattern"`
	// Of is the writer of the lines.
	Of string `json:"of"`
}

// Query is a saved query of CloudWatch Logs Insights.
type Query struct {
	LogGroups []string `json:"logGroups"`
}

// String is a metric as text: its namespace, name and dimensions.
func (m Metric) String() string {
	text := m.Namespace + " " + m.Name
	for _, key := range slices.Sorted(maps.Keys(m.Dimensions)) {
		text += " " + key + "=" + m.Dimensions[key]
	}
	return text
}

// Same reports whether two metrics are the same.
func (m Metric) Same(other Metric) bool {
	return m.Namespace == other.Namespace && m.Name == other.Name && maps.Equal(m.Dimensions, other.Dimensions)
}

// Waypoints are the waypoints of the stack, as "namespace/name", sorted.
func (s *Stack) Waypoints() []string {
	found := map[string]bool{}
	for _, d := range s.Destinations {
		if d.Waypoint != "" {
			found[d.Namespace+"/"+d.Waypoint] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}
