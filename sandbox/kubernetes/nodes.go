package kubernetes

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"ambient-ecs/quota"
	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/world"
)

const (
	nodeGroupResource = "aws:eks/nodeGroup:NodeGroup"
	instanceResource  = "aws:ec2/instance:Instance"
	subnetResource    = "aws:ec2/subnet:Subnet"
	// SubnetAnnotation names the subnet from which a node and its pods get their addresses.
	SubnetAnnotation = "sandbox.ambient-ecs/subnet"
)

// joinNodes keeps a node for every instance of the cluster's node groups, from the moment in which a group is active until its last instance
// ends.
func joinNodes(c *api.Cluster) {
	cluster := clusterOf(c)
	if cluster == nil {
		return
	}
	wanted := map[string]bool{}
	for _, group := range c.Tx.Find(cluster.Account, nodeGroupResource, func(r *world.Resource) bool {
		return r.Region == cluster.Region && r.String("clusterName") == cluster.String("name") && (r.String("status") == "ACTIVE" || r.String("status") == "DELETING")
	}) {
		for _, instance := range c.Tx.Find(cluster.Account, instanceResource, aws.Has("nodeGroupArn", group.ID)) {
			node := newNode(cluster, group, instance)
			if old := c.Get(api.NodeKind, "", api.Name(node)); old != nil {
				node = api.Copy(old)
			}
			api.Set(node, strconv.Itoa(podsOn(instance.String("instanceType"))), "status", "capacity", "pods")
			cordon(node, nodeTaints(group), aws.Cordoned(instance))
			wanted[api.Name(node)] = true
			// A node without addresses for pods is not ready here. A real one that was ready stays so, and its new pods wait.
			writeNode(c, node, aws.NetworkPluginIssue(c.Tx, cluster, group, instance) == "")
		}
	}
	for _, node := range c.List(api.NodeKind, "") {
		if !wanted[api.Name(node)] {
			// A node without finalizers goes at once.
			_ = c.Delete(api.NodeKind, "", api.Name(node))
		}
	}
}

func newNode(cluster, group, instance *world.Resource) api.Object {
	ip, zone := instance.String("privateIp"), instance.String("availabilityZone")
	name := aws.NodeName(instance)
	labels := api.Object{}
	for key, value := range api.Map(group.Props, "labels") {
		labels[key] = value
	}
	arch := "amd64"
	if strings.Contains(group.String("amiType"), "_ARM_64") {
		arch = "arm64"
	}
	for key, value := range map[string]string{
		"eks.amazonaws.com/nodegroup": group.String("nodeGroupName"), "eks.amazonaws.com/capacityType": group.String("capacityType"),
		"kubernetes.io/os": "linux", "kubernetes.io/arch": arch,
		"kubernetes.io/hostname": name, "topology.kubernetes.io/region": cluster.Region, "topology.kubernetes.io/zone": zone,
	} {
		labels[key] = value
	}
	spec := api.Object{"providerID": fmt.Sprintf("aws:///%s/%s", zone, instance.ID)}
	return api.Object{
		"apiVersion": "v1", "kind": "Node",
		"metadata": api.Object{
			"name": name, "labels": labels, "annotations": api.Object{SubnetAnnotation: instance.String("subnetId")},
		},
		"spec":   spec,
		"status": api.Object{"addresses": []any{api.Object{"type": "InternalIP", "address": ip}, api.Object{"type": "Hostname", "address": name}}},
	}
}

// unschedulable is the taint of a cordoned node, which DaemonSets tolerate.
const unschedulable = "node.kubernetes.io/unschedulable"

// cordon sets the taints of a node, and keeps new pods away from it if it is cordoned.
func cordon(node api.Object, taints []any, cordoned bool) {
	api.Unset(node, "spec", "unschedulable")
	if cordoned {
		api.Set(node, true, "spec", "unschedulable")
		taints = append(taints, api.Object{"key": unschedulable, "effect": "NoSchedule"})
	}
	if api.Unset(node, "spec", "taints"); len(taints) > 0 {
		api.Set(node, taints, "spec", "taints")
	}
}

// effects are the names of a taint's effect: AWS's, and that of Kubernetes.
var effects = map[string]string{"NO_SCHEDULE": "NoSchedule", "NO_EXECUTE": "NoExecute", "PREFER_NO_SCHEDULE": "PreferNoSchedule"}

// nodeTaints are the taints of a group's nodes.
func nodeTaints(group *world.Resource) (all []any) {
	for _, taint := range api.Maps(group.Props, "taints") {
		made := api.Object{"key": api.String(taint, "key"), "effect": effects[api.String(taint, "effect")]}
		if value := api.String(taint, "value"); value != "" {
			made["value"] = value
		}
		all = append(all, made)
	}
	return all
}

// tolerates reports whether a pod may be scheduled on a node: it tolerates every taint but those that are a preference.
func tolerates(pod, node api.Object) bool {
	for _, taint := range api.Maps(node, "spec", "taints") {
		if api.String(taint, "effect") == "PreferNoSchedule" {
			continue
		}
		tolerated := false
		for _, toleration := range api.Maps(pod, "spec", "tolerations") {
			effect, key := api.String(toleration, "effect"), api.String(toleration, "key")
			exists := api.String(toleration, "operator") == "Exists"
			tolerated = tolerated || (effect == "" || effect == api.String(taint, "effect")) && (key == api.String(taint, "key") || key == "" && exists) &&
				(exists || api.String(toleration, "value") == api.String(taint, "value"))
		}
		if !tolerated {
			return false
		}
	}
	return true
}

// mostPods is the limit of a node whose instance type has addresses for more.
// https://docs.aws.amazon.com/eks/latest/userguide/choosing-instance-type.html, 2026-11-29.
const mostPods = 110

// podsOn is how many pods fit on an instance of a type.
func podsOn(instanceType string) int {
	if fit, known := quota.MaxPods(instanceType); known {
		return fit
	}
	return mostPods
}

// addonPods counts the add-on pods of each node that the sandbox does not model: vpc-cni, kube-proxy and the Pod Identity agent.
const addonPods = 3

// room is how many more pods a node takes.
func room(c *api.Cluster, node api.Object) int {
	fit, err := strconv.Atoi(api.String(node, "status", "capacity", "pods"))
	if err != nil {
		fit = mostPods
	}
	fit -= addonPods
	c.Each(api.PodKind, func(pod api.Object) {
		if api.String(pod, "spec", "nodeName") == api.Name(node) && api.String(pod, "status", "podIP") != "" {
			fit--
		}
	})
	return fit
}

// writeNode sets a node's condition: without a network plug-in it is not ready.
func writeNode(c *api.Cluster, node api.Object, networked bool) {
	node = api.Copy(node)
	if networked {
		api.SetCondition(node, "Ready", "True", "KubeletReady", "kubelet is posting ready status", 0, c.Tx.Now)
	} else {
		api.SetCondition(node, "Ready", "False", "KubeletNotReady", "container runtime network not ready: NetworkReady=false "+
			"reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized", 0, c.Tx.Now)
	}
	write(c, node)
}

// clusterOf returns the AWS resource behind an API server.
func clusterOf(c *api.Cluster) *world.Resource {
	return c.Tx.Get(aws.AccountOf(c.ARN), ClusterResource, c.ARN)
}

// address returns a free address of a subnet, "" if there is none. Nodes and pods get addresses downwards from the end,
// because everything else gets the first addresses.
func address(c *api.Cluster, subnet *world.Resource) string {
	prefix, err := netip.ParsePrefix(subnet.String("cidrBlock"))
	if err != nil || !prefix.Addr().Is4() {
		return ""
	}
	used := aws.TakenAddresses(c.Tx, subnet)
	// AWS keeps the first four addresses, and the last.
	for ip, i := prefix.Masked().Addr(), 0; i < 4; ip, i = ip.Next(), i+1 {
		used[ip.String()] = true
	}
	c.Each(api.PodKind, func(pod api.Object) { used[api.String(pod, "status", "podIP")] = true })
	c.Each(api.NodeKind, func(node api.Object) {
		for _, a := range api.Maps(node, "status", "addresses") {
			used[api.String(a, "address")] = true
		}
	})
	last := prefix.Addr().As4()
	for i, bits := 0, prefix.Bits(); i < 4; i++ {
		host := 32 - bits - 8*(3-i)
		if host > 0 {
			last[i] |= byte(1<<min(host, 8) - 1)
		}
	}
	for ip := netip.AddrFrom4(last).Prev(); prefix.Contains(ip); ip = ip.Prev() {
		if !used[ip.String()] {
			return ip.String()
		}
	}
	return ""
}
