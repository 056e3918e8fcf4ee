package config

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"ambient-ecs/mesh/requestpath"
	"ambient-ecs/problem"
)

// Rule matches calls. A call must match every part that is given, and in each part one of the values.
type Rule struct {
	// From are the callers, at least one: cluster:KEY, account:KEY, service:CLUSTER/SERVICE, task:CLUSTER/TASK, shared:NAME,
	// eks:NAMESPACE, eks:NAMESPACE/SERVICEACCOUNT or ingress. Required.
	From []string `config:"from" restricts:"true"`
	// Port is the port that is called. Empty: the service's.
	Port int `config:"port" restricts:"true"`
	// Methods are HTTP methods. The service's waypoint looks at them, in the stage l7 only.
	Methods []string `config:"methods" restricts:"true"`
	// Paths are paths that may begin or end with *. The service's waypoint looks at them, in the stage l7 only.
	Paths []string `config:"paths" restricts:"true"`
	// Headers are headers with the values that each may have; "*" is any. The service's waypoint looks at them, in the
	// stage l7 only.
	Headers map[string][]string `config:"headers" restricts:"true"`
}

// L7 reports whether only a waypoint can decide the rule.
func (r Rule) L7() bool { return len(r.Methods)+len(r.Paths)+len(r.Headers) > 0 }

// Sources are the callers that are written right; the others are refused before anybody asks.
func (r Rule) Sources() []Source {
	var all []Source
	for _, text := range r.From {
		if source, err := ParseSource(text); err == nil {
			all = append(all, source)
		}
	}
	return all
}

// SourceKind is the kind of a caller.
type SourceKind string

const (
	// SourceCluster is every service of an ECS cluster.
	SourceCluster SourceKind = "cluster"
	// SourceAccount is every ECS service of an account.
	SourceAccount SourceKind = "account"
	// SourceService is whatever runs as the service account of one ECS service.
	SourceService SourceKind = "service"
	// SourceTask is whatever runs as the service account of one standalone task.
	SourceTask SourceKind = "task"
	// SourceShared is every member of a shared service.
	SourceShared SourceKind = "shared"
	// SourceEKS is a namespace in EKS, or one service account in it.
	SourceEKS SourceKind = "eks"
	// SourceIngress is the gateway for users outside the mesh, and so every user.
	SourceIngress SourceKind = "ingress"
)

// Source is a caller.
type Source struct {
	Kind SourceKind
	// Name is the key of the cluster, account or shared service, or the namespace in EKS. For a service or
	// a task it is the cluster's key.
	Name string
	// Service is the name of the ECS service or task, or the service account in EKS. Empty: all of them.
	Service string
}

// String is how the stack file writes the source.
func (s Source) String() string {
	if s.Kind == SourceIngress {
		return string(s.Kind)
	}
	text := string(s.Kind) + ":" + s.Name
	if s.Service != "" {
		text += "/" + s.Service
	}
	return text
}

// ParseSource reads a caller: "cluster:KEY", "account:KEY", "service:CLUSTER/SERVICE", "task:CLUSTER/TASK", "shared:NAME",
// "eks:NAMESPACE", "eks:NAMESPACE/SERVICEACCOUNT" or "ingress".
func ParseSource(text string) (Source, error) {
	if text == string(SourceIngress) {
		return Source{Kind: SourceIngress}, nil
	}
	kind, rest, found := strings.Cut(text, ":")
	name, service, inside := strings.Cut(rest, "/")
	s := Source{SourceKind(kind), name, service}
	kinds := []SourceKind{SourceCluster, SourceAccount, SourceService, SourceTask, SourceShared, SourceEKS}
	one := s.Kind == SourceService || s.Kind == SourceTask
	wrong := !found || !slices.Contains(kinds, s.Kind) || name == "" || inside && service == "" || one && !inside || inside && !one && s.Kind != SourceEKS
	if wrong {
		return Source{}, fmt.Errorf("a caller is cluster:KEY, account:KEY, service:CLUSTER/SERVICE, task:CLUSTER/TASK, shared:NAME, eks:NAMESPACE, eks:NAMESPACE/SERVICEACCOUNT or ingress")
	}
	return s, nil
}

var (
	httpMethod = regexp.MustCompile(`^[A-Z]+$`)
	headerName = regexp.MustCompile("^[!#$%&'*+.^_|~0-9a-zA-Z-]+$")
)

// checkRule checks one rule, and reports whether it is right by itself.
func (c Config) checkRule(p *problem.List, field string, r Rule, of []Destination) bool {
	before := len(*p)
	if len(r.From) == 0 {
		p.Missing(field+".from", "name the callers: a rule without any would be about everybody")
	}
	for i, text := range r.From {
		c.checkSource(p, fmt.Sprintf("%s.from[%d]", field, i), text)
	}
	serves := func(d Destination) bool { return d.Port == r.Port || c.protocolOf(d, r.Port) != "" }
	if r.Port != 0 && checkPort(p, field+".port", r.Port) && len(of) > 0 && !slices.ContainsFunc(of, serves) {
		p.Refuse(field+".port", r.Port, "nothing that the rule is about serves that port: leave it out, and the rule is about the service's own")
	}
	for i, method := range r.Methods {
		if !httpMethod.MatchString(method) {
			p.Refuse(fmt.Sprintf("%s.methods[%d]", field, i), method, "an HTTP method is a word in capitals, such as GET")
		}
	}
	for i, path := range r.Paths {
		if reason := c.PathNormalization.checkRulePath(path); reason != "" {
			p.Refuse(fmt.Sprintf("%s.paths[%d]", field, i), path, "%s", reason)
		}
	}
	folded := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(r.Headers)) {
		at := field + ".headers." + name
		if other, twice := folded[strings.ToLower(name)]; twice {
			p.Refuse(field+".headers", name, "headers do not differ in upper and lower case, and %s is there", other)
		}
		folded[strings.ToLower(name)] = name
		for _, value := range r.Headers[name] {
			if reason := checkHeaderValue(value); value != "" && reason != "" {
				p.Refuse(at, value, "%s", reason)
			} else if value != "*" && strings.Contains(value, "*") {
				p.Refuse(at, value, `a value is compared whole; "*" alone is any value`)
			}
		}
		switch {
		case !headerName.MatchString(name) || strings.ContainsAny(name, "[]"):
			p.Refuse(field+".headers", name, "this is no name of an HTTP header")
		case len(r.Headers[name]) == 0 || slices.Contains(r.Headers[name], ""):
			p.Missing(at, `give the values that the header may have, none of them empty; "*" is any`)
		}
	}
	if len(r.Headers) > 0 && c.IsSecret("clusters") {
		p.Add(field+".headers", problem.IsSet, "something under clusters is encrypted, Pulumi does not tell what, and policies are plain text in the state and in the cluster: put the rule into a sharedService, or do without headers")
	}
	if r.L7() {
		for _, d := range of {
			port := cmp.Or(r.Port, d.Port)
			if c.protocolOf(d, port) == ProtocolTCP {
				p.Refuse(field, strings.Join(r.From, ", "), "it looks at requests, and to the mesh port %d of %s is tcp, which has none: give the port the protocol http, http2 or grpc", port, d.Field())
			}
			if d.Waypoint == "" && (r.Port == 0 || r.Port == d.Port) {
				p.Refuse(field, strings.Join(r.From, ", "), "it looks at requests, which only a waypoint sees, and %s has none: set waypoint there or for the whole cluster", d.Field())
			}
		}
	}
	return len(*p) == before
}

// checkUseful refuses a rule about requests whose callers may do everything already.
func (c Config) checkUseful(p *problem.List, field string, r Rule, of []Destination) {
	if !r.L7() {
		return
	}
	callers := c.CallersOf(r.Sources()...)
	for _, d := range of {
		access := c.Guard(d).Access
		if c.Choice(access, c.AccountsOf(d)).Covers(callers) {
			p.Refuse(field, strings.Join(r.From, ", "), "access %s of %s admits these callers whatever they request, so the rule would change nothing: choose access declared, or a deny", access, d.Field())
			continue
		}
		for _, other := range c.admissions(d, c.Guard(d).Allow) {
			if !other.L7() && other.Covers(callers) {
				p.Refuse(field, strings.Join(r.From, ", "), "another allow of %s or of its cluster admits these callers whatever they request (%s), so the rule would change nothing", d.Field(), strings.Join(other.From, ", "))
				break
			}
		}
	}
}

// checkSource checks that a caller is written right and exists.
func (c Config) checkSource(p *problem.List, field, text string) {
	source, err := ParseSource(text)
	if err != nil {
		kind, _, _ := strings.Cut(text, ":")
		p.Refuse(field, text, "%s%s", err, problem.DidYouMean(kind, []string{"cluster", "account", "service", "shared", "eks", "ingress"}))
		return
	}
	exists := func(known []string, what string) {
		if !slices.Contains(known, source.Name) {
			p.Refuse(field, text, "there is no such key in %s%s", what, problem.DidYouMean(source.Name, known))
		}
	}
	switch source.Kind {
	case SourceCluster:
		exists(c.ClusterKeys(), "clusters")
	case SourceAccount:
		exists(c.AccountKeys(), "accounts")
	case SourceShared:
		exists(c.SharedKeys(), "sharedServices")
	case SourceService, SourceTask:
		exists(c.ClusterKeys(), "clusters")
		if cluster, known := c.Clusters[source.Name]; known {
			if of := cluster.keysOf(source.Kind); !slices.Contains(of, source.Service) {
				p.Refuse(field, text, "there is no such %s in clusters.%s%s", source.Kind, source.Name, problem.DidYouMean(source.Service, of))
			}
		}
	case SourceIngress:
		if !c.Ingress.IsSet() {
			p.Refuse(field, text, "there is no ingress: the top-level key ingress makes one")
		}
	case SourceEKS:
		c.checkEKSSource(p, field, text, source)
	}
}

// checkEKSSource checks a namespace in EKS by its name alone: others make such namespaces.
func (c Config) checkEKSSource(p *problem.List, field, text string, source Source) {
	if !label.MatchString(source.Name) || len(source.Name) > maxLabel {
		p.Refuse(field, text, "a Kubernetes namespace has at most %d characters: %s", maxLabel, labelRule)
	}
	if source.Service != "" && !domainName.MatchString(source.Service) {
		p.Refuse(field, text, "%q is no name of a Kubernetes service account", source.Service)
	}
	if c.Ingress.IsSet() && slices.Contains(c.ingressNamespaces(), source.Name) {
		p.Refuse(field, text, "the namespace is that of the ingress gateway: write ingress")
	}
	for _, n := range c.Namespaces() {
		if n.Name != source.Name {
			continue
		}
		instead := "cluster:" + n.Cluster
		if n.Shared != "" {
			instead = "shared:" + n.Shared
		}
		p.Refuse(field, text, "the namespace is that of ECS services: write %s", instead)
	}
}

// star is what a * at an end of a path stands for: a part of a segment that every waypoint leaves as it is.
const star = "any-thing"

// normalized returns a path after the waypoint's normalization, and keeps a * at either end. ok is false if no request can have the path.
func (n PathNormalization) normalized(path string) (form string, ok bool) {
	waypoint, _ := requestpath.Named(string(n))
	inner, before := strings.CutPrefix(path, "*")
	inner, after := strings.CutSuffix(inner, "*")
	if before {
		inner = star + inner
	}
	if after {
		inner += star
	}
	if form, ok = waypoint.Apply(inner); !ok {
		return "", false
	}
	if before {
		form = "*" + strings.TrimPrefix(form, "/"+star)
	}
	if after {
		form = strings.TrimSuffix(form, star) + "*"
	}
	return form, true
}

// checkRulePath says why a rule cannot have a path, or returns "".
func (n PathNormalization) checkRulePath(path string) string {
	switch inner := strings.TrimSuffix(strings.TrimPrefix(path, "*"), "*"); {
	case path == "*":
		return ""
	case strings.Contains(inner, "*"), strings.HasPrefix(path, "*") && strings.HasSuffix(path, "*"):
		return "a * stands at one end of a path, for whatever is there"
	case strings.ContainsAny(path, "?#{}"):
		return "a rule compares the path alone, without what follows ? or #"
	case !strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "*") && !strings.HasPrefix(path, `\`):
		return "a path begins with / or *"
	}
	return n.matchesNothing(path)
}

// matchesNothing explains why a path never matches a request and suggests the normalized one, or returns "".
func (n PathNormalization) matchesNothing(path string) string {
	if !slices.Contains(pathNormalizations, n) {
		return "" // told already
	}
	form, ok := n.normalized(path)
	if !ok {
		return "a waypoint refuses every request with such a path, whatever the rules say"
	}
	if form != path {
		return fmt.Sprintf("no request has this path when a waypoint looks at it (pathNormalization %s), so it would match nothing: write %s", n, form)
	}
	return ""
}

const maxPathPrefix = 1024

// pathCharacter is what the Gateway API admits in a path (v1.4.0, HTTPPathMatch).
var pathCharacter = regexp.MustCompile(`^(?:[-A-Za-z0-9/._~!$&'()+,;=:@]|%[0-9a-fA-F]{2})`)

// CheckPathPrefix says why a route cannot have a prefix, or returns "". The rules of the Gateway API hold whichever object is
// made of the route.
func (n PathNormalization) CheckPathPrefix(path string) string {
	switch {
	case strings.Contains(path, "*"):
		return "a prefix ends by itself with whole segments: write it without *"
	case strings.ContainsAny(path, "?#"):
		return "a route compares the path alone, without what follows ? or #"
	case !strings.HasPrefix(path, "/") && !strings.HasPrefix(path, `\`):
		return "it begins with /"
	case len(path) > maxPathPrefix:
		return fmt.Sprintf("the Gateway API admits %d characters", maxPathPrefix)
	}
	if reason := n.matchesNothing(path); reason != "" {
		return reason
	}
	switch {
	case strings.Contains(path, "//"):
		return "the Gateway API has no route for two slashes in a row"
	case strings.Contains(strings.ToLower(path), "%2f"):
		return "the Gateway API has no route for an encoded slash"
	}
	for rest := path; rest != ""; {
		found := pathCharacter.FindString(rest)
		if found == "" {
			return fmt.Sprintf("the Gateway API admits no %q in a path, which it compares as it is: a prefix is no pattern", []rune(rest)[0])
		}
		rest = rest[len(found):]
	}
	return ""
}
