package cases

import (
	"strings"

	"ambient-ecs/verify/stack"
)

// sharedServices calls every shared name from everywhere: some member answers, whichever. And it asks whether istiod
// knows the tasks of all members, in every cluster that runs some.
func (b *builder) sharedServices() {
	for _, name := range b.stack.SharedKeys() {
		to := b.sharedTarget(name)
		if to == nil {
			b.inapplicable("shared/"+name, "members of "+name, "none of its members is to run a task")
			continue
		}
		b.add(Case{ID: "locality/" + name, Name: "callers of " + name + " know which members to prefer", Kind: Locality, State: Base,
			Host: to.host, Namespace: b.stack.Shared[name].Namespace, Prefers: b.stack.Shared[name].Locality == stack.LocalitySameZone})
		b.add(Case{ID: "members/" + name, Name: "everybody behind " + name + " is known", Kind: Members, State: Base, Host: to.host, Servers: to.identities})
		for _, from := range b.places() {
			if from.caller != nil {
				b.against("shared/"+name+"/"+from.key, from.key+" to the shared "+name, from.caller, to, to.request(from.caller))
			}
		}
	}
}

// preference is how a Locality is shown.
func preference(near bool) string {
	if near {
		return "near ones first"
	}
	return "any"
}

// sharedTarget is a shared service as something to call, nil if no member runs tasks.
func (b *builder) sharedTarget(name string) *target {
	for _, member := range b.stack.Shared[name].Members {
		cluster, service, _ := strings.Cut(member, "/")
		if b.stack.Clusters[cluster].Services[service].DesiredCount > 0 {
			return targetOf(b.stack, cluster, service)
		}
	}
	return nil
}

// against adds a call as the declaration says it must end. One that must fail has a control that is admitted.
func (b *builder) against(id, name string, from *caller, to *target, r request) {
	if b.seen[Key(Base, r)] {
		return
	}
	b.seen[Key(Base, r)] = true
	c := Case{ID: id, Name: name, Kind: Call, State: Base, Request: r, Expect: b.declared(from, to, r)}
	if c.Expect == answered {
		c.Client, c.Servers = from.identity, b.answering(to, r)
	} else {
		c.Control = b.admitted(from, to, r)
		if d := b.stack.Destinations[to.host]; c.Control == nil && d.PolicyStage == stack.StageDenyAll {
			// Nobody is admitted, so no call shows that the path is open.
			b.inapplicable(id, name, "the stack's policies refuse it to everybody, and it has no control")
			return
		}
	}
	if from.shellless {
		c.Extra = Shell
	}
	b.add(c)
}
