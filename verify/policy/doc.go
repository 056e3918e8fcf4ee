// Package policy says what Istio decides about a connection. It runs istiod's own code in this process, hands it the
// objects of a cluster, and reads what istiod tells the proxies: services, workloads and policies for ztunnel, and
// the listeners of a waypoint. What the proxies then do with it is written down here, as ztunnel and Envoy do it.
package policy
