package doctor

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"ambient-ecs/verify/stack"
)

// forwarded checks the paths from a server's waypoint to the other services that get a share of its requests.
func (w *walk) forwarded(pair string, server member, waypoint end) *Finding {
	d, known := w.destination(server)
	if !known {
		return nil
	}
	own := w.declared(server).hostname
	for _, host := range backends(d.Traffic) {
		if host == own {
			continue
		}
		members := w.behindName(host)
		if len(members) == 0 {
			return missing("traffic-backend", host, "run tasks of it, or give it no share", "%s is to get a share of the requests to %s, and it is to run no task: they are answered with status 503", host, own)
		}
		for _, m := range members {
			if f := first(w.member(m), w.serving(m)); f != nil {
				return f
			}
			for _, to := range w.ends(m) {
				if f := w.behind(pair+", and on to "+m.String(), m, waypoint, to); f != nil {
					return f
				}
			}
		}
	}
	for _, r := range w.routings(own) {
		for _, route := range r.routes() {
			for _, host := range sortedKeys(route.to) {
				if route.to[host] > 0 && !w.resolves(host) {
					return missing("traffic-backend", host, remade, "%s sends requests to %s, and istiod knows no such name: they are answered with status 503", r, host)
				}
			}
		}
	}
	return nil
}

// behindName are the members that answer under a hostname.
func (w *walk) behindName(host string) []member {
	return slices.DeleteFunc(w.members(), func(m member) bool { return !m.ecs() || m.port == 0 || w.declared(m).hostname != host })
}

// resolves reports whether a name exists, in istiod's entries or as a Kubernetes Service.
func (w *walk) resolves(host string) bool {
	return slices.ContainsFunc(w.kubernetes.Entries, func(e Entry) bool { return e.Service && slices.Contains(e.Hosts, host) }) ||
		slices.ContainsFunc(w.kubernetes.Services, func(s KubernetesService) bool { return s.Name+"."+s.Namespace+".svc.cluster.local" == host })
}

// traffic compares the routing configuration of the waypoints with the stack's declaration. A difference stops no
// call, because the requests go elsewhere.
func (w *walk) traffic() {
	for _, host := range w.stack.Hostnames() {
		d := w.stack.Destinations[host]
		if d.Waypoint == "" || len(w.behindName(host)) == 0 {
			continue
		}
		if f := w.shaped(host, d); f != nil {
			w.late(f, host)
		}
	}
}

func (w *walk) shaped(host string, d stack.Destination) *Finding {
	const fix = remade
	found := w.routings(host)
	switch declared := len(d.Traffic.Split) > 0; {
	case !declared && len(found) == 0:
		return nil
	case !declared:
		return missing("traffic", host, "remove it, or declare it as traffic of the service", "%s tells waypoint %s what to do with requests to %s, and the stack declares nothing", found[0], d.Waypoint, host)
	case len(found) == 0:
		return missing("traffic", host, fix, "no HTTPRoute and no VirtualService tells waypoint %s how to share requests to %s out: all of them go to it", d.Waypoint, host)
	case len(found) > 1:
		return missing("traffic", host, "remove the one that is not the stack's", "%s and %s both tell what to do with requests to %s, and which one counts is not defined", found[0], found[1], host)
	}
	have, want := found[0].routes(), declaredRoutes(d.Traffic)
	if len(have) != len(want) {
		return missing("traffic", host, fix, "%s has %d routes for %s, and the stack declares %d", found[0], len(have), host, len(want))
	}
	for i := range want {
		if why := want[i].unlike(have[i]); why != "" {
			return missing("traffic", host, fix, "route %d of %s for %s %s", i+1, found[0], host, why)
		}
	}
	return nil
}

// route is one route in words that can be compared.
type route struct {
	// match describes the requests that the route is for, "" for all.
	match string
	// to are the backends' shares in thousandths, by hostname.
	to map[string]int
	// rest is the timeout, the retries and the faults.
	timeout, retries, fault string
}

func (want route) unlike(have route) string {
	for _, c := range []struct{ what, have, want string }{
		{"matches", orAll(have.match), orAll(want.match)}, {"has the time-out", have.timeout, want.timeout},
		{"has the retries", have.retries, want.retries}, {"has the fault", have.fault, want.fault},
	} {
		if c.have != c.want {
			return fmt.Sprintf("%s %s, and the stack declares %s", c.what, orNone(c.have), orNone(c.want))
		}
	}
	if !maps.Equal(have.to, want.to) {
		return fmt.Sprintf("shares requests out as %s, and the stack declares %s", shares(have.to), shares(want.to))
	}
	return ""
}

func orAll(match string) string {
	if match == "" {
		return "all requests"
	}
	return match
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

func shares(to map[string]int) string {
	var all []string
	for _, host := range sortedKeys(to) {
		all = append(all, fmt.Sprintf("%g %% to %s", float64(to[host])/10, host))
	}
	return orNone(strings.Join(all, ", "))
}

// declaredRoutes are the routes of the stack, the one for all other requests last.
func declaredRoutes(t stack.Traffic) []route {
	var all []route
	for _, r := range append(slices.Clone(t.Routes), stack.Route{To: t.Split}) {
		one := route{match: matching(r.Method, "prefix", strings.TrimSuffix(r.PathPrefix, "/"), r.Headers), to: stack.Shares(r.To), timeout: span(t.Timeout)}
		if t.Retries != nil {
			one.retries = retries(float64(t.Retries.Attempts), t.Retries.PerTryTimeout, strings.Join(t.Retries.On, ","))
		}
		if t.Delay != nil {
			one.fault += delay(float64(t.Delay.Percent), t.Delay.Duration)
		}
		if t.Abort != nil {
			one.fault += abort(float64(t.Abort.Percent), float64(t.Abort.Status))
		}
		all = append(all, one)
	}
	return all
}

// matching describes the requests that a route is for.
func matching(method, how, path string, headers map[string]string) string {
	var parts []string
	if method != "" {
		parts = append(parts, "method "+method)
	}
	if path != "" {
		parts = append(parts, how+" "+path)
	}
	lower := map[string]string{}
	for name, value := range headers {
		lower[strings.ToLower(name)] = value
	}
	for _, name := range sortedKeys(lower) {
		parts = append(parts, name+": "+lower[name])
	}
	return strings.Join(parts, " and ")
}
