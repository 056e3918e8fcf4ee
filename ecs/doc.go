// Package ecs makes the ECS clusters of the mesh and the services on them.
//
// A Cluster is an ECS cluster that istiod's discovery may read, with the log groups that ECS and its tasks
// write to. A Service is a task definition and an ECS service on Fargate whose tasks carry ztunnel from
// their first revision on. The container definitions are pure code, in package task.
//
// What it refuses: a service without an identity, without a way into the network, with a port that ztunnel
// keeps for itself; names that ECS or DNS would refuse.
//
// Who owns what. The tags of a service are what discovery reads: the mesh's view of a service (ServiceEntry,
// WorkloadEntry) is istiod's work, and nothing here touches those objects.
//
// How it changes. A new image, token, Istio version or environment is a new revision of the task definition
// and a rolling update of the service; ECS starts the new tasks, waits until they are healthy, and stops
// the old ones. The old revision is deregistered after that. The service itself keeps its name and is not
// replaced. Should the new tasks fail, ECS goes back to the old ones, and the update says so.
//
// The order. Clusters wait for nothing but their account. Services wait for everything that ServiceArgs has a
// component.After of, and are gone before it.
package ecs
