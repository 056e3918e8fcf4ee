package doctor

import (
	"slices"

	"ambient-ecs/ecs/task/enrol"
	"ambient-ecs/verify/doctor/network"
)

const (
	dataplaneLabel = "istio.io/dataplane-mode"
	redirection    = "ambient.istio.io/redirection"
)

// workload is a Deployment in EKS.
func (w *walk) workload(name string) *Finding {
	pods := w.pods(name)
	if len(pods) == 0 {
		return missing("workload", testEKS+"/"+name, "kubectl -n "+testEKS+" describe deployment "+name, "no pod of Deployment %s/%s is ready", testEKS, name)
	}
	if f := w.ambient(testEKS); f != nil && pods[0].Labels[dataplaneLabel] != "ambient" {
		return f
	}
	for _, pod := range pods {
		for _, agent := range []string{"istio-cni-node", ztunnel} {
			if find(w.kubernetes.Pods, func(p Pod) bool { return p.Namespace == system && p.Owner == agent && p.Node == pod.Node && p.Ready }) == nil {
				return missing("ztunnel-node", pod.Node, "kubectl -n istio-system describe daemonset "+agent, "node %s of pod %s has no ready %s", pod.Node, pod.Name, agent)
			}
		}
		if pod.Annotations[redirection] == "enabled" {
			continue
		}
		return missing("pod-not-captured", testEKS+"/"+pod.Name, "restart the pod, and read istio-cni's log on "+pod.Node, "the traffic of pod %s/%s is not taken into the mesh", testEKS, pod.Name)
	}
	if name == testEcho && find(w.kubernetes.Services, func(s KubernetesService) bool {
		return s.Namespace == testEKS && s.Name == name && slices.Contains(s.Ports, testEchoPort)
	}) == nil {
		return missing("hostname-unknown", name+"."+testEKS+".svc.cluster.local", remade, "there is no Service %s/%s with port %d, so the name does not resolve", testEKS, name, testEchoPort)
	}
	return nil
}

// ambient is the label of a namespace whose pods are in the mesh.
func (w *walk) ambient(namespace string) *Finding {
	if ns := w.namespace(namespace); ns == nil || ns.Labels[dataplaneLabel] != "ambient" {
		return missing("namespace-not-ambient", namespace, "kubectl label namespace "+namespace+" "+dataplaneLabel+"=ambient", "namespace %s is not labelled %s=ambient, so pods in it are not in the mesh", namespace, dataplaneLabel)
	}
	return nil
}

// pods are the ready pods of a test workload.
func (w *walk) pods(name string) []Pod {
	var all []Pod
	for _, p := range w.kubernetes.Pods {
		if p.Namespace == testEKS && p.Owner == name && p.Ready {
			all = append(all, p)
		}
	}
	return all
}

// proxy checks what makes a workload use its ztunnel. A task needs a variable. A pod's traffic is captured, so it
// needs only the names of ECS.
func (w *walk) proxy(client, server member) step {
	return func() *Finding {
		if !client.ecs() {
			if server.ecs() && !w.kubernetes.DNSCapture {
				return missing("dns-capture", system+"/istio-cni-node", "set ambient.dnsCapture of the istio-cni chart", "istio-cni does not capture DNS, so pods cannot resolve the names of ECS services")
			}
			return nil
		}
		d := w.deployed(client)
		presets := enrol.Mesh{Client: d.want.client, Clients: d.want.clients}
		for _, c := range d.definition.Containers {
			if c.Name == ztunnel {
				continue
			}
			for _, v := range presets.ClientOf(c.Name, c.RoutesLogs).Leading() {
				if said := c.Environment[v.Name]; !v.Leads(said) {
					return missing("all-proxy", last(d.definition.ARN), "set "+v.Name+"="+v.Value, "%s of container %s in %s is %s, so its calls go past ztunnel", v.Name, c.Name, last(d.definition.ARN), quote(said))
				}
			}
		}
		return nil
	}
}

// end is one running instance of a member: a host with an identity.
type end struct {
	name, address, namespace, account string
	labels                            map[string]string
	authority                         *Authority
}

func (p Pod) end() end {
	return end{p.Name, p.Address, p.Namespace, p.ServiceAccount, p.Labels, p.Authority}
}

func (w *walk) ends(m member) []end {
	var all []end
	if !m.ecs() {
		for _, p := range w.pods(m.workload) {
			all = append(all, p.end())
		}
		return all
	}
	d := w.deployed(m)
	for _, t := range w.running(d) {
		e := end{last(t.ARN), t.Address, d.want.namespace, d.want.serviceAccount, nil, t.Authority}
		if entry := find(w.kubernetes.Entries, func(e Entry) bool { return !e.Service && e.ARN == t.ARN }); entry != nil {
			e.labels = entry.Labels
		}
		all = append(all, e)
	}
	return all
}

// between checks the part of a path that only a pair has: the network, a waypoint and the policies.
func (w *walk) between(client, server member) *Finding {
	waypoint, f := w.waypoint(server)
	if f != nil {
		return f
	}
	if f := w.arrival(client, server, w.ends(client), waypoint); f != nil {
		return f
	}
	if waypoint == nil {
		return nil
	}
	return w.forwarded(pathOf(client, server), server, *waypoint)
}

// arrival checks that calls from each of some ends get to each end of a server, or to its waypoint and from there, and what the
// policies on the way say. waypoint is nil if the server has none.
func (w *walk) arrival(client, server member, sources []end, waypoint *end) *Finding {
	pair := pathOf(client, server)
	for _, from := range sources {
		if waypoint != nil {
			if f := first(
				func() *Finding { return w.connect(pair, client, from, *waypoint, false) },
				func() *Finding { return w.strangers(from, *waypoint) },
				func() *Finding { return w.atWaypoint(client, server, from) },
			); f != nil {
				return f
			}
		}
		for _, to := range w.ends(server) {
			if waypoint != nil {
				if f := w.behind(pair, server, *waypoint, to); f != nil {
					return f
				}
				w.around(client, server, from, to)
				continue
			}
			if f := first(
				func() *Finding { return w.connect(pair, client, from, to, server.ecs()) },
				func() *Finding { return w.strangers(from, to) },
				func() *Finding { return w.atTask(client, server, from, to) },
			); f != nil {
				return f
			}
		}
	}
	return nil
}

// pathOf names the path of a call.
func pathOf(client, server member) string { return client.String() + " → " + server.String() }

// connect checks the network between two ends. Solo does not document which path a remote task takes. The doctor assumes that
// it goes through the gateway to EKS. For calls to another task it requires both paths, through the gateway and direct.
func (w *walk) connect(pair string, client member, from, to end, toTask bool) *Finding {
	host := w.hostOf(client, from.address)
	if host == nil {
		return missing("address", from.name, "look at its network interface", "%s has no interface with the address %s", from.name, quote(from.address))
	}
	if !w.remote(client) {
		return obstacle(w.network.Reach(host, to.address, portHBONE), pair)
	}
	if f := w.gatewayLabels(); f != nil {
		return f
	}
	if f := obstacle(w.dialGateway(client, host, portHBONE), pair); f != nil {
		return f
	}
	for _, p := range w.kubernetes.Pods {
		if p.Namespace != w.door() || p.Labels[gatewayNameLabel] != gatewayName || !p.Ready {
			continue
		}
		if gateway := w.network.HostAt(p.Address); gateway != nil {
			if f := obstacle(w.network.Reach(gateway, to.address, portHBONE), pair+", behind the gateway"); f != nil {
				return f
			}
		}
	}
	if !toTask || w.callsOnly(client) {
		return nil // from an account that only calls, no other way leads to a task
	}
	return obstacle(w.network.Reach(host, to.address, portHBONE), pair+", directly")
}

// callsOnly reports whether a workload is in an account that only calls.
func (w *walk) callsOnly(m member) bool {
	return m.ecs() && w.stack.CallsOnly(w.stack.Clusters[m.cluster].Account)
}

// hostOf is the host of a workload. In a network that overlaps others its address says so in that network alone.
func (w *walk) hostOf(m member, address string) *network.Host {
	if w.callsOnly(m) {
		return w.network.HostIn(w.stack.VpcIDs[w.stack.Clusters[m.cluster].Account], address)
	}
	return w.network.HostAt(address)
}

// dialGateway reports the obstacle between a workload's host and the gateway, where it resolves the gateway's name.
func (w *walk) dialGateway(m member, host *network.Host, port int) *network.Obstacle {
	if w.callsOnly(m) {
		return w.network.DialEndpoint(host, w.stack.GatewayEndpoints[w.stack.Clusters[m.cluster].Account], w.stack.GatewayAddress, port)
	}
	return w.network.Dial(host, w.stack.GatewayAddress, port)
}

// remote reports whether a workload counts as remote. Its token says so, and that follows from its account's
// reach.
func (w *walk) remote(m member) bool {
	return m.ecs() && w.stack.Accounts[w.stack.Clusters[m.cluster].Account].Reach != "direct"
}
