package doctor

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"ambient-ecs/verify/stack"
)

// Scaler is what Application Auto Scaling has for a service.
type Scaler struct {
	// Service is the ARN of the service.
	Service string
	// Min and Max bound the number of its tasks.
	Min, Max int
	// Suspended are the kinds of scaling that somebody has suspended.
	Suspended []string
	// Targets are the values that its scaling policies keep, and Schedules the times of its scheduled actions, by name.
	Targets   map[string]float64
	Schedules map[string]string
}

// scaled compares the scaler of a service with the declared one. Without its scaler a service keeps the tasks that it has.
func (w *walk) scaled(d deployed) *Finding {
	want := w.stack.Clusters[d.cluster].Services[d.member.service].Scaling
	if want == nil {
		return nil
	}
	lacks := func(format string, args ...any) *Finding {
		return missing("scaler", d.String(), remade, format, args...)
	}
	have := find(w.ecs.Scalers, func(s Scaler) bool { return s.Service == d.service.ARN })
	if have == nil {
		return lacks("service %s has no scalable target, so nothing changes its number of tasks", d.member)
	}
	if want.Min != nil && *want.Min != have.Min || want.Max != nil && *want.Max != have.Max {
		return lacks("the scaler of %s keeps %d to %d tasks, and the stack declares %s to %s", d.member, have.Min, have.Max, bound(want.Min), bound(want.Max))
	}
	if len(have.Suspended) > 0 {
		return missing("scaler", d.String(), "resume it: aws application-autoscaling register-scalable-target … --suspended-state", "%s of %s is suspended", strings.Join(have.Suspended, " and "), d.member)
	}
	for _, name := range sortedKeys(want.Targets) {
		switch target, found := have.Targets[name]; {
		case !found:
			return lacks("the scaler of %s has no scaling policy %s", d.member, name)
		case target != want.Targets[name]:
			return lacks("the scaling policy %s of %s keeps %v, and the stack declares %v", name, d.member, target, want.Targets[name])
		}
	}
	for _, name := range sortedKeys(want.Schedules) {
		switch when, found := have.Schedules[name]; {
		case strings.HasPrefix(want.Schedules[name], "at("):
			// It is over at some time, and AWS may then forget it.
		case !found:
			return lacks("the scaler of %s has no scheduled action %s", d.member, name)
		case when != want.Schedules[name]:
			return lacks("the scheduled action %s of %s comes at %s, and the stack declares %s", name, d.member, when, want.Schedules[name])
		}
	}
	return nil
}

// bound is a bound in words.
func bound(n *int) string {
	if n == nil {
		return "what its schedules say"
	}
	return fmt.Sprint(*n)
}

// capacity compares what the next tasks of a service run on with the declared strategy.
func (w *walk) capacity(d deployed) *Finding {
	want := w.stack.Clusters[d.cluster].Services[d.member.service].Strategy
	if len(want) == 0 {
		return nil
	}
	if cluster := find(w.ecs.Clusters, func(c Cluster) bool { return c.ARN == w.stack.Clusters[d.cluster].ARN }); cluster != nil {
		for _, item := range want {
			if !slices.Contains(cluster.Providers, item.Provider) {
				return missing("capacity-provider", cluster.ARN, remade, "ECS cluster %s does not have the capacity provider %s, so new tasks of %s do not start there", last(cluster.ARN), item.Provider, d.member)
			}
		}
	}
	if !maps.Equal(unordered(want), unordered(d.service.Strategy)) {
		return missing("capacity-provider", d.String(), remade, "the tasks of service %s run on %s, and the stack declares %s", d.member, strategy(d.service.Strategy), strategy(want))
	}
	return nil
}

// unordered are the entries of a strategy, whose order says nothing.
func unordered(all []stack.CapacityProvider) map[stack.CapacityProvider]bool {
	set := map[stack.CapacityProvider]bool{}
	for _, item := range all {
		set[item] = true
	}
	return set
}

// strategy is a strategy in words.
func strategy(all []stack.CapacityProvider) string {
	if len(all) == 0 {
		return "a launch type"
	}
	var words []string
	for _, item := range all {
		words = append(words, fmt.Sprintf("%s (base %d, weight %d)", item.Provider, item.Base, item.Weight))
	}
	return strings.Join(words, " and ")
}
