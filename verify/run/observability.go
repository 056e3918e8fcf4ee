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
	"ambient-ecs/verify/observability"
	"ambient-ecs/verify/stack"
)

// observed holds the back end's facts about observability.
type observed struct {
	finding, scraped fact[map[string]string]
	open             fact[map[string][]string]
	cloud            fact[map[string]backend.CloudWatch]
	shipping         fact[string]
	// counts says by a case's id which of its lines the filter of that name matches.
	counts map[string]fact[[]bool]
}

// observe reads the facts that the cases need from a back end. It reads the filters first, because it can only
// try known ones.
func observe(ctx context.Context, o backend.Observer, s *stack.Stack, selected []cases.Case, needs func(...cases.Kind) bool) observed {
	f := observed{counts: map[string]fact[[]bool]{}}
	var group sync.WaitGroup
	if needs(cases.Finding) {
		group.Go(func() { f.finding = ask(func() (map[string]string, error) { return o.Finding(ctx) }) })
	}
	if needs(cases.Metrics) {
		group.Go(func() { f.scraped = ask(func() (map[string]string, error) { return o.Scraped(ctx) }) })
	}
	if needs(cases.MetricsPort) {
		group.Go(func() {
			f.open = ask(func() (map[string][]string, error) { return o.OpenTo(ctx, backend.PortMetrics) })
		})
	}
	if needs(cases.Shipping) {
		group.Go(func() { f.shipping = ask(func() (string, error) { return o.Shipping(ctx) }) })
	}
	if needs(cases.Alarm, cases.Counting, cases.Query) {
		f.cloud = ask(func() (map[string]backend.CloudWatch, error) { return o.CloudWatch(ctx) })
	}
	for _, c := range selected {
		if c.Kind != cases.Counting {
			continue
		}
		if filter, fault := observability.Filter(s, c.Account, c.Subject, f.cloud.value[c.Account]); fault == nil {
			f.counts[c.ID] = ask(func() ([]bool, error) { return o.Counts(ctx, c.Account, filter.Pattern, tried(c)) })
		}
	}
	group.Wait()
	return f
}

// tried are the lines that a filter is tried with.
func tried(c cases.Case) []string {
	counted, others := cases.Lines(c.Of)
	return slices.Concat(counted, others)
}

// looks decides a case about observability. ok is false for every other case.
func (r *runner) looks(c cases.Case) (v Verdict, seen, why string, took time.Duration, ok bool) {
	f := r.facts.observed
	service := c.Cluster + "/" + c.Service
	switch c.Kind {
	case cases.Finding:
		v, seen, why = reason(f.finding, c.Account, "finds them", "does not", "the account was not asked for")
		took = f.finding.took
	case cases.Metrics:
		v, seen, why = reason(f.scraped, service, "scraped", "not scraped", "the service has no running task")
		took = f.scraped.took
	case cases.MetricsPort:
		v, seen, why = r.metricsPort(service)
		took = f.open.took
	case cases.Alarm:
		v, seen, why = r.alarm(c)
		took = f.cloud.took
	case cases.Counting:
		v, seen, why = r.counting(c)
		took = f.counts[c.ID].took
	case cases.Query:
		v, seen, why = r.query(c)
		took = f.cloud.took
	case cases.Shipping:
		v, seen, why = r.shipping()
		took = f.shipping.took
	case cases.Tracing:
		v, seen, why = r.tracing(c)
		took = r.facts.istiod.took
	default:
		return v, seen, why, took, false
	}
	return v, seen, why, took, true
}

// reason judges a fact that is the reason for a fault, or "" for no fault.
func reason(f fact[map[string]string], key, good, bad, unasked string) (Verdict, string, string) {
	if f.err != nil {
		return Undecided, "nothing", f.err.Error()
	}
	switch why, asked := f.value[key]; {
	case !asked:
		return Undecided, "nothing", unasked
	case why != "":
		return Wrong, bad, why
	}
	return Right, good, ""
}

func (r *runner) metricsPort(service string) (Verdict, string, string) {
	f := r.facts.observed.open
	if f.err != nil {
		return Undecided, "nothing", f.err.Error()
	}
	sources, runs := f.value[service]
	if !runs {
		return Right, "closed", "the service has no running task"
	}
	if strangers := observability.Strangers(r.stack, sources); len(strangers) > 0 {
		return Wrong, "open", "its security groups admit " + strings.Join(strangers, ", ")
	}
	return Right, "closed", ""
}

// faulty is the verdict on a fault, or on none.
func faulty(f *observability.Fault, good, why string) (Verdict, string, string) {
	switch {
	case f == nil:
		return Right, good, why
	case f.Unsure:
		return Undecided, f.Seen, f.Why
	}
	return Wrong, f.Seen, f.Why
}

// cloud is the CloudWatch configuration of an account.
func (r *runner) cloud(account string) (backend.CloudWatch, error) {
	return r.facts.observed.cloud.value[account], r.facts.observed.cloud.err
}

func (r *runner) alarm(c cases.Case) (Verdict, string, string) {
	cloud, err := r.cloud(c.Account)
	if err != nil {
		return Undecided, "nothing", err.Error()
	}
	return faulty(observability.Alarm(r.stack, c.Account, c.Subject, cloud), "watches", observability.Shown(r.stack.Observability.Alarms[c.Account][c.Subject].Metrics))
}

// counting tries a metric filter on lines as ztunnel and istiod write them.
func (r *runner) counting(c cases.Case) (Verdict, string, string) {
	cloud, err := r.cloud(c.Account)
	if err != nil {
		return Undecided, "nothing", err.Error()
	}
	filter, fault := observability.Filter(r.stack, c.Account, c.Subject, cloud)
	if fault != nil {
		return faulty(fault, "", "")
	}
	matched := r.facts.observed.counts[c.ID]
	if matched.err != nil {
		return Undecided, "nothing", matched.err.Error()
	}
	all := tried(c)
	counted, _ := cases.Lines(c.Of)
	if len(counted) == 0 || len(matched.value) != len(all) {
		return Undecided, "nothing", fmt.Sprintf("nobody knows lines of %q to try it with", c.Of)
	}
	for i, line := range all {
		switch {
		case i < len(counted) && !matched.value[i]:
			return Wrong, "misses them", fmt.Sprintf("the pattern %s does not match: %s", filter.Pattern, line)
		case i >= len(counted) && matched.value[i]:
			return Wrong, "counts others", fmt.Sprintf("the pattern %s matches too: %s", filter.Pattern, line)
		}
	}
	return Right, "counts its lines", fmt.Sprintf("%d of %d lines", len(counted), len(all))
}

func (r *runner) query(c cases.Case) (Verdict, string, string) {
	cloud, err := r.cloud(c.Account)
	if err != nil {
		return Undecided, "nothing", err.Error()
	}
	return faulty(observability.Query(r.stack, c.Account, c.Subject, cloud), "asks what exists", "")
}

func (r *runner) shipping() (Verdict, string, string) {
	switch f := r.facts.observed.shipping; {
	case f.err != nil:
		return Undecided, "nothing", f.err.Error()
	case f.value != "":
		return Wrong, "not shipped", f.value
	}
	return Right, "shipped", ""
}

// tracing compares what istiod in process tells a waypoint with the declaration.
func (r *runner) tracing(c cases.Case) (Verdict, string, string) {
	if err := r.facts.istiod.err; err != nil {
		return Undecided, "nothing", err.Error()
	}
	found, err := r.facts.istiod.value.Traces(c.Subject)
	if err != nil {
		return Wrong, "no waypoint", err.Error()
	}
	if len(found) == 0 {
		return Undecided, "nothing", "the waypoint takes no HTTP, and only of requests there are traces"
	}
	want := r.stack.Observability.Tracing
	for _, t := range found {
		switch {
		case t.Service == "":
			return Wrong, "no traces", "istiod tells the waypoint of no collector: the Telemetry, its provider in the mesh's configuration or the collector's Service is missing"
		case t.Service != want.Service || t.Port != uint32(want.Port):
			return Wrong, "otherwise", fmt.Sprintf("it sends traces to %s:%d, and %s:%d is declared", t.Service, t.Port, want.Service, want.Port)
		case !t.Known:
			return Wrong, "no collector", "istiod does not tell the waypoint where " + t.Service + " is"
		case t.Sampling != float64(want.Sampling):
			return Wrong, "otherwise", fmt.Sprintf("it traces %g %% of the requests, and %d %% is declared", t.Sampling, want.Sampling)
		}
	}
	return Right, "as declared", fmt.Sprintf("%d %% to %s:%d", want.Sampling, want.Service, want.Port)
}
