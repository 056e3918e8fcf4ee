//go:build engine

package mutation

import (
	"strings"
	"testing"

	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/world"
)

// observing switches on all of observability, and adds a waypoint, because only waypoints send traces.
func observing(t *testing.T, text string) string {
	t.Helper()
	const before = "    ecs-2:\n      account: local\n"
	if strings.Count(text, before) != 1 || strings.Contains(text, "ambient-ecs:observability:") {
		t.Fatal("Pulumi.dev.yaml has no ecs-2 in local, or looks at the mesh already")
	}
	return strings.Replace(text, before, before+"      waypoint: true\n", 1) + `
  ambient-ecs:observability:
    {queries: true, metrics: true, tracing: true, traceSampling: 10, clusterLogs: true, alarms: {enabled: true}}
`
}

const (
	alarmKind  = "aws:cloudwatch/metricAlarm:MetricAlarm"
	filterKind = "aws:cloudwatch/logMetricFilter:LogMetricFilter"
	queryKind  = "aws:cloudwatch/queryDefinition:QueryDefinition"
	topicKind  = "aws:sns/topic:Topic"

	addons       = "observability"
	telemetryAPI = "telemetry.istio.io/v1"
)

// metricsRule admits somebody to the metrics of the tasks of an account.
func metricsRule(account, cidr string) func(*spoiler) {
	return func(s *spoiler) {
		s.Helper()
		s.each(account, groupKind, func(group *world.Resource) {
			s.tx.Put(&world.Resource{Account: group.Account, Region: group.Region, Kind: ingressKind, ID: "sgr-metrics", Props: map[string]any{
				"securityGroupId": group.ID, "ipProtocol": "tcp", "fromPort": 15000.0, "toPort": 15100.0, "cidrIpv4": cidr,
			}})
		}, "tasks-"+account+"-client")
	}
}

// data replaces what a key of a ConfigMap says.
func data(namespace, name, key, old, new string) func(*spoiler) {
	return func(s *spoiler) {
		s.Helper()
		s.object("v1", "ConfigMap", namespace, name, func(_ *api.Cluster, o api.Object) {
			have := api.String(o, "data", key)
			if !strings.Contains(have, old) {
				s.Fatalf("%s of ConfigMap %s/%s does not say %q: %s", key, namespace, name, old, have)
			}
			api.Set(o, strings.ReplaceAll(have, old, new), "data", key)
		})
	}
}

// shut are the mutations of a stack without metrics, whose metrics port is closed to all.
var shut = []mutation{
	{name: "metrics without Prometheus", spoil: metricsRule(away, "10.1.0.0/16"),
		red: "metrics-port/ecs-3/*", ingredient: "metrics-open", words: "10.1.0.0/16|15020"},
	{name: "metrics open to EKS without Prometheus", spoil: metricsRule(home, "192.168.0.0/16"),
		red: "metrics-port/ecs-1/* metrics-port/ecs-2/*", ingredient: "metrics-open", words: "192.168.0.0/16|15020"},
}

// seen are the pieces that give Prometheus, and nobody else, the metrics.
var seen = []mutation{
	{name: "metrics out of local", spoil: rule(home, ingressKind, "tasks-local-client", "metrics of ztunnel"),
		red: "metrics/ecs-1/* metrics/ecs-2/*", ingredient: "security-group", words: "tasks-local-client|TCP 15020 into|Prometheus"},
	{name: "metrics out of external", spoil: rule(away, ingressKind, "tasks-external-client", "metrics of ztunnel"),
		red: "metrics/ecs-3/*", ingredient: "security-group", words: "tasks-external-client|TCP 15020 into|Prometheus"},
	{name: "metrics for everybody", spoil: property(away, ingressKind, "cidrIpv4", "0.0.0.0/0", "metrics of ztunnel"),
		red: "metrics-port/ecs-3/*", ingredient: "metrics-open", words: "0.0.0.0/0|15020"},
	{name: "metrics for the tasks too", spoil: metricsRule(home, "10.1.0.0/16"),
		red: "metrics-port/ecs-1/* metrics-port/ecs-2/*", ingredient: "metrics-open", words: "10.1.0.0/16|15020"},
	{name: "scrape role", spoil: remove(away, roleKind, "role/ambient-scrape-external"),
		red: "scrape/external metrics/ecs-3/*", ingredient: "scrape-role", words: "ambient-scrape-external"},
	{name: "trust of a scrape role", spoil: text(away, roleKind, "assumeRolePolicy", "role/ambient-prometheus", "role/ambient-other", "role/ambient-scrape-external"),
		red: "scrape/external metrics/ecs-3/*", ingredient: "scrape-trust", words: "ambient-scrape-external"},
	{name: "trust of a scrape role in other pods", spoil: text(home, roleKind, "assumeRolePolicy", `"prometheus"`, `"grafana"`, "role/ambient-scrape-local"),
		red: "scrape/local metrics/ecs-1/* metrics/ecs-2/*", ingredient: "scrape-trust", words: "ambient-scrape-local|kubernetes-service-account"},
	{name: "trust of a scrape role without session tags", spoil: text(away, roleKind, "assumeRolePolicy", "sts:TagSession", "sts:SetSourceIdentity", "role/ambient-scrape-external"),
		red: "scrape/external metrics/ecs-3/*", ingredient: "scrape-trust", words: "ambient-scrape-external|sts:TagSession"},
	{name: "permissions of a scrape role", spoil: remove(away, rolePolicyKind, "ambient-scrape-external:"),
		red: "scrape/external metrics/ecs-3/*", ingredient: "scrape-permission", words: "ambient-scrape-external|ecs:DescribeClusters"},
	{name: "permission to list tasks", spoil: text(home, rolePolicyKind, "policy", "ecs:ListTasks", "ecs:StopTask", "ambient-scrape-local:"),
		red: "scrape/local metrics/ecs-1/* metrics/ecs-2/*", ingredient: "scrape-permission", words: "ambient-scrape-local|ecs:ListTasks"},
	{name: "permission of a scrape role for one cluster", spoil: text(home, rolePolicyKind, "policy", "task/ambient-ecs-2/", "task/ambient-ecs-9/", "ambient-scrape-local:"),
		red: "scrape/local metrics/ecs-2/*", ingredient: "scrape-permission", words: "ambient-scrape-local|ecs:DescribeTasks|ambient-ecs-2"},
	{name: "permission of Prometheus", spoil: remove(home, rolePolicyKind, "ambient-prometheus:"),
		red: "scrape/* metrics/*/*", ingredient: "scrape-permission", words: "ambient-prometheus|sts:AssumeRole"},
	{name: "role of Prometheus", spoil: remove(home, roleKind, "role/ambient-prometheus"),
		red: "scrape/* metrics/*/*", ingredient: "prometheus-identity", words: "ambient-prometheus|does not exist"},
	{name: "trust of Prometheus's role", spoil: text(home, roleKind, "assumeRolePolicy", "pods.eks.amazonaws.com", "ec2.amazonaws.com", `"name":"ambient-prometheus"`),
		red: "scrape/* metrics/*/*", ingredient: "prometheus-identity", words: "ambient-prometheus|sts:AssumeRole"},
	{name: "Pod Identity of Prometheus", spoil: remove(home, podIdentityKind, `"serviceAccount":"prometheus"`),
		red: "scrape/* metrics/*/*", ingredient: "prometheus-identity", words: "observability/prometheus|no Pod Identity association"},
	{name: "other role of Prometheus", spoil: property(home, podIdentityKind, "roleArn", "arn:aws:iam::111122223333:role/ambient-istiod", `"serviceAccount":"prometheus"`),
		red: "scrape/* metrics/*/*", ingredient: "prometheus-identity", words: "observability/prometheus|role/ambient-istiod"},
	{name: "Prometheus", spoil: unset("v1", "Pod", addons, "prometheus-*", "status", "conditions"),
		red: "scrape/* metrics/*/*", ingredient: "prometheus", words: "observability/prometheus", frozen: true},
	{name: "cluster in Prometheus's job", spoil: data(addons, "prometheus-values", "values.yaml", "cluster/ambient-ecs-2", "cluster/ambient-ecs-9"),
		red: "scrape/local metrics/ecs-2/*", ingredient: "prometheus-job", words: "ambient-ecs-2"},
	{name: "role in Prometheus's job", spoil: data(addons, "prometheus-values", "values.yaml", "role/ambient-scrape-external", "role/ambient-scrape-other"),
		red: "scrape/external metrics/ecs-3/*", ingredient: "prometheus-job", words: "ambient-ecs-3|ambient-scrape-other"},
	{name: "port in Prometheus's job", spoil: data(addons, "prometheus-values", "values.yaml", "port: 15020", "port: 15021"),
		red: "metrics/*/*", ingredient: "prometheus-job", words: "15021"},
}

// told are the pieces that inform people: alarms, queries, logs and traces.
var told = []mutation{
	{name: "alarm", spoil: remove(home, alarmKind, "ambient-eks-api-errors"),
		red: "alarm/local/eks-api-errors", ingredient: "alarm", words: "ambient-eks-api-errors"},
	{name: "metric of an alarm", spoil: property(away, alarmKind, "metricName", "PacketsDropCount", "ambient-nat-1-port-allocation"),
		red: "alarm/external/nat-1-port-allocation", ingredient: "alarm", words: "PacketsDropCount|ErrorPortAllocation"},
	{name: "dimension of an alarm", spoil: property(away, alarmKind, "dimensions", map[string]any{"NatGatewayId": "nat-other"}, "ambient-nat-1-port-allocation"),
		red: "alarm/external/nat-1-port-allocation", ingredient: "alarm", words: "nat-other"},
	{name: "whom an alarm tells", spoil: property(home, alarmKind, "alarmActions", []any{}, "ambient-ecs-1-echo-service-below-desired"),
		red: "alarm/local/ecs-1-echo-service-below-desired", ingredient: "alarm", words: "does not tell|ambient-alarms"},
	{name: "silenced alarm", spoil: property(home, alarmKind, "actionsEnabled", false, "ambient-istiod-not-discovering"),
		red: "alarm/local/istiod-not-discovering", ingredient: "alarm", words: "does not tell"},
	{name: "topic", spoil: remove(away, topicKind, "ambient-alarms"),
		red: "alarm/external/*", ingredient: "alarm", words: "does not tell|ambient-alarms"},
	{name: "Container Insights", spoil: property(away, clusterKind, "settings", []any{map[string]any{"name": "containerInsights", "value": "disabled"}}, "ambient-ecs-3"),
		red: "alarm/external/*-below-desired", ingredient: "alarm", words: "Container Insights|ambient-ecs-3"},
	{name: "NAT gateway that an alarm watches", spoil: property(away, natKind, "_state", "deleted"),
		red: "alarm/external/nat-1-port-allocation", blind: "ecs-3→*", ingredient: "nat", words: "nat-", frozen: true},
	{name: "pattern of a metric filter", spoil: property(home, filterKind, "pattern", `"XDS client disconnected"`, "/ecs/ambient-ecs-1"),
		red: "counting/local/ecs-1-ztunnel-unhealthy", ingredient: "metric-filter", words: "XDS client disconnected|XDS client connection error"},
	{name: "pattern that counts everything", spoil: property(home, filterKind, "pattern", "", "ambient-istiod-not-discovering"),
		red: "counting/local/istiod-not-discovering", ingredient: "metric-filter", words: "ambient-istiod-not-discovering"},
	{name: "metric filter", spoil: remove(home, filterKind, "ambient-istiod-not-discovering"),
		red: "counting/local/istiod-not-discovering alarm/local/istiod-not-discovering", ingredient: "metric-filter", words: "ambient-istiod-not-discovering"},
	{name: "metric of a metric filter", spoil: property(away, filterKind, "metricTransformation", map[string]any{"name": "Other", "namespace": "ambient-ecs/ambient", "value": "1"}),
		red: "alarm/external/ecs-3-ztunnel-unhealthy", ingredient: "alarm", words: "ZtunnelConnectionErrors-ambient-ecs-3"},
	{name: "saved query", spoil: remove(home, queryKind, "ambient/denied-connections"),
		red: "query/local/denied-connections", ingredient: "saved-query", words: "ambient/denied-connections|local"},
	{name: "log group of a saved query", spoil: property(away, queryKind, "logGroupNames", []any{"/ecs/other"}, "ambient/plain-text"),
		red: "query/external/plain-text", ingredient: "saved-query", words: "ambient/plain-text|/ecs/ambient-ecs-3"},
	{name: "further log group of a saved query", spoil: property(away, queryKind, "logGroupNames", []any{"/ecs/ambient-ecs-3", "/ecs/other"}, "ambient/plain-text"),
		red: "query/external/plain-text", ingredient: "saved-query", words: "ambient/plain-text|/ecs/other"},
	{name: "log group of a cluster", spoil: all(remove(away, filterKind, "/ecs/ambient-ecs-3"), remove(away, logGroupKind, `/ecs/ambient-ecs-3"`)),
		red: "query/external/* counting/external/* alarm/external/ecs-3-ztunnel-unhealthy", ingredient: "log-group", words: "/ecs/ambient-ecs-3"},
	{name: "log group of istio-system", spoil: all(remove(home, filterKind, "/mesh"), remove(home, logGroupKind, `/mesh"`)),
		red: "cluster-logs/* counting/local/istiod-not-discovering alarm/local/istiod-not-discovering", ingredient: "log-group", words: "/aws/eks/ambient/mesh"},
	{name: "Pod Identity of Fluent Bit", spoil: remove(home, podIdentityKind, `"serviceAccount":"fluent-bit"`),
		red: "cluster-logs/*", ingredient: "log-shipping", words: "observability/fluent-bit|no Pod Identity association"},
	{name: "permission of Fluent Bit", spoil: text(home, rolePolicyKind, "policy", "logs:PutLogEvents", "logs:GetLogEvents", "ambient-cluster-logs:"),
		red: "cluster-logs/*", ingredient: "log-shipping", words: "ambient-cluster-logs|logs:PutLogEvents"},
	{name: "Fluent Bit", spoil: unset("v1", "Pod", addons, "fluent-bit-*", "status", "conditions"),
		red: "cluster-logs/*", ingredient: "log-shipping", words: "observability/fluent-bit", frozen: true},
	{name: "tracing provider", spoil: data(system, "istio", "mesh", "name: otel", "name: other"),
		red: "tracing/*/*", ingredient: "tracing-provider", words: "otel"},
	{name: "Telemetry", spoil: without(telemetryAPI, "Telemetry", system, "mesh-tracing"),
		red: "tracing/*/*", ingredient: "telemetry", words: "otel"},
	{name: "share of the requests", spoil: set(telemetryAPI, "Telemetry", system, "mesh-tracing", []any{map[string]any{
		"providers": []any{map[string]any{"name": "otel"}}, "randomSamplingPercentage": int64(50)}}, "spec", "tracing"),
		red: "tracing/*/*", ingredient: "telemetry", words: "50 %|10 %"},
	{name: "Service of the collector", spoil: without("v1", "Service", addons, "otel-collector"),
		red: "tracing/*/*", ingredient: "collector", words: "observability/otel-collector"},
}

// watched are the mutations of a stack with all of observability.
func watched() []mutation { return append(append([]mutation{}, seen...), told...) }
