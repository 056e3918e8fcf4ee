package topology

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/doctor/authz"
)

// Flow says whether the workloads of a group may call a service, by the policies that ztunnel enforces.
type Flow struct {
	From *Group
	To   *Node
	// Allowed is the number of the group's Callers that get through.
	Allowed, Callers int
	// Refused are the callers that do not get through. By are the policies that refuse them: "a/b, c/d".
	Refused []*Node
	By      string
}

// Open reports whether every caller of the group gets through, Closed whether none does.
func (f Flow) Open() bool   { return f.Allowed == f.Callers }
func (f Flow) Closed() bool { return f.Allowed == 0 }

// servers are the nodes that can be called, in the order in which they are shown.
func (m *Mesh) servers() []*Node {
	var all []*Node
	for _, g := range m.groups() {
		for _, n := range g.Nodes {
			if n.Port != 0 {
				all = append(all, n)
			}
		}
	}
	return all
}

func (m *Mesh) groups() []*Group {
	var all []*Group
	for _, a := range m.Accounts {
		all = append(all, a.Groups...)
	}
	return all
}

// flows decides for every group and every service. A service does not count as its own caller.
func (m *Mesh) flows(labels map[string]map[string]string) []Flow {
	var all []Flow
	// Only the policies of the namespace and of the root namespace can apply there. With many services it pays to select them
	// once.
	inForce := map[string][]authz.Policy{}
	for _, w := range m.Workloads {
		if _, ok := inForce[w.Namespace]; !ok {
			inForce[w.Namespace] = slices.DeleteFunc(slices.Clone(m.Policies), func(p authz.Policy) bool { return p.Namespace != w.Namespace && p.Namespace != authz.Root })
		}
	}
	for _, from := range m.groups() {
		for _, to := range m.servers() {
			f := Flow{From: from, To: to}
			for _, caller := range from.Nodes {
				if caller == to || len(caller.ends) == 0 || len(to.ends) == 0 {
					continue
				}
				f.Callers++
				if ok, by := m.decide(caller, to, inForce, labels); ok {
					f.Allowed++
				} else {
					f.Refused, f.By = append(f.Refused, caller), both(f.By, by)
				}
			}
			if f.Callers > 0 {
				all = append(all, f)
			}
		}
	}
	return all
}

// both are the policies of two lists without duplicates.
func both(some, more string) string {
	for _, name := range strings.Split(more, ", ") {
		if some == "" {
			some = name
		} else if !slices.Contains(strings.Split(some, ", "), name) {
			some += ", " + name
		}
	}
	return some
}

// decide evaluates the policies for one caller. Behind a waypoint the caller is the waypoint. The waypoint's own
// decisions about HTTP are not shown.
func (m *Mesh) decide(from, to *Node, inForce map[string][]authz.Policy, labels map[string]map[string]string) (bool, string) {
	for _, source := range from.ends {
		for _, end := range to.ends {
			call := authz.Call{
				TrustDomain: m.TrustDomain, Address: source.Address, To: end.Namespace, Labels: labels[end.Address], Port: to.Port,
			}
			call.Namespace, call.ServiceAccount = identity(source.Identity)
			if namespace, name, ok := strings.Cut(to.Waypoint, "/"); ok {
				call.Namespace, call.ServiceAccount = namespace, name
			}
			if ok, by := authz.Decide(inForce[end.Namespace], call); !ok {
				return false, by
			}
		}
	}
	return true, ""
}

// identity reads "spiffe://<trust domain>/ns/<namespace>/sa/<service account>".
func identity(spiffe string) (namespace, account string) {
	parts := strings.Split(spiffe, "/")
	if len(parts) < 7 {
		return "", ""
	}
	return parts[4], parts[6]
}

// labelsByAddress are the labels by which policies select, of tasks and pods.
func labelsByAddress(ctx context.Context, b backend.Backend) (map[string]map[string]string, error) {
	all := map[string]map[string]string{}
	for _, kind := range []struct {
		apiVersion, name string
		address          []string
	}{
		{"networking.istio.io/v1", "WorkloadEntry", []string{"spec", "address"}},
		{"v1", "Pod", []string{"status", "podIP"}},
	} {
		objects, err := b.List(ctx, kind.apiVersion, kind.name)
		if err != nil {
			return nil, fmt.Errorf("read objects of kind %s: %w", kind.name, err)
		}
		for _, o := range objects {
			labels := map[string]string{}
			for _, path := range [][]string{{"metadata", "labels"}, {"spec", "labels"}} {
				m, _ := backend.At(o, path...).(map[string]any)
				for key, v := range m {
					labels[key], _ = v.(string)
				}
			}
			all[backend.Text(o, kind.address...)] = labels
		}
	}
	return all, nil
}

// refused are the flows that some policy stops, for lists.
func (m *Mesh) refused() []Flow {
	return slices.DeleteFunc(slices.Clone(m.Flows), func(f Flow) bool { return f.Open() })
}
