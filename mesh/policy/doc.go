// Package policy says who may call the ECS services, in stages.
//
// A stage holds for every ECS namespace alike: Permissive makes no policy, DenyAll refuses every call,
// and L4 refuses every call but those from the mesh's own namespaces to ports that a service declares.
// ztunnel beside the called task decides, by the caller's identity: first the denials, then, where a
// policy allows anything at all, only what some policy allows. An empty policy allows nothing, so the
// one called deny-all refuses what no other allows.
//
// Istio's admission webhook reads policies when they are created. Check finds the same faults before
// anything is created, and those that the webhook does not look for, such as a caller from a namespace
// that does not exist.
package policy
