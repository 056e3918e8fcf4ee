package cases

import (
	"cmp"
	"strings"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/stack"
)

// declared is the outcome of a call by the stack's own declaration. Only ECS services have policies of the stack.
func (b *builder) declared(from *caller, to *target, r backend.Request) backend.Outcome {
	d, guarded := b.stack.Destinations[to.host]
	if !guarded {
		// The outputs of an older stack have no such list, only the stage.
		if to.task != "" && b.stack.PolicyStage == stack.StageDenyAll {
			return blocked
		}
		return answered
	}
	if r.Task != "" && d.Waypoint != "" && d.PolicyStage != stack.StagePermissive {
		// The task's ztunnel admits only the waypoint, so nobody bypasses it.
		return blocked
	}
	headers := map[string]string{}
	for name, value := range r.Headers {
		headers[strings.ToLower(name)] = value
	}
	switch admitted := d.Admits(stack.Request{
		Namespace: from.namespace, ServiceAccount: from.account,
		Method: cmp.Or(r.Method, "GET"), Path: cmp.Or(r.Path, "/"), Headers: headers,
	}); {
	case admitted:
		return answered
	case d.Waypoint != "":
		return backend.L7
	}
	return blocked
}

// stage is the policy stage of a target in ECS.
func (b *builder) stage(to *target) string {
	if d, guarded := b.stack.Destinations[to.host]; guarded {
		return d.PolicyStage
	}
	return b.stack.PolicyStage
}

// admitted finds a call that the declaration admits and that differs as little as possible from one that it refuses: the
// same caller and name with another request, another caller, or the same caller and another name. Differs says which.
func (b *builder) admitted(from *caller, to *target, r backend.Request) *Control {
	for _, other := range b.samples(to.host) {
		try := other.of(to, from)
		if b.declared(from, to, try) == answered {
			return &Control{Base, try, answered, "with " + other.String()}
		}
	}
	for _, caller := range b.callers() {
		try := r
		try.From = caller.from
		if b.declared(caller, to, try) == answered {
			return &Control{Base, try, answered, "from " + caller.from.String()}
		}
		for _, other := range b.samples(to.host) {
			if try = other.of(to, caller); b.declared(caller, to, try) == answered {
				return &Control{Base, try, answered, "from " + caller.from.String() + ", with " + other.String()}
			}
		}
	}
	for _, p := range b.places() {
		if p.target != nil && p.target.host != to.host && b.declared(from, p.target, p.target.request(from)) == answered {
			return &Control{Base, p.target.request(from), answered, "the destination, which the stack's policies open to the caller"}
		}
	}
	return nil
}
