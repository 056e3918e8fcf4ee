package cases

import (
	"slices"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/stack"
)

// Base is the state of the stack as it is.
const Base = "as deployed"

// ManagedBy is the label of temporary policies, and Manager its value. Nothing else carries it.
const (
	ManagedBy = "app.kubernetes.io/managed-by"
	Manager   = "ambient-ecs-verify"
)

// The API of policies.
const (
	PolicyAPI  = "security.istio.io/v1"
	PolicyKind = "AuthorizationPolicy"
)

// State is a change of the mesh that cases are tried in.
type State struct {
	ID string
	// Policies are in force besides the stack's own.
	Policies []Policy
	// Hidden is the key of an ECS cluster that istiod is not allowed to see.
	Hidden string
}

// Policy is a temporary policy of a namespace.
type Policy struct {
	Namespace, Name string
	// Action is ALLOW or DENY. Empty is the policy without rules, which allows nothing.
	Action string
	// From is the namespace of the callers, Port the port that they call. 0 is any.
	From string
	Port int
}

// Object is the policy for the cluster.
func (p Policy) Object() backend.Object {
	spec := map[string]any{}
	if p.Action != "" {
		rule := map[string]any{"from": []any{map[string]any{"source": map[string]any{"namespaces": []any{p.From}}}}}
		if p.Port != 0 {
			rule["to"] = []any{map[string]any{"operation": map[string]any{"ports": []any{number(p.Port)}}}}
		}
		spec = map[string]any{"action": p.Action, "rules": []any{rule}}
	}
	return backend.Object{
		"apiVersion": PolicyAPI,
		"kind":       PolicyKind,
		"metadata": map[string]any{
			"name": p.Name, "namespace": p.Namespace,
			"labels": map[string]any{ManagedBy: Manager},
		},
		"spec": spec,
	}
}

// allows says what a mesh must do with a call in this state if nothing else restricts it.
func (s State) allows(from, to string, port int) bool {
	restricted, allowed := false, false
	for _, p := range s.Policies {
		if p.Namespace != to {
			continue
		}
		match := p.Action != "" && p.From == from && (p.Port == 0 || p.Port == port)
		if p.Action == "DENY" {
			if match {
				return false
			}
			continue
		}
		restricted = true
		allowed = allowed || match
	}
	return allowed || !restricted
}

// distance is in how many policies two states differ.
func (s State) distance(other State) int {
	n := 0
	for _, p := range s.Policies {
		if !slices.Contains(other.Policies, p) {
			n++
		}
	}
	for _, p := range other.Policies {
		if !slices.Contains(s.Policies, p) {
			n++
		}
	}
	return n
}

// difference names the policies in which two states differ.
func (s State) difference(other State) string {
	text := ""
	add := func(word string, p Policy) {
		if text != "" {
			text += ", "
		}
		text += word + p.Name
	}
	for _, p := range s.Policies {
		if !slices.Contains(other.Policies, p) {
			add("without ", p)
		}
	}
	for _, p := range other.Policies {
		if !slices.Contains(s.Policies, p) {
			add("with ", p)
		}
	}
	return text
}

// The guide's states, and the one that it lacks: D with P3 kept, which only D can block.
const (
	stateP0     = "P0"
	stateP1     = "P0+P1"
	stateP2     = "P0+P1+P2"
	stateP3     = "P0..P3"
	stateP4     = "P0..P4"
	stateD      = "P0+P1+P2+D"
	stateDP3    = "P0..P3+D"
	stateOther0 = "P0 elsewhere"
	stateOther1 = "P0+P1 elsewhere"
	stateHidden = "hidden "
	// stateLifted lets the mesh's callers through the stack's own deny-all.
	stateLifted = "deny-all lifted"
)

// prefix keeps the names of temporary policies away from everybody else's.
const prefix = "verify-"

// walk is the policies of the guide, in the namespace of C1, and the first two of them everywhere else. A policy
// for a role that the stack does not have is left out.
func (b *builder) walk() {
	c1, c2, c3 := b.roles["C1"], b.roles["C2"], b.roles["C3"]
	if c1 != nil && c1.target != nil && !b.fronted(c1) {
		in := func(name, action, from string) []Policy {
			p := Policy{Namespace: c1.namespace, Name: prefix + name, Action: action, From: from}
			if action == "ALLOW" {
				p.Port = c1.target.port
			}
			return []Policy{p}
		}
		from := func(role *place, name, action string) []Policy {
			if role == nil {
				return nil
			}
			return in(name, action, role.namespace)
		}
		p0 := in("deny-all", "", "")
		p1 := in("allow-eks-to-echo", "ALLOW", eksNamespace)
		p2 := from(c2, "allow-cluster-2-to-echo", "ALLOW")
		p3 := from(c3, "allow-cluster-3-to-echo", "ALLOW")
		p4 := in("allow-internal", "ALLOW", c1.namespace)
		d := from(c3, "deny-external-account", "DENY")
		b.state(stateP0, p0)
		b.state(stateP1, p0, p1)
		b.state(stateP2, p0, p1, p2)
		b.state(stateP3, p0, p1, p2, p3)
		b.state(stateP4, p0, p1, p2, p3, p4)
		if c3 != nil {
			b.state(stateD, p0, p1, p2, d)
			b.state(stateDP3, p0, p1, p2, p3, d)
		}
	}
	var deny, allow []Policy
	for _, p := range b.clusters {
		if p.target == nil || p == c1 || b.fronted(p) {
			continue
		}
		deny = append(deny, Policy{Namespace: p.namespace, Name: prefix + "deny-all"})
		allow = append(allow, Policy{Namespace: p.namespace, Name: prefix + "allow-eks-to-echo", Action: "ALLOW", From: eksNamespace, Port: p.target.port})
	}
	if len(deny) > 0 {
		b.state(stateOther0, deny)
		b.state(stateOther1, deny, allow)
	}
}

// fronted reports whether all that a place serves is behind waypoints.
func (b *builder) fronted(p *place) bool { return b.stack.Destinations[p.target.host].Waypoint != "" }

// closed are the places that the stack's own policies close to everybody, and that no waypoint fronts.
func (b *builder) closed() []*place {
	return slices.DeleteFunc(slices.Clone(b.clusters), func(p *place) bool {
		return p.target == nil || b.stage(p.target) != stack.StageDenyAll || b.stack.Destinations[p.target.host].Waypoint != ""
	})
}

// lift makes a state in which everybody in the mesh may call what the stack's own policies refuse to all.
func (b *builder) lift() {
	var allow []Policy
	for _, to := range b.closed() {
		for _, from := range b.places() {
			if from.caller != nil {
				allow = append(allow, Policy{Namespace: to.namespace, Name: prefix + "lift-" + from.namespace, Action: "ALLOW", From: from.namespace})
			}
		}
	}
	b.state(stateLifted, allow)
}

func (b *builder) state(id string, policies ...[]Policy) {
	b.matrix.States = append(b.matrix.States, State{ID: id, Policies: slices.Concat(policies...)})
}
