package cases

import (
	"slices"
	"strings"

	"ambient-ecs/verify/backend"
)

// The ports of the east-west gateway.
const (
	portHBONE = 15008
	portXDS   = 15012
)

// moreThanGuide adds what the guide never tried.
func (b *builder) moreThanGuide() {
	for _, from := range b.places() {
		for _, to := range b.places() {
			if from.caller != nil && to.target != nil {
				b.call("pair/"+from.key+"/"+to.key, from.key+" to "+to.key, Base, b.outcome(Base, from, to), from, to, to.target.request(from.caller))
			}
		}
	}
	b.otherServices()
	b.byAddress()
	b.pastTheProxy()
	b.unknownNames()
	b.underPolicy()
	b.gateway()
	b.identities()
	b.trust()
	b.revisions()
	b.live()
	b.callersOnly()
	b.sharedServices()
	b.waypoints()
	b.rules()
	b.ingress()
	b.observability()
	b.outOfSight()
}

// otherServices has every server called once and every client call once, for clusters with more than one of them.
func (b *builder) otherServices() {
	for _, p := range b.clusters {
		c := b.stack.Clusters[p.key]
		for _, name := range c.ServiceKeys() {
			is := *p
			if c.Services[name].DesiredCount == 0 || c.Services[name].Shared != "" {
				continue
			}
			if c.Services[name].ClientOnly {
				is.caller = callerOf(b.stack, p.key, name)
				if to := first(append([]*place{p}, b.places()...), func(q *place) bool { return q.target != nil }); to != nil {
					b.call("service/"+p.key+"/"+name, name+" of "+p.key+" calls", Base, b.outcome(Base, &is, to), &is, to, to.target.request(is.caller))
				}
			} else if serves(c.Services[name]) {
				is.target = targetOf(b.stack, p.key, name)
				if from := first(b.places(), func(q *place) bool { return q.caller != nil }); from != nil {
					b.call("service/"+p.key+"/"+name, name+" of "+p.key+" is called", Base, b.outcome(Base, from, &is), from, &is, is.target.request(from.caller))
				}
			}
		}
	}
}

// byAddress calls tasks by their addresses from a pod of the mesh: ztunnel must know them as its own.
func (b *builder) byAddress() {
	for _, to := range b.clusters {
		if b.eks.caller != nil && to.target != nil {
			r := to.target.byAddress(b.eks.caller)
			b.call("address/eks/"+to.key, "EKS to a task's address in "+to.key, Base, b.declared(b.eks.caller, to.target, r), b.eks, to, r)
		}
	}
}

// pastTheProxy calls application ports directly. Nothing may get around mTLS and policy.
func (b *builder) pastTheProxy() {
	for _, to := range b.clusters {
		if to.target == nil {
			continue
		}
		// One caller of each account: what differs between accounts is the way.
		tried := map[string]bool{}
		for _, from := range append([]*place{to}, b.clusters...) {
			// In an account that only calls, the address may be somebody else's.
			if from.caller == nil || tried[from.account] || b.stack.CallsOnly(from.account) {
				continue
			}
			tried[from.account] = true
			through := to.target.byAddress(from.caller)
			past := through
			past.PastProxy = true
			b.failing("bypass/"+from.key+"/"+to.key, from.key+" past the proxy to "+to.key, backend.Network, None, past,
				&Control{Base, through, b.declared(from.caller, to.target, through), "through the proxy"})
		}
		if b.eks.caller != nil {
			captured := to.target.byAddress(b.eks.caller)
			outside := captured
			outside.From.OutsideMesh = true
			b.failing("bypass/eks/"+to.key, "EKS pod outside the mesh to "+to.key, backend.Network, ExtraPod, outside,
				&Control{Base, captured, b.declared(b.eks.caller, to.target, captured), "from a pod of the mesh"})
		}
	}
}

// unknownNames asks for what the mesh does not have, and for what only the mesh has without it.
func (b *builder) unknownNames() {
	for _, from := range b.places() {
		to := first(append([]*place{from}, b.clusters...), func(p *place) bool { return p.target != nil && p != b.eks })
		if from.caller == nil || to == nil {
			continue
		}
		known := to.target.request(from.caller)
		control := func(differs string) *Control { return &Control{Base, known, b.outcome(Base, from, to), differs} }
		unknown := known
		_, rest, _ := strings.Cut(known.Host, ".")
		unknown.Host = "nobody." + rest
		b.failing("unknown-name/"+from.key, from.key+" to a name that nobody has", backend.Name, None, unknown, control("a service's name"))
		bare, extra, differs := known, None, "through the proxy"
		if from.caller.from.ECS() {
			bare.PastProxy = true
		} else {
			bare.From.OutsideMesh, extra, differs = true, ExtraPod, "from a pod of the mesh"
		}
		b.failing("bare-name/"+from.key, from.key+" asks for a name without the mesh", backend.Name, extra, bare, control(differs))
	}
}

// underPolicy has every caller in every policy state, and shows that a policy holds in its own namespace only.
func (b *builder) underPolicy() {
	c1 := b.roles["C1"]
	for _, s := range b.matrix.States {
		if s.ID == Base || s.ID == stateLifted || s.Hidden != "" {
			continue
		}
		for _, to := range b.clusters {
			if to.target == nil {
				continue
			}
			own := slices.ContainsFunc(s.Policies, func(p Policy) bool { return p.Namespace == to.namespace })
			for _, from := range b.places() {
				// Where no policy holds, and in the states that are not the guide's, EKS and C1 speak for all.
				spokesman := from == b.eks || from == c1
				if from.caller == nil || !spokesman && (!own || to != c1) || !own && s.ID != stateP0 {
					continue
				}
				id := strings.ReplaceAll(s.ID, " ", "-") + "/" + from.key + "/" + to.key
				name := from.key + " to " + to.key + " under " + s.ID
				if !own {
					name += " elsewhere"
				}
				b.call(id, name, s.ID, b.outcome(s.ID, from, to), from, to, to.target.request(from.caller))
				if own && from == b.eks {
					b.call(id+"/address", "EKS to a task's address in "+to.key+" under "+s.ID, s.ID, b.outcome(s.ID, from, to), from, to, to.target.byAddress(from.caller))
				}
			}
		}
	}
}

// failing adds a call of the stack as it is that must fail, with its control.
func (b *builder) failing(id, name string, expect backend.Outcome, extra Extra, r backend.Request, control *Control) {
	b.add(Case{ID: id, Name: name, Kind: Call, State: Base, Extra: extra, Request: r, Expect: expect, Control: control})
}

func first(places []*place, match func(*place) bool) *place {
	for _, p := range places {
		if match(p) {
			return p
		}
	}
	return nil
}
