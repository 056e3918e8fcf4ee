// Package cidr is the address arithmetic of a VPC: which CIDRs AWS accepts, and how one VPC is cut
// into subnets.
//
// The computed plan quarters the VPC. The first three quarters are the private subnets, one for each
// zone; the last quarter is quartered again, and its first three parts are the public subnets. A
// 10.0.0.0/16 with three zones becomes
//
//	private  10.0.0.0/18    10.0.64.0/18   10.0.128.0/18
//	public   10.0.192.0/20  10.0.208.0/20  10.0.224.0/20
//	free     10.0.240.0/20
//
// The plan for two zones is the beginning of the plan for three, so a third zone can be added without
// renumbering anything. Private subnets are large because pods and tasks live there, each with an
// address of its own; public ones hold NAT gateways only.
//
// The package imports nothing of Pulumi.
package cidr
