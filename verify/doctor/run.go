package doctor

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"ambient-ecs/iam/evaluation"
	"ambient-ecs/verify/doctor/network"
	"ambient-ecs/verify/stack"
)

// The names of the program's test workloads in EKS and of its gateway.
const (
	system       = "istio-system"
	gatewayName  = "eastwest"
	testEKS      = "default"
	testEcho     = "eks-echo"
	testShell    = "eks-shell"
	testEchoPort = 8080

	portHBONE = 15008
	portXDS   = 15012
)

// Options are the settings of a run. The zero value is valid.
type Options struct {
	// Window is how far back the doctor looks for calls that were made. 0: not at all.
	Window time.Duration
}

// Result is what a run found.
type Result struct {
	// Findings are in the order: those that stop calls, the latent ones, warnings.
	Findings []Finding
	// Unseen says in sentences without a full stop what the doctor could not look at.
	Unseen []string
}

// Missing reports whether anything is missing. Warnings do not count.
func (r Result) Missing() bool {
	return slices.ContainsFunc(r.Findings, func(f Finding) bool { return !f.Warning })
}

// Run reads the evidence and says what is missing.
func Run(ctx context.Context, e Evidence, s *stack.Stack, options Options) (*Result, error) {
	imported := importedOf(s)
	s = s.Waiting(imported)
	w := &walk{stack: s, memory: map[string]*Finding{}, roles: map[string]*evaluation.Role{}}
	var err error
	if w.ecs, err = e.ECS(ctx); err != nil {
		return nil, fmt.Errorf("read ECS: %w", err)
	}
	if w.kubernetes, err = e.Kubernetes(ctx); err != nil {
		return nil, fmt.Errorf("read the cluster: %w", err)
	}
	if w.network, err = e.Network(ctx); err != nil {
		return nil, fmt.Errorf("read the networks: %w", err)
	}
	for key := range s.Accounts {
		if s.CallsOnly(key) {
			w.network.Apart = append(w.network.Apart, s.VpcIDs[key])
		}
	}
	roles, err := e.Roles(ctx)
	if err != nil {
		return nil, fmt.Errorf("read IAM: %w", err)
	}
	for i, role := range roles {
		w.roles[role.ARN] = &roles[i]
	}
	w.all()
	for _, service := range imported {
		w.found.add(w.notEnrolled(service), service)
	}
	if watcher, ok := e.(Watcher); ok && s.Observability != nil {
		seen, err := watcher.Watch(ctx)
		if err != nil {
			return nil, fmt.Errorf("read what looks at the mesh: %w", err)
		}
		w.observing(seen)
	}
	if recorder, ok := e.(Recorder); ok && options.Window > 0 {
		if err := w.calling(ctx, recorder, time.Now(), options.Window); err != nil {
			return nil, fmt.Errorf("read the records of calls: %w", err)
		}
	}
	out := &Result{Unseen: w.unseen}
	for _, rank := range []int{0, 1, 2} {
		for _, f := range w.found.findings {
			if f.rank() == rank {
				out.Findings = append(out.Findings, *f)
			}
		}
	}
	return out, nil
}

// walk is one run with the evidence that it has read.
type walk struct {
	stack      *stack.Stack
	ecs        *ECS
	kubernetes *Kubernetes
	network    *network.Facts
	roles      map[string]*evaluation.Role

	found  report
	unseen []string
	// memory keeps the results of steps that many paths share.
	memory map[string]*Finding
}

// step is a part of a path. It returns the first missing piece of that part.
type step func() *Finding

// first runs steps until one finds something missing.
func first(steps ...step) *Finding {
	for _, s := range steps {
		if f := s(); f != nil {
			return f
		}
	}
	return nil
}

// once runs a step that many paths share.
func (w *walk) once(name string, s step) step {
	return func() *Finding {
		f, known := w.memory[name]
		if !known {
			f = s()
			w.memory[name] = f
		}
		return f
	}
}

// member is a workload of the mesh: an ECS service, or a Deployment in EKS.
type member struct {
	cluster, service string
	// workload is the Deployment, in namespace testEKS.
	workload string
	// port is what it serves, 0 for nothing.
	port int
	// users says that it stands for everybody outside the mesh.
	users bool
}

func (m member) ecs() bool { return m.cluster != "" }

func (m member) String() string {
	if m.users {
		return "users"
	}
	if m.ecs() {
		return m.cluster + "/" + m.service
	}
	return "eks " + testEKS + "/" + m.workload
}

// members are all workloads, in the order in which everything is listed.
func (w *walk) members() []member {
	var all []member
	for _, cluster := range w.stack.ClusterKeys() {
		for _, name := range w.stack.Clusters[cluster].ServiceKeys() {
			service := w.stack.Clusters[cluster].Services[name]
			if service.DesiredCount == 0 {
				continue // it is declared to run no task
			}
			m := member{cluster: cluster, service: name, port: service.Port}
			if service.ClientOnly {
				m.port = 0
			}
			all = append(all, m)
		}
	}
	if w.stack.TestWorkloads {
		all = append(all, member{workload: testEcho, port: testEchoPort}, member{workload: testShell})
	}
	return all
}

// all walks every path.
func (w *walk) all() {
	members := w.members()
	for _, client := range members {
		// Only the shell workload in EKS makes calls.
		if !client.ecs() && client.workload != testShell {
			continue
		}
		for _, server := range members {
			if server.port == 0 || server == client {
				continue
			}
			if f := w.way(client, server); f != nil && !w.replaced(client, server) {
				w.found.add(f, pathOf(client, server))
			}
		}
	}
	for _, m := range members {
		if f := w.member(m)(); f != nil && w.found.known(f) == nil {
			w.found.add(f, m.String())
		}
	}
	w.ingress()
	w.latent(members)
}

// way checks the path of a call from one member to another.
func (w *walk) way(client, server member) *Finding {
	return first(w.member(client), w.proxy(client, server), w.member(server), w.serving(server), func() *Finding { return w.between(client, server) })
}

// member checks what a workload needs to join the mesh.
func (w *walk) member(m member) step {
	return w.once("member "+m.String(), func() *Finding {
		if !m.ecs() {
			return first(w.once("istiod", w.istiod), func() *Finding { return w.workload(m.workload) })
		}
		return first(
			w.once("istiod", w.istiod),
			w.once("ECS", w.knowsECS),
			w.once("gateway", w.gateway),
			func() *Finding { return w.cluster(m.cluster) },
			func() *Finding { return w.home(m) },
			func() *Finding { return w.service(m) },
		)
	})
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// find returns the first element that matches, or nil.
func find[T any](all []T, match func(T) bool) *T {
	if i := slices.IndexFunc(all, match); i >= 0 {
		return &all[i]
	}
	return nil
}
