// Package runtest is a mesh that exists only in a test's memory. It keeps the rules of a healthy mesh, and breaks
// the ones that a test tells it to.
package runtest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/cases"
	"ambient-ecs/verify/stack"
)

// Mesh is a backend.Backend and a backend.Disturber.
type Mesh struct {
	Stack *stack.Stack
	// Override, if set, may decide a call before the mesh's rules do.
	Override func(r backend.Request) (backend.Answer, bool)
	// Fail, if set, may make a change fail: "apply", "remove", "list", "hide".
	Fail func(what string) error

	mu       sync.Mutex
	Policies map[string]backend.Object
	Hidden   string
	Accounts []backend.Object
	Stale    string
	Open     bool
	// Most is the largest number of calls that were made at the same time, Calls how many there were.
	Most, Calls, now int
	// Changes counts what was applied, removed, hidden and shown.
	Changes int
}

// New is a healthy mesh.
func New(s *stack.Stack) *Mesh {
	m := &Mesh{Stack: s, Policies: map[string]backend.Object{}}
	for key, role := range s.TaskRoles {
		cluster, name, _ := strings.Cut(key, "/")
		m.Accounts = append(m.Accounts, ServiceAccount(s.Clusters[cluster].Namespace, name, role))
	}
	return m
}

// ServiceAccount is one that a role leads to.
func ServiceAccount(namespace, name, role string) backend.Object {
	return backend.Object{"metadata": map[string]any{"namespace": namespace, "name": name, "annotations": map[string]any{"ecs.solo.io/role-arn": role}}}
}

func (m *Mesh) Name() string { return "test" }

func (m *Mesh) Close() error { return nil }

func (m *Mesh) fail(what string) error {
	if m.Fail == nil {
		return nil
	}
	return m.Fail(what)
}

// Call decides a call by the rules.
func (m *Mesh) Call(ctx context.Context, r backend.Request) backend.Answer {
	m.enter()
	defer m.leave()
	if m.Override != nil {
		if answer, ok := m.Override(r); ok {
			return answer
		}
	}
	if ctx.Err() != nil {
		return backend.Answer{Outcome: backend.Network}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	host := r.Host
	var namespace, account, key string
	for cluster, c := range m.Stack.Clusters {
		for name, s := range c.Services {
			if r.Task == cluster+"/"+name || r.Task == "" && s.Hostname == host {
				namespace, account, key = c.Namespace, s.ServiceAccount, cluster
			}
		}
	}
	if strings.HasPrefix(host, "eks-echo") {
		namespace, account = "default", "default"
	}
	bare := r.PastProxy || r.From.OutsideMesh
	switch {
	case r.Task != "" && bare:
		return backend.Answer{Outcome: backend.Network, Exit: 28}
	case namespace == "" || bare || key != "" && key == m.Hidden:
		return backend.Answer{Outcome: backend.Name, Exit: 6}
	}
	caller, identity := "default", m.Stack.Identity("default", "default")
	if r.From.ECS() {
		c := m.Stack.Clusters[r.From.Cluster]
		caller, identity = c.Namespace, m.Stack.Identity(c.Namespace, c.Services[r.From.Service].ServiceAccount)
	}
	if !m.allows(caller, namespace) {
		return backend.Answer{Outcome: backend.Policy, Exit: 56}
	}
	return backend.Answer{Outcome: backend.Answered, Status: 200, Body: `{"hostname":"x"}`, Client: identity, Server: m.Stack.Identity(namespace, account), Took: time.Millisecond}
}

// allows reads the policies' sources only; every call of a test is for the port that they are about.
func (m *Mesh) allows(from, to string) bool {
	allowed, restricted := false, m.Stack.PolicyStage == "deny-all" && to != "default"
	for key, policy := range m.Policies {
		if !strings.HasPrefix(key, to+"/") {
			continue
		}
		spec := policy["spec"].(map[string]any)
		match := false
		if rules, ok := spec["rules"].([]any); ok {
			source := rules[0].(map[string]any)["from"].([]any)[0].(map[string]any)["source"].(map[string]any)
			match = slices.Contains(source["namespaces"].([]any), any(from))
		}
		if spec["action"] == "DENY" {
			if match {
				return false
			}
			continue
		}
		restricted, allowed = true, allowed || match
	}
	return allowed || !restricted
}

func (m *Mesh) enter() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.Calls++
	m.now++
	m.Most = max(m.Most, m.now)
}

func (m *Mesh) leave() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now--
}

func (m *Mesh) Services(context.Context) ([]backend.Service, error) {
	var all []backend.Service
	for key, c := range m.Stack.Clusters {
		for name, s := range c.Services {
			if key != m.Hidden {
				all = append(all, backend.Service{Namespace: c.Namespace, Name: name, Host: s.Hostname, Endpoints: 1})
			}
		}
	}
	return all, m.fail("services")
}

func (m *Mesh) Workloads(context.Context) ([]backend.Workload, error) {
	var all []backend.Workload
	for _, c := range m.Stack.Clusters {
		for _, s := range c.Services {
			all = append(all, backend.Workload{Namespace: c.Namespace, Protocol: "HBONE", Service: s.Hostname, Identity: m.Stack.Identity(c.Namespace, s.ServiceAccount)})
		}
	}
	return all, nil
}

func (m *Mesh) Revisions(context.Context) ([]backend.Revision, error) {
	var all []backend.Revision
	for key, c := range m.Stack.Clusters {
		for name := range c.Services {
			r := backend.Revision{Cluster: key, Service: name, Declared: "a/family:2", Running: "a/family:2", Desired: 1, Ready: 1}
			if key+"/"+name == m.Stale {
				r.Running = "a/family:1"
			}
			all = append(all, r)
		}
	}
	return all, nil
}

func (m *Mesh) Certificates(context.Context) ([]backend.Certificate, error) { return nil, nil }

func (m *Mesh) List(_ context.Context, _, kind string) ([]backend.Object, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []backend.Object
	switch kind {
	case cases.PolicyKind:
		for _, p := range m.Policies {
			all = append(all, p)
		}
	case "ServiceAccount":
		all = m.Accounts
	case "ServiceEntry":
		for _, c := range m.Stack.Clusters {
			for _, s := range c.Services {
				all = append(all, backend.Object{"metadata": map[string]any{"namespace": c.Namespace}, "spec": map[string]any{"hosts": []any{s.Hostname}}})
			}
		}
	}
	return all, m.fail("list")
}

func name(o backend.Object) string {
	metadata := o["metadata"].(map[string]any)
	return metadata["namespace"].(string) + "/" + metadata["name"].(string)
}

// Apply does what it can before it fails, as an interrupted one does.
func (m *Mesh) Apply(ctx context.Context, objects []backend.Object) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.Changes++
	for _, o := range objects {
		m.Policies[name(o)] = o
	}
	return errors.Join(ctx.Err(), m.fail("apply"))
}

func (m *Mesh) Remove(ctx context.Context, objects []backend.Object) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.Changes++
	if err := errors.Join(ctx.Err(), m.fail("remove")); err != nil {
		return err
	}
	for _, o := range objects {
		delete(m.Policies, name(o))
	}
	return nil
}

func (m *Mesh) Hide(ctx context.Context, cluster string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.Changes++
	m.Hidden = cluster
	return errors.Join(ctx.Err(), m.fail("hide"))
}

func (m *Mesh) Show(ctx context.Context, cluster string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.Changes++
	if ctx.Err() == nil && m.Hidden == cluster {
		m.Hidden = ""
	}
	return ctx.Err()
}

func (m *Mesh) Inspect(context.Context, stack.Door, int) (bool, string, error) {
	if m.Open {
		return false, "the load balancer is internet-facing", nil
	}
	return true, "the load balancer is internal", nil
}
