// Package waypoint makes the manifest of a waypoint: the proxy in EKS that requests to ECS services go through where
// methods, paths, headers or weights matter.
//
// Istio brings the gateway class and makes Deployment, Service and service account of a waypoint by itself, all with
// the Gateway's name. What they are like in all waypoints alike is in one ConfigMap in istiod's namespace, which istiod
// finds by a label.
package waypoint
