package topology

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/doctor/authz"
	"ambient-ecs/verify/stack"
)

// Ingress is the way of users outside the mesh to its services, as the cluster has it.
type Ingress struct {
	Gateway, Address, Scheme string
	// Sources are the CIDRs that may reach it.
	Sources []string
	Entries []Entry
	// Missing are the hosts that the stack declares and no route of the gateway has.
	Missing []string
}

// Entry is one backend of a route.
type Entry struct {
	// Host and Path are what users ask for. Path is a prefix.
	Host, Path string
	// Name is the backend's hostname, To its nodes: several for a shared service, none for a name that the stack does not have.
	Name string
	To   []*Node
	// Share is the backend's part of a thousand requests.
	Share int
	// Allowed says whether policies let the ingress through to all of the nodes. By are the policies that refuse it.
	Allowed bool
	By      string
}

// ingress reads the ingress of a stack, nil without one.
func (m *Mesh) ingress(ctx context.Context, b backend.Backend, s *stack.Stack, labels map[string]map[string]string) (*Ingress, error) {
	if !s.Ingress.On() {
		return nil, nil
	}
	routes, err := b.List(ctx, gatewayAPI, "HTTPRoute")
	if err != nil {
		return nil, fmt.Errorf("read routes: %w", err)
	}
	in := &Ingress{Gateway: s.Ingress.Namespace + "/" + stack.IngressName, Address: s.IngressAddress, Scheme: s.Ingress.Scheme, Sources: s.Ingress.Sources}
	for _, o := range routes {
		if backend.HasParent(backend.Map(o, "spec"), backend.NamespaceOf(o), in.Gateway) {
			for _, host := range backend.Texts(o, "spec", "hostnames") {
				in.Entries = append(in.Entries, m.entries(s, host, backend.Objects(o, "spec", "rules"), labels)...)
			}
		}
	}
	slices.SortStableFunc(in.Entries, func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.Host, b.Host), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Name, b.Name))
	})
	for _, host := range s.Ingress.HostKeys() {
		if !slices.ContainsFunc(in.Entries, func(e Entry) bool { return e.Host == host }) {
			in.Missing = append(in.Missing, host)
		}
	}
	return in, nil
}

// entries are the backends of the rules for a host.
func (m *Mesh) entries(s *stack.Stack, host string, rules []backend.Object, labels map[string]map[string]string) []Entry {
	var all []Entry
	for _, rule := range rules {
		path := "/"
		for _, match := range backend.Objects(rule, "matches") {
			path = cmp.Or(backend.Text(match, "path", "value"), path)
		}
		weights := map[string]float64{}
		for _, to := range backend.Objects(rule, "backendRefs") {
			weights[backend.Text(to, "name")] += float64(backend.Number(to, "weight"))
		}
		shares := stack.Shares(weights)
		for _, name := range slices.Sorted(maps.Keys(shares)) {
			e := Entry{Host: host, Path: path, Name: name, Share: shares[name], Allowed: true}
			for _, n := range m.servers() {
				if n.Host == name {
					e.To = append(e.To, n)
					ok, by := m.admits(s.Ingress.Namespace, s.Ingress.ServiceAccount, n, labels)
					e.Allowed = e.Allowed && ok
					if !ok {
						e.By = both(e.By, by)
					}
				}
			}
			all = append(all, e)
		}
	}
	return all
}

// admits reports whether policies let the ingress through to a node. Behind a waypoint the caller is the waypoint.
func (m *Mesh) admits(namespace, account string, to *Node, labels map[string]map[string]string) (bool, string) {
	for _, end := range to.ends {
		inForce := slices.DeleteFunc(slices.Clone(m.Policies), func(p authz.Policy) bool { return p.Namespace != end.Namespace && p.Namespace != authz.Root })
		call := authz.Call{TrustDomain: m.TrustDomain, To: end.Namespace, Labels: labels[end.Address], Port: to.Port, Namespace: namespace, ServiceAccount: account}
		if ns, name, ok := strings.Cut(to.Waypoint, "/"); ok {
			call.Namespace, call.ServiceAccount = ns, name
		}
		if ok, by := authz.Decide(inForce, call); !ok {
			return false, by
		}
	}
	return true, ""
}

// entrance lists what users reach, as the table, the page and the JSON show it.
func (m *Mesh) entrance() listing {
	l := listing{Title: "Ingress", Head: []string{"Users ask for", "Who may come", "Service", "Share", "Admitted"}}
	in := m.Ingress
	if in == nil {
		return l
	}
	who := in.Scheme + ": " + strings.Join(in.Sources, ", ")
	for _, e := range in.Entries {
		l.add("", e.problem(), "https://"+e.Host+e.Path, who, e.service(), fmt.Sprintf("%g %%", float64(e.Share)/10), e.admitted())
	}
	for _, host := range in.Missing {
		l.add("", "no route", "https://"+host, who, "-", "-", "-")
	}
	return l
}

// service is the backend as people know it.
func (e Entry) service() string {
	if len(e.To) == 0 {
		return e.Name
	}
	var names []string
	for _, n := range e.To {
		names = append(names, n.String())
	}
	return strings.Join(names, ", ")
}

func (e Entry) admitted() string {
	switch {
	case !e.Allowed:
		return "no: " + e.By
	case slices.ContainsFunc(e.To, func(n *Node) bool { return n.Waypoint != "" }):
		return "waypoint decides"
	}
	return "yes"
}

// problem says what is wrong with an entry, "" for nothing.
func (e Entry) problem() string {
	switch {
	case len(e.To) == 0:
		return "leads to a name that the stack does not have"
	case !e.Allowed:
		return "refused by " + e.By
	}
	return ""
}
