// Package mesh plays Istio inside a cluster and for the ECS tasks that join its mesh.
//
// The files named istio*.go are upstream behaviour: the root certificate, validation at admission, gateway
// classes and the gateways' own deployments. What only Solo's distribution adds is in solo.go (licence and chart
// values), and in discovery.go and readiness.go (ECS), because that distribution is not open source. These files
// follow observed behaviour.
//
// The package decides from objects in the cluster and resources in the accounts alone: which istiod runs, its
// environment and credentials, and tags. It never reads the program's configuration.
package mesh
