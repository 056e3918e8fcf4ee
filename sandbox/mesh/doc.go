// Package mesh is what Istio does inside a cluster, and for the ECS tasks that join its mesh.
//
// The files named istio*.go are upstream behaviour: the root certificate, validation at admission, gateway
// classes and the gateways' own deployments. What only Solo's distribution adds is in solo.go (licence and
// chart values), and in discovery.go and readiness.go (ECS), because nothing of it is open source: those
// files follow observed behaviour.
//
// Everything is decided from objects in the cluster and resources in the accounts: which istiod runs, with
// which environment and credentials, what tags say. Nothing is taken from the program's configuration.
package mesh
