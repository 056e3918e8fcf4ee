package authz

import (
	"slices"
	"strings"
)

// Request has the parts of an HTTP request that a waypoint reads. Names of headers are in lower case.
type Request struct {
	Method, Path, Host string
	Headers            map[string]string
}

// Waypoint is a waypoint in front of one service. It holds the names that a policy can target.
type Waypoint struct {
	// Namespace and Name are those of its Gateway.
	Namespace, Name string
	// Entries are the names of the ServiceEntry objects of the service, in the call's namespace.
	Entries []string
}

// class is the GatewayClass of all waypoints.
const class = "istio-waypoint"

// DecideAt is Decide for a request at a waypoint, where only policies with targets hold. The call's namespace is that
// of the service.
func DecideAt(policies []Policy, w Waypoint, c Call) (allowed bool, by string) {
	if c.Request == nil {
		c.Request = &Request{}
	}
	return decide(policies, c, func(p Policy) bool { return p.boundTo(w, c) })
}

// boundTo reports whether one of a policy's targets is the waypoint, its class, or the service behind it.
func (p Policy) boundTo(w Waypoint, c Call) bool {
	targets := items(p.Spec, "targetRefs")
	if one, ok := p.Spec["targetRef"].(map[string]any); ok {
		targets = append(targets, one)
	}
	for _, t := range targets {
		name := text(t, "name")
		switch text(t, "kind") {
		case "Gateway":
			if p.Namespace == w.Namespace && name == w.Name {
				return true
			}
		case "GatewayClass":
			if p.Namespace == Root && name == class {
				return true
			}
		case "ServiceEntry":
			if p.Namespace == c.To && slices.Contains(w.Entries, name) {
				return true
			}
		}
	}
	return false
}

// requests are the fields of a rule that only an HTTP proxy compares.
var requests = map[string]value{
	"methods": func(_ Policy, c Call, pattern string) bool { return like(pattern, c.Request.Method) },
	"hosts": func(_ Policy, c Call, pattern string) bool {
		return like(strings.ToLower(pattern), strings.ToLower(c.Request.Host))
	},
	"paths": func(_ Policy, c Call, pattern string) bool {
		path, _, _ := strings.Cut(c.Request.Path, "?")
		return like(pattern, path)
	},
	// The doctor's requests carry no token.
	"requestPrincipals": func(Policy, Call, string) bool { return false },
}

// header reads "request.headers[name]".
func header(key string) (name string, ok bool) {
	rest, ok := strings.CutPrefix(key, "request.headers[")
	if !ok {
		return "", false
	}
	name, ok = strings.CutSuffix(rest, "]")
	return strings.ToLower(name), ok
}
