// Package network makes the private network of the mesh.
//
// Every account gets one Vpc. Every pair of accounts is joined by a Peering. Every VPC gets the
// TaskSecurityGroups that its ECS tasks carry, and a service that calls something beyond the mesh gets
// an EgressGroup of its own.
//
// What it refuses: networks that overlap, a VPC too small for its subnets, fewer than two zones under
// EKS, a NAT gateway for each zone without a public subnet in each, a peering without routes or within
// one account, an egress rule without a port. Each component validates its arguments whole before it
// registers anything.
//
// What it protects: with Protect, the VPC, its subnets and both ends of a peering cannot be deleted or
// replaced. The rest can be rebuilt without losing anything.
//
// Who owns what. A route table has no inline routes: each route is a resource of its own, owned by
// whoever made its target, so Vpc and Peering both add routes to one table and neither removes the
// other's. The same holds for security groups and their rules. An AWS provider that sees a security
// group without inline rules removes the rule that lets everything out and leaves the rest alone.
//
// Nothing here is reachable from the internet: no subnet hands out public addresses, no rule admits
// 0.0.0.0/0, and the default security group of each VPC is emptied, so that whoever forgets to name a
// group gets no connection instead of an open one.
package network

// The ports of the mesh, all TCP.
const (
	// PortHBONE carries all traffic between workloads, inside mTLS. It is the only port that a task
	// opens: on Fargate nothing captures traffic, so a call that reached the application's own port
	// would pass by both mTLS and every policy.
	PortHBONE = 15008
	// PortMetrics is where ztunnel says how it is doing. It is open to Prometheus only, and only where that runs.
	PortMetrics = 15020
	// PortXDS is istiod's port, through the east-west gateway.
	PortXDS = 15012
	// PortHTTPS is for AWS's own services: image registries, CloudWatch Logs, ECS Exec.
	PortHTTPS = 443
)
