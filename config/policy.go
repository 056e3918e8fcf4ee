package config

import (
	"fmt"
	"slices"
	"strings"

	"ambient-ecs/problem"
)

// PolicySettings are what holds for namespaces that say nothing of their own.
type PolicySettings struct {
	// PolicyStage is how far the policies of the ECS namespaces go, where these say nothing of their own.
	PolicyStage PolicyStage `config:"policyStage"`
}

// PolicyStage is how far the policies of a namespace go. A namespace moves through the stages in this order: everything
// is admitted, nothing is, then what is declared, by identity and at last by request.
type PolicyStage string

const (
	// StagePermissive has no policy: every workload of the mesh may call every other.
	StagePermissive PolicyStage = "permissive"
	// StageDenyAll refuses every call.
	StageDenyAll PolicyStage = "deny-all"
	// StageL4 refuses every call but those that Guard admits, by the caller's identity and the port.
	StageL4 PolicyStage = "l4"
	// StageL7 is StageL4. Where a waypoint stands, it also checks methods, paths and headers.
	StageL7 PolicyStage = "l7"
)

// StageOf is the policy stage of a namespace of ECS services.
func (c Config) StageOf(n Namespace) PolicyStage {
	stage := c.Clusters[n.Cluster].PolicyStage
	if n.Shared != "" {
		stage = c.SharedServices[n.Shared].PolicyStage
	}
	if stage == "" {
		return c.PolicyStage
	}
	return stage
}

// Stages are the policy stages of all namespaces of ECS services, by the namespaces' names.
func (c Config) Stages() map[string]PolicyStage {
	all := map[string]PolicyStage{}
	for _, n := range c.Namespaces() {
		all[n.Name] = c.StageOf(n)
	}
	return all
}

// Access is a ready-made choice of who may call, before Allow and Deny.
type Access string

const (
	// AccessMesh admits every namespace of the mesh: those of the ECS services, and `default` in EKS.
	AccessMesh Access = "mesh"
	// AccessEKSOnly admits the namespace `default` in EKS.
	AccessEKSOnly Access = "eks-only"
	// AccessSameAccount admits the ECS services of the accounts that the called service runs in.
	AccessSameAccount Access = "same-account"
	// AccessDeclared admits nobody but those that Allow names.
	AccessDeclared Access = "declared"
)

// Guard says who may call. That of a cluster holds for all its services; a service's own Access comes instead of
// its cluster's, and its own rules come on top.
type Guard struct {
	// Access is whom to admit to begin with: mesh, eks-only, same-account or declared. A service's replaces its
	// cluster's. Empty: the cluster's, and without one mesh.
	Access Access `config:"access" restricts:"true"`
	// Allow admits more callers. A service's rules are added to its cluster's.
	Allow []Rule `config:"allow"`
	// Deny refuses callers that something else admits.
	Deny []Rule `config:"deny"`
}

func (g Guard) withDefault() Guard {
	if g.Access == "" {
		g.Access = AccessMesh
	}
	return g
}

func (g Guard) declares() bool { return g.Access != "" || len(g.Allow)+len(g.Deny) > 0 }

// GuardOf is the guard of a service with its cluster's in it, and with an Access. A member of a shared service has
// the shared service's.
func (c Config) GuardOf(cluster, service string) Guard {
	s := c.Clusters[cluster].Services[service]
	if s.Shared != "" {
		return c.SharedServices[s.Shared].Guard.withDefault()
	}
	of := c.Clusters[cluster].Guard
	guard := Guard{
		Access: s.Access,
		Allow:  slices.Concat(of.Allow, s.Allow),
		Deny:   slices.Concat(of.Deny, s.Deny),
	}
	if guard.Access == "" {
		guard.Access = of.Access
	}
	return guard.withDefault()
}

// EKSNamespace is the namespace in EKS that the ready-made choices admit.
const EKSNamespace = "default"

// Choice are the callers that a ready-made choice admits to a service that runs in some accounts.
func (c Config) Choice(access Access, accounts []string) Callers {
	var all Callers
	switch access {
	case AccessMesh:
		all.Namespaces = append(all.Namespaces, EKSNamespace)
		for _, n := range c.Namespaces() {
			all.Namespaces = append(all.Namespaces, n.Name)
		}
	case AccessEKSOnly:
		all.Namespaces = append(all.Namespaces, EKSNamespace)
	case AccessSameAccount:
		for _, account := range accounts {
			all.add(c.CallersOf(Source{Kind: SourceAccount, Name: account}))
		}
	}
	return all.sorted()
}

var (
	stages  = []PolicyStage{StagePermissive, StageDenyAll, StageL4, StageL7}
	choices = []Access{AccessMesh, AccessEKSOnly, AccessSameAccount, AccessDeclared}
)

// checkPolicies checks stages and guards.
func (c Config) checkPolicies(p *problem.List) {
	problem.OneOf(p, "policyStage", c.PolicyStage, stages...)
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
}

func (c Config) checkServiceGuard(p *problem.List, key, name string) {
	s, field := c.Clusters[key].Services[name], c.Field(key, name)
	if s.Shared != "" {
		return // checkMember refuses what the shared service says for it
	}
	if !s.ClientOnly {
		c.checkGuard(p, field, s.Guard, slices.DeleteFunc(c.Destinations(), func(d Destination) bool { return d.Cluster != key || d.Service != name }))
		return
	}
	for _, key := range s.inbound() {
		p.Add(field+"."+key, problem.IsSet, "the service is clientOnly and nobody can call it: remove one of the two")
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

// permissive warns of services that every workload of the mesh may call because nobody has said otherwise. A cluster or a shared service that
// says the stage itself means it.
func (c Config) permissive() []string {
	var open, idle []string
	for _, n := range c.Namespaces() {
		field, said, declared := "sharedServices."+n.Shared, c.SharedServices[n.Shared].PolicyStage, c.SharedServices[n.Shared].Guard.declares()
		if n.Shared == "" {
			cluster := c.Clusters[n.Cluster]
			field, said, declared = "clusters."+n.Cluster, cluster.PolicyStage, cluster.Guard.declares()
			for _, s := range cluster.Services {
				declared = declared || s.Guard.declares()
			}
		}
		if said != "" || c.PolicyStage != StagePermissive {
			continue
		}
		if c.Protect || declared {
			open = append(open, field)
		}
		if declared {
			idle = append(idle, field)
		}
	}
	if open == nil {
		return nil
	}
	text := fmt.Sprintf("policyStage is %s for %s: every workload of the mesh may call their services", StagePermissive, strings.Join(open, ", "))
	if idle != nil {
		text += fmt.Sprintf(", and access, allow and deny of %s are not in force", strings.Join(idle, ", "))
	}
	return []string{text + ". docs/policies.md has the way to l4. Where it is meant to stay so, say policyStage: " + string(StagePermissive) + " there"}
}

// GuardSettings close what the pods of the program's namespaces do not need.
type GuardSettings struct {
	// NetworkPolicies makes Kubernetes network policies in the program's namespaces, and has vpc-cni enforce network policies in the
	// cluster.
	NetworkPolicies bool `config:"networkPolicies"`
	// DefaultTokens gives a token of the Kubernetes API to pods that name no service account.
	DefaultTokens bool `config:"defaultServiceAccountTokens"`
}
