package config

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"ambient-ecs/network/cidr"
	"ambient-ecs/problem"
	"ambient-ecs/quota"
)

// checkSizes refuses what AWS would make and where nothing could run: it compares what the mesh itself needs with the sizes of
// subnets and instance types.
func (c Config) checkSizes(p *problem.List) {
	if c.HasExistingEKS() {
		return // the nodes are not ours, and the preview asks AWS for the free addresses
	}
	c.checkPods(p)
	c.checkAddresses(p)
}

// checkPods compares the pods that the nodes must run with those that fit.
func (c Config) checkPods(p *problem.List) {
	shared := quota.SharedPods
	if c.MetricsServer {
		shared += quota.MetricsServerPods
	}
	for i, t := range c.NodeInstanceTypes {
		fit, known := quota.MaxPods(t)
		field := fmt.Sprintf("nodeInstanceTypes[%d]", i)
		switch left := fit - quota.DaemonPods; {
		case !known || c.NodeCount < 1:
		case left <= 0:
			p.Refuse(field, t, "the network plug-in allows %d pods on it, and vpc-cni, kube-proxy, the Pod Identity agent, istio-cni and ztunnel need %d on each node: take a larger type, such as t3.medium", fit, quota.DaemonPods)
		case left*c.NodeCount < shared:
			p.Refuse(field, t, "the network plug-in allows %d pods on it, %d of which each node needs for itself: %d nodes have room for %d more, and CoreDNS, istiod and the gateway are %d", fit, quota.DaemonPods, c.NodeCount, left*c.NodeCount, shared)
		}
	}
	for _, nodes := range c.NodeGroupList()[1:] {
		for i, t := range nodes.InstanceTypes {
			if fit, known := quota.MaxPods(t); known && fit <= quota.DaemonPods {
				p.Refuse(fmt.Sprintf("nodeGroups.%s.instanceTypes[%d]", nodes.Key, i), t, "the network plug-in allows %d pods on it, and each node needs %d for itself: take a larger type, such as t3.medium", fit, quota.DaemonPods)
			}
		}
	}
}

// addresses are what the private subnets at home have and need.
type addresses struct {
	// field and value are the key that says how large they are.
	field string
	value any
	// subnets are the private subnets. Empty: they exist already, or have problems of their own.
	subnets []netip.Prefix
	// nodes and endpoints are numbers of nodes and interface endpoints in each subnet, need the addresses for all that the mesh has there.
	nodes, endpoints, need int
}

// homeAddresses compares the addresses that a private subnet at home must have with those that it has.
func (c Config) homeAddresses() (a addresses) {
	home, known := c.Accounts[c.Home]
	zones := c.Zones(c.Home)
	if !known || home.Network != nil || c.NodeCount < 1 || zones < 1 {
		return a // of a network that exists, preview asks AWS for the free addresses
	}
	vpc, err := cidr.ParseVPC(home.VPCCIDR)
	if err != nil {
		return a
	}
	a.field, a.value = "accounts."+c.Home+".vpcCidr", any(home.VPCCIDR)
	plan, err := cidr.Compute(vpc, min(zones, cidr.MaxZones))
	if home.Subnets != nil {
		a.field, a.value = "accounts."+c.Home+".subnets.private", home.Subnets.Private
		plan, err = cidr.ParsePlan(home.Subnets.Private, home.Subnets.Public)
	}
	// If the plan itself is wrong, another check refuses it.
	if err != nil || plan.Validate(vpc) != nil {
		return a
	}
	all := 0
	for _, group := range c.NodeGroupList() {
		all += max(group.Desired, 0)
	}
	a.subnets, a.nodes, a.endpoints = plan.Private, (all+zones-1)/zones, len(c.EndpointServices(c.Home))
	a.need = quota.ControlPlaneAddresses + quota.BalancerAddresses + a.nodes*quota.DaemonAddresses + a.endpoints
	return a
}

// checkAddresses refuses private subnets at home without the addresses that the mesh itself needs.
func (c Config) checkAddresses(p *problem.List) {
	a := c.homeAddresses()
	each := ""
	if a.endpoints > 0 {
		each = fmt.Sprintf(", one for each of %d interface endpoints", a.endpoints)
	}
	for _, subnet := range a.subnets {
		if has := quota.Usable(subnet); has < a.need {
			p.Refuse(a.field, a.value, "private subnet %s has %d addresses, and the home account needs %d in each: %d for the EKS control plane, %d for the gateway's load balancer%s and %d for each of %d nodes, besides the pods of your own",
				subnet, has, a.need, quota.ControlPlaneAddresses, quota.BalancerAddresses, each, quota.DaemonAddresses, a.nodes)
			return
		}
	}
}

// TightForUpdates tells of private subnets at home in which the mesh has room, and the nodes that EKS starts while it replaces others have
// none.
func (c Config) TightForUpdates() []string {
	if c.HasExistingEKS() {
		return nil // the nodes are not ours
	}
	a := c.homeAddresses()
	groups := len(c.NodeGroupList())
	for _, subnet := range a.subnets {
		if has := quota.Usable(subnet); has < a.need+groups*quota.SurgeAddresses {
			return []string{fmt.Sprintf("%s: private subnet %s has %d addresses, and %d of them are taken. An update of the nodes starts up to %d more nodes there for each of %d node groups, which need %d addresses: without them it fails, and patches do not come (docs/upgrade.md#what-eks-does)",
				a.field, subnet, has, a.need, quota.SurgeNodes, groups, groups*quota.SurgeAddresses)}
		}
	}
	return nil
}

// nodeRules is the number of rules in the nodes' security group that the doors need. The legacy controller opens the
// nodes to every network. The other's load balancer has a group of its own, and the nodes admit this group by one rule.
func (c Config) nodeRules() int {
	rules := 0
	if c.HasDoor(DoorLegacy) {
		rules += quota.GatewayRules(len(c.GatewaySources()), c.Zones(c.Home))
	}
	if c.HasDoor(DoorController) {
		rules++
	}
	if c.Ingress.On() {
		rules += c.ingressNodeRules()
	}
	return rules
}

// ingressNodeRules is the part of nodeRules that the ingress needs. The legacy controller opens both node ports and path MTU
// discovery to each source, and the port of the health check to each subnet. The other's group comes to both ports of the pods.
func (c Config) ingressNodeRules() int {
	rules := 0
	if c.HasDoor(DoorLegacy) {
		rules += 3*len(c.IngressSources()) + c.Zones(c.Home)
	}
	if c.HasDoor(DoorController) {
		rules += 2
	}
	return rules
}

// BeyondQuotas are AWS's default quotas that the stack goes beyond. AWS may have raised them for an account.
func (c Config) BeyondQuotas() []quota.Need {
	var needs []quota.Need
	warn := func(q quota.Quota, have int, where string, accounts ...string) {
		if have <= q.Default {
			return
		}
		if q.Code == "" {
			accounts = nil
		}
		needs = append(needs, quota.Need{Quota: q, Have: have, Where: where, Accounts: accounts})
	}
	direct := 0
	for _, key := range c.DiscoveredAccounts() {
		if c.Accounts[key].ReachOrDefault() == ReachDirect {
			direct += len(c.Accounts[key].CIDRs())
		}
	}
	warn(quota.RulesPerGroup, c.nodeRules()+direct+len(c.APIPrivateCIDRs), "the nodes' security group", c.Home)
	if c.HasDoor(DoorController) {
		// The group has one rule for each network.
		warn(quota.RulesPerGroup, len(c.GatewaySources()), "the security group of the gateway's load balancer", c.Home)
		if c.Ingress.On() {
			// One rule for each network and port.
			warn(quota.RulesPerGroup, 2*len(c.IngressSources()), "the security group of the ingress' load balancer", c.Home)
		}
	}
	if c.peered() {
		warn(quota.Peerings, len(c.JoinedKeys())-1, "the VPC of each account", c.JoinedKeys()...)
	}
	if c.Joins() {
		// A route leads to each other network. Besides them a table has the local route and the one to the Internet.
		most := 0
		for _, key := range c.JoinedKeys() {
			most = max(most, len(c.NetworksOfOthers(key)))
		}
		warn(quota.Routes, most+2, "the route tables of each account", c.JoinedKeys()...)
	}
	// IAM counts over all regions of an AWS account, which may be several entries.
	roles := map[string]int{}
	for _, identity := range c.Identities() {
		roles[c.Accounts[identity.Account].ID]++
		warn(quota.AttachedTo, len(c.AttachedTo(identity)), "clusters."+identity.Cluster+", the task role of "+identity.ServiceAccount)
	}
	// Tasks call each network of the mesh by HBONE, istiod in those of the home account, and HTTPS. S3's prefix list counts as one rule
	// (https://docs.aws.amazon.com/vpc/latest/userguide/working-with-aws-managed-prefix-lists.html, 2026-11-29).
	https := 1
	for _, account := range c.Accounts {
		if account.EgressOrDefault() == EgressEndpoints {
			https = 3 // the endpoints, S3, and in the update that closes the rest also every address
		}
	}
	warn(quota.RulesPerGroup, len(c.MeshCIDRs())+len(c.Accounts[c.Home].CIDRs())+https, "the security groups of the tasks in each account", c.AccountKeys()...)
	for _, cluster := range c.ClusterKeys() {
		for _, name := range c.Clusters[cluster].WorkloadKeys() {
			warn(quota.RulesPerGroup, len(c.asService(cluster, name).Egress), c.Field(cluster, name)+".egress", c.Clusters[cluster].Account)
		}
	}
	for _, key := range c.AccountKeys() {
		endpoints := len(c.EndpointServices(key))
		if c.CallsOnly(key) {
			endpoints++ // that of the gateway
		}
		warn(quota.InterfaceEndpoints, endpoints, "accounts."+key)
		if c.NAT == NATPerZone && c.Accounts[key].Network == nil {
			warn(quota.Addresses, c.Zones(key), "accounts."+key, key)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(roles)) {
		warn(quota.Roles, roles[id], "the AWS account "+id)
	}
	tasks := c.fargateUnits()
	for _, key := range slices.SortedFunc(maps.Keys(tasks), accountRegion.compare) {
		warn(quota.FargateVCPUs, vCPUs(tasks[key]), "the AWS account "+key.account+" in "+key.region, c.entryOf(key))
	}
	return needs
}

// handOver is the most bytes of configuration that reach a Go program. Pulumi hands all of it over in one environment variable, as JSON
// (EnvConfig in sdk/go/pulumi/run.go of pulumi v3.250.0), and Linux starts no process with a longer one (MAX_ARG_STRLEN, 32 pages of
// 4 KiB: https://man7.org/linux/man-pages/man2/execve.2.html, read 2026-11-29).
const handOver = 128 << 10

// sizeOf is the size of a configuration as it is handed over.
func sizeOf(raw map[string]string) int {
	text, err := json.Marshal(raw)
	if err != nil {
		return 0
	}
	return len(text)
}

// large warns when three quarters of what can be handed over are used. Beyond the limit the program does not start, so it cannot say why.
func (c Config) large() []string {
	if c.size <= handOver*3/4 {
		return nil
	}
	return []string{fmt.Sprintf("The stack's configuration has %d KiB of the %d KiB that Pulumi can hand to a program on Linux: with more, the program does not start (\"argument list too long\"). "+
		"Move services into files (taskDefinition), statements too (policy), or make a second stack.", c.size>>10, handOver>>10)}
}
