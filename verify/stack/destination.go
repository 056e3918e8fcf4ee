package stack

import (
	"maps"
	"slices"
	"strings"
)

// The stages of policies.
const (
	StagePermissive = "permissive"
	StageDenyAll    = "deny-all"
	StageL4         = "l4"
	StageL7         = "l7"
)

// Destination is the stack's declaration for one hostname that callers can call.
type Destination struct {
	Namespace string `json:"namespace"`
	Port      int    `json:"port"`
	// Waypoint is the waypoint in front of it, in Namespace, "" for none.
	Waypoint    string `json:"waypoint"`
	PolicyStage string `json:"policyStage"`
	// Allow and Deny are the declared rules. Deny wins.
	Allow   []Rule  `json:"allow"`
	Deny    []Rule  `json:"deny"`
	Traffic Traffic `json:"traffic"`
}

// Rule matches requests by the caller and by every other part that is set.
type Rule struct {
	// Access is the ready-made choice that the rule stands for, "" for a rule that the stack file has.
	Access string `json:"access"`
	// Namespaces and ServiceAccounts ("namespace/name") are the callers.
	Namespaces      []string `json:"namespaces"`
	ServiceAccounts []string `json:"serviceAccounts"`
	// Methods, Paths (with * at an end) and Headers (with * for any value) are matched by a waypoint only.
	Methods []string            `json:"methods"`
	Paths   []string            `json:"paths"`
	Headers map[string][]string `json:"headers"`
}

// Traffic is how the waypoint splits requests. Backends are hostnames with their weights. Without Split no traffic is
// declared.
type Traffic struct {
	Routes  []Route        `json:"routes"`
	Split   map[string]int `json:"split"`
	Timeout string         `json:"timeout"`
	Retries *Retries       `json:"retries"`
	Delay   *Delay         `json:"delay"`
	Abort   *Abort         `json:"abort"`
}

// Route sends the requests that match to backends.
type Route struct {
	Headers    map[string]string `json:"headers"`
	PathPrefix string            `json:"pathPrefix"`
	Method     string            `json:"method"`
	To         map[string]int    `json:"to"`
}

// Retries retries requests.
type Retries struct {
	Attempts      int      `json:"attempts"`
	PerTryTimeout string   `json:"perTryTimeout"`
	On            []string `json:"on"`
}

// Delay delays a share of the requests.
type Delay struct {
	Percent  int    `json:"percent"`
	Duration string `json:"duration"`
}

// Abort answers a share of the requests with a status.
type Abort struct {
	Percent int `json:"percent"`
	Status  int `json:"status"`
}

// Hostnames are those of the destinations, sorted.
func (s *Stack) Hostnames() []string { return slices.Sorted(maps.Keys(s.Destinations)) }

// Request has the parts of a request that policies can match.
type Request struct {
	// Namespace and ServiceAccount are the caller's.
	Namespace, ServiceAccount string
	Method, Path              string
	// Headers are by name in lower case.
	Headers map[string]string
}

// Admits says whether the declaration admits a request.
func (d Destination) Admits(r Request) bool {
	switch d.PolicyStage {
	case "", StagePermissive:
		return true
	case StageDenyAll:
		return false
	}
	matches := func(rule Rule, whole bool) bool {
		return rule.Names(r.Namespace, r.ServiceAccount) && (whole || rule.about(r))
	}
	for _, rule := range d.Deny {
		// Before the last stage a DENY rule about requests is not in force.
		if d.PolicyStage == StageL7 && matches(rule, false) || d.PolicyStage != StageL7 && !rule.L7() && matches(rule, true) {
			return false
		}
	}
	return slices.ContainsFunc(d.Allow, func(rule Rule) bool { return matches(rule, d.PolicyStage != StageL7) })
}

// L7 reports whether only a waypoint can decide the rule.
func (r Rule) L7() bool { return len(r.Methods)+len(r.Paths)+len(r.Headers) > 0 }

// Harmless reports whether a method only asks an application for an answer. The empty method is GET.
func Harmless(method string) bool {
	return slices.Contains([]string{"", "GET", "HEAD", "OPTIONS"}, method)
}

// Example is a request that the rule matches, without a caller, with a harmless method if there is one. Parts that the rule does
// not set are those of a GET of "/".
func (r Rule) Example() Request {
	const anything = "verify"
	request := Request{Method: "GET", Path: "/", Headers: map[string]string{}}
	if len(r.Methods) > 0 {
		request.Method = r.Methods[0]
		if i := slices.IndexFunc(r.Methods, Harmless); i >= 0 {
			request.Method = r.Methods[i]
		}
	}
	if len(r.Paths) > 0 {
		request.Path = "/" + strings.TrimPrefix(strings.ReplaceAll(r.Paths[0], "*", anything), "/")
	}
	for name, values := range r.Headers {
		if len(values) > 0 {
			request.Headers[strings.ToLower(name)] = strings.ReplaceAll(values[0], "*", anything)
		}
	}
	return request
}

// Names reports whether a rule of the stack file lets a caller call. A ready-made choice admits many, and says nothing of who calls.
func (d Destination) Names(namespace, serviceAccount string) bool {
	return slices.ContainsFunc(d.Allow, func(r Rule) bool { return r.Access == "" && r.Names(namespace, serviceAccount) })
}

// Lists reports whether a rule or a ready-made choice lets a caller call.
func (d Destination) Lists(namespace, serviceAccount string) bool {
	return slices.ContainsFunc(d.Allow, func(r Rule) bool { return r.Names(namespace, serviceAccount) })
}

// Names reports whether a caller is one of the rule's.
func (r Rule) Names(namespace, serviceAccount string) bool {
	return slices.Contains(r.Namespaces, namespace) || slices.Contains(r.ServiceAccounts, namespace+"/"+serviceAccount)
}

func (r Rule) about(request Request) bool {
	if len(r.Methods) > 0 && !slices.Contains(r.Methods, request.Method) {
		return false
	}
	if len(r.Paths) > 0 && !slices.ContainsFunc(r.Paths, func(pattern string) bool { return like(pattern, request.Path) }) {
		return false
	}
	for name, values := range r.Headers {
		value, sent := request.Headers[strings.ToLower(name)]
		if !sent || !slices.ContainsFunc(values, func(pattern string) bool { return like(pattern, value) }) {
			return false
		}
	}
	return true
}

// like compares with a pattern that may begin or end with *.
func like(pattern, value string) bool {
	switch {
	case pattern == "*":
		return value != ""
	case strings.HasSuffix(pattern, "*"):
		return strings.HasPrefix(value, strings.TrimSuffix(pattern, "*"))
	case strings.HasPrefix(pattern, "*"):
		return strings.HasSuffix(value, strings.TrimPrefix(pattern, "*"))
	}
	return pattern == value
}

// Shares are the weights in thousandths of all requests, by hostname. Backends without a weight are left out.
func Shares[N int | float64](weights map[string]N) map[string]int {
	var sum N
	for _, weight := range weights {
		sum += weight
	}
	all := map[string]int{}
	for host, weight := range weights {
		if weight > 0 {
			all[host] = int(float64(weight)/float64(sum)*1000 + 0.5)
		}
	}
	return all
}
