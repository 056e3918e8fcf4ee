package sandboxed

import (
	"net/netip"
	"slices"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/mesh"
)

const (
	redirection   = "ambient.istio.io/redirection"
	dataplaneMode = "istio.io/dataplane-mode"
)

func ready(pod api.Object) bool {
	status, _, _ := api.Condition(pod, "Ready")
	return status == "True" && !api.Deleting(pod)
}

// captured reports whether istio-cni leads the pod's traffic through ztunnel: it notes so on the pod, and gives the pod up as
// soon as the labels ask for it no more.
func captured(c *api.Cluster, pod api.Object) bool {
	mode, own := api.Labels(pod)[dataplaneMode]
	if !own {
		mode = api.Labels(c.Get(api.NamespaceKind, "", api.Namespace(pod)))[dataplaneMode]
	}
	return api.Annotations(pod)[redirection] == "enabled" && mode == "ambient"
}

// podsOf are the ready pods of a Deployment.
func (m *model) podsOf(namespace, workload string) []api.Object {
	var pods []api.Object
	for _, pod := range m.cluster.List(api.PodKind, namespace) {
		if !ready(pod) {
			continue
		}
		for _, owner := range api.Maps(pod, "metadata", "ownerReferences") {
			name := api.String(owner, "name")
			hash := api.Labels(pod)["pod-template-hash"]
			if name == workload || hash != "" && name == workload+"-"+hash {
				pods = append(pods, pod)
				break
			}
		}
	}
	return pods
}

// podAt is the ready pod with an address, or nil.
func (m *model) podAt(ip netip.Addr) api.Object {
	for _, pod := range m.cluster.List(api.PodKind, "") {
		if ready(pod) && !api.Bool(pod, "spec", "hostNetwork") && api.String(pod, "status", "podIP") == ip.String() {
			return pod
		}
	}
	return nil
}

// podHost is the network side of a pod: its own address, with the security groups of its node.
func (m *model) podHost(pod api.Object) (aws.Host, bool) {
	ip, err := netip.ParseAddr(api.String(pod, "status", "podIP"))
	if err != nil {
		return aws.Host{}, false
	}
	return aws.HostAt(m.Tx, m.homeID(), m.stack.VpcIDs[m.stack.HomeAccount], ip)
}

func (m *model) homeID() string { return m.stack.Accounts[m.stack.HomeAccount].ID }

// node is the network side of any node, as a pod that is made for a question would have it.
func (m *model) node() (aws.Host, bool) {
	for _, node := range aws.Nodes(m.Tx, m.homeID(), m.stack.Region, m.stack.EKSName) {
		if eni := aws.InterfaceOf(m.Tx, node); eni != nil {
			return aws.HostOf(eni), true
		}
	}
	return aws.Host{}, false
}

// ztunnelOn is the ready ztunnel of a node, or nil.
func (m *model) ztunnelOn(node string) api.Object {
	for _, pod := range m.cluster.List(api.PodKind, mesh.System) {
		if ready(pod) && api.Labels(pod)["app"] == ztunnel && api.String(pod, "spec", "nodeName") == node {
			return pod
		}
	}
	return nil
}

// podVariable returns a plain variable of any of the pod's containers.
func podVariable(pod api.Object, name string) string {
	for _, container := range api.Maps(pod, "spec", "containers") {
		for _, e := range api.Maps(container, "env") {
			if api.String(e, "name") == name {
				return api.String(e, "value")
			}
		}
	}
	return ""
}

// capturesNames reports whether istio-cni leads the name look-ups of pods to ztunnel too.
func (m *model) capturesNames() bool {
	return api.String(m.cluster.Get(api.ConfigMapKind, mesh.System, "istio-cni-config"), "data", "AMBIENT_DNS_CAPTURE") == "true"
}

// podPorts are those that the containers declare.
func podPorts(pod api.Object) []int {
	var ports []int
	for _, container := range api.Maps(pod, "spec", "containers") {
		for _, p := range api.Maps(container, "ports") {
			ports = append(ports, int(api.Int(p, "containerPort")))
		}
	}
	return ports
}

// podListens reports whether a container declares a port. Gateways and waypoints declare only their status port, but
// always listen for the mesh.
func podListens(pod api.Object, port uint32) bool {
	_, gateway := api.Labels(pod)["gateway.istio.io/managed"]
	return slices.Contains(podPorts(pod), int(port)) || gateway && port == hbone
}

// podIdentity is the SPIFFE id that istiod gives to a pod that starts now; why says why it gives none.
func (m *model) podIdentity(pod api.Object) (id, why string) {
	if m.istiodPod() == nil {
		return "", "pod " + api.ID(pod) + " would not get a certificate if it started now: no pod of istiod is ready"
	}
	account := api.String(pod, "spec", "serviceAccountName")
	if account == "" {
		account = "default"
	}
	return m.istiod.Identity(api.Namespace(pod), account), ""
}
