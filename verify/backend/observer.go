package backend

import (
	"context"

	"ambient-ecs/verify/stack"
)

// The service accounts of the observability tools that have an AWS role, in the stack's ObservabilityNamespace.
const (
	PrometheusAccount = "prometheus"
	ShipperAccount    = "fluent-bit"
)

// PortMetrics is the port on which a task's ztunnel serves metrics to Prometheus.
const PortMetrics = 15020

// Observer is a back end that can inspect the observability of the mesh: Prometheus, CloudWatch, and the log
// shipper. It makes no call through the mesh, so its results count as inspected.
type Observer interface {
	// Finding says for every account with an ECS cluster, by the account's key, what keeps Prometheus from finding tasks there, "" for
	// nothing.
	Finding(ctx context.Context) (map[string]string, error)
	// Scraped says for every service with a running task, by "cluster/service", what keeps Prometheus from its
	// metrics.
	Scraped(ctx context.Context) (map[string]string, error)
	// OpenTo are the networks and security groups from which a port of a service's running tasks can be reached, by
	// "cluster/service". A service without a running task is left out.
	OpenTo(ctx context.Context, port int) (map[string][]string, error)
	// CloudWatch is the CloudWatch configuration of every account, by the accounts' keys.
	CloudWatch(ctx context.Context) (map[string]CloudWatch, error)
	// Counts says which lines a pattern of metric filters matches, as the account's CloudWatch Logs reads it.
	Counts(ctx context.Context, account, pattern string, lines []string) ([]bool, error)
	// Shipping says what keeps the logs of istio-system from their log group: "" if nothing does.
	Shipping(ctx context.Context) (string, error)
}

// CloudWatch are the alarms, metric filters and saved queries of one account.
type CloudWatch struct {
	Alarms  []Alarm
	Filters []Filter
	Queries []SavedQuery
	// LogGroups are the existing ones among the log groups that the stack, a filter or a query names.
	LogGroups []string
}

// Alarm is an alarm with the metrics that it watches. Actions are the ARNs that it notifies when it fires. A Silent alarm
// notifies nobody.
type Alarm struct {
	Name    string
	Metrics []stack.Metric
	Actions []string
	Silent  bool
	// Blind names the metric that nothing publishes, and says why. Unsure says that this may still change, because
	// CloudWatch lists a metric only after data was published.
	Blind  string
	Unsure bool
}

// Filter is a metric filter of a log group. Metric has no dimensions.
type Filter struct {
	Name, LogGroup, Pattern string
	Metric                  stack.Metric
}

// SavedQuery is a saved query.
type SavedQuery struct {
	Name      string
	LogGroups []string
}
