// Package network makes the private network of the mesh.
//
// Every account has one Network: a Vpc that is made here, or one that somebody else made. A Peering joins every pair of accounts, or
// a Transit joins all. Every VPC gets the TaskSecurityGroups that its
// ECS tasks carry. A service that calls a destination outside the mesh gets an EgressGroup of its own.
//
// What it refuses: networks that overlap, a VPC too small for its subnets, fewer than two zones for EKS, a NAT
// gateway for each zone without a public subnet in each, a peering without routes or within one account, an egress
// rule without a port. Each component validates all of its arguments before it registers anything.
//
// What it protects: with Protect, the VPC, its subnets and both ends of a peering cannot be deleted or replaced. The
// rest can be rebuilt without loss.
//
// Who owns what. A route table has no inline routes. Each route is a resource of its own, and belongs to the
// component that made its target. So Vpc and Peering both add routes to one table, and neither removes the other's.
// The same holds for security groups and their rules. When a security group has no inline rules, the AWS provider
// removes the rule that lets everything out and leaves all other rules alone.
//
// Nothing here is reachable from the internet. No subnet assigns public addresses, and no rule admits 0.0.0.0/0. The
// default security group of each VPC is emptied, so a resource without a named group gets no connection instead of an
// open one.
package network

// The ports of the mesh, all TCP.
const (
	// PortHBONE carries all traffic between workloads, inside mTLS. It is the only port that a task opens. On Fargate
	// nothing captures traffic, so a call to the application's own port would bypass both mTLS and every policy.
	PortHBONE = 15008
	// PortMetrics serves ztunnel's metrics. It is open to Prometheus only, and only where Prometheus runs.
	PortMetrics = 15020
	// PortXDS is istiod's port, through the east-west gateway.
	PortXDS = 15012
	// PortHTTPS is for AWS's own services: image registries, CloudWatch Logs, ECS Exec.
	PortHTTPS = 443
)
