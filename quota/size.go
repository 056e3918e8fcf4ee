package quota

import (
	"net/netip"
	"strings"
)

const (
	// reservedAddresses are those that AWS keeps of every subnet.
	// https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html, 2026-11-29.
	reservedAddresses = 5
	// ControlPlaneAddresses are what EKS demands of a subnet of the control plane.
	// https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html, 2026-11-29.
	ControlPlaneAddresses = 6
	// BalancerAddresses must be free in a subnet when a load balancer is made.
	// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/create-network-load-balancer.html, 2026-11-29.
	BalancerAddresses = 8
)

// Usable is the number of addresses of an IPv4 subnet that AWS hands out, 0 for one that is too small.
func Usable(subnet netip.Prefix) int {
	return max(0, 1<<(32-subnet.Bits())-reservedAddresses)
}

const (
	// DaemonPods are the pods on each node: vpc-cni, kube-proxy, the agent of Pod Identity, istio-cni and ztunnel.
	DaemonPods = 5
	// DaemonAddresses are those of them with an address of their own, istio-cni and ztunnel, and the node's.
	DaemonAddresses = 3
	// SurgeNodes are the most nodes that EKS starts besides in each zone of a group while it replaces the group's nodes
	// (https://docs.aws.amazon.com/eks/latest/userguide/managed-node-update-behavior.html, 2026-11-30). SurgeAddresses are the addresses
	// that they need there.
	SurgeNodes     = 2
	SurgeAddresses = SurgeNodes * DaemonAddresses
	// SharedPods are the least that the nodes run together: two of CoreDNS, istiod and the gateway.
	SharedPods = 4
	// MetricsServerPods are the pods of EKS's add-on metrics-server.
	MetricsServerPods = 2
)

// interfaces is how many network interfaces an instance has, and IPv4 addresses on each.
type interfaces struct{ count, addresses int }

// small are the instance types with few pods, by type or by size. Source: pkg/vpc/vpc_ip_resource_limit.go and misc/eni-max-pods.txt
// of https://github.com/aws/amazon-vpc-cni-k8s at b52188387f2e, read 2026-11-29.
var small = map[string]interfaces{
	"nano": {2, 2}, "micro": {2, 2},
	"m1.small": {2, 4}, "t3a.small": {2, 4}, "t2.small": {3, 4}, "t3.small": {3, 4}, "t4g.small": {3, 4},
	"t2.medium": {3, 6}, "t3.medium": {3, 6}, "t3a.medium": {3, 6}, "t4g.medium": {3, 6},
}

// MaxPods is how many pods vpc-cni allows on an instance of a small type: each interface keeps one address for itself, and two pods
// use the node's. It is false for a type that the table does not have, which is large enough for the mesh's own pods.
//
// https://docs.aws.amazon.com/eks/latest/userguide/choosing-instance-type.html, 2026-11-29.
func MaxPods(instanceType string) (int, bool) {
	_, size, _ := strings.Cut(instanceType, ".")
	limit, known := small[instanceType]
	if !known {
		limit, known = small[size]
	}
	return limit.count*(limit.addresses-1) + 2, known
}

// The longest value of an SSM parameter in bytes. Intelligent-Tiering makes a parameter an advanced one, which costs money, when
// its value is longer than a standard one's.
// https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html, 2026-11-29.
const (
	StandardParameter = 4096
	AdvancedParameter = 8192
)
