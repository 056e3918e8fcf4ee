// Package policy says who may call the ECS services, in stages.
//
// A namespace of services moves through the stages by itself: Permissive makes no policy, DenyAll refuses every call,
// L4 refuses every call but those that a service's rules admit by the caller's identity and the port, and L7 looks at
// methods, paths and headers besides.
//
// # Who decides
//
// ztunnel beside the called task decides by identity and port: first the denials, then, where a policy allows
// anything at all, only what some policy allows. An empty policy allows nothing, so the one called deny-all refuses
// what no other allows. The other policies there select the tasks of one service by its hostname, so that what admits
// to one service never admits to another on the same port.
//
// A service with a waypoint has its rules at the waypoint, by targetRefs, and the tasks admit the waypoint and
// nobody else: a client that goes around it is refused. The waypoint too has a policy that allows nothing.
//
// The policies of tasks and waypoints have different names. When a service gets a waypoint, those for the waypoint are
// made beside those for the tasks, before the waypoint serves, and those for the tasks go at last.
//
// # What is refused
//
// Istio's admission webhook reads policies when they are created. Check finds the same faults before anything is
// created, and those that the webhook does not look for: a caller or a waypoint that does not exist, a selector that
// matches no service, a condition that ztunnel cannot decide.
package policy
