package run

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/cases"
	"ambient-ecs/verify/policy"
	"ambient-ecs/verify/stack"
)

// fact is a value that was read once, or the error of reading it.
type fact[T any] struct {
	value T
	err   error
	took  time.Duration
}

type facts struct {
	services  fact[[]backend.Service]
	workloads fact[[]backend.Workload]
	revisions fact[[]backend.Revision]
	entries   fact[[]backend.Object]
	accounts  fact[[]backend.Object]
	gateway   map[gate]fact[inspection]
	live      fact[map[string]string]
	istiod    fact[*policy.Istiod]
	// configMaps hold the root certificates, namespaces the preferences among members.
	configMaps, namespaces fact[[]backend.Object]
	observed               observed
}

// gate is a port of the gateway, or of the ingress.
type gate struct {
	entrance bool
	port     int
}

type inspection struct {
	closed bool
	seen   string
}

// gather reads the facts that the cases need besides calls. It runs before any change.
func gather(ctx context.Context, b backend.Backend, s *stack.Stack, selected []cases.Case) facts {
	f := facts{gateway: map[gate]fact[inspection]{}}
	var group sync.WaitGroup
	needs := func(kinds ...cases.Kind) bool {
		return slices.ContainsFunc(selected, func(c cases.Case) bool { return slices.Contains(kinds, c.Kind) })
	}
	if needs(cases.Discovery, cases.Call) {
		group.Go(func() { f.services = ask(func() ([]backend.Service, error) { return b.Services(ctx) }) })
	}
	if needs(cases.Traffic, cases.Tracing, cases.Refusal, cases.Shares) {
		group.Go(func() { f.istiod = ask(func() (*policy.Istiod, error) { return policy.Live(ctx, b) }) })
	}
	if needs(cases.Enrolment, cases.Members) {
		group.Go(func() { f.workloads = ask(func() ([]backend.Workload, error) { return b.Workloads(ctx) }) })
	}
	if needs(cases.Revision) {
		group.Go(func() { f.revisions = ask(func() ([]backend.Revision, error) { return b.Revisions(ctx) }) })
	}
	if needs(cases.Entries) {
		group.Go(func() {
			f.entries = ask(func() ([]backend.Object, error) { return b.List(ctx, "networking.istio.io/v1", "ServiceEntry") })
		})
	}
	if needs(cases.Trust) {
		group.Go(func() {
			f.configMaps = ask(func() ([]backend.Object, error) { return b.List(ctx, "v1", "ConfigMap") })
		})
	}
	if needs(cases.Locality) {
		group.Go(func() {
			f.namespaces = ask(func() ([]backend.Object, error) { return b.List(ctx, "v1", "Namespace") })
		})
	}
	if needs(cases.Identity) {
		group.Go(func() {
			f.accounts = ask(func() ([]backend.Object, error) { return b.List(ctx, "v1", "ServiceAccount") })
		})
	}
	if watcher, ok := b.(backend.Watcher); ok && needs(cases.Live) {
		group.Go(func() { f.live = ask(func() (map[string]string, error) { return watcher.Discovering(ctx) }) })
	}
	if observer, ok := b.(backend.Observer); ok {
		group.Go(func() { f.observed = observe(ctx, observer, s, selected, needs) })
	}
	var mu sync.Mutex
	for _, c := range selected {
		if c.Kind != cases.Gateway {
			continue
		}
		group.Go(func() {
			found := ask(func() (i inspection, err error) {
				door := s.Gateway()
				if c.Entrance {
					door = s.Entrance()
				}
				i.closed, i.seen, err = b.Inspect(ctx, door, c.Port)
				return i, err
			})
			mu.Lock()
			defer mu.Unlock()
			f.gateway[gate{c.Entrance, c.Port}] = found
		})
	}
	group.Wait()
	return f
}

func ask[T any](question func() (T, error)) (f fact[T]) {
	started := time.Now()
	f.value, f.err = question()
	f.took = time.Since(started)
	return f
}

// roleAnnotations are those by which istiod finds the service accounts of a task role.
var roleAnnotations = []string{"ecs.solo.io/role-arn", "eks.amazonaws.com/role-arn"}

// bearers are the service accounts that a role leads to, as istiod compares: by account and name, without the path.
func bearers(accounts []backend.Object, role string) []string {
	var found []string
	for _, account := range accounts {
		if slices.ContainsFunc(roleAnnotations, func(key string) bool {
			value := backend.Text(account, "metadata", "annotations", key)
			return value != "" && pathless(value) == pathless(role)
		}) {
			found = append(found, backend.ID(account))
		}
	}
	slices.Sort(found)
	return found
}

// pathless is a role's ARN without the path.
func pathless(arn string) string {
	head, rest, ok := strings.Cut(arn, ":role/")
	if !ok {
		return arn
	}
	return head + ":role/" + rest[strings.LastIndex(rest, "/")+1:]
}

// unknown lists the services of the stack that a predicate does not hold for, of how many. istiod knows none of an account that only
// calls, and those do not count.
func (r *runner) unknown(known func(cluster, service string) (bool, string)) (missing []string, total int) {
	for _, cluster := range r.stack.ClusterKeys() {
		if r.stack.CallsOnly(r.stack.Clusters[cluster].Account) {
			continue
		}
		for _, service := range r.stack.Clusters[cluster].ServiceKeys() {
			if r.stack.Clusters[cluster].Services[service].Waits {
				continue
			}
			total++
			if ok, why := known(cluster, service); !ok {
				missing = append(missing, fmt.Sprintf("%s/%s: %s", cluster, service, why))
			}
		}
	}
	return missing, total
}
