package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"ambient-ecs/problem"
)

var (
	stages  = []PolicyStage{StagePermissive, StageDenyAll, StageL4, StageL7}
	choices = []Access{AccessMesh, AccessEKSOnly, AccessSameAccount, AccessDeclared}

	httpMethod = regexp.MustCompile(`^[A-Z]+$`)
	headerName = regexp.MustCompile("^[!#$%&'*+.^_|~0-9a-zA-Z-]+$")
)

// checkPolicies checks stages, guards and waypoints.
func (c Config) checkPolicies(p *problem.List) {
	for _, key := range c.ClusterKeys() {
		field, cluster := "clusters."+key, c.Clusters[key]
		if cluster.PolicyStage != "" {
			problem.OneOf(p, field+".policyStage", cluster.PolicyStage, stages...)
		}
		var serving []Destination
		for _, d := range c.Destinations() {
			if d.Shared == "" && d.Cluster == key {
				serving = append(serving, d)
			}
		}
		if cluster.Waypoint && len(serving) == 0 {
			p.Refuse(field+".waypoint", true, "no service of the cluster's namespace serves, so nothing would go through the waypoint: one of a shared service is in sharedServices")
		}
		c.checkGuard(p, field, cluster.Guard, serving)
		for _, name := range cluster.ServiceKeys() {
			c.checkServiceGuard(p, key, name)
		}
	}
	for _, d := range c.Destinations() {
		if d.Shared == "" {
			continue
		}
		shared := c.SharedServices[d.Shared]
		if shared.PolicyStage != "" {
			problem.OneOf(p, d.Field()+".policyStage", shared.PolicyStage, stages...)
		}
		c.checkGuard(p, d.Field(), shared.Guard, []Destination{d})
	}
	c.checkWaypointNames(p)
}

func (c Config) checkServiceGuard(p *problem.List, key, name string) {
	s, field := c.Clusters[key].Services[name], "clusters."+key+".services."+name
	if s.Shared != "" {
		return // checkMember refuses what the shared service says for it
	}
	if !s.ClientOnly {
		c.checkGuard(p, field, s.Guard, slices.DeleteFunc(c.Destinations(), func(d Destination) bool { return d.Cluster != key || d.Service != name }))
		return
	}
	for _, own := range []struct {
		key string
		set bool
	}{{"access", s.Access != ""}, {"allow", len(s.Allow) > 0}, {"deny", len(s.Deny) > 0}, {"waypoint", s.Waypoint}, {"traffic", s.Traffic != nil}} {
		if own.set {
			p.Add(field+"."+own.key, problem.IsSet, "the service is clientOnly and nobody can call it: remove one of the two")
		}
	}
}

// checkGuard checks a guard that holds for some destinations.
func (c Config) checkGuard(p *problem.List, field string, g Guard, of []Destination) {
	if g.Access != "" {
		problem.OneOf(p, field+".access", g.Access, choices...)
	}
	for i, r := range g.Allow {
		at := fmt.Sprintf("%s.allow[%d]", field, i)
		if c.checkRule(p, at, r, of) {
			c.checkUseful(p, at, r, of)
		}
	}
	for i, r := range g.Deny {
		c.checkRule(p, fmt.Sprintf("%s.deny[%d]", field, i), r, of)
	}
}

// checkRule checks one rule, and reports whether it is right by itself.
func (c Config) checkRule(p *problem.List, field string, r Rule, of []Destination) bool {
	before := len(*p)
	if len(r.From) == 0 {
		p.Missing(field+".from", "name the callers: a rule without any would be about everybody")
	}
	for i, text := range r.From {
		c.checkSource(p, fmt.Sprintf("%s.from[%d]", field, i), text)
	}
	switch {
	case r.Port == 0:
	case r.Port < 1 || r.Port > 65535:
		p.Refuse(field+".port", r.Port, "a TCP port is between 1 and 65535")
	case isZtunnelPort(r.Port):
		p.Refuse(field+".port", r.Port, "the ports %d to %d are ztunnel's own", firstZtunnelPort, lastZtunnelPort)
	case len(of) > 0 && !slices.ContainsFunc(of, func(d Destination) bool { return d.Port == r.Port }):
		p.Refuse(field+".port", r.Port, "nothing that the rule is about serves that port: leave it out, and the rule is about the service's own")
	}
	for i, method := range r.Methods {
		if !httpMethod.MatchString(method) {
			p.Refuse(fmt.Sprintf("%s.methods[%d]", field, i), method, "an HTTP method is a word in capitals, such as GET")
		}
	}
	for i, path := range r.Paths {
		if reason := checkRulePath(path); reason != "" {
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
			if value != "*" && strings.Contains(value, "*") {
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

// checkRulePath says why a rule cannot have a path, or returns "".
func checkRulePath(path string) string {
	switch inner := strings.TrimSuffix(strings.TrimPrefix(path, "*"), "*"); {
	case path == "*":
		return ""
	case strings.Contains(inner, "*"), strings.HasPrefix(path, "*") && strings.HasSuffix(path, "*"):
		return "a * stands at one end of a path, for whatever is there"
	case strings.ContainsAny(path, "?#{}"):
		return "a rule compares the path alone, without what follows ? or #"
	case !strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "*"):
		return "a path begins with / or *"
	}
	return ""
}

// checkSource checks that a caller is written right and exists.
func (c Config) checkSource(p *problem.List, field, text string) {
	source, err := ParseSource(text)
	if err != nil {
		kind, _, _ := strings.Cut(text, ":")
		p.Refuse(field, text, "%s%s", err, problem.DidYouMean(kind, []string{"cluster", "account", "service", "shared", "eks"}))
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
	case SourceService:
		exists(c.ClusterKeys(), "clusters")
		if cluster, known := c.Clusters[source.Name]; known {
			if _, known := cluster.Services[source.Service]; !known {
				p.Refuse(field, text, "there is no such service in clusters.%s%s", source.Name, problem.DidYouMean(source.Service, cluster.ServiceKeys()))
			}
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

// checkWaypointNames checks the names that waypoints get. Each is also that of a Service and a service account.
func (c Config) checkWaypointNames(p *problem.List) {
	taken := distinct(p)
	for _, identity := range c.Identities() {
		taken.taken[identity.Namespace+"/"+identity.ServiceAccount] = "the service account of clusters." + identity.Cluster
	}
	for _, w := range c.Waypoints() {
		field, key := "sharedServices", w.Namespace.Shared
		switch {
		case w.Service != "":
			field, key = "clusters."+w.Namespace.Cluster+".services", w.Service
		case w.Namespace.Cluster != "":
			field, key = "clusters", w.Namespace.Cluster
		}
		tooLong(p, field, key, "name of its waypoint", w.Name, maxLabel)
		if w.Service != "" && label.MatchString(w.Service) && !labelFromLetter.MatchString(w.Service) {
			p.Refuse(field, key, "its waypoint %s would be a Kubernetes Service too, whose name begins with a letter", w.Name)
		}
		taken.add(field, key, "waypoint and its service account", w.Namespace.Name+"/"+w.Name)
	}
}
