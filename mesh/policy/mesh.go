package policy

import (
	"errors"
	"fmt"
	"slices"
)

// APIVersion and Kind are those of every policy.
const (
	APIVersion = "security.istio.io/v1"
	Kind       = "AuthorizationPolicy"
)

// LabelHostname is the label by which a policy finds the tasks of a service. Discovery sets it.
const LabelHostname = "ecs.solo.io/hostname"

// Stage is how far the policies of a namespace go.
type Stage string

const (
	// Permissive lets every workload of the mesh call every other.
	Permissive Stage = "permissive"
	// DenyAll refuses every call.
	DenyAll Stage = "deny-all"
	// L4 admits only the calls that rules admit by identity and port.
	L4 Stage = "l4"
	// L7 also looks at requests, where there is a waypoint.
	L7 Stage = "l7"
)

var stages = []Stage{Permissive, DenyAll, L4, L7}

// Mesh is the mesh for which the policies are made.
type Mesh struct {
	// TrustDomain is the first part of every identity.
	TrustDomain string
	// Namespaces are those of the ECS services.
	Namespaces []Namespace
	// Callers are further namespaces with callers: those of EKS.
	Callers []string
}

// Namespace is a namespace of ECS services.
type Namespace struct {
	Name  string
	Stage Stage
	// ServiceAccounts are the identities in the namespace. The waypoints' are not among them.
	ServiceAccounts []string
	// Waypoints are the names of the waypoints in the namespace.
	Waypoints []string
	Services  []Service
	// Owned says that a team may make policies of its own in the namespace. Then what is refused must hold against them, in every
	// stage with policies: also for services that the stack does not know, and past a waypoint.
	Owned bool
	// Front is the waypoint, one of Waypoints, that stands in front of every service of the namespace, where it is Owned. The tasks of every
	// service admit it and refuse who goes past the waypoints, also where the stack does not know the service. Empty: none.
	Front string
	// Deny are the rules that refuse callers of every service of the namespace, where it is Owned. A rule's port is that of a call, 0
	// any.
	Deny []Rule
}

// Service is one ECS service, or a shared service with all its members, which callers see as one service.
type Service struct {
	Name string
	// Hostname is the service's name in the mesh.
	Hostname string
	// Port is the port that it serves. 0: it only calls others.
	Port int
	// Waypoint is the waypoint in front of it. Empty: none.
	Waypoint string
	// Entry is the ServiceEntry to which the rules are bound at the waypoint. Empty: the waypoint serves this service
	// alone, and the rules are bound to the waypoint.
	Entry string
	// Forwarders are waypoints of other services that forward some of their requests to this service.
	Forwarders []Identity
	// Allow are the rules that admit callers. Deny are the rules that refuse callers whom other rules admit.
	Allow, Deny []Rule
}

// Identity is a service account.
type Identity struct{ Namespace, ServiceAccount string }

// Rule matches a call from any of the callers that meets every other given part. A part with several values is met by
// any of them.
type Rule struct {
	// Namespaces are callers by namespace, Identities single callers. At least one of the two is set.
	Namespaces []string
	Identities []Identity
	// Port is the called port. 0: the service's.
	Port int
	// Methods, Paths and Headers apply at a waypoint only, in the stage L7. A header must have one of its values; "*"
	// means any value.
	Methods, Paths []string
	Headers        map[string][]string
}

func (r Rule) l7() bool { return len(r.Methods)+len(r.Paths)+len(r.Headers) > 0 }

// Policy is one AuthorizationPolicy.
type Policy struct {
	Namespace, Name string
	// Spec is the policy's spec, of maps, slices and strings only.
	Spec map[string]any
}

// Closes reports whether the policy allows nothing, so that everything that no other policy allows is refused.
func (p Policy) Closes() bool { return p.Spec["rules"] == nil && p.Spec["action"] == nil }

// Order is the policy's place among those of its namespace: first denials, then policies that allow, then those that
// close.
func (p Policy) Order() int {
	switch {
	case p.Spec["action"] == "DENY":
		return 0
	case p.Closes():
		return 2
	}
	return 1
}

// Policies returns the policies by namespace, in a stable order within each namespace. It refuses a mesh if Check
// would refuse one of its policies.
func (m Mesh) Policies() (map[string][]Policy, error) {
	all, known := map[string][]Policy{}, m.known()
	var problems []error
	for _, namespace := range m.Namespaces {
		if !slices.Contains(stages, namespace.Stage) {
			problems = append(problems, fmt.Errorf("namespace %s: policy stage %q: want one of %q", namespace.Name, namespace.Stage, stages))
			continue
		}
		if _, twice := all[namespace.Name]; twice {
			problems = append(problems, fmt.Errorf("namespace %q is there twice", namespace.Name))
			continue
		}
		for i, rule := range namespace.Deny {
			if len(rule.Namespaces)+len(rule.Identities) == 0 {
				problems = append(problems, fmt.Errorf("namespace %s: denial %d has no callers: it would be about everybody", namespace.Name, i))
			}
		}
		for _, service := range namespace.Services {
			problems = append(problems, namespace.check(service))
		}
		all[namespace.Name] = m.compile(namespace)
		problems = append(problems, Check(all[namespace.Name], known))
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return all, nil
}

// check finds faults that no policy would show: rules that cannot become a policy.
func (n Namespace) check(s Service) error {
	var problems []error
	refuse := func(format string, args ...any) {
		problems = append(problems, fmt.Errorf("service %s/%s: %w", n.Name, s.Name, fmt.Errorf(format, args...)))
	}
	rules := slices.Concat(s.Allow, s.Deny)
	if s.Waypoint != "" && !slices.Contains(n.Waypoints, s.Waypoint) {
		refuse("the waypoint %q does not exist", s.Waypoint)
	}
	if s.Port == 0 && (len(rules) > 0 || s.Waypoint != "") {
		refuse("it serves no port and has rules or a waypoint")
	}
	for i, rule := range rules {
		if len(rule.Namespaces)+len(rule.Identities) == 0 {
			refuse("rule %d has no callers: it would be about everybody", i)
		}
		if rule.l7() && s.Waypoint == "" {
			refuse("rule %d looks at requests, which only a waypoint sees, and there is none", i)
		}
	}
	return errors.Join(problems...)
}

// known returns what policies may refer to.
func (m Mesh) known() Known {
	known := Known{Namespaces: slices.Clone(m.Callers)}
	for _, n := range m.Namespaces {
		known.Namespaces = append(known.Namespaces, n.Name)
		for _, account := range slices.Concat(n.ServiceAccounts, n.Waypoints) {
			known.Principals = append(known.Principals, m.principal(Identity{n.Name, account}))
		}
		for _, waypoint := range n.Waypoints {
			known.Gateways = append(known.Gateways, n.Name+"/"+waypoint)
		}
		for _, s := range n.Services {
			known.Hostnames = append(known.Hostnames, n.Name+"/"+s.Hostname)
			if s.Entry != "" {
				known.Entries = append(known.Entries, n.Name+"/"+s.Entry)
			}
		}
	}
	// The program does not know the workloads in EKS, so rules may name any service account of such a namespace.
	for _, namespace := range m.Callers {
		known.principalPrefixes = append(known.principalPrefixes, m.principal(Identity{Namespace: namespace}))
	}
	return known
}

func (m Mesh) principal(i Identity) string {
	return m.TrustDomain + "/ns/" + i.Namespace + "/sa/" + i.ServiceAccount
}
