package run

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"ambient-ecs/verify/cases"
	"ambient-ecs/verify/policy"
	"ambient-ecs/verify/stack"
)

// traffic compares the routes that istiod makes for a service's waypoint with those that the stack declares. The
// routes come from istiod in process over the cluster's objects, so the case counts as inspected.
func (r *runner) traffic(c cases.Case) (Verdict, string, string) {
	if err := r.facts.istiod.err; err != nil {
		return Undecided, "nothing", err.Error()
	}
	istiod, declared := r.facts.istiod.value, r.stack.Destinations[c.Host]
	service := istiod.Lookup(c.Host, declared.Namespace)
	if service == nil {
		return Wrong, "no service", "istiod knows no service " + c.Host
	}
	found, err := istiod.Routes(service, uint32(declared.Port))
	if err != nil {
		return Wrong, "no routes", err.Error()
	}
	found = joined(found)
	want := append(slices.Clone(declared.Traffic.Routes), stack.Route{To: declared.Traffic.Split})
	if len(found) != len(want) {
		return Wrong, fmt.Sprintf("%d routes", len(found)), fmt.Sprintf("the waypoint has %d routes, and %d are declared", len(found), len(want))
	}
	for i, route := range found {
		if why := unlike(want[i], declared.Traffic, route); why != "" {
			return Wrong, "otherwise", fmt.Sprintf("route %d: %s", i+1, why)
		}
	}
	return Right, "as declared", ""
}

// joined makes one of two routes in a row that istiod makes of one prefix: the path itself, and what is below it.
func joined(all []policy.Route) []policy.Route {
	var one []policy.Route
	for _, route := range all {
		if last := len(one) - 1; last >= 0 && one[last].Match.Path != "" && route.Match.Prefix == one[last].Match.Path+"/" {
			whole := one[last]
			whole.Match.Path, whole.Match.Prefix = route.Match.Path, route.Match.Prefix
			if reflect.DeepEqual(whole, route) {
				one[last] = route
				continue
			}
		}
		one = append(one, route)
	}
	return one
}

// unlike says in what a waypoint's route differs from the declared one, or returns "".
func unlike(want stack.Route, t stack.Traffic, got policy.Route) string {
	headers := map[string]string{}
	for name, value := range want.Headers {
		headers[strings.ToLower(name)] = value
	}
	if want.Method != "" {
		headers[":method"] = want.Method
	}
	path := cmp.Or(got.Match.Path, strings.TrimSuffix(got.Match.Prefix, "/"))
	switch {
	case !maps.Equal(headers, got.Match.Headers) && len(headers)+len(got.Match.Headers) > 0:
		return fmt.Sprintf("it matches %v, and %v is declared", got.Match.Headers, headers)
	case path != strings.TrimSuffix(want.PathPrefix, "/"):
		return fmt.Sprintf("it matches the path %q, and %q is declared", path, want.PathPrefix)
	}
	shares := map[string]float64{}
	for _, b := range got.Backends {
		if b.Weight > 0 {
			shares[b.Hostname] += float64(b.Weight)
		}
		if !b.Known {
			return "the waypoint does not know its backend " + b.Hostname
		}
	}
	if has, declared := stack.Shares(shares), stack.Shares(want.To); !maps.Equal(has, declared) {
		return fmt.Sprintf("of a thousand requests it sends %v, and %v is declared", has, declared)
	}
	if timeout := duration(t.Timeout); timeout != got.Timeout {
		return fmt.Sprintf("its time-out is %s, and %s is declared", got.Timeout, timeout)
	}
	if r := t.Retries; r != nil && (int(got.Retries.Attempts) != r.Attempts || got.Retries.PerTry != duration(r.PerTryTimeout)) {
		return fmt.Sprintf("it repeats %d times, each for %s, and %d times for %s is declared", got.Retries.Attempts, got.Retries.PerTry, r.Attempts, duration(r.PerTryTimeout))
	}
	return unlikeFault(t, got.Fault)
}

func unlikeFault(t stack.Traffic, got *policy.Fault) string {
	var want policy.Fault
	if t.Delay != nil {
		want.DelayPercent, want.Delay = float64(t.Delay.Percent), duration(t.Delay.Duration)
	}
	if t.Abort != nil {
		want.AbortPercent, want.AbortStatus = float64(t.Abort.Percent), uint32(t.Abort.Status)
	}
	var is policy.Fault
	if got != nil {
		is = *got
	}
	if is != want {
		return fmt.Sprintf("its fault is %+v, and %+v is declared", is, want)
	}
	return ""
}

// duration reads a declared duration. None is 0: no limit.
func duration(text string) time.Duration {
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0
	}
	return d
}
