package policy

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// APIVersion and Kind are those of every policy.
const (
	APIVersion = "security.istio.io/v1"
	Kind       = "AuthorizationPolicy"
)

// Stage is how far the policies go.
type Stage string

const (
	// Permissive lets every workload of the mesh call every other.
	Permissive Stage = "permissive"
	// DenyAll refuses every call.
	DenyAll Stage = "deny-all"
	// L4 refuses every call but those between the mesh's namespaces to declared ports.
	L4 Stage = "l4"
)

// The names of policies that every namespace has.
const (
	NameDenyAll       = "deny-all"
	NameAllowInternal = "allow-internal"
)

// Mesh is what the policies are made for.
type Mesh struct {
	// Stage decides which there are.
	Stage Stage
	// EKS is the namespace of the callers inside the Kubernetes cluster.
	EKS string
	// Namespaces are those of the ECS clusters.
	Namespaces []Namespace
}

// Namespace is the namespace of one ECS cluster.
type Namespace struct {
	Name     string
	Services []Service
}

// Service is one ECS service.
type Service struct {
	Name string
	// Port is the port that it serves. 0: it only calls others.
	Port int
}

// Policy is one AuthorizationPolicy.
type Policy struct {
	Namespace, Name string
	// Spec is the policy's spec, of maps, slices and strings only.
	Spec map[string]any
}

// Policies returns the policies by namespace, each namespace's in a stable order. It refuses a mesh for
// which it would make a policy that Check refuses.
func (m Mesh) Policies() (map[string][]Policy, error) {
	if !slices.Contains([]Stage{Permissive, DenyAll, L4}, m.Stage) {
		return nil, fmt.Errorf("policy stage %q: want %q, %q or %q", m.Stage, Permissive, DenyAll, L4)
	}
	known := []string{m.EKS}
	for _, namespace := range m.Namespaces {
		known = append(known, namespace.Name)
	}
	all := map[string][]Policy{}
	var problems []error
	for _, namespace := range m.Namespaces {
		if _, twice := all[namespace.Name]; twice {
			problems = append(problems, fmt.Errorf("namespace %q is there twice", namespace.Name))
			continue
		}
		policies := m.policies(namespace)
		problems = append(problems, Check(policies, known))
		all[namespace.Name] = policies
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return all, nil
}

func (m Mesh) policies(namespace Namespace) []Policy {
	if m.Stage == Permissive {
		return nil
	}
	policies := []Policy{{Namespace: namespace.Name, Name: NameDenyAll, Spec: map[string]any{}}}
	if m.Stage == DenyAll {
		return policies
	}
	allow := func(name, from string, ports ...int) {
		policies = append(policies, Policy{Namespace: namespace.Name, Name: name, Spec: allow(from, ports)})
	}
	var ports []int
	for _, service := range namespace.Services {
		if service.Port == 0 {
			continue
		}
		ports = append(ports, service.Port)
		allow("allow-eks-to-"+service.Name, m.EKS, service.Port)
		for _, caller := range m.Namespaces {
			if caller.Name != namespace.Name {
				allow("allow-"+caller.Name+"-to-"+service.Name, caller.Name, service.Port)
			}
		}
	}
	if len(ports) > 0 {
		slices.Sort(ports)
		allow(NameAllowInternal, namespace.Name, slices.Compact(ports)...)
	}
	return policies
}

// allow is the spec of a policy that lets a namespace call ports.
func allow(from string, ports []int) map[string]any {
	var list []any
	for _, port := range ports {
		list = append(list, strconv.Itoa(port))
	}
	return map[string]any{
		"action": "ALLOW",
		"rules": []any{map[string]any{
			"from": []any{map[string]any{"source": map[string]any{"namespaces": []any{from}}}},
			"to":   []any{map[string]any{"operation": map[string]any{"ports": list}}},
		}},
	}
}
