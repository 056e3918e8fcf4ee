package cases

import (
	"fmt"
	"slices"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/stack"
)

// StagePermissive is the stage of a stack without policies of its own.
const StagePermissive = stack.StagePermissive

// Of is the matrix of a stack.
func Of(s *stack.Stack) Matrix {
	b := &builder{stack: s, eks: new(place), seen: map[string]bool{}, roles: map[string]*place{}}
	*b.eks = eks(s)
	b.roles["EKS"] = b.eks
	for _, key := range s.ClusterKeys() {
		p := cluster(s, key)
		b.clusters = append(b.clusters, &p)
		b.cast(&p)
	}
	b.matrix.States = []State{{ID: Base}}
	b.walk()
	if len(b.closed()) > 0 {
		b.lift()
	}
	if hidden := b.hidden(); hidden != nil {
		b.matrix.States = append(b.matrix.States, State{ID: stateHidden + hidden.key, Hidden: hidden.key})
	}
	b.guideCases()
	b.moreThanGuide()
	b.controls()
	b.writes()
	return b.matrix
}

type builder struct {
	stack    *stack.Stack
	eks      *place
	clusters []*place
	// roles are the guide's: EKS, C1, C2, C3. A role that nobody has is nil.
	roles  map[string]*place
	matrix Matrix
	// seen are the calls that are already in the matrix.
	seen map[string]bool
	// pending are the calls by their case's index, for their controls.
	pending map[int]pair
}

type pair struct{ from, to *place }

// cast gives a cluster its role in the guide.
func (b *builder) cast(p *place) {
	role := "C3"
	if p.account == b.stack.HomeAccount {
		role = "C1"
		if b.roles["C1"] != nil {
			role = "C2"
		}
	}
	if b.roles[role] == nil {
		b.roles[role] = p
	}
}

// hidden is the cluster that is hidden from istiod: the last one that serves.
func (b *builder) hidden() *place {
	for _, p := range slices.Backward(b.clusters) {
		if p.target != nil {
			return p
		}
	}
	return nil
}

// places are EKS and the clusters.
func (b *builder) places() []*place { return append([]*place{b.eks}, b.clusters...) }

func (b *builder) states() map[string]State {
	all := map[string]State{}
	for _, s := range b.matrix.States {
		all[s.ID] = s
	}
	return all
}

// outcome is how a call by name from one place to another must end in a state.
func (b *builder) outcome(state string, from, to *place) backend.Outcome {
	if state == Base {
		return b.declared(from.caller, to.target, to.target.request(from.caller))
	}
	if b.states()[state].allows(from.namespace, to.namespace, to.target.port) {
		return answered
	}
	return blocked
}

func (b *builder) add(c Case) { b.matrix.Cases = append(b.matrix.Cases, c) }

func (b *builder) inapplicable(id, name, reason string) {
	b.matrix.Inapplicable = append(b.matrix.Inapplicable, Inapplicable{id, name, "not applicable: " + reason})
}

// Key tells calls in states apart.
func Key(state string, r backend.Request) string { return fmt.Sprintf("%s|%+v", state, r) }

// call adds a call between places, unless the same one is there already.
func (b *builder) call(id, name, state string, expect backend.Outcome, from, to *place, r backend.Request) {
	if b.seen[Key(state, r)] {
		return
	}
	b.seen[Key(state, r)] = true
	c := Case{ID: id, Name: name, Kind: Call, State: state, Request: r, Expect: expect}
	if expect == answered {
		c.Client, c.Servers = from.caller.identity, to.target.identities
	} else {
		if b.pending == nil {
			b.pending = map[int]pair{}
		}
		b.pending[len(b.matrix.Cases)] = pair{from, to}
	}
	b.add(c)
}

// writes marks the cases whose call or control may change something in an application that it reaches.
func (b *builder) writes() {
	for i := range b.matrix.Cases {
		c := &b.matrix.Cases[i]
		if c.Extra == None && (!stack.Harmless(c.Request.Method) || c.Control != nil && !stack.Harmless(c.Control.Request.Method)) {
			c.Extra = Writes
		}
	}
}

// controls finds the control of every case that a policy is to fail: the same call in the state in which it is
// answered and that differs in the fewest policies, the earliest of several.
func (b *builder) controls() {
	for i := range b.matrix.Cases {
		c, of := &b.matrix.Cases[i], b.pending[i]
		if of.from == nil || c.Control != nil {
			continue
		}
		if c.State == Base {
			// This call would need a change of the mesh to get through. The control without a change is a call that the
			// stack's policies admit.
			c.Control = b.admitted(of.from.caller, of.to.target, c.Request)
			c.Sharper = &Control{stateLifted, c.Request, answered, "with a policy that lets the caller through the stack's deny-all"}
			continue
		}
		at, best := b.states()[c.State], -1
		for _, s := range b.matrix.States {
			if s.Hidden != "" || s.ID == stateLifted || b.outcome(s.ID, of.from, of.to) != answered {
				continue
			}
			if d := at.distance(s); best < 0 || d < best {
				best = d
				c.Control = &Control{s.ID, c.Request, answered, at.difference(s)}
			}
		}
	}
}
