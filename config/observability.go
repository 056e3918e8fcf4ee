package config

import (
	"fmt"
	"maps"
	"net/mail"
	"regexp"
	"slices"
	"strings"

	"ambient-ecs/problem"
)

// ObservabilitySettings are what shows the mesh at work.
type ObservabilitySettings struct {
	// Observability is what shows the mesh at work: metrics, dashboards, traces, queries and alarms.
	Observability Observability `config:"observability"`
}

// Observability is what shows the mesh at work. All of it is off unless it is switched on.
type Observability struct {
	// Queries saves CloudWatch Logs Insights queries in every account with an ECS cluster.
	Queries bool `config:"queries"`
	// Metrics installs Prometheus and opens ztunnel's metrics in the tasks to the EKS cluster's VPC.
	Metrics bool `config:"metrics"`
	// Dashboards installs Grafana with Istio's dashboards. It needs metrics.
	Dashboards bool `config:"dashboards"`
	// Kiali installs Kiali. It needs metrics.
	Kiali bool `config:"kiali"`
	// Tracing installs an OpenTelemetry collector and Jaeger, and has the waypoints send traces.
	Tracing bool `config:"tracing"`
	// TraceSampling is the share of requests that is traced, in percent. Empty: 1.
	TraceSampling int `config:"traceSampling"`
	// ClusterLogs sends the logs of istio-system to CloudWatch.
	ClusterLogs bool `config:"clusterLogs"`
	// Alarms are CloudWatch alarms in every account.
	Alarms Alarms `config:"alarms"`
	// Charts override where a chart comes from, by its name: prometheus, grafana, kiali, collector, jaeger or fluent-bit.
	Charts map[string]Chart `config:"charts"`
}

// Alarms are the CloudWatch alarms and who hears of them.
type Alarms struct {
	// Enabled makes the alarms.
	Enabled bool `config:"enabled"`
	// TopicARN is an SNS topic that exists already. Empty: one topic in each account.
	TopicARN string `config:"topicArn"`
	// Emails subscribe to the topics that the program makes. Each has to be confirmed once for each account.
	Emails []string `config:"emails"`
}

// Chart is where a Helm chart comes from. An empty field keeps what the program pins.
type Chart struct {
	// Repository is the chart's repository, oci:// or https://. Empty: the one that the program pins.
	Repository string `config:"repository"`
	// Version is the chart's full version. Empty: the one that the program pins.
	Version string `config:"version"`
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
	return "arn:" + c.Partition() + ":sns:" + c.RegionOf(account) + ":" + c.Accounts[account].ID + ":" + c.AlarmTopicName()
}

// MeshLogGroup is the log group of istio-system's pods.
func (c Config) MeshLogGroup() string { return "/aws/eks/" + c.Install + "/mesh" }

// eachObserver visits the roles that the switches ask for, with their accounts.
func (c Config) eachObserver(visit func(account, name string)) {
	if c.Observability.Metrics {
		visit(c.Home, c.PrometheusRoleName())
		for _, key := range c.DiscoveredAccounts() {
			if len(c.ClustersOf(key)) > 0 {
				visit(key, c.ScrapeRoleName(key))
			}
		}
		if c.Observability.Alarms.Enabled {
			visit(c.Home, c.NotifierRoleName())
		}
	}
	if c.Observability.ClusterLogs {
		visit(c.Home, c.ClusterLogsRoleName())
	}
}

var (
	// chartVersion is a full version. A range would install another chart tomorrow.
	chartVersion = regexp.MustCompile(`^v?[0-9]+\.[0-9]+\.[0-9]+(?:[-+][0-9A-Za-z.+-]+)?$`)
	// topicARN is an SNS topic; its groups are partition, region and name.
	topicARN = regexp.MustCompile(`^arn:(aws[a-z-]*):sns:([a-z0-9-]+):[0-9]{12}:([A-Za-z0-9_-]{1,256}(?:\.fifo)?)$`)
)

func (c Config) checkObservability(p *problem.List) {
	const field = "observability."
	o := c.Observability
	for _, need := range []struct {
		key string
		on  bool
		why string
	}{
		{"dashboards", o.Dashboards, "Grafana shows what Prometheus collects: switch on observability.metrics too"},
		{"kiali", o.Kiali, "Kiali draws what Prometheus collects: switch on observability.metrics too"},
	} {
		if need.on && !o.Metrics {
			p.Refuse(field+need.key, true, "%s", need.why)
		}
	}
	p.Between(field+"traceSampling", o.TraceSampling, 0, 100, "it is a share in percent")
	if o.TraceSampling != 0 && !o.Tracing {
		p.Refuse(field+"traceSampling", o.TraceSampling, "nothing is traced: switch on observability.tracing too")
	}
	c.checkAlarms(p, field+"alarms.")
	for _, name := range slices.Sorted(maps.Keys(o.Charts)) {
		if !slices.Contains(ObservabilityCharts(), name) {
			p.Refuse(field+"charts", name, "the charts are %s%s", strings.Join(ObservabilityCharts(), ", "), problem.DidYouMean(name, ObservabilityCharts()))
			continue
		}
		chart := o.Charts[name]
		if chart.Repository != "" {
			checkRepository(p, field+"charts."+name+".repository", chart.Repository, "credentials do not belong into an address, which everybody can read")
		}
		if chart.Version != "" && !chartVersion.MatchString(chart.Version) {
			p.Refuse(field+"charts."+name+".version", chart.Version, "give one full version, such as 1.2.3: a range would install another chart tomorrow")
		}
	}
}

func (c Config) checkAlarms(p *problem.List, field string) {
	a := c.Observability.Alarms
	if !a.Enabled {
		if a.TopicARN != "" {
			p.Refuse(field+"topicArn", a.TopicARN, "there are no alarms: set observability.alarms.enabled")
		}
		if len(a.Emails) > 0 {
			p.Refuse(field+"emails", a.Emails, "there are no alarms: set observability.alarms.enabled")
		}
		return
	}
	if a.TopicARN != "" {
		parts := topicARN.FindStringSubmatch(a.TopicARN)
		switch {
		case parts == nil:
			p.Refuse(field+"topicArn", a.TopicARN, "this is no ARN of an SNS topic, such as arn:aws:sns:eu-central-1:111122223333:alarms")
		case strings.HasSuffix(parts[3], ".fifo"):
			p.Refuse(field+"topicArn", a.TopicARN, "a CloudWatch alarm cannot notify a FIFO topic")
		case regionName.MatchString(c.Region) && (parts[1] != c.Partition() || parts[2] != c.Region):
			p.Refuse(field+"topicArn", a.TopicARN, "an alarm can notify a topic of its own region only, which is %s in the partition %s", c.Region, c.Partition())
		}
		if len(a.Emails) > 0 {
			p.Refuse(field+"emails", a.Emails, "with topicArn the program makes no topic: subscribe to yours yourself, or leave topicArn out")
		}
	}
	seen := map[string]bool{}
	for i, email := range a.Emails {
		at := fmt.Sprintf("%semails[%d]", field, i)
		address, err := mail.ParseAddress(email)
		switch {
		case err != nil || address.Address != email || !strings.Contains(email, "."):
			p.Refuse(at, email, "this is no e-mail address")
		case seen[email]:
			p.Refuse(at, email, "it is listed twice")
		}
		seen[email] = true
	}
}
