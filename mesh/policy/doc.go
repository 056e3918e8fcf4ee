// Package policy says who may call the ECS services, in stages.
//
// A namespace of services moves through the stages on its own, independent of other namespaces. Permissive makes no
// policy. DenyAll refuses every call. L4 admits only the calls that a service's rules admit by the caller's identity
// and the port. L7 also looks at methods, paths and headers.
//
// # Who decides
//
// ztunnel beside the called task decides by identity and port. It applies the denials first. Then, if any policy
// allows anything, it admits only what some policy allows. An empty policy allows nothing, so the policy deny-all
// refuses everything that no other policy allows. The other policies for tasks select the tasks of one service by its
// hostname. So a policy that admits callers to one service never admits them to another service on the same port.
//
// A service with a waypoint has its rules at the waypoint, by targetRefs. Its tasks admit only the waypoint, so a
// client that bypasses the waypoint is refused. The waypoint too has a policy that allows nothing.
//
// The policies of tasks and waypoints have different names. When a service gets a waypoint, the waypoint's policies
// are made beside those of the tasks, before the waypoint is ready. The tasks' old policies are removed last.
//
// # What is refused
//
// Istio's admission webhook reads policies when they are created. Check finds the same faults before anything is
// created. It also finds faults that the webhook does not look for: a caller or a waypoint that does not exist, a
// selector that matches no service, a condition that ztunnel cannot decide.
package policy
