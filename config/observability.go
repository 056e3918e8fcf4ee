package config

// Observability is what shows the mesh at work. All of it is off unless it is switched on.
type Observability struct {
	// Queries saves CloudWatch Logs Insights queries in every account with an ECS cluster.
	Queries bool `config:"queries"`
	// Metrics installs Prometheus and opens ztunnel's metrics in the tasks to the EKS cluster's VPC.
	Metrics bool `config:"metrics"`
	// Dashboards installs Grafana with Istio's dashboards. It needs Metrics.
	Dashboards bool `config:"dashboards"`
	// Kiali installs Kiali. It needs Metrics.
	Kiali bool `config:"kiali"`
	// Tracing installs an OpenTelemetry collector and Jaeger, and has the waypoints send traces.
	Tracing bool `config:"tracing"`
	// TraceSampling is the share of requests that is traced, in percent. 0: DefaultTraceSampling.
	TraceSampling int `config:"traceSampling"`
	// ClusterLogs sends the logs of istio-system to CloudWatch.
	ClusterLogs bool `config:"clusterLogs"`
	// Alarms are CloudWatch alarms in every account.
	Alarms Alarms `config:"alarms"`
	// Charts override where a chart of ObservabilityCharts comes from.
	Charts map[string]Chart `config:"charts"`
}

// Alarms are the CloudWatch alarms and who hears of them.
type Alarms struct {
	Enabled bool `config:"enabled"`
	// TopicARN is an SNS topic that exists already. Empty: one topic in each account.
	TopicARN string `config:"topicArn"`
	// Emails subscribe to the topics that the program makes. Each has to be confirmed once for each account.
	Emails []string `config:"emails"`
}

// Chart is where a Helm chart comes from. An empty field keeps what the program pins.
type Chart struct {
	Repository string `config:"repository"`
	Version    string `config:"version"`
}

// DefaultTraceSampling is Istio's own: one request in a hundred.
const DefaultTraceSampling = 1

// TraceSamplingOrDefault is the share of requests that is traced, in percent.
func (o Observability) TraceSamplingOrDefault() int {
	if o.TraceSampling == 0 {
		return DefaultTraceSampling
	}
	return o.TraceSampling
}

// The charts that Observability.Charts may override.
const (
	ChartPrometheus = "prometheus"
	ChartGrafana    = "grafana"
	ChartKiali      = "kiali"
	ChartCollector  = "collector"
	ChartJaeger     = "jaeger"
	ChartFluentBit  = "fluent-bit"
)

// ObservabilityCharts are the names of the charts.
func ObservabilityCharts() []string {
	return []string{ChartCollector, ChartFluentBit, ChartGrafana, ChartJaeger, ChartKiali, ChartPrometheus}
}

// ObservabilityNamespace is the Kubernetes namespace of all that Observability installs. No namespace of ECS services can
// have this name: each of theirs has a hyphen.
const ObservabilityNamespace = "observability"

// InCluster reports whether anything of it runs in the EKS cluster.
func (o Observability) InCluster() bool {
	return o.Metrics || o.Dashboards || o.Kiali || o.Tracing || o.ClusterLogs
}

// PrometheusRoleName is the IAM role of Prometheus, in the home account.
func (c Config) PrometheusRoleName() string { return c.Install + "-prometheus" }

// ScrapeRoleName is the IAM role that Prometheus assumes to find an account's tasks.
func (c Config) ScrapeRoleName(account string) string { return c.Install + "-scrape-" + account }

// NotifierRoleName is the IAM role with which Prometheus's alerts reach SNS.
func (c Config) NotifierRoleName() string { return c.Install + "-notifier" }

// ClusterLogsRoleName is the IAM role that ships the logs of istio-system.
func (c Config) ClusterLogsRoleName() string { return c.Install + "-cluster-logs" }

// AlarmTopicName is the SNS topic that the program makes in each account.
func (c Config) AlarmTopicName() string { return c.Install + "-alarms" }

// AlarmTopicARN is the SNS topic of an account's alarms: theirs, or the one that the program makes.
func (c Config) AlarmTopicARN(account string) string {
	if given := c.Observability.Alarms.TopicARN; given != "" {
		return given
	}
	return "arn:" + c.Partition() + ":sns:" + c.Region + ":" + c.Accounts[account].ID + ":" + c.AlarmTopicName()
}

// MeshLogGroup is the log group of istio-system's pods.
func (c Config) MeshLogGroup() string { return "/aws/eks/" + c.EKSName() + "/mesh" }

// ClustersOf are the keys of an account's ECS clusters, sorted.
func (c Config) ClustersOf(account string) []string {
	var keys []string
	for _, key := range c.ClusterKeys() {
		if c.Clusters[key].Account == account {
			keys = append(keys, key)
		}
	}
	return keys
}

// ECSClusterARN is the ARN of an ECS cluster, computed so that IAM need not wait for it.
func (c Config) ECSClusterARN(cluster string) string {
	return "arn:" + c.Partition() + ":ecs:" + c.Region + ":" + c.Accounts[c.Clusters[cluster].Account].ID + ":cluster/" + c.ECSName(cluster)
}

// observabilityRoles are the names of the roles that the switches ask for.
func (c Config) observabilityRoles() []string {
	var all []string
	if c.Observability.Metrics {
		all = append(all, c.PrometheusRoleName())
		for _, key := range c.AccountKeys() {
			if len(c.ClustersOf(key)) > 0 {
				all = append(all, c.ScrapeRoleName(key))
			}
		}
		if c.Observability.Alarms.Enabled {
			all = append(all, c.NotifierRoleName())
		}
	}
	if c.Observability.ClusterLogs {
		all = append(all, c.ClusterLogsRoleName())
	}
	return all
}
