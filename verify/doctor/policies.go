package doctor

import (
	"fmt"
	"slices"
	"strings"

	"ambient-ecs/verify/doctor/authz"
	"ambient-ecs/verify/stack"
)

const rewrite = remade + ", which writes the stack's policies again, and remove the policy if it is not the stack's"

func (w *walk) call(server member, from end, to string, labels map[string]string) authz.Call {
	return authz.Call{
		TrustDomain: w.stack.TrustDomain, Namespace: from.namespace, ServiceAccount: from.account, Address: from.address,
		To: to, Labels: labels, Port: server.port,
	}
}

// decide is the decision of a task's or a pod's proxy about a connection.
func (w *walk) decide(server member, from, to end) (bool, string) {
	return authz.Decide(w.kubernetes.Policies, w.call(server, from, to.namespace, to.labels))
}

func (w *walk) exists(name string) bool {
	return find(w.kubernetes.Policies, func(p authz.Policy) bool { return p.Namespace+"/"+p.Name == name }) != nil
}

// refusal is a finding about a call that the stack admits and policies refuse. admitting is the policy of the stack
// that should admit it, "" if there is none.
func (w *walk) refusal(ingredient, by, admitting, what string) *Finding {
	deny := find(w.kubernetes.Policies, func(p authz.Policy) bool { return p.Namespace+"/"+p.Name == by && p.Spec["action"] == "DENY" })
	switch {
	case deny != nil || admitting == "":
		return missing(ingredient, by, rewrite, "%s is refused by policy %s", what, by)
	case !w.exists(admitting):
		return missing("policy-missing", admitting, remade, "policy %s does not exist, which is to admit %s: %s refuses it", admitting, what, by)
	case !slices.Contains(strings.Split(by, ", "), admitting):
		return missing(ingredient, by, rewrite, "%s is refused by policy %s, and policy %s, which is to admit it, is about other tasks", what, by, admitting)
	}
	return missing(ingredient, by, rewrite, "%s is refused by policy %s, and the stack admits it", what, by)
}

// atTask compares the decision of the policies at a server's tasks about a caller with the stack's declaration.
func (w *walk) atTask(client, server member, from, to end) *Finding {
	ok, by := w.decide(server, from, to)
	admitted := w.admits(server, from, plain, by)
	pair := pathOf(client, server)
	d, _ := w.destination(server)
	switch {
	case ok && !admitted:
		w.open(server, pair, pair)
	case !ok && d.Waypoint != "" && slices.ContainsFunc(requests(d), func(r authz.Request) bool { return w.admits(server, from, r, by) }):
		// The tasks admit only the waypoint, and the caller is not sent through it.
		if f := w.waypointMissing(server); f != nil {
			f.Sentence += ", and the tasks admit the waypoint alone"
			return f
		}
		return w.refusal("policy", by, w.allowing(server), pair)
	case !ok && admitted:
		return w.refusal("policy", by, w.allowing(server), pair)
	}
	return nil
}

// allowing is the policy of the stack that admits callers to a server.
func (w *walk) allowing(server member) string {
	if !server.ecs() {
		return ""
	}
	return w.wanted(w.declared(server).hostname).allowing
}

// open reports a call that gets through although the stack refuses it.
func (w *walk) open(server member, what, pair string) {
	d, _ := w.destination(server)
	w.late(missing("policy-open", server.String(), rewrite, "%s gets through, and the stack refuses it in stage %s", what, d.PolicyStage), pair)
}

// atWaypoint compares the decisions of the policies at a server's waypoint about a caller's requests with the stack's
// declaration.
func (w *walk) atWaypoint(client, server member, from end) *Finding {
	e := w.enrolled(server)
	at := authz.Waypoint{Namespace: e.namespace, Name: e.name}
	for _, entry := range w.entriesOf(server) {
		at.Entries = append(at.Entries, entry.Name)
	}
	d, _ := w.destination(server)
	pair := pathOf(client, server)
	for _, r := range requests(d) {
		if server.ecs() {
			r.Host = w.declared(server).hostname
		}
		c := w.call(server, from, w.namespaceOf(server), nil)
		c.Request = &r
		ok, by := authz.DecideAt(w.kubernetes.Policies, at, c)
		switch admitted := w.admits(server, from, r, by); {
		case ok && !admitted:
			w.open(server, fmt.Sprintf("%s of %s", written(r), pair), pair)
		case !ok && admitted:
			return w.refusal("policy", by, w.allowing(server), fmt.Sprintf("%s of %s at waypoint %s", written(r), pair, e))
		}
	}
	return nil
}

// behind checks the path from a waypoint to a task.
func (w *walk) behind(pair string, server member, waypoint, to end) *Finding {
	return first(
		func() *Finding {
			return w.connect(pair+", behind its waypoint", member{workload: waypoint.name}, waypoint, to, server.ecs())
		},
		func() *Finding { return w.strangers(waypoint, to) },
		func() *Finding { return w.keptOut(server, waypoint, to) },
	)
}

// keptOut finds an L4 policy that refuses the waypoint. Callers come through the waypoint, so it stops them all.
func (w *walk) keptOut(server member, waypoint, to end) *Finding {
	ok, by := w.decide(server, waypoint, to)
	if ok {
		return nil
	}
	host := ""
	if server.ecs() {
		host = w.declared(server).hostname
	}
	ingredient, admitting := "waypoint-kept-out", w.wanted(host).guard
	if d, known := w.destination(server); known && (d.Waypoint == "" || d.Namespace != waypoint.namespace) {
		// The waypoint belongs to another service and forwards requests.
		ingredient, admitting = "policy", w.wanted(host).forwards
	}
	id := waypoint.namespace + "/" + waypoint.account
	return w.refusal(ingredient, by, admitting, fmt.Sprintf("the waypoint %s on its way to %s", id, server))
}

// around reports callers that can bypass a task's waypoint. The stack refuses that in every stage but the first.
func (w *walk) around(client, server member, from, to end) {
	d, known := w.destination(server)
	if !known || d.Waypoint == "" || d.PolicyStage == "" || d.PolicyStage == stack.StagePermissive {
		return
	}
	if ok, _ := w.decide(server, from, to); ok {
		pair := pathOf(client, server)
		w.open(server, pair+" past the waypoint, to the address of a task,", pair)
	}
}

// lost reports missing policies of the stack that no call shows, because another policy has the same effect.
func (w *walk) lost() {
	for _, host := range w.stack.Hostnames() {
		for _, name := range w.wanted(host).all() {
			if !w.exists(name) {
				w.late(missing("policy-missing", name, remade, "policy %s of stage %s does not exist", name, w.stack.Destinations[host].PolicyStage), host)
			}
		}
	}
}
