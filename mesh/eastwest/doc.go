// Package eastwest is the manifest of the east-west gateway: the one door through which ECS tasks reach
// istiod, and those of accounts that do not reach pods directly also the workloads in EKS.
//
// It is Istio's gateway, so Istio makes its pods and its Service, and the cluster's cloud controller makes
// a load balancer for that Service. The annotations that shape the load balancer stand in
// spec.infrastructure. From there Istio copies them to what it makes, and nothing else: Pulumi's own
// annotation on the Gateway, which says what to wait for, stays off the Service, which never meets it.
package eastwest
