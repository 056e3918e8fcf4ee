package backend

import (
	"context"

	"ambient-ecs/verify/stack"
)

// The service accounts of what looks at the mesh and has an AWS role, in the stack's ObservabilityNamespace.
const (
	PrometheusAccount = "prometheus"
	ShipperAccount    = "fluent-bit"
)

// PortMetrics is where the ztunnel of a task tells Prometheus how it is doing.
const PortMetrics = 15020

// Observer is a back end that can see what looks at the mesh: Prometheus, CloudWatch, and what ships logs. It makes
// no call of its own, so what it says counts as inspected.
type Observer interface {
	// Finding says by the keys of the accounts with an ECS cluster what keeps Prometheus from finding tasks there: "" where nothing does.
	Finding(ctx context.Context) (map[string]string, error)
	// Scraped says of every service with a running task, as "cluster/service", what keeps Prometheus from its metrics.
	Scraped(ctx context.Context) (map[string]string, error)
	// OpenTo are the networks and security groups from which a port of a service's running tasks can be reached, by
	// "cluster/service". A service without a running task is left out.
	OpenTo(ctx context.Context, port int) (map[string][]string, error)
	// CloudWatch is what every account has of it, by the accounts' keys.
	CloudWatch(ctx context.Context) (map[string]CloudWatch, error)
	// Counts says which lines a pattern of metric filters matches, as the account's CloudWatch Logs reads it.
	Counts(ctx context.Context, account, pattern string, lines []string) ([]bool, error)
	// Shipping says what keeps the logs of istio-system from their log group: "" if nothing does.
	Shipping(ctx context.Context) (string, error)
}

// CloudWatch is what one account has of alarms, metric filters and saved queries.
type CloudWatch struct {
	Alarms  []Alarm
	Filters []Filter
	Queries []SavedQuery
	// LogGroups are those that exist, of the ones that the stack, a filter or a query names.
	LogGroups []string
}

// Alarm is an alarm with the metrics that it watches. Actions are the ARNs of whom it tells when it fires; it tells nobody
// while it is Silent.
type Alarm struct {
	Name    string
	Metrics []stack.Metric
	Actions []string
	Silent  bool
	// Blind says which of its metrics has nothing behind it, and why. Unsure says that this may still change, because
	// CloudWatch lists a metric only once something was published.
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
