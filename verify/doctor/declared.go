package doctor

import (
	"cmp"
	"slices"

	"ambient-ecs/verify/doctor/authz"
	"ambient-ecs/verify/stack"
)

// destination is the stack's declaration for a server's hostname. Workloads in EKS have none. The outputs of an older
// stack have no destinations at all.
func (w *walk) destination(server member) (stack.Destination, bool) {
	if !server.ecs() {
		return stack.Destination{}, false
	}
	d, ok := w.stack.Destinations[w.declared(server).hostname]
	return d, ok
}

// admits reports whether the stack declares that a request is let through. by is the policy that refuses it.
func (w *walk) admits(server member, from end, r authz.Request, by string) bool {
	d, known := w.destination(server)
	if !known {
		// The outputs of an older stack have only the stage.
		return !server.ecs() || w.stack.PolicyStage != stack.StageDenyAll || by != w.namespaceOf(server)+"/deny-all"
	}
	return d.Admits(stack.Request{
		Namespace: from.namespace, ServiceAccount: from.account, Method: r.Method, Path: r.Path, Headers: r.Headers,
	})
}

// plain is a request without anything special.
var plain = authz.Request{Method: "GET", Path: "/"}

// requests are those that the rules of a destination tell apart: a plain one, and for each rule one that it matches and
// one by another method.
func requests(d stack.Destination) []authz.Request {
	all := []authz.Request{plain}
	add := func(r authz.Request) {
		if !slices.ContainsFunc(all, func(known authz.Request) bool { return written(known) == written(r) }) {
			all = append(all, r)
		}
	}
	for _, rule := range slices.Concat(d.Allow, d.Deny) {
		if !rule.L7() {
			continue
		}
		example := rule.Example()
		r := authz.Request{Method: example.Method, Path: example.Path, Headers: example.Headers}
		add(r)
		for _, method := range rule.Methods {
			r.Method = method
			add(r)
		}
		r.Method = "PUT"
		add(r)
	}
	return all
}

// written is a request as people write it.
func written(r authz.Request) string {
	text := cmp.Or(r.Method, "GET") + " " + cmp.Or(r.Path, "/")
	for _, name := range sortedKeys(r.Headers) {
		text += " with " + name + ": " + r.Headers[name]
	}
	return text
}

// nameOf is the name that the stack uses in its policies for a hostname: the name of the shared service, or of the
// service in its cluster.
func (w *walk) nameOf(host string) string {
	for _, key := range w.stack.SharedKeys() {
		if w.stack.Shared[key].Hostname == host {
			return key
		}
	}
	for _, key := range w.stack.ClusterKeys() {
		for _, name := range w.stack.Clusters[key].ServiceKeys() {
			if w.stack.Clusters[key].Services[name].Hostname == host {
				return name
			}
		}
	}
	return ""
}

// wanted are the policies that the stack makes for a destination, as "namespace/name"; see docs/policies.md.
type wanted struct {
	// closing refuse every call that no policy allows. guard admits the waypoint to the tasks. allowing and denying are
	// the declared rules. forwarding admits the waypoints that pass requests on.
	closing                            []string
	guard, allowing, denying, forwards string
}

func (w *walk) wanted(host string) wanted {
	d, ok := w.stack.Destinations[host]
	if !ok || d.PolicyStage == "" || d.PolicyStage == stack.StagePermissive {
		return wanted{}
	}
	name := func(prefix string) string { return d.Namespace + "/" + prefix + w.nameOf(host) }
	p := wanted{closing: []string{d.Namespace + "/deny-all"}}
	at := ""
	if d.Waypoint != "" {
		p.closing = append(p.closing, d.Namespace+"/deny-all-at-"+d.Waypoint)
		p.guard, at = name("allow-waypoint-to-"), "waypoint-"
	}
	if d.PolicyStage == stack.StageDenyAll {
		return p
	}
	if len(d.Allow) > 0 {
		p.allowing = name(at + "allow-to-")
	}
	if slices.ContainsFunc(d.Deny, func(r stack.Rule) bool { return d.PolicyStage == stack.StageL7 || !r.L7() }) {
		p.denying = name(at + "deny-to-")
	}
	if len(w.forwarders(host)) > 0 {
		p.forwards = name("allow-traffic-to-")
	}
	return p
}

func (p wanted) all() []string {
	names := slices.Clone(p.closing)
	for _, name := range []string{p.guard, p.allowing, p.denying, p.forwards} {
		if name != "" {
			names = append(names, name)
		}
	}
	return names
}

// forwarders are the other hostnames whose traffic names a host as a backend.
func (w *walk) forwarders(host string) []string {
	var all []string
	for _, other := range w.stack.Hostnames() {
		d := w.stack.Destinations[other]
		if other == host || d.Waypoint == "" {
			continue
		}
		if slices.Contains(backends(d.Traffic), host) {
			all = append(all, other)
		}
	}
	return all
}

// backends are the hostnames to which the declared traffic sends requests.
func backends(t stack.Traffic) []string {
	var all []string
	for _, r := range append(slices.Clone(t.Routes), stack.Route{To: t.Split}) {
		for host, weight := range r.To {
			if weight > 0 {
				all = append(all, host)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
