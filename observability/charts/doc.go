// Package charts holds the Helm charts for observability: their sources and their values.
//
// Everything stays inside the cluster. Each Service is a ClusterIP. There is no Ingress and no LoadBalancer, and
// people use kubectl port-forward. Nothing is stored on a volume, because the cluster has no volume driver. So
// Prometheus and Jaeger lose their data with their pods.
package charts
