package sandboxed

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/mesh"
	"ambient-ecs/verify/backend"
)

// caller is where a call starts.
type caller struct {
	name string
	host aws.Host
	// namespace is the one in which short names are looked up.
	namespace string
	// proxied says that a ztunnel takes the call.
	proxied bool
	// socks says that the application hands it to ztunnel by SOCKS.
	socks bool
	// names says that ztunnel resolves names; localNames that the application's own resolver knows Kubernetes' names.
	names, localNames bool
	// network is the mesh network of the ztunnel, remote its token's flag.
	network string
	remote  bool
	// callsOnly says that no way but the gateway's endpoint leads from its account to others.
	callsOnly bool
	// identity is the identity that ztunnel proves. doubt says why it can prove none.
	identity, doubt string
	// trust is the authority that signed its certificate, and the roots that it trusts. Nil means unknown.
	trust *mesh.Authority
	// dead says why the ztunnel that the call is handed to does not answer.
	dead string
}

// caller finds where a request starts. Why says why it cannot start at all.
func (m *model) caller(r backend.Request) (from *caller, why string) {
	if r.From.ECS() {
		return m.taskCaller(r)
	}
	return m.podCaller(r)
}

func (m *model) taskCaller(r backend.Request) (*caller, string) {
	if _, ok := m.stack.Clusters[r.From.Cluster].Services[r.From.Service]; !ok {
		return nil, fmt.Sprintf("the stack has no ECS service %s", r.From)
	}
	tasks := m.tasksOf(r.From.Cluster, r.From.Service)
	if len(tasks) == 0 {
		return nil, fmt.Sprintf("no task of %s runs", r.From)
	}
	t := tasks[0]
	host, ok := m.host(t)
	if !ok {
		return nil, t.title() + " has no network interface"
	}
	if !t.started() {
		return nil, fmt.Sprintf("the application in %s has not started: ztunnel is not healthy", t.title())
	}
	if issue := m.execIssue(t, host); issue != "" {
		return nil, issue
	}
	c := &caller{name: r.From.String(), host: host, callsOnly: m.stack.CallsOnly(m.stack.Clusters[r.From.Cluster].Account)}
	if r.PastProxy {
		return c, ""
	}
	address, none := variable(t.application(), "ALL_PROXY"), variable(t.application(), "NO_PROXY")
	if r.ByProxy {
		address, none = "socks5h://"+socks, ""
	}
	proxy, err := url.Parse(address)
	if err != nil || proxy.Host == "" || exempt(none, r.Host) {
		return c, "" // curl goes directly
	}
	c.proxied, c.socks = true, true
	switch {
	case proxy.Host != socks || !strings.HasPrefix(proxy.Scheme, "socks5"):
		c.dead = fmt.Sprintf("nothing answers at ALL_PROXY's %s: ztunnel listens on socks5h://%s", proxy, socks)
		return c, ""
	case t.container(ztunnel) == nil:
		c.dead = t.title() + " has no ztunnel container, so nothing answers at ALL_PROXY"
		return c, ""
	}
	// With socks5 the application resolves names itself, with socks5h it leaves that to ztunnel.
	c.names = proxy.Scheme == "socks5h"
	c.identity, c.doubt = m.identity(t)
	c.trust = trustOfTask(t)
	if b, err := t.token(); err == nil {
		c.namespace, c.network, c.remote = b.Namespace, b.Network, b.Remote
	}
	return c, ""
}

// exempt reports whether NO_PROXY keeps a host from the proxy.
func exempt(list, host string) bool {
	for _, entry := range strings.Split(list, ",") {
		entry = strings.TrimPrefix(strings.TrimSpace(entry), ".")
		if entry == "*" || entry != "" && (host == entry || strings.HasSuffix(host, "."+entry)) {
			return true
		}
		if prefix, err := netip.ParsePrefix(entry); err == nil {
			if ip, err := netip.ParseAddr(host); err == nil && prefix.Contains(ip) {
				return true
			}
		}
	}
	return false
}

func (m *model) podCaller(r backend.Request) (*caller, string) {
	c := &caller{name: r.From.String(), namespace: r.From.Namespace, localNames: true}
	if r.From.OutsideMesh {
		// The model invents such a pod: on any node, with the label that keeps it out of the mesh.
		host, ok := m.node()
		if !ok {
			return nil, "the EKS cluster has no node for a pod outside the mesh"
		}
		c.host = host
		return c, ""
	}
	pods := m.podsOf(r.From.Namespace, r.From.Workload)
	if len(pods) == 0 {
		return nil, fmt.Sprintf("no pod of %s is ready", r.From)
	}
	pod := pods[0]
	host, ok := m.podHost(pod)
	if !ok {
		return nil, "pod " + api.ID(pod) + " has no address"
	}
	c.host = host
	if !captured(m.cluster, pod) {
		return c, ""
	}
	c.proxied, c.names = true, m.capturesNames()
	c.identity, c.doubt = m.podIdentity(pod)
	c.trust = m.trustOfPod(pod)
	node := api.String(pod, "spec", "nodeName")
	proxy := m.ztunnelOn(node)
	if proxy == nil {
		c.dead = "no ztunnel is ready on node " + node
		return c, ""
	}
	c.network = podVariable(proxy, "NETWORK")
	return c, ""
}
