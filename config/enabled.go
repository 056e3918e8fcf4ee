package config

import (
	"maps"
	"slices"
)

// EnabledOrDefault reports whether the shared service and its members are made.
func (s SharedService) EnabledOrDefault() bool { return s.Enabled == nil || *s.Enabled }

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
	shared := map[string]SharedService{}
	for name, s := range c.SharedServices {
		if off[name] {
			continue
		}
		s.Guard = s.Guard.without(off)
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
			s.Guard = s.Guard.without(off)
			services[name] = s
		}
		cluster.Guard, cluster.Services = cluster.Guard.without(off), services
		clusters[key] = cluster
	}
	c.SharedServices, c.Clusters = shared, clusters
	return c
}

func (g Guard) without(off map[string]bool) Guard {
	g.Allow, g.Deny = withoutSources(g.Allow, off), withoutSources(g.Deny, off)
	return g
}

// withoutSources drops callers, and rules that have no caller left. A rule without a caller would match everybody.
func withoutSources(rules []Rule, off map[string]bool) []Rule {
	var kept []Rule
	for _, rule := range rules {
		rule.From = slices.DeleteFunc(slices.Clone(rule.From), func(text string) bool {
			s, err := ParseSource(text)
			return err == nil && s.Kind == SourceShared && off[s.Name]
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
