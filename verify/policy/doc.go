// Package policy computes Istio's decision about a connection. It runs istiod's own code in this process over the
// objects of a cluster. It reads the configuration that istiod sends to the proxies: services, workloads and
// policies for ztunnel, and the listeners of a waypoint. The package itself implements how ztunnel and Envoy
// evaluate that configuration.
package policy
