// Package ecs makes the ECS clusters of the mesh and the services on them.
//
// A Cluster is an ECS cluster that istiod's discovery may read, with the log groups that ECS and its tasks
// write to. A Service is a task definition and an ECS service on Fargate whose tasks carry ztunnel from
// their first revision on. The container definitions are pure code, in package task.
//
// What it refuses: a service without an identity, a service without subnets or security groups, a port that ztunnel
// keeps for itself, and names that ECS or DNS would refuse.
//
// Who owns what. Discovery reads the tags of a service, and this package sets them. istiod makes the mesh's view of
// the service (ServiceEntry, WorkloadEntry). Nothing here touches those objects.
//
// How it changes. A new image, token, Istio version or environment is a new revision of the task definition and a
// rolling update of the service. ECS starts the new tasks, waits until they are healthy, and stops the old ones. The
// old revision is deregistered after that. The service itself keeps its name and is not replaced. If the new tasks
// fail, ECS goes back to the old ones, and the update reports it.
//
// The order. Clusters wait only for their account. Services wait for every component.After in ServiceArgs, and are
// deleted before it.
package ecs
