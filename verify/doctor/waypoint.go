package doctor

import (
	"cmp"
	"slices"
)

// waypointLabel leads callers of a service, or of all services of a namespace, to a waypoint.
const waypointLabel = "istio.io/use-waypoint"

// enrolment is the waypoint to which istiod sends the callers of a server.
type enrolment struct {
	// namespace and name are those of the Gateway. name is "" for none.
	namespace, name string
	// by is the object whose label names the waypoint.
	by      string
	gateway *KubernetesGateway
}

func (e enrolment) String() string { return e.namespace + "/" + e.name }

// serves reports whether callers are sent there. That needs a waypoint with an address.
func (e enrolment) serves() bool { return e.gateway != nil && e.gateway.Address != "" }

// enrolled reads the labels of a server's ServiceEntry objects, and, where they say nothing, those of its namespace.
func (w *walk) enrolled(server member) enrolment {
	namespace := w.namespaceOf(server)
	e := enrolment{}
	read := func(by string, labels map[string]string) bool {
		name := labels[waypointLabel]
		if name == "" {
			return false
		}
		if name != "none" {
			e = enrolment{namespace: cmp.Or(labels[waypointLabel+"-namespace"], namespace), name: name, by: by}
		}
		return true
	}
	for _, entry := range w.entriesOf(server) {
		if read("ServiceEntry "+namespace+"/"+entry.Name, entry.Labels) {
			return w.withGateway(e)
		}
	}
	if ns := w.namespace(namespace); ns != nil {
		read("namespace "+namespace, ns.Labels)
	}
	return w.withGateway(e)
}

func (w *walk) withGateway(e enrolment) enrolment {
	e.gateway = find(w.kubernetes.Gateways, func(g KubernetesGateway) bool {
		return e.name != "" && g.Namespace == e.namespace && g.Name == e.name
	})
	return e
}

// entriesOf are the ServiceEntry objects of a server's name.
func (w *walk) entriesOf(server member) []Entry {
	if !server.ecs() {
		return nil
	}
	want := w.declared(server)
	var all []Entry
	for _, e := range w.kubernetes.Entries {
		if e.Service && e.Namespace == want.namespace && slices.Contains(e.Hosts, want.hostname) {
			all = append(all, e)
		}
	}
	return all
}

func (w *walk) namespaceOf(m member) string {
	if !m.ecs() {
		return testEKS
	}
	return w.declared(m).namespace
}

// waypoint is the waypoint in front of a server, nil for none.
func (w *walk) waypoint(server member) (*end, *Finding) {
	e := w.enrolled(server)
	if !e.serves() {
		return nil, nil
	}
	for _, p := range w.kubernetes.Pods {
		if p.Namespace == e.namespace && p.Labels[gatewayNameLabel] == e.name && p.Ready {
			found := p.end()
			return &found, nil
		}
	}
	return nil, missing("waypoint", e.String(), "kubectl -n "+e.namespace+" describe pods -l "+gatewayNameLabel+"="+e.name,
		"no pod of waypoint %s is ready: every call to %s fails", e, server)
}

// waypointMissing finds out why callers of a server are not sent to the waypoint that its namespace or its
// service names, or that the stack declares. Such callers bypass the waypoint and its policies.
func (w *walk) waypointMissing(server member) *Finding {
	e, namespace := w.enrolled(server), w.namespaceOf(server)
	if d, known := w.destination(server); known && d.Waypoint != "" && (e.name != d.Waypoint || e.namespace != d.Namespace) {
		have := "nothing is"
		if e.name != "" {
			have = e.by + " is labelled " + e.String()
		}
		return missing("waypoint-label", d.Namespace+"/"+d.Waypoint, remade+", which labels the namespace, or tags the ECS service whose waypoint it is",
			"callers of %s are not led to waypoint %s: neither namespace %s nor its ServiceEntry is labelled %s=%s, %s", server, d.Waypoint, namespace, waypointLabel, d.Waypoint, have)
	}
	if e.name == "" || e.serves() {
		return nil
	}
	return missing("waypoint", e.String(), remade+", or remove the label",
		"%s is labelled %s=%s, and Gateway %s has no address: calls go past it, and its policies do not hold", e.by, waypointLabel, e.name, e)
}
