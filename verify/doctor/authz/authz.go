// Package authz decides whether the AuthorizationPolicies of a mesh let a call through, and names the policy that
// refuses it. It decides connections as ztunnel does, by identity, address and port, and requests as a waypoint
// does.
package authz

import (
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Policy is an AuthorizationPolicy; Spec is its spec as decoded JSON.
type Policy struct {
	Namespace, Name string
	Spec            map[string]any
}

// Call is one connection.
type Call struct {
	// TrustDomain, Namespace and ServiceAccount are the caller's identity.
	TrustDomain, Namespace, ServiceAccount string
	// Address is the caller's IP address.
	Address string
	// To is the namespace of the destination, Labels are its labels, and Port is the application's.
	To     string
	Labels map[string]string
	Port   int
	// Request is the HTTP request that a waypoint sees, nil for ztunnel.
	Request *Request
}

// Root is the root namespace. Its policies hold in every namespace.
const Root = "istio-system"

// Decide reports whether a connection is allowed. If not, it names what refuses it ("namespace/name"): the DENY
// policy that matches, or all ALLOW policies when none of them matches.
func Decide(policies []Policy, c Call) (allowed bool, by string) {
	c.Request = nil
	return decide(policies, c, func(p Policy) bool { return p.holdsFor(c) })
}

func decide(policies []Policy, c Call, holds func(Policy) bool) (allowed bool, by string) {
	var allows []string
	matched := false
	for _, p := range sorted(policies) {
		if !holds(p) {
			continue
		}
		name := p.Namespace + "/" + p.Name
		switch action, _ := p.Spec["action"].(string); action {
		case "DENY":
			if p.matches(c, true) {
				return false, name
			}
		case "", "ALLOW":
			allows = append(allows, name)
			matched = matched || p.matches(c, false)
		}
	}
	if len(allows) > 0 && !matched {
		return false, strings.Join(allows, ", ")
	}
	return true, ""
}

func sorted(policies []Policy) []Policy {
	return slices.SortedFunc(slices.Values(policies), func(a, b Policy) int {
		return strings.Compare(a.Namespace+"/"+a.Name, b.Namespace+"/"+b.Name)
	})
}

// holdsFor reports whether the destination's ztunnel enforces a policy. A waypoint enforces the policies with
// targets.
func (p Policy) holdsFor(c Call) bool {
	if p.Namespace != c.To && p.Namespace != Root || p.Spec["targetRef"] != nil || len(list(p.Spec, "targetRefs")) > 0 {
		return false
	}
	selector, _ := p.Spec["selector"].(map[string]any)
	labels, _ := selector["matchLabels"].(map[string]any)
	for key, value := range labels {
		if c.Labels[key] != value {
			return false
		}
	}
	return true
}

func (p Policy) matches(c Call, deny bool) bool {
	return slices.ContainsFunc(items(p.Spec, "rules"), func(rule map[string]any) bool { return p.rule(rule, c, deny) })
}

// rule matches if one of its sources, one of its operations and all of its conditions match.
func (p Policy) rule(rule map[string]any, c Call, deny bool) bool {
	one := func(field, inner string, match func(map[string]any) bool) bool {
		all := items(rule, field)
		return len(all) == 0 || slices.ContainsFunc(all, func(e map[string]any) bool {
			m, _ := e[inner].(map[string]any)
			return match(m)
		})
	}
	return one("from", "source", func(m map[string]any) bool { return p.all(m, c, deny, sources) }) &&
		one("to", "operation", func(m map[string]any) bool { return p.all(m, c, deny, operations) }) &&
		!slices.ContainsFunc(items(rule, "when"), func(m map[string]any) bool { return !p.condition(m, c, deny) })
}

// value is the value that a field of a rule is compared with, and the comparison.
type value func(p Policy, c Call, pattern string) bool

var sources = map[string]value{
	"namespaces": func(_ Policy, c Call, pattern string) bool { return like(pattern, c.Namespace) },
	"principals": func(_ Policy, c Call, pattern string) bool { return like(pattern, c.principal()) },
	"ipBlocks":   func(_ Policy, c Call, pattern string) bool { return within(pattern, c.Address) },
	"serviceAccounts": func(p Policy, c Call, pattern string) bool {
		if !strings.Contains(pattern, "/") {
			pattern = p.Namespace + "/" + pattern
		}
		return pattern == c.Namespace+"/"+c.ServiceAccount
	},
}

var operations = map[string]value{
	"ports": func(_ Policy, c Call, pattern string) bool { return pattern == strconv.Itoa(c.Port) },
}

// all matches every field of a source or an operation. To be safe, ztunnel treats a field of HTTP as no match in
// an ALLOW policy and as a match in a DENY policy.
func (p Policy) all(m map[string]any, c Call, deny bool, known map[string]value) bool {
	for _, field := range slices.Sorted(maps.Keys(m)) {
		patterns := list(m, field)
		if len(patterns) == 0 {
			continue
		}
		name, negated := field, false
		if strings.HasPrefix(field, "not") && len(field) > 3 {
			name, negated = strings.ToLower(field[3:4])+field[4:], true
		}
		match, ok := known[name]
		if !ok && c.Request != nil {
			match, ok = requests[name]
		}
		if !ok {
			if !deny {
				return false
			}
			continue
		}
		if slices.ContainsFunc(patterns, func(pattern string) bool { return match(p, c, pattern) }) == negated {
			return false
		}
	}
	return true
}

// condition matches one entry of "when".
func (p Policy) condition(m map[string]any, c Call, deny bool) bool {
	match, ok := map[string]value{
		"source.namespace": sources["namespaces"], "source.principal": sources["principals"], "source.ip": sources["ipBlocks"],
		"source.serviceAccount": sources["serviceAccounts"], "destination.port": operations["ports"],
	}[text(m, "key")]
	if name, found := header(text(m, "key")); found && c.Request != nil {
		match, ok = func(_ Policy, c Call, pattern string) bool { return like(pattern, c.Request.Headers[name]) }, true
	}
	if !ok {
		return deny
	}
	in := func(patterns []string) bool {
		return slices.ContainsFunc(patterns, func(pattern string) bool { return match(p, c, pattern) })
	}
	values, not := list(m, "values"), list(m, "notValues")
	return (len(values) == 0 || in(values)) && !in(not)
}

func (c Call) principal() string {
	return c.TrustDomain + "/ns/" + c.Namespace + "/sa/" + c.ServiceAccount
}

// like matches exactly, by prefix ("a*"), by suffix ("*a"), or anything at all ("*").
func like(pattern, value string) bool {
	if pattern == "*" {
		return value != ""
	}
	if prefix, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(value, prefix)
	}
	if suffix, ok := strings.CutPrefix(pattern, "*"); ok {
		return strings.HasSuffix(value, suffix)
	}
	return pattern == value
}

func within(block, address string) bool {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return false
	}
	if p, err := netip.ParsePrefix(block); err == nil {
		return p.Contains(ip)
	}
	return block == address
}

func text(m map[string]any, key string) string { s, _ := m[key].(string); return s }

func list(m map[string]any, key string) []string {
	var out []string
	all, _ := m[key].([]any)
	for _, e := range all {
		if s, ok := e.(string); ok {
			out = append(out, s)
		} else if e != nil {
			out = append(out, "") // an object: only its presence counts
		}
	}
	return out
}

func items(m map[string]any, key string) []map[string]any {
	var out []map[string]any
	all, _ := m[key].([]any)
	for _, e := range all {
		if o, ok := e.(map[string]any); ok {
			out = append(out, o)
		} else {
			out = append(out, map[string]any{}) // an empty rule matches everything
		}
	}
	return out
}
