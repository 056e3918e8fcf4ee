// Package observability shows the mesh at work. Each part is off unless it is switched on.
//
// In every account: Logs Insights queries over the tasks' logs, and CloudWatch alarms with an SNS topic. In the EKS cluster,
// in a namespace of their own: Prometheus, Grafana, Kiali, an OpenTelemetry collector, Jaeger and Fluent Bit, as Helm releases
// of pinned charts.
//
// What it refuses: an alarm that nobody could hear of, a chart without a version.
//
// Who owns what. The roles are made by package iam, the rule that opens ztunnel's metrics by package network, the collector's
// name in the mesh's configuration by package mesh. Here is only what looks on: taking it away changes nothing in the mesh.
//
// The order. An alarm or a query comes after what it watches and goes before it, so that no destroy sets one off. A release
// comes after the Pod Identity association of its pods, which get their credentials when they are made, and everything in
// Kubernetes after the cluster with its nodes.
package observability
