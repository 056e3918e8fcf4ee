package charts

import (
	"fmt"
	"strings"
)

// The service accounts of pods with an AWS role. The charts use these names.
const (
	PrometheusAccount   = "prometheus"
	AlertmanagerAccount = "alertmanager"
)

// The ports of the metrics.
const (
	// PortIstiod is istiod's port. PortZtunnel is the port of ztunnel and of the waypoints.
	PortIstiod  = 15014
	PortZtunnel = 15020
)

// PrometheusURL is the address of Prometheus for the other releases.
const PrometheusURL = "http://prometheus." + Namespace + ":9090"

// Metrics says what Prometheus collects.
type Metrics struct {
	// Region is the region of the topic.
	Region string
	// Accounts are the accounts with an ECS cluster.
	Accounts []Tasks
	// TopicARN is the SNS topic for alerts. Empty: alerts show in Prometheus only.
	TopicARN string
}

// Tasks are the tasks of one account.
type Tasks struct {
	// Account is the account's key in the configuration.
	Account string
	// Region is where the ECS clusters are.
	Region string
	// RoleARN is the role that Prometheus assumes to find them.
	RoleARN string
	// ClusterARNs are the ECS clusters.
	ClusterARNs []string
}

// The image of Prometheus. The chart's own is 3.8.1, the first series with the discovery of ECS tasks. In it (and in
// 3.9) all aws_sd_configs of one configuration share one set of values. With two accounts, both would read the last
// account with the last account's role. From 3.10 on each has its own values (prometheus/prometheus,
// discovery/aws/aws.go).
const (
	prometheusImage   = "quay.io/prometheus/prometheus"
	prometheusVersion = "v3.11.3"
)

// retention is how long samples are kept. room is how much of the node's disk they may use.
const (
	retention = "7d"
	room      = "8Gi"
)

// Values returns the chart's values.
func (m Metrics) Values() map[string]any {
	v := map[string]any{
		"kube-state-metrics":       off(),
		"prometheus-node-exporter": off(),
		"prometheus-pushgateway":   off(),
		"alertmanager":             off(),
		"serviceAccounts":          map[string]any{"server": map[string]any{"create": true, "name": PrometheusAccount}},
		"server": map[string]any{
			"fullnameOverride": Prometheus,
			"image":            map[string]any{"repository": prometheusImage, "tag": prometheusVersion},
			"service":          map[string]any{"type": "ClusterIP", "servicePort": 9090},
			"ingress":          off(),
			"persistentVolume": off(),
			"emptyDir":         map[string]any{"sizeLimit": room},
			"retention":        retention,
			"global":           map[string]any{"scrape_interval": "30s", "scrape_timeout": "10s", "evaluation_interval": "1m"},
			"resources":        resources("200m", "512Mi", "2Gi"),
		},
		"scrapeConfigs": m.jobs(),
		"serverFiles": map[string]any{
			"alerting_rules.yml": map[string]any{"groups": []any{map[string]any{"name": "mesh", "rules": rules()}}},
		},
	}
	if m.TopicARN != "" {
		v["alertmanager"] = m.alertmanager()
	}
	return v
}

// alertmanager sends alerts to SNS. The requests are signed with the role that its pod gets by Pod Identity.
func (m Metrics) alertmanager() map[string]any {
	return map[string]any{
		"enabled":        true,
		"serviceAccount": map[string]any{"create": true, "name": AlertmanagerAccount},
		"persistence":    off(),
		"ingress":        off(),
		"resources":      resources("10m", "64Mi", "128Mi"),
		"config": map[string]any{
			"route": map[string]any{"receiver": "sns", "group_by": []any{"alertname"}, "repeat_interval": "24h"},
			"receivers": []any{map[string]any{"name": "sns", "sns_configs": []any{map[string]any{
				"topic_arn": m.TopicARN,
				"sigv4":     map[string]any{"region": m.Region},
				"subject":   `{{ .GroupLabels.alertname }}`,
			}}}},
		},
	}
}

// rules returns the alerts for which only Prometheus has the data.
func rules() []any {
	alert := func(name, expression, wait, summary string) any {
		return map[string]any{"alert": name, "expr": expression, "for": wait, "annotations": map[string]any{"summary": summary}}
	}
	const month = 30 * 24 * 3600
	return []any{
		// istiod reports when the root certificate of the mesh expires, and when its signing certificate does.
		alert("MeshRootCertificateNearExpiry", fmt.Sprintf("min(citadel_server_root_cert_expiry_timestamp) - time() < %d", month), "1h",
			"The mesh's root certificate ends in less than 30 days (docs/observability.md)."),
		alert("MeshSigningCertificateNearExpiry", fmt.Sprintf("min(citadel_server_cert_chain_expiry_timestamp) - time() < %d", month), "1h",
			"The certificate with which istiod signs ends in less than 30 days (docs/observability.md)."),
		alert("MeshMetricsMissing", `up{job=~"istiod|ztunnel|ecs-ztunnel-.*"} == 0`, "15m",
			"Prometheus does not reach the metrics of {{ $labels.job }} {{ $labels.pod }}."),
	}
}

// defaultJobs are the chart's own jobs. They would scrape every object in the cluster with a certain annotation, and
// some of them twice.
var defaultJobs = []string{
	"kubernetes-api-servers", "kubernetes-nodes", "kubernetes-nodes-cadvisor", "kubernetes-pods", "kubernetes-pods-slow",
	"kubernetes-service-endpoints", "kubernetes-service-endpoints-slow", "kubernetes-services", "prometheus-pushgateway",
}

// jobs returns the scrape jobs by name. From 28.0.0 on the chart takes a map, not a list.
func (m Metrics) jobs() map[string]any {
	jobs := map[string]any{
		"istiod":  podJob(PortIstiod, "/metrics", keep("__meta_kubernetes_namespace", "istio-system"), keep("__meta_kubernetes_pod_label_app", "istiod")),
		"ztunnel": podJob(PortZtunnel, "/metrics", keep("__meta_kubernetes_namespace", "istio-system"), keep("__meta_kubernetes_pod_label_app", "ztunnel")),
		// The east-west gateway and the waypoints: pods that istiod runs for a Gateway have this label.
		"waypoints":  podJob(PortZtunnel, "/stats/prometheus", keep("__meta_kubernetes_pod_label_gateway_networking_k8s_io_gateway_name", ".+")),
		"containers": containersJob(),
	}
	for _, name := range defaultJobs {
		jobs[name] = off()
	}
	for _, tasks := range m.Accounts {
		jobs["ecs-ztunnel-"+tasks.Account] = m.tasksJob(tasks)
	}
	return jobs
}

// podJob scrapes a port of some pods. It scrapes each pod once, even if the pod has several containers.
func podJob(port int, path string, only ...any) any {
	relabel := append([]any{keep("__meta_kubernetes_pod_phase", "Running")}, only...)
	relabel = append(relabel,
		map[string]any{"source_labels": []any{"__meta_kubernetes_pod_ip"}, "regex": "(.+)", "replacement": fmt.Sprintf("$1:%d", port), "target_label": "__address__"},
		rename("__meta_kubernetes_pod_label_app", "app"),
		rename("__meta_kubernetes_namespace", "namespace"),
		rename("__meta_kubernetes_pod_name", "pod"),
		rename("__meta_kubernetes_pod_label_gateway_networking_k8s_io_gateway_name", "gateway"),
	)
	return map[string]any{
		"metrics_path":          path,
		"kubernetes_sd_configs": []any{map[string]any{"role": "pod"}},
		"relabel_configs":       relabel,
	}
}

// containersJob scrapes what the kubelets report about CPU and memory of the mesh's own containers. Istio's
// dashboards show it.
func containersJob() any {
	const token = "/var/run/secrets/kubernetes.io/serviceaccount/"
	return map[string]any{
		"scheme":                "https",
		"bearer_token_file":     token + "token",
		"tls_config":            map[string]any{"ca_file": token + "ca.crt"},
		"kubernetes_sd_configs": []any{map[string]any{"role": "node"}},
		"relabel_configs": []any{
			map[string]any{"target_label": "__address__", "replacement": "kubernetes.default.svc:443"},
			map[string]any{
				"source_labels": []any{"__meta_kubernetes_node_name"}, "regex": "(.+)",
				"target_label": "__metrics_path__", "replacement": "/api/v1/nodes/$1/proxy/metrics/cadvisor",
			},
		},
		"metric_relabel_configs": []any{keep("container", "discovery|istio-proxy|install-cni")},
	}
}

// tasksJob scrapes the ztunnel container of every running task of one account's clusters. Istio's dashboards group by
// its labels.
func (m Metrics) tasksJob(tasks Tasks) any {
	clusters := make([]any, len(tasks.ClusterARNs))
	for i, arn := range tasks.ClusterARNs {
		clusters[i] = arn
	}
	return map[string]any{
		"metrics_path": "/metrics",
		"aws_sd_configs": []any{map[string]any{
			"role": "ecs", "region": tasks.Region, "role_arn": tasks.RoleARN, "clusters": clusters,
			"port": PortZtunnel, "refresh_interval": "60s",
		}},
		"relabel_configs": []any{
			keep("__meta_ecs_last_status", "RUNNING"),
			map[string]any{"target_label": "app", "replacement": "ztunnel"},
			map[string]any{"target_label": "account", "replacement": tasks.Account},
			rename("__meta_ecs_cluster", "ecs_cluster"),
			rename("__meta_ecs_service", "ecs_service"),
			rename(taskTag("ecs.solo.io/namespace"), "namespace"),
			map[string]any{"source_labels": []any{"__meta_ecs_task_arn"}, "regex": ".*/([^/]+)", "replacement": "$1", "target_label": "pod"},
		},
	}
}

// taskTag returns the label that Prometheus makes from a task's tag.
func taskTag(key string) string {
	return "__meta_ecs_tag_task_" + strings.NewReplacer(".", "_", "/", "_", "-", "_").Replace(key)
}

func keep(label, pattern string) any {
	return map[string]any{"source_labels": []any{label}, "regex": pattern, "action": "keep"}
}

func rename(label, to string) any {
	return map[string]any{"source_labels": []any{label}, "target_label": to}
}

func off() map[string]any { return map[string]any{"enabled": false} }

// resources returns requests of CPU and memory, and a memory limit. CPU has no limit, because a limit would only slow
// a pod down.
func resources(cpu, memory, most string) map[string]any {
	return map[string]any{
		"requests": map[string]any{"cpu": cpu, "memory": memory},
		"limits":   map[string]any{"memory": most},
	}
}
