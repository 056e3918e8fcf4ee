// Package alarms defines the CloudWatch alarms. An alarm says which metric is compared with what, for how long, and
// what a missing metric means. The names of metrics and dimensions are AWS's. docs/observability.md says where AWS
// documents each.
package alarms

import "fmt"

// How CloudWatch treats a period without data.
const (
	// Missing puts the alarm into the state INSUFFICIENT_DATA. An alarm with Silence reports that state.
	Missing = "missing"
	// NotBreaching counts such a period as good: the metric exists only when there is something to count.
	NotBreaching = "notBreaching"
)

// Metric is one metric of an alarm, or a calculation with others of the same alarm.
type Metric struct {
	// ID is its name in calculations. It begins with a lower-case letter.
	ID string
	// Expression is a calculation. Empty: the metric below.
	Expression string
	// Namespace, Name, Statistic and Dimensions are a metric of CloudWatch.
	Namespace, Name, Statistic string
	Dimensions                 map[string]string
	// Label is what graphs call it.
	Label string
}

// Alarm is one alarm. It compares the last of its metrics.
type Alarm struct {
	// Name is unique in the account, without the install's prefix.
	Name string
	// Description says what is wrong and what to do.
	Description string
	// Metrics are one metric, or metrics and the calculation with them as the last.
	Metrics []Metric
	// Period is in seconds. The alarm fires when DataPoints of the last Periods periods lie beyond the threshold.
	Period, Periods, DataPoints int
	// Comparison and Threshold define which values lie beyond.
	Comparison string
	Threshold  float64
	// MissingData is Missing or NotBreaching.
	MissingData string
	// Silence makes the alarm notify also when the data stops.
	Silence bool
}

const (
	greater        = "GreaterThanThreshold"
	greaterOrEqual = "GreaterThanOrEqualToThreshold"

	insights = "ECS/ContainerInsights"
	minute   = 60
)

// ServiceBelowDesired fires when an ECS service has had fewer running tasks than it should for a quarter of an hour.
// That is longer than a task may take to hear from istiod. During a deployment the old tasks count too.
//
// Container Insights counts tasks as long as it watches the service. When it stops, the number of tasks is unknown,
// and the alarm reports that too.
func ServiceBelowDesired(key, cluster, service string) Alarm {
	dimensions := map[string]string{"ClusterName": cluster, "ServiceName": service}
	return Alarm{
		Name:        key + "-" + service + "-below-desired",
		Description: fmt.Sprintf("ECS service %s/%s has had fewer running tasks than desired for 15 minutes. Look at the service's events and at the stopped tasks' reasons.", cluster, service),
		Metrics: []Metric{
			{ID: "desired", Namespace: insights, Name: "DesiredTaskCount", Statistic: "Average", Dimensions: dimensions},
			{ID: "running", Namespace: insights, Name: "RunningTaskCount", Statistic: "Average", Dimensions: dimensions},
			{ID: "short", Expression: "desired - FILL(running, 0)", Label: "tasks too few"},
		},
		Period: minute, Periods: 15, DataPoints: 15, Comparison: greater, Threshold: 0,
		MissingData: Missing, Silence: true,
	}
}

// Counter is a metric made from log lines: the number of lines that match.
type Counter struct {
	// Name is the metric's, Namespace its namespace.
	Name, Namespace string
	// Pattern is the filter pattern of CloudWatch Logs.
	Pattern string
	// Of is the program that writes the lines: OfZtunnel or OfIstiod.
	Of string
}

// The programs that write the counted lines.
const (
	OfZtunnel = "ztunnel"
	OfIstiod  = "istiod"
)

// The first pattern matches what ztunnel logs while it cannot reach istiod, with ever longer pauses of at most 15
// seconds (istio/ztunnel, src/xds/client.rs). The second matches what istiod logs when AWS refuses the calls of its
// ECS discovery.
const (
	lostIstiod   = `"XDS client connection error"`
	notDiscovers = `"failed to discover clusters"`
)

// ZtunnelErrors counts the failed attempts of a cluster's ztunnels to reach istiod.
func ZtunnelErrors(install, cluster string) Counter {
	return Counter{Name: "ZtunnelConnectionErrors-" + cluster, Namespace: namespace(install), Pattern: lostIstiod, Of: OfZtunnel}
}

// ZtunnelUnhealthy fires when ztunnels of a cluster have not reached istiod for a quarter of an hour. A ztunnel that
// has lost istiod keeps working with the state it has, and its health check stays good. After a restart it does not
// work.
func ZtunnelUnhealthy(install, key, cluster string) Alarm {
	counter := ZtunnelErrors(install, cluster)
	return Alarm{
		Name:        key + "-ztunnel-unhealthy",
		Description: fmt.Sprintf("ztunnel in tasks of %s has failed to reach istiod for 15 minutes. Look at the streams ztunnel/ of the cluster's log group.", cluster),
		Metrics:     []Metric{{ID: "errors", Namespace: counter.Namespace, Name: counter.Name, Statistic: "Sum"}},
		Period:      5 * minute, Periods: 3, DataPoints: 3, Comparison: greaterOrEqual, Threshold: 5,
		MissingData: NotBreaching,
	}
}

// DiscoveryErrors counts how often istiod failed to discover ECS clusters.
func DiscoveryErrors(install string) Counter {
	return Counter{Name: "DiscoveryErrors", Namespace: namespace(install), Pattern: notDiscovers, Of: OfIstiod}
}

// NotDiscovering fires when istiod keeps failing to read some account's ECS clusters.
func NotDiscovering(install string) Alarm {
	counter := DiscoveryErrors(install)
	return Alarm{
		Name:        "istiod-not-discovering",
		Description: "istiod fails to discover ECS clusters, so new tasks do not join the mesh and old ones do not leave it. Run the doctor; look for \"failed to discover clusters\" in istiod's log.",
		Metrics:     []Metric{{ID: "errors", Namespace: counter.Namespace, Name: counter.Name, Statistic: "Sum"}},
		Period:      5 * minute, Periods: 2, DataPoints: 2, Comparison: greaterOrEqual, Threshold: 3,
		MissingData: NotBreaching,
	}
}

// DimensionNAT is the dimension that names the NAT gateway. Its value is known only when the gateway exists.
const DimensionNAT = "NatGatewayId"

// NATErrors fires when a NAT gateway had no free port for a connection: too many connections at once to one
// destination.
func NATErrors(name string) Alarm {
	return Alarm{
		Name:        name + "-port-allocation",
		Description: "A NAT gateway refuses connections because it has no port left for a destination. Spread the load over gateways (natGateways: per-zone) or find who opens so many connections.",
		Metrics:     []Metric{{ID: "errors", Namespace: "AWS/NATGateway", Name: "ErrorPortAllocation", Statistic: "Sum"}},
		Period:      5 * minute, Periods: 1, DataPoints: 1, Comparison: greater, Threshold: 0,
		MissingData: NotBreaching,
	}
}

// APIErrors fires when more than one in a hundred requests to the EKS API ended in a server error.
func APIErrors(cluster string) Alarm {
	dimensions := map[string]string{"ClusterName": cluster}
	return Alarm{
		Name:        "eks-api-errors",
		Description: "More than 1 % of the requests to the EKS API have failed with a 5XX for 15 minutes: istiod learns nothing new. Look at the control plane's logs and at AWS's health dashboard.",
		Metrics: []Metric{
			{ID: "failed", Namespace: "AWS/EKS", Name: "apiserver_request_total_5XX", Statistic: "Sum", Dimensions: dimensions},
			{ID: "all", Namespace: "AWS/EKS", Name: "apiserver_request_total", Statistic: "Sum", Dimensions: dimensions},
			{ID: "share", Expression: "100 * FILL(failed, 0) / all", Label: "failed requests in percent"},
		},
		Period: 5 * minute, Periods: 3, DataPoints: 3, Comparison: greater, Threshold: 1,
		MissingData: Missing, Silence: true,
	}
}

// namespace is the CloudWatch namespace of our own metrics.
func namespace(install string) string { return "ambient-ecs/" + install }
