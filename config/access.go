package config

import (
	"fmt"
	"slices"
	"strings"
)

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
	// Access is the choice to begin with. Empty: the cluster's, and without one AccessMesh.
	Access Access `config:"access"`
	// Allow admits more callers, Deny refuses callers that something else admits.
	Allow []Rule `config:"allow"`
	Deny  []Rule `config:"deny"`
}

// Rule matches calls. A call must match every part that is given, and in each part one of the values.
type Rule struct {
	// From are the callers, each as ParseSource reads it. At least one.
	From []string `config:"from"`
	// Port is the port that is called. 0: the service's.
	Port int `config:"port"`
	// Methods, Paths and Headers are looked at in the stage l7 only, by the service's waypoint, which there must be.
	// A path may begin or end with *. A header must have one of its values; "*" is any.
	Methods []string            `config:"methods"`
	Paths   []string            `config:"paths"`
	Headers map[string][]string `config:"headers"`
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
	// SourceShared is every member of a shared service.
	SourceShared SourceKind = "shared"
	// SourceEKS is a namespace in EKS, or one service account in it.
	SourceEKS SourceKind = "eks"
)

// Source is a caller.
type Source struct {
	Kind SourceKind
	// Name is the key of the cluster, account or shared service, or the namespace in EKS. For a service it is the
	// cluster's key.
	Name string
	// Service is the name of the ECS service, or the service account in EKS. Empty: all of them.
	Service string
}

// String is how the stack file writes the source.
func (s Source) String() string {
	text := string(s.Kind) + ":" + s.Name
	if s.Service != "" {
		text += "/" + s.Service
	}
	return text
}

// ParseSource reads a caller: "cluster:KEY", "account:KEY", "service:CLUSTER/SERVICE", "shared:NAME", "eks:NAMESPACE" or
// "eks:NAMESPACE/SERVICEACCOUNT".
func ParseSource(text string) (Source, error) {
	kind, rest, found := strings.Cut(text, ":")
	name, service, inside := strings.Cut(rest, "/")
	s := Source{SourceKind(kind), name, service}
	kinds := []SourceKind{SourceCluster, SourceAccount, SourceService, SourceShared, SourceEKS}
	wrong := !found || !slices.Contains(kinds, s.Kind) || name == "" || inside && service == "" ||
		s.Kind == SourceService && !inside || inside && s.Kind != SourceService && s.Kind != SourceEKS
	if wrong {
		return Source{}, fmt.Errorf("a caller is cluster:KEY, account:KEY, service:CLUSTER/SERVICE, shared:NAME, eks:NAMESPACE or eks:NAMESPACE/SERVICEACCOUNT")
	}
	return s, nil
}

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

func (g Guard) withDefault() Guard {
	if g.Access == "" {
		g.Access = AccessMesh
	}
	return g
}

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
