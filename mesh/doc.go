// Package mesh installs Istio Ambient in the EKS cluster and opens it to the ECS clusters: the Gateway API,
// the control plane, an east-west gateway, and for each ECS cluster a namespace with its identities and
// policies, and in front of the services the waypoints that some ask for.
//
// # What waits for what
//
// Every edge that no value makes is stated here, because it is also the order of removal, reversed. The first of each line,
// the cluster with its nodes, is made by the Kubernetes provider; the others are the fields of type component.After.
//
//	cluster ready → Gateway API definitions → gateway class → istiod
//	                policies of the discovery roles         → istiod
//	cluster ready → namespace istio-system  → istio-cni → istio-base → istiod → ztunnel
//	                                                                   istiod → gateway → address → root certificate, where istiod made it
//	cluster ready → ECS namespace → service accounts
//	                ECS namespace, istiod → policies → waypoint → ECS services
//	                ECS namespace, istiod → traffic → ECS services
//	ztunnel → ambient label on default → test workloads
//
// Why the less obvious ones:
//
//   - There may be several istiods, one for each revision. They do not wait for each other, and what needs istiod waits
//     for all of them. Each reads the licence and the certificate authority when it starts, so both are there before.
//   - The gateway class comes before istiod. istiod makes the class itself where it finds none, and then the
//     program could not own it. Found, the class is left alone.
//   - istio-cni is the first release and so the last to go. Its agent on every node takes part when a pod of
//     the mesh starts or ends; without it such a pod hangs. It needs nothing of istiod, so it may be there
//     before it.
//   - The gateway is inside istio-system, and the namespace is gone only when its contents are. So the
//     removal of the namespace waits for the gateway's load balancer, although the removal of the Gateway
//     object does not. The namespace depends on the cluster, and that on the VPC: the load balancer's
//     interfaces are out of the VPC before the VPC goes.
//   - Policies wait for istiod, whose admission webhook reads them.
//   - A waypoint waits for the policies of its namespace, which hold from its first request on. The namespace is
//     labelled with it before: until it serves, callers go to the tasks, and those have policies too.
//   - The label on the namespace default is taken back while istio-cni is still there to release its pods.
//
// # What is refused
//
// Policies, values, the gateway's manifest and the Gateway API definitions are checked before the program registers
// anything, in Prepare. What the API server or Istio's webhook would refuse in
// the middle of an update is refused in the preview.
//
// # Who owns what
//
// istiod writes a ServiceEntry for every ECS service and a WorkloadEntry for every task, rewrites them and
// removes them. Nothing here touches those. The gateway's Service, Deployment and load balancer belong to
// istiod and the cluster's cloud controller; the program only reads the Service's address.
package mesh
