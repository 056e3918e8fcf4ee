package config

import (
	"maps"
	"slices"
	"strings"

	"ambient-ecs/problem"
)

// SharedSettings are the names that several clusters have in common.
type SharedSettings struct {
	// SharedServices are names that ECS services of several clusters have in common.
	SharedServices map[string]SharedService `config:"sharedServices"`
}

// SharedService is one name for ECS services of several clusters. Each of them names it in Service.Shared.
//
// The members live in one namespace, because Istio joins endpoints by name inside a namespace only. Each cluster
// has its own service account in it, because a service account is bound to one task role.
type SharedService struct {
	// Enabled false leaves out the service and its members, wherever they are named. Empty: true.
	Enabled *bool `config:"enabled"`
	// Hostname is the name of the service. Empty: NAME.INSTALLNAME.DOMAIN with the home account's domain.
	Hostname string `config:"hostname"`
	// Port is the TCP port of every member. Required.
	Port int `config:"port"`
	// Locality says which members a caller prefers: same-zone, those in its own zone, or any. Empty: same-zone.
	Locality Locality `config:"locality"`
	// PolicyStage is the stage of the service's namespace. Empty: the top-level key's.
	PolicyStage PolicyStage `config:"policyStage" restricts:"true"`
	Guard
	// Waypoint puts a waypoint in front of the service.
	Waypoint bool `config:"waypoint"`
	// Traffic shapes what the waypoint passes on. It needs the waypoint.
	Traffic *Traffic `config:"traffic"`
}

// Locality is a preference among the endpoints of a shared service.
type Locality string

const (
	// LocalitySameZone prefers members in the caller's zone, then in its region. Zones are compared by their names, and
	// a name is another zone in another account.
	LocalitySameZone Locality = "same-zone"
	// LocalityAny uses all members alike.
	LocalityAny Locality = "any"
)

// LocalityOrDefault is the preference among the endpoints.
func (s SharedService) LocalityOrDefault() Locality {
	if s.Locality == "" {
		return LocalitySameZone
	}
	return s.Locality
}

// EnabledOrDefault reports whether the shared service and its members are made.
func (s SharedService) EnabledOrDefault() bool { return s.Enabled == nil || *s.Enabled }

// Member is one ECS service of a shared service.
type Member struct{ Cluster, Service string }

// Members are the ECS services of a shared service, sorted.
func (c Config) Members(shared string) []Member {
	var all []Member
	for _, key := range c.ClusterKeys() {
		for _, name := range c.Clusters[key].ServiceKeys() {
			if c.Clusters[key].Services[name].Shared == shared {
				all = append(all, Member{key, name})
			}
		}
	}
	return all
}

// SharedKeys are the names of the shared services, sorted.
func (c Config) SharedKeys() []string { return slices.Sorted(maps.Keys(c.SharedServices)) }

// SharedNamespace is the Kubernetes namespace of a shared service.
func (c Config) SharedNamespace(shared string) string { return c.Install + "-" + shared }

// SharedHostname is the name under which the mesh knows a shared service.
func (c Config) SharedHostname(shared string) string {
	if own := c.SharedServices[shared].Hostname; own != "" {
		return own
	}
	return shared + "." + c.Install + "." + c.Accounts[c.Home].Domain
}

// SharedServiceAccount is the service account of a cluster's members of a shared service, in the shared namespace.
func (c Config) SharedServiceAccount(shared, cluster string) string { return shared + "-" + cluster }

// Namespace is a Kubernetes namespace of ECS services: that of a cluster or that of a shared service. One of Cluster
// and Shared is set.
type Namespace struct {
	Name            string
	Cluster, Shared string
}

// Namespaces are the namespaces of the ECS services: the clusters' in the order of their keys, then those of the
// shared services.
func (c Config) Namespaces() []Namespace {
	var all []Namespace
	for _, key := range c.ClusterKeys() {
		all = append(all, Namespace{Name: c.Namespace(key), Cluster: key})
	}
	for _, name := range c.SharedKeys() {
		all = append(all, Namespace{Name: c.SharedNamespace(name), Shared: name})
	}
	return all
}

// checkShared checks the shared services and the services that belong to one.
func (c Config) checkShared(p *problem.List) {
	for _, name := range c.SharedKeys() {
		field := "sharedServices." + name
		shared := c.SharedServices[name]
		if !label.MatchString(name) {
			p.Refuse("sharedServices", name, "the name of a shared service becomes part of names: %s", labelRule)
		}
		if shared.Port == 0 {
			p.Missing(field+".port", "give the TCP port that every member listens on")
		} else {
			checkPort(p, field+".port", shared.Port)
		}
		problem.OneOf(p, field+".locality", shared.LocalityOrDefault(), LocalitySameZone, LocalityAny)
		switch {
		case shared.Hostname == "":
		case !domainName.MatchString(shared.Hostname) || !strings.Contains(shared.Hostname, "."):
			p.Refuse(field+".hostname", shared.Hostname, "it must be a DNS name in lower case with a dot in it")
		case strings.HasSuffix(shared.Hostname, ".cluster.local"):
			p.Refuse(field+".hostname", shared.Hostname, "names under cluster.local are those of Kubernetes services")
		}
	}
	for _, key := range c.ClusterKeys() {
		for _, name := range c.Clusters[key].ServiceKeys() {
			if s := c.Clusters[key].Services[name]; s.Shared != "" {
				c.checkMember(p, key, "clusters."+key+".services."+name, s)
			}
		}
	}
}

// checkMember checks what a service says of the shared service that it belongs to. What the shared service says for all
// its members no member can say for itself.
func (c Config) checkMember(p *problem.List, cluster, field string, s Service) {
	shared, known := c.SharedServices[s.Shared]
	switch {
	case !known && len(c.SharedServices) == 0:
		p.Refuse(field+".shared", s.Shared, "there are no sharedServices")
	case !known:
		p.Refuse(field+".shared", s.Shared, "there is no such key in sharedServices%s", problem.DidYouMean(s.Shared, c.SharedKeys()))
	case s.ClientOnly:
		p.Refuse(field+".shared", s.Shared, "the service is clientOnly, and a shared service is there to be called: remove one of the two")
	case s.Port != 0 && s.Port != shared.Port:
		p.Refuse(field+".port", s.Port, "sharedServices.%s.port is %d, and a caller cannot tell the members apart: leave it out here", s.Shared, shared.Port)
	}
	if s.ServiceAccount != "" {
		p.Refuse(field+".serviceAccount", s.ServiceAccount, "a member of a shared service has the service account %s, one for each cluster, because a service account is bound to one task role", c.SharedServiceAccount(s.Shared, cluster))
	}
	for _, key := range s.inbound() {
		p.Add(field+"."+key, problem.IsSet, "it is said for all members together: move it to sharedServices.%s.%s", s.Shared, key)
	}
}

// withoutDisabled leaves out the shared services that are switched off: themselves, their members, and every place that
// names them as a caller or a backend. The rest is as if they had never been in the file. The maps and lists that it
// changes are copies.
func (c Config) withoutDisabled() Config {
	off := map[string]bool{}
	for _, name := range c.SharedKeys() {
		if !c.SharedServices[name].EnabledOrDefault() {
			off[name] = true
		}
	}
	if len(off) == 0 {
		return c
	}
	gone := func(s Source) bool { return s.Kind == SourceShared && off[s.Name] }
	shared := map[string]SharedService{}
	for name, s := range c.SharedServices {
		if off[name] {
			continue
		}
		s.Guard = s.Guard.without(gone)
		s.Traffic = s.Traffic.without(name, off)
		shared[name] = s
	}
	clusters := map[string]Cluster{}
	for key, cluster := range c.Clusters {
		services := map[string]Service{}
		for name, s := range cluster.Services {
			if off[s.Shared] {
				continue
			}
			s.Guard = s.Guard.without(gone)
			services[name] = s
		}
		cluster.Guard, cluster.Services = cluster.Guard.without(gone), services
		clusters[key] = cluster
	}
	c.SharedServices, c.Clusters, c.Ingress = shared, clusters, c.Ingress.withoutBackends(off)
	return c
}

func (g Guard) without(gone func(Source) bool) Guard {
	g.Allow, g.Deny = withoutSources(g.Allow, gone), withoutSources(g.Deny, gone)
	return g
}

// withoutSources drops callers, and rules that have no caller left. A rule without a caller would match everybody.
func withoutSources(rules []Rule, gone func(Source) bool) []Rule {
	var kept []Rule
	for _, rule := range rules {
		rule.From = slices.DeleteFunc(slices.Clone(rule.From), func(text string) bool {
			s, err := ParseSource(text)
			return err == nil && gone(s)
		})
		if len(rule.From) > 0 {
			kept = append(kept, rule)
		}
	}
	return kept
}

// without drops backends of a shared service's traffic, routes that have none left, and in the end what says nothing more than
// that everything goes to the service itself.
func (t *Traffic) without(self string, off map[string]bool) *Traffic {
	if t == nil {
		return nil
	}
	kept := *t
	kept.Split = withoutBackends(t.Split, off)
	if _, own := kept.Split[self]; own && len(kept.Split) == 1 {
		kept.Split = nil
	}
	kept.Routes = nil
	for _, route := range t.Routes {
		if route.To = withoutBackends(route.To, off); len(route.To) > 0 {
			kept.Routes = append(kept.Routes, route)
		}
	}
	if len(kept.Split)+len(kept.Routes) == 0 && kept.Timeout == "" && kept.Retries == nil && kept.Fault == nil {
		return nil
	}
	return &kept
}

func withoutBackends(all map[string]int, off map[string]bool) map[string]int {
	kept, sum := maps.Clone(all), 0
	maps.DeleteFunc(kept, func(backend string, _ int) bool { return off[backend] })
	for _, weight := range kept {
		sum += weight
	}
	if sum == 0 {
		return nil // those that are left get no request
	}
	return kept
}
