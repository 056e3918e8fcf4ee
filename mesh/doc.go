// Package mesh installs Istio Ambient in the EKS cluster and opens it to the ECS clusters. It makes the Gateway API,
// the control plane and an east-west gateway. For each ECS cluster it makes a namespace with its identities and
// policies. It also makes the waypoints that some services ask for.
//
// # What waits for what
//
// Every edge that no value implies is stated here. The order of removal is the reverse. The Kubernetes provider
// carries the first edge of each line, the one from the cluster with its nodes. The other edges are the fields of
// type component.After.
//
//	cluster ready → Gateway API definitions → gateway class → istiod
//	                policies of the discovery roles         → istiod
//	cluster ready → namespace istio-system  → istio-cni, istio-base → istiod → ztunnel
//	                                                                  istiod → gateway → address → root certificate, where istiod made it
//	cluster ready → ECS namespace → service accounts
//	                ECS namespace, istiod → policies → waypoint → ECS services
//	                ECS namespace, istiod → traffic → ECS services
//	ztunnel → ambient label on default → test workloads
//
// Why the less obvious ones:
//
//   - There may be several istiods, one for each revision. They do not wait for each other. A resource that needs
//     istiod waits for all of them. Each istiod reads the licence and the certificate authority when it starts, so
//     both exist before it.
//   - The gateway class comes before istiod. If istiod finds no class, it makes one itself, and the program could not
//     own that class. istiod leaves an existing class alone.
//   - istio-cni is the first release, and so it is removed last. Its agent on every node takes part when a pod of the
//     mesh starts or ends. Without the agent such a pod hangs. istio-cni needs nothing from istiod, so it can come
//     first.
//   - The gateway is inside istio-system, and Kubernetes removes a namespace only after its contents. So the removal
//     of the namespace waits for the gateway's load balancer, although the removal of the Gateway object does not. The
//     namespace depends on the cluster, and the cluster depends on the VPC. So the load balancer's interfaces leave
//     the VPC before the VPC is removed.
//   - Policies wait for istiod, whose admission webhook reads them.
//   - A waypoint waits for the policies of its namespace, so that they apply from its first request. The namespace
//     names the waypoint in a label before that. Until the waypoint is ready, callers reach the tasks, which have
//     policies too.
//   - The label on the namespace default is removed while istio-cni still runs, so that istio-cni can release the
//     pods there.
//
// # What is refused
//
// Prepare checks policies, values, the gateway's manifest and the Gateway API definitions before the program
// registers anything. So a preview refuses what the API server or Istio's webhook would refuse in the middle of an
// update.
//
// # Who owns what
//
// istiod writes a ServiceEntry for every ECS service and a WorkloadEntry for every task. It also rewrites and removes
// them. Nothing here touches those objects. The gateway's Service, Deployment and load balancer belong to istiod and
// the cluster's cloud controller. The program only reads the Service's address.
package mesh
