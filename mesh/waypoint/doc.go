// Package waypoint makes the manifest of a waypoint. A waypoint is a proxy in EKS. Requests to ECS services go
// through it where methods, paths, headers or weights matter.
//
// Istio provides the gateway class. It also makes the Deployment, Service and service account of a waypoint, all with
// the Gateway's name. One ConfigMap in istiod's namespace holds what all waypoints have in common. istiod finds it by
// a label.
package waypoint
