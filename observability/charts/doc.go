// Package charts knows the Helm charts that show the mesh at work: where they come from, and their values.
//
// Everything stays inside the cluster: each Service is a ClusterIP, there is no Ingress and no LoadBalancer, and a
// person reaches it with kubectl port-forward. Nothing is kept on a volume, because the cluster has no driver for
// volumes: what Prometheus and Jaeger collect is lost with their pods.
package charts
