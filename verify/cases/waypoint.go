package cases

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/stack"
)

type request = backend.Request

// waypoints tries what waypoints decide: requests that rules tell apart, the way around, and how requests are shared
// out.
func (b *builder) waypoints() {
	for _, host := range b.stack.Hostnames() {
		d := b.stack.Destinations[host]
		to := b.behind(host)
		if d.Waypoint == "" || to == nil {
			continue
		}
		label := label(host, d)
		for _, from := range b.places() {
			if from.caller == nil {
				continue
			}
			for number, s := range b.samples(host) {
				b.against(fmt.Sprintf("l7/%s/%s/%d", label, from.key, number), from.key+" to "+label+" with "+s.String(), from.caller, to, s.of(to, from.caller))
			}
			if d.PolicyStage != stack.StagePermissive {
				b.around("around/"+label+"/"+from.key, from.key+" around the waypoint of "+label, from.caller, to)
			}
		}
		b.routes(label, to, d)
		if len(d.Traffic.Split) > 0 {
			b.add(Case{ID: "traffic/" + label, Name: "requests to " + label + " are shared out", Kind: Traffic, State: Base, Host: host})
		}
	}
}

// routes makes one request for each declared route, from the first place that is admitted with it. Whoever answers must
// be one of the route's own backends.
func (b *builder) routes(label string, to *target, d stack.Destination) {
	for number, route := range d.Traffic.Routes {
		s := sample{method: cmp.Or(route.Method, "GET"), path: cmp.Or(route.PathPrefix, "/"), headers: route.Headers}
		from := first(b.places(), func(p *place) bool {
			return p.caller != nil && b.declared(p.caller, to, s.of(to, p.caller)) == answered
		})
		if from == nil {
			continue
		}
		b.add(Case{ID: fmt.Sprintf("route/%s/%d", label, number), Name: "requests to " + label + " with " + s.String(), Kind: Call, State: Base,
			Request: s.of(to, from.caller), Expect: answered, Client: from.caller.identity, Servers: b.backends(route.To)})
	}
}

// around calls a task by its address and bypasses the waypoint. The task's ztunnel must refuse every such caller.
func (b *builder) around(id, name string, from *caller, to *target) {
	r := to.byAddress(from)
	if b.seen[Key(Base, r)] {
		return
	}
	control := b.admitted(from, to, r)
	if control == nil {
		return
	}
	b.seen[Key(Base, r)] = true
	b.failing(id, name, blocked, None, r, control)
}

// behind is the destination with a hostname as something to call, nil if it runs no tasks.
func (b *builder) behind(host string) *target {
	for _, key := range b.stack.ClusterKeys() {
		for _, name := range b.stack.Clusters[key].ServiceKeys() {
			if s := b.stack.Clusters[key].Services[name]; s.Hostname == host && s.DesiredCount > 0 {
				return targetOf(b.stack, key, name)
			}
		}
	}
	return nil
}

// answering are the identities that may answer a request: those of every backend that the traffic declares.
func (b *builder) answering(to *target, r request) []string {
	t := b.stack.Destinations[to.host].Traffic
	if len(t.Split) == 0 || r.Task != "" {
		return to.identities
	}
	for _, route := range t.Routes {
		if matches(route, r) {
			return b.backends(route.To)
		}
	}
	return b.backends(t.Split)
}

// backends are the identities behind hostnames with a weight.
func (b *builder) backends(weights map[string]int) []string {
	var all []string
	for host, weight := range weights {
		if backend := b.behind(host); backend != nil && weight > 0 {
			all = append(all, backend.identities...)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// matches reports whether a route is for a request.
func matches(route stack.Route, r request) bool {
	path, prefix := cmp.Or(r.Path, "/"), strings.TrimSuffix(route.PathPrefix, "/")
	if path != prefix && !strings.HasPrefix(path, prefix+"/") || route.Method != "" && route.Method != cmp.Or(r.Method, "GET") {
		return false
	}
	for name, want := range route.Headers {
		found := false
		for sent, value := range r.Headers {
			found = found || strings.EqualFold(sent, name) && value == want
		}
		if !found {
			return false
		}
	}
	return true
}

// sample is a request that stands for those that a destination's rules treat alike.
type sample struct {
	method, path string
	headers      map[string]string
}

func (s sample) of(to *target, from *caller) request {
	r := to.request(from)
	r.Method, r.Path, r.Headers = s.method, s.path, s.headers
	return r
}

// String is how the sample is shown.
func (s sample) String() string {
	text := s.method + " " + s.path
	for _, name := range slices.Sorted(maps.Keys(s.headers)) {
		text += " and " + name + ": " + s.headers[name]
	}
	return text
}

// samples are requests that the rules of a destination tell apart: for each rule one that it matches, and for each part of it
// one that differs in that part alone. A destination without such rules has none.
func (b *builder) samples(host string) []sample {
	var all []sample
	add := func(s sample) {
		if !slices.ContainsFunc(all, func(known sample) bool { return known.String() == s.String() }) {
			all = append(all, s)
		}
	}
	d := b.stack.Destinations[host]
	if d.PolicyStage != stack.StageL7 {
		return nil
	}
	for _, rule := range slices.Concat(d.Allow, d.Deny) {
		if !rule.L7() {
			continue
		}
		matching := rule.Example()
		s := sample{matching.Method, matching.Path, matching.Headers}
		add(s)
		if len(rule.Methods) > 0 {
			other := s
			other.method = "PUT"
			add(other)
		}
		if len(rule.Paths) > 0 {
			other := s
			other.path = "/verify-another-path"
			add(other)
		}
		if len(rule.Headers) > 0 {
			other := s
			other.headers = map[string]string{}
			add(other)
		}
	}
	return all
}
