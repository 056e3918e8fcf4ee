// Package topology shows a deployed mesh as a table, as Mermaid, as SVG and as an HTML page. It shows what istiod
// sends to ztunnel, the gateways and policies of the cluster, and who may call whom.
package topology

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/doctor/authz"
	"ambient-ecs/verify/stack"
)

const (
	system     = "istio-system"
	gatewayAPI = "gateway.networking.k8s.io/v1"
)

// Mesh holds everything that is shown.
type Mesh struct {
	// Name is the name of the install, Place the name of the back end.
	Name, Place, TrustDomain, Network, PolicyStage string
	// Accounts hold the groups, the home account first.
	Accounts []Account
	// Shared are the hostnames of several ECS services.
	Shared       []Shared
	Workloads    []backend.Workload
	Gateways     []Gateway
	Policies     []authz.Policy
	Flows        []Flow
	Certificates []backend.Certificate
	// Ingress is nil without one.
	Ingress *Ingress
}

// Shared is one name with the ECS services behind it.
type Shared struct {
	Name, Host, Waypoint, PolicyStage string
	Port                              int
	Members                           []*Node
}

// Account is an AWS account.
type Account struct {
	Key, ID, CIDR, Reach string
	Home                 bool
	Groups               []*Group
}

// Group is an ECS cluster, or a namespace of the EKS cluster.
type Group struct {
	// Key is the stack's name of the ECS cluster, or "eks <namespace>".
	Key, Namespace string
	ECS            bool
	Nodes          []*Node
}

// Node is a service, or a workload that serves none.
type Node struct {
	Name, Host string
	// Port is the port that it serves, 0 for none.
	Port int
	// Protocol is the protocol by which ztunnel calls it: HBONE, or TCP in plain text. It is "" without a workload.
	Protocol, Waypoint string
	Addresses          []string
	// Identities are the SPIFFE ids of its workloads.
	Identities []string
	// Endpoints is the number of its workloads, and Healthy the number of those that can be called. Found says
	// whether istiod knows it.
	Endpoints, Healthy int
	Found              bool
	// Declared is the declared number of tasks of an ECS service, 0 for all others.
	Declared int

	group *Group
	ends  []backend.Workload
}

// String is the node's name in full.
func (n *Node) String() string { return n.group.Key + "/" + n.Name }

// Gateway is a Gateway of the cluster.
type Gateway struct {
	Namespace, Name, Class, Address, Network string
	Programmed                               bool
	Listeners                                []string
}

// Read reads the mesh. Certificates are read only if they are asked for.
func Read(ctx context.Context, b backend.Backend, s *stack.Stack, certificates bool) (*Mesh, error) {
	m := &Mesh{Name: s.InstallName, Place: b.Name(), TrustDomain: s.TrustDomain, Network: s.MeshNetwork, PolicyStage: s.PolicyStage}
	services, err := b.Services(ctx)
	if err != nil {
		return nil, fmt.Errorf("read services: %w", err)
	}
	if m.Workloads, err = b.Workloads(ctx); err != nil {
		return nil, fmt.Errorf("read workloads: %w", err)
	}
	slices.SortFunc(m.Workloads, func(a, b backend.Workload) int {
		return strings.Compare(a.Namespace+"/"+a.Name, b.Namespace+"/"+b.Name)
	})
	gateways, err := b.List(ctx, gatewayAPI, "Gateway")
	if err != nil {
		return nil, fmt.Errorf("read gateways: %w", err)
	}
	for _, o := range gateways {
		m.Gateways = append(m.Gateways, gateway(o))
	}
	slices.SortFunc(m.Gateways, func(a, b Gateway) int { return strings.Compare(a.Namespace+"/"+a.Name, b.Namespace+"/"+b.Name) })
	policies, err := b.List(ctx, "security.istio.io/v1", "AuthorizationPolicy")
	if err != nil {
		return nil, fmt.Errorf("read policies: %w", err)
	}
	for _, o := range policies {
		spec, _ := o["spec"].(map[string]any)
		m.Policies = append(m.Policies, authz.Policy{Namespace: backend.Text(o, "metadata", "namespace"), Name: backend.Text(o, "metadata", "name"), Spec: spec})
	}
	slices.SortFunc(m.Policies, func(a, b authz.Policy) int { return strings.Compare(a.Namespace+"/"+a.Name, b.Namespace+"/"+b.Name) })
	labels, err := labelsByAddress(ctx, b)
	if err != nil {
		return nil, err
	}
	m.arrange(s, services)
	m.share(s)
	m.Flows = m.flows(labels)
	if m.Ingress, err = m.ingress(ctx, b, s, labels); err != nil {
		return nil, err
	}
	if certificates {
		if m.Certificates, err = b.Certificates(ctx); err != nil {
			return nil, fmt.Errorf("read certificates: %w", err)
		}
	}
	return m, nil
}

// arrange puts every service into its account and group.
func (m *Mesh) arrange(s *stack.Stack, services []backend.Service) {
	keys := []string{s.HomeAccount}
	for key := range s.Accounts {
		if key != s.HomeAccount {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys[1:])
	for _, key := range keys {
		account := Account{Key: key, ID: s.Accounts[key].ID, CIDR: s.Accounts[key].VPCCIDR, Reach: s.Accounts[key].Reach, Home: key == s.HomeAccount}
		if account.Home {
			account.Groups = m.inEKS(s, services)
		}
		for _, name := range s.ClusterKeys() {
			if cluster := s.Clusters[name]; cluster.Account == key {
				account.Groups = append(account.Groups, m.inECS(s, name, services))
			}
		}
		m.Accounts = append(m.Accounts, account)
	}
}

func (m *Mesh) inECS(s *stack.Stack, key string, services []backend.Service) *Group {
	cluster := s.Clusters[key]
	g := &Group{Key: key, Namespace: cluster.Namespace, ECS: true}
	for _, name := range cluster.ServiceKeys() {
		declared := cluster.Services[name]
		n := &Node{Name: name, Host: declared.Hostname, Declared: declared.DesiredCount, group: g}
		if !declared.ClientOnly {
			n.Port = declared.Port
		}
		namespace, identity := s.NamespaceOf(key, name), s.IdentityOf(key, name)
		for _, known := range services {
			if known.Host == n.Host && known.Namespace == namespace {
				n.found(known)
			}
		}
		// Under a shared name the workloads of all members answer. The workloads of each cluster have their own
		// identity.
		m.staff(n, func(w backend.Workload) bool {
			return w.Service == n.Host && w.Namespace == namespace && (declared.Shared == "" || w.Identity == identity)
		})
		if declared.Shared != "" {
			n.Endpoints, n.Healthy = len(n.ends), len(n.ends)
		}
		g.Nodes = append(g.Nodes, n)
	}
	return g
}

// share groups the members of each shared service.
func (m *Mesh) share(s *stack.Stack) {
	for _, name := range s.SharedKeys() {
		declared := s.Shared[name]
		shared := Shared{Name: name, Host: declared.Hostname, Port: declared.Port, Waypoint: declared.Waypoint, PolicyStage: declared.PolicyStage}
		for _, g := range m.groups() {
			for _, n := range g.Nodes {
				if g.ECS && n.Host == declared.Hostname {
					shared.Members = append(shared.Members, n)
				}
			}
		}
		m.Shared = append(m.Shared, shared)
	}
}

// inEKS makes a group of every namespace of the cluster that has workloads in the mesh.
func (m *Mesh) inEKS(s *stack.Stack, services []backend.Service) []*Group {
	taken := map[string]bool{system: true}
	for _, cluster := range s.Clusters {
		taken[cluster.Namespace] = true
	}
	for _, shared := range s.Shared {
		taken[shared.Namespace] = true
	}
	byNamespace := map[string]*Group{}
	var names []string
	group := func(namespace string) *Group {
		if byNamespace[namespace] == nil {
			byNamespace[namespace] = &Group{Key: "eks " + namespace, Namespace: namespace}
			names = append(names, namespace)
		}
		return byNamespace[namespace]
	}
	for _, service := range services {
		if taken[service.Namespace] || !slices.ContainsFunc(m.Workloads, func(w backend.Workload) bool { return w.Service == service.Host && meshed(w) }) {
			continue
		}
		n := &Node{Name: service.Name, Host: service.Host, group: group(service.Namespace)}
		if len(service.Ports) > 0 {
			n.Port = service.Ports[0]
		}
		n.found(service)
		m.staff(n, func(w backend.Workload) bool { return w.Service == service.Host })
		n.group.Nodes = append(n.group.Nodes, n)
	}
	for _, w := range m.Workloads {
		if taken[w.Namespace] || w.Service != "" || !meshed(w) {
			continue
		}
		g, name := group(w.Namespace), deployment(w.Name)
		if slices.ContainsFunc(g.Nodes, func(n *Node) bool { return n.Name == name }) {
			continue
		}
		n := &Node{Name: name, group: g, Found: true}
		m.staff(n, func(o backend.Workload) bool {
			return o.Namespace == w.Namespace && o.Service == "" && deployment(o.Name) == name
		})
		n.Endpoints, n.Healthy = len(n.ends), len(n.ends)
		g.Nodes = append(g.Nodes, n)
	}
	slices.Sort(names)
	var groups []*Group
	for _, name := range names {
		g := byNamespace[name]
		slices.SortFunc(g.Nodes, func(a, b *Node) int { return strings.Compare(a.Name, b.Name) })
		groups = append(groups, g)
	}
	return groups
}

func meshed(w backend.Workload) bool { return w.Protocol == "HBONE" && !w.ECS }

func (n *Node) found(s backend.Service) {
	n.Found, n.Waypoint, n.Endpoints, n.Healthy = true, s.Waypoint, s.Endpoints, s.Healthy
	n.Addresses = s.Addresses
}

// staff adds its workloads to a node.
func (m *Mesh) staff(n *Node, mine func(backend.Workload) bool) {
	for _, w := range m.Workloads {
		if !mine(w) {
			continue
		}
		n.ends = append(n.ends, w)
		if !slices.Contains(n.Identities, w.Identity) {
			n.Identities = append(n.Identities, w.Identity)
		}
		// One plain workload makes the service a plain one.
		if n.Protocol == "" || w.Protocol != "HBONE" {
			n.Protocol = w.Protocol
		}
	}
}

// deployment is the name of a pod without the suffixes that its Deployment generated.
func deployment(pod string) string {
	parts := strings.Split(pod, "-")
	if n := len(parts); n > 2 && len(parts[n-1]) == 5 && len(parts[n-2]) >= 8 {
		return strings.Join(parts[:n-2], "-")
	}
	return pod
}

func gateway(o backend.Object) Gateway {
	g := Gateway{
		Namespace: backend.Text(o, "metadata", "namespace"), Name: backend.Text(o, "metadata", "name"), Class: backend.Text(o, "spec", "gatewayClassName"),
		Network: backend.Text(o, "metadata", "labels", "topology.istio.io/network"),
	}
	for _, c := range backend.Objects(o, "status", "conditions") {
		g.Programmed = g.Programmed || backend.Text(c, "type") == "Programmed" && backend.Text(c, "status") == "True"
	}
	for _, a := range backend.Objects(o, "status", "addresses") {
		if g.Address == "" {
			g.Address = backend.Text(a, "value")
		}
	}
	for _, l := range backend.Objects(o, "spec", "listeners") {
		g.Listeners = append(g.Listeners, fmt.Sprintf("%s:%v", backend.Text(l, "name"), l["port"]))
	}
	return g
}
