// Package makespan estimates how long AWS would take over a stack: the longest way through the resources of its state, with
// the median that each type takes.
package makespan

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"ambient-ecs/sandbox/aws"
)

// Step is a resource on the way, and how long it takes.
type Step struct {
	Name string
	Took time.Duration
}

// Way is a sequence of resources, each of which waits for the one before it.
type Way struct {
	Total time.Duration
	Steps []Step
}

// inCluster are the types of Kubernetes that are waited for. A gateway of the class istio-eastwest has a load balancer. Istio's four
// releases take a minute and a half together.
var inCluster = map[string]aws.Latency{
	"kubernetes:gateway.networking.k8s.io/v1:Gateway": aws.Latencies[aws.LoadBalancerKind],
	"kubernetes:helm.sh/v3:Release":                   {Create: 22 * time.Second, Delete: 5 * time.Second},
	"kubernetes:apps/v1:Deployment":                   {Create: 10 * time.Second, Delete: 5 * time.Second},
}

// call is what any other resource takes.
var call = aws.Latency{Create: time.Second, Delete: time.Second}

// Of returns the longest ways of an `up` that makes everything in a stack, and of a destroy. state is what `pulumi stack
// export` prints. The program's own time and the limit of parallel steps are left out.
func Of(state []byte) (up, destroy Way, err error) {
	var export struct {
		Deployment struct{ Resources []resource }
	}
	if err := json.Unmarshal(state, &export); err != nil {
		return up, destroy, fmt.Errorf("read the state: %w", err)
	}
	if len(export.Deployment.Resources) == 0 {
		return up, destroy, errors.New("the stack has no resources: run `up` first")
	}
	g := newGraph(export.Deployment.Resources)
	up, err = g.longest(g.needs, func(l aws.Latency) time.Duration { return l.Create })
	if err != nil {
		return up, destroy, err
	}
	destroy, err = g.longest(g.dependents(), func(l aws.Latency) time.Duration { return l.Delete })
	return up, destroy, err
}

// Print writes a way with the steps that take longer than a call.
func (w Way) Print(to io.Writer, title string) {
	fmt.Fprintf(to, "%s %s\n", title, clock(w.Total))
	for _, s := range w.Steps {
		if s.Took > call.Create {
			fmt.Fprintf(to, "  %6s  %s\n", clock(s.Took), s.Name)
		}
	}
}

func clock(d time.Duration) string {
	return fmt.Sprintf("%d:%02d", int(d.Minutes()), int(d.Seconds())%60)
}

// resource is one in a state.
type resource struct {
	URN, Type, Parent, Provider string
	Custom                      bool
	Dependencies                []string
	PropertyDependencies        map[string][]string
}

func (r resource) latency() aws.Latency {
	if latency, known := aws.Latencies[r.Type]; known {
		return latency
	}
	if latency, known := inCluster[r.Type]; known {
		return latency
	}
	if !r.Custom || strings.HasPrefix(r.Type, "pulumi:") {
		return aws.Latency{}
	}
	return call
}

func (r resource) name() string {
	return r.Type[strings.LastIndexByte(r.Type, ':')+1:] + " " + r.URN[strings.LastIndex(r.URN, "::")+2:]
}

// graph holds resources by URN, and what each of them waits for.
type graph struct {
	resources map[string]resource
	needs     map[string][]string
	order     []string
}

func newGraph(resources []resource) *graph {
	g := &graph{resources: map[string]resource{}, needs: map[string][]string{}}
	children := map[string][]string{}
	for _, r := range resources {
		g.resources[r.URN] = r
		g.order = append(g.order, r.URN)
		children[r.Parent] = append(children[r.Parent], r.URN)
	}
	for _, r := range resources {
		needs := slices.Clone(r.Dependencies)
		for _, property := range r.PropertyDependencies {
			needs = append(needs, property...)
		}
		if i := strings.LastIndex(r.Provider, "::"); i >= 0 {
			needs = append(needs, r.Provider[:i])
		}
		for _, need := range needs {
			g.needs[r.URN] = append(g.needs[r.URN], g.whole(need, children)...)
		}
		slices.Sort(g.needs[r.URN])
		g.needs[r.URN] = slices.Compact(g.needs[r.URN])
	}
	return g
}

// whole is a resource, and what a component is made of: whoever waits for a component of a plugin waits for all of it.
func (g *graph) whole(urn string, children map[string][]string) []string {
	r, known := g.resources[urn]
	if !known {
		return nil
	}
	all := []string{urn}
	if !r.Custom {
		for _, child := range children[urn] {
			all = append(all, g.whole(child, children)...)
		}
	}
	return all
}

// dependents is the graph the other way round: a resource is deleted after those that wait for it.
func (g *graph) dependents() map[string][]string {
	reversed := map[string][]string{}
	for _, urn := range g.order {
		for _, need := range g.needs[urn] {
			reversed[need] = append(reversed[need], urn)
		}
	}
	return reversed
}

// longest finds the way that takes longest. A circle is an error.
func (g *graph) longest(needs map[string][]string, takes func(aws.Latency) time.Duration) (Way, error) {
	ways, open := map[string]Way{}, map[string]bool{}
	var find func(urn string) (Way, error)
	find = func(urn string) (Way, error) {
		if way, known := ways[urn]; known {
			return way, nil
		}
		if open[urn] {
			return Way{}, fmt.Errorf("%s waits for itself", urn)
		}
		open[urn] = true
		var before Way
		for _, need := range needs[urn] {
			way, err := find(need)
			if err != nil {
				return Way{}, err
			}
			if way.Total > before.Total {
				before = way
			}
		}
		step := Step{g.resources[urn].name(), takes(g.resources[urn].latency())}
		ways[urn] = Way{before.Total + step.Took, append(slices.Clone(before.Steps), step)}
		return ways[urn], nil
	}
	var longest Way
	for _, urn := range g.order {
		way, err := find(urn)
		if err != nil {
			return Way{}, err
		}
		if way.Total > longest.Total {
			longest = way
		}
	}
	return longest, nil
}
