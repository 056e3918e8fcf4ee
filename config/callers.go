package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Callers are identities of the mesh: everything in some namespaces, and single service accounts beside.
type Callers struct {
	// Namespaces are sorted.
	Namespaces []string
	// ServiceAccounts are sorted, and none is in one of Namespaces.
	ServiceAccounts []ServiceAccount
}

// ServiceAccount is a Kubernetes service account: the identity of whatever runs as it.
type ServiceAccount struct{ Namespace, Name string }

// CallersOf are the callers that the sources mean together. A source that does not exist means nobody.
func (c Config) CallersOf(sources ...Source) Callers {
	var all Callers
	for _, s := range sources {
		switch s.Kind {
		case SourceCluster:
			if _, known := c.Clusters[s.Name]; known {
				all.add(c.clusterCallers(s.Name))
			}
		case SourceAccount:
			for _, key := range c.ClusterKeys() {
				if c.Clusters[key].Account == s.Name {
					all.add(c.clusterCallers(key))
				}
			}
		case SourceService, SourceTask:
			if slices.Contains(c.Clusters[s.Name].keysOf(s.Kind), s.Service) {
				identity := c.IdentityOf(s.Name, s.Service)
				all.ServiceAccounts = append(all.ServiceAccounts, ServiceAccount{identity.Namespace, identity.ServiceAccount})
			}
		case SourceShared:
			if _, known := c.SharedServices[s.Name]; known {
				all.Namespaces = append(all.Namespaces, c.SharedNamespace(s.Name))
			}
		case SourceIngress:
			if c.Ingress.IsSet() {
				all.add(c.ingressCallers())
			}
		case SourceEKS:
			if s.Service == "" {
				all.Namespaces = append(all.Namespaces, s.Name)
			} else {
				all.ServiceAccounts = append(all.ServiceAccounts, ServiceAccount{s.Name, s.Service})
			}
		}
	}
	return all.sorted()
}

// clusterCallers are the services of a cluster: its namespace, and those that live in the namespace of a shared
// service.
func (c Config) clusterCallers(key string) Callers {
	all := Callers{Namespaces: []string{c.Namespace(key)}}
	for _, name := range c.Clusters[key].WorkloadKeys() {
		if identity := c.IdentityOf(key, name); identity.Namespace != c.Namespace(key) {
			all.ServiceAccounts = append(all.ServiceAccounts, ServiceAccount{identity.Namespace, identity.ServiceAccount})
		}
	}
	return all
}

// Covers reports whether each of the others is among the callers too.
func (c Callers) Covers(others Callers) bool {
	for _, namespace := range others.Namespaces {
		if !slices.Contains(c.Namespaces, namespace) {
			return false
		}
	}
	for _, account := range others.ServiceAccounts {
		if !slices.Contains(c.Namespaces, account.Namespace) && !slices.Contains(c.ServiceAccounts, account) {
			return false
		}
	}
	return true
}

// Empty reports whether there is nobody.
func (c Callers) Empty() bool { return len(c.Namespaces)+len(c.ServiceAccounts) == 0 }

func (c *Callers) add(others Callers) {
	c.Namespaces = append(c.Namespaces, others.Namespaces...)
	c.ServiceAccounts = append(c.ServiceAccounts, others.ServiceAccounts...)
}

func (c Callers) sorted() Callers {
	slices.Sort(c.Namespaces)
	c.Namespaces = slices.Compact(c.Namespaces)
	slices.SortFunc(c.ServiceAccounts, func(a, b ServiceAccount) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	c.ServiceAccounts = slices.DeleteFunc(slices.Compact(c.ServiceAccounts), func(a ServiceAccount) bool {
		return slices.Contains(c.Namespaces, a.Namespace)
	})
	return c
}

// Admission is a rule about a destination with its callers.
type Admission struct {
	Callers
	Rule
}

// Admissions are whom a destination admits, the ready-made choice first, and whom it refuses nevertheless. Rules about
// another port are not among them, nor rules whose callers are gone: a shared service may have lost its last member, and
// an account its last cluster.
func (c Config) Admissions(d Destination) (allow, deny []Admission) {
	guard := c.Guard(d)
	if choice := c.Choice(guard.Access, c.AccountsOf(d)); !choice.Empty() {
		allow = append(allow, Admission{Callers: choice})
	}
	return append(allow, c.admissions(d, guard.Allow)...), c.admissions(d, guard.Deny)
}

// Refusals are the callers that a cluster refuses, whatever service of it they call. Rules whose callers are gone are not among them.
func (c Config) Refusals(cluster string) (all []Admission) {
	for _, rule := range c.Clusters[cluster].Guard.Deny {
		if callers := c.CallersOf(rule.Sources()...); !callers.Empty() {
			all = append(all, Admission{callers, rule})
		}
	}
	return all
}

func (c Config) admissions(d Destination, rules []Rule) []Admission {
	var all []Admission
	for _, rule := range rules {
		if callers := c.CallersOf(rule.Sources()...); !callers.Empty() && (rule.Port == 0 || rule.Port == d.Port || c.protocolOf(d, rule.Port) != "") {
			all = append(all, Admission{callers, rule})
		}
	}
	return all
}

// sharedIdentities warns of callers that are written as one service and mean several: identity is the service account. A rule that names them
// all means them.
func (c Config) sharedIdentities() []string {
	var all []string
	for _, d := range c.Destinations() {
		guard := c.Guard(d)
		for _, rule := range slices.Concat(guard.Allow, guard.Deny) {
			for _, source := range rule.Sources() {
				if source.Kind != SourceService && source.Kind != SourceTask {
					continue
				}
				others := slices.DeleteFunc(c.siblings(source), func(other string) bool {
					return slices.ContainsFunc(rule.Sources(), func(named Source) bool { return named.Name == source.Name && named.Service == other })
				})
				if len(others) > 0 {
					all = append(all, fmt.Sprintf("%s: %s means %s as well, which have the same service account: give it a serviceAccount of its own, or name them in the rule as well (docs/policies.md)",
						d.Field(), source, strings.Join(others, ", ")))
				}
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// siblings are the other services and tasks of a cluster with the identity of one.
func (c Config) siblings(source Source) []string {
	var others []string
	for _, name := range c.Clusters[source.Name].WorkloadKeys() {
		if name != source.Service && c.IdentityOf(source.Name, name) == c.IdentityOf(source.Name, source.Service) {
			others = append(others, name)
		}
	}
	return others
}

// withoutCallers drops callers from the rules of services, clusters and shared services, and rules that have no caller left. The
// maps that it changes are copies.
func (c Config) withoutCallers(gone func(Source) bool) Config {
	shared, clusters := map[string]SharedService{}, map[string]Cluster{}
	for name, s := range c.SharedServices {
		s.Guard = s.Guard.without(gone)
		shared[name] = s
	}
	for key, cluster := range c.Clusters {
		services := map[string]Service{}
		for name, s := range cluster.Services {
			s.Guard = s.Guard.without(gone)
			services[name] = s
		}
		cluster.Guard, cluster.Services = cluster.Guard.without(gone), services
		clusters[key] = cluster
	}
	c.SharedServices, c.Clusters = shared, clusters
	return c
}
