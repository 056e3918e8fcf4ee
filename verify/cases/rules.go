package cases

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"ambient-ecs/verify/stack"
)

// rules adds for every rule in force a call with a request that the rule matches, from a caller that it names. Other cases
// cover most rules already.
func (b *builder) rules() {
	callers := b.callers()
	for _, host := range b.stack.Hostnames() {
		d, to := b.stack.Destinations[host], b.behind(host)
		if to == nil || d.PolicyStage != stack.StageL4 && d.PolicyStage != stack.StageL7 {
			continue
		}
		for n, rule := range d.Allow {
			b.hit(fmt.Sprintf("rule/%s/allow/%d", label(host, d), n), callers, to, rule, d, d)
		}
		for n, rule := range d.Deny {
			if d.PolicyStage == stack.StageL4 && rule.L7() {
				continue // it is not in force
			}
			open := d
			open.Deny = slices.Delete(slices.Clone(d.Deny), n, n+1)
			b.hit(fmt.Sprintf("rule/%s/deny/%d", label(host, d), n), callers, to, rule, d, open)
		}
	}
}

// callers are all workloads of the stack: those with a shell first, then those that are not known to have one.
func (b *builder) callers() []*caller {
	var shells, others []*caller
	for _, p := range b.places() {
		if p.caller != nil {
			shells = append(shells, p.caller)
		}
	}
	for _, p := range b.clusters {
		services := b.stack.Clusters[p.key].Services
		for _, name := range b.stack.Clusters[p.key].ServiceKeys() {
			from := callerOf(b.stack, p.key, name)
			switch {
			case services[name].DesiredCount == 0 || p.caller != nil && p.caller.from == from.from:
			case services[name].ClientOnly:
				shells = append(shells, from)
			default:
				from.shellless = true
				others = append(others, from)
			}
		}
	}
	return append(shells, others...)
}

// hit adds the case of one rule of a destination: a request that the rule matches, with the result that the rule demands. open is
// the destination without the rule, if the rule denies. hit prefers a request that open admits, because then only the rule refuses
// it.
func (b *builder) hit(id string, callers []*caller, to *target, rule stack.Rule, d, open stack.Destination) {
	denies := len(open.Deny) < len(d.Deny)
	named := false
	for _, alone := range []bool{true, false} {
		for _, from := range callers {
			if !rule.Names(from.namespace, from.account) {
				continue
			}
			named = true
			for _, s := range matching(rule, d, denies) {
				r := to.request(from)
				if rule.L7() && d.PolicyStage == stack.StageL7 || s.String() != plain {
					r = s.of(to, from)
				}
				asked := stack.Request{Namespace: from.namespace, ServiceAccount: from.account, Method: s.method, Path: s.path, Headers: s.headers}
				if d.Admits(asked) == denies || denies && alone && !open.Admits(asked) {
					continue
				}
				b.against(id, from.from.String()+" to "+to.host+" with "+s.String(), from, to, r)
				return
			}
		}
		if !denies {
			break
		}
	}
	reason := "the stack knows no workload of its callers, " + strings.Join(slices.Concat(rule.Namespaces, rule.ServiceAccounts), ", ")
	if tasks := b.standalone(rule); len(tasks) > 0 {
		reason = "only standalone tasks are its callers, and they take no commands: " + strings.Join(tasks, ", ")
	}
	if named {
		reason = "another rule refuses what it admits"
	}
	b.inapplicable(id, "a rule of "+to.host, reason)
}

// standalone are the standalone tasks that a rule names, as "cluster/task".
func (b *builder) standalone(rule stack.Rule) (all []string) {
	for _, account := range rule.ServiceAccounts {
		namespace, name, _ := strings.Cut(account, "/")
		all = append(all, b.stack.Standalone(namespace, name)...)
	}
	return all
}

// plain is the request of all cases that depend on callers alone.
const plain = "GET /"

// matching are requests that a rule matches. Parts that a DENY rule leaves open also come from the ALLOW rules.
func matching(rule stack.Rule, d stack.Destination, denies bool) []sample {
	if d.PolicyStage != stack.StageL7 {
		return []sample{{method: "GET", path: "/"}}
	}
	own := rule.Example()
	all := []sample{{own.Method, own.Path, own.Headers}}
	if !denies {
		return all
	}
	for _, allow := range d.Allow {
		other := allow.Example()
		s := sample{own.Method, own.Path, other.Headers}
		if len(rule.Methods) == 0 {
			s.method = other.Method
		}
		if len(rule.Paths) == 0 {
			s.path = other.Path
		}
		maps.Copy(s.headers, own.Headers)
		all = append(all, s)
	}
	return all
}

// label is a destination's name in ids: the first part of its hostname, and its namespace.
func label(host string, d stack.Destination) string {
	name, _, _ := strings.Cut(host, ".")
	return name + "." + d.Namespace
}
