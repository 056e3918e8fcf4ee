// Package observability makes metrics, dashboards, traces, queries and alarms for the mesh. Each part is off unless
// it is switched on.
//
// In every account it makes Logs Insights queries over the tasks' logs, and CloudWatch alarms with an SNS topic. In
// the EKS cluster it installs Prometheus, Grafana, Kiali, an OpenTelemetry collector, Jaeger and Fluent Bit in a
// namespace of their own, as Helm releases of pinned charts.
//
// What it refuses: an alarm without a recipient, a chart without a version.
//
// Who owns what. Package iam makes the roles. Package network makes the rule that opens ztunnel's metrics. Package
// mesh puts the collector's name into the mesh's configuration. This package only observes: removing it changes
// nothing in the mesh.
//
// The order. An alarm or a query is made after what it watches and deleted before it, so that no destroy fires an
// alarm. A release comes after the Pod Identity association of its pods, because pods get their credentials when they
// are made. Everything in Kubernetes comes after the cluster with its nodes.
package observability
