// Package eastwest makes the manifest of the east-west gateway. ECS tasks reach istiod through it. Tasks of accounts
// that do not reach pods directly also reach the workloads in EKS through it.
//
// The gateway is Istio's. Istio makes its pods and its Service, and the cluster's cloud controller makes a load
// balancer for that Service. The annotations that shape the load balancer stand in spec.infrastructure. Istio copies
// only those annotations to the objects that it makes. Pulumi's own annotation on the Gateway, which says what to
// wait for, must not reach the Service, because the Service never meets that condition.
package eastwest
