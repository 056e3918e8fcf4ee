package policy

import (
	"maps"
	"slices"
	"strconv"
)

// NameDenyAll is the policy with which the tasks of a namespace refuse everything that no other policy allows.
const NameDenyAll = "deny-all"

// The names of the policies of one service, at its tasks and at its waypoint.
func nameAllow(service string) string         { return "allow-to-" + service }
func nameDeny(service string) string          { return "deny-to-" + service }
func nameGuard(service string) string         { return "allow-waypoint-to-" + service }
func nameForward(service string) string       { return "allow-traffic-to-" + service }
func nameWaypointAllow(service string) string { return "waypoint-allow-to-" + service }
func nameWaypointDeny(service string) string  { return "waypoint-deny-to-" + service }

// nameDirect is the policy with which the tasks of a service behind a waypoint refuse everybody else, whatever a team admits.
func nameDirect(service string) string { return "deny-direct-to-" + service }

// nameFront and nameAllDirect are the policies with which the tasks of a whole namespace admit its waypoint, and refuse everybody but
// waypoints.
const (
	nameFront     = "allow-waypoint"
	nameAllDirect = "deny-direct"
)

// nameDenied and nameDeniedAt are the policies with which the tasks of a namespace, and a waypoint, refuse callers of every service.
const nameDenied = "denied-callers"

func nameDeniedAt(waypoint string) string { return nameDenied + "-at-" + waypoint }

// nameWaypointDenyAll is the policy with which a waypoint refuses everything that no other policy allows.
func nameWaypointDenyAll(waypoint string) string { return "deny-all-at-" + waypoint }

// compile makes the policies of a namespace.
func (m Mesh) compile(n Namespace) []Policy {
	if n.Stage == Permissive {
		return nil
	}
	var policies []Policy
	add := func(name string, spec map[string]any) {
		policies = append(policies, Policy{Namespace: n.Name, Name: name, Spec: spec})
	}
	add(NameDenyAll, map[string]any{})
	for _, waypoint := range n.Waypoints {
		add(nameWaypointDenyAll(waypoint), map[string]any{"targetRefs": gateway(waypoint)})
	}
	if n.Owned {
		m.refusals(n, add)
		m.behind(n, add)
	}
	for _, s := range n.Services {
		if s.Port == 0 {
			continue
		}
		if s.Waypoint != "" {
			waypoint := Identity{n.Name, s.Waypoint}
			add(nameGuard(s.Name), s.atTasks("ALLOW", m.rules(s, n.Stage, Rule{Identities: []Identity{waypoint}})))
			if n.Owned {
				add(nameDirect(s.Name), s.atTasks("DENY", []any{m.except(append(slices.Clone(s.Forwarders), waypoint))}))
			}
		}
		if n.Stage == DenyAll && !n.Owned {
			continue
		}
		if n.Stage != DenyAll && len(s.Forwarders) > 0 {
			add(nameForward(s.Name), s.atTasks("ALLOW", m.rules(s, n.Stage, Rule{Identities: s.Forwarders})))
		}
		allow, deny := m.rules(s, n.Stage, s.Allow...), m.rules(s, n.Stage, denials(s.Deny, n.Stage)...)
		where, names := s.atTasks, []string{nameAllow(s.Name), nameDeny(s.Name)}
		if s.Waypoint != "" {
			where, names = s.atWaypoint, []string{nameWaypointAllow(s.Name), nameWaypointDeny(s.Name)}
		}
		if len(allow) > 0 && n.Stage != DenyAll {
			add(names[0], where("ALLOW", allow))
		}
		if len(deny) > 0 {
			add(names[1], where("DENY", deny))
		}
	}
	return policies
}

// refusals are the denials for every service of a namespace. ztunnel does not see requests: those rules are for waypoints alone.
func (m Mesh) refusals(n Namespace, add func(string, map[string]any)) {
	if rules := m.rules(Service{}, L4, denials(n.Deny, L4)...); len(rules) > 0 {
		add(nameDenied, map[string]any{"action": "DENY", "rules": rules})
	}
	rules := m.rules(Service{}, n.Stage, denials(n.Deny, n.Stage)...)
	for _, waypoint := range n.Waypoints {
		if len(rules) > 0 {
			add(nameDeniedAt(waypoint), map[string]any{"action": "DENY", "targetRefs": gateway(waypoint), "rules": rules})
		}
	}
}

// behind puts every service of a namespace behind its waypoint, also one that the stack does not know: a team's. Who may call it, the
// policies at the waypoint decide.
func (m Mesh) behind(n Namespace, add func(string, map[string]any)) {
	if n.Front == "" {
		return
	}
	front := Identity{n.Name, n.Front}
	add(nameFront, map[string]any{"action": "ALLOW", "rules": m.rules(Service{}, n.Stage, Rule{Identities: []Identity{front}})})
	var through []Identity
	for _, waypoint := range n.Waypoints {
		through = append(through, Identity{n.Name, waypoint})
	}
	for _, s := range n.Services {
		for _, forwarder := range s.Forwarders {
			if !slices.Contains(through, forwarder) {
				through = append(through, forwarder)
			}
		}
	}
	add(nameAllDirect, map[string]any{"action": "DENY", "rules": []any{m.except(through)}})
}

// except is a rule about everybody but some identities.
func (m Mesh) except(identities []Identity) map[string]any {
	var principals []string
	for _, identity := range identities {
		principals = append(principals, m.principal(identity))
	}
	return map[string]any{"from": []any{source("notPrincipals", principals)}}
}

// denials leaves out the rules with conditions on requests, unless the stage is L7. Without those conditions such a
// rule would refuse more than it says. (A rule that admits is kept: without those conditions it admits all requests
// of its callers.)
func denials(rules []Rule, stage Stage) []Rule {
	if stage == L7 {
		return rules
	}
	return slices.DeleteFunc(slices.Clone(rules), Rule.l7)
}

// atTasks is the spec of a policy for the ztunnels of a service's tasks.
func (s Service) atTasks(action string, rules []any) map[string]any {
	return map[string]any{
		"action":   action,
		"selector": map[string]any{"matchLabels": map[string]any{LabelHostname: s.Hostname}},
		"rules":    rules,
	}
}

// atWaypoint is the spec of a policy for a service's waypoint.
func (s Service) atWaypoint(action string, rules []any) map[string]any {
	refs := gateway(s.Waypoint)
	if s.Entry != "" {
		refs = []any{map[string]any{"group": groupEntry, "kind": kindEntry, "name": s.Entry}}
	}
	return map[string]any{"action": action, "targetRefs": refs, "rules": rules}
}

// The objects at a waypoint to which a policy can be bound.
const (
	groupGateway = "gateway.networking.k8s.io"
	kindGateway  = "Gateway"
	groupEntry   = "networking.istio.io"
	kindEntry    = "ServiceEntry"
)

func gateway(name string) []any {
	return []any{map[string]any{"group": groupGateway, "kind": kindGateway, "name": name}}
}

// rules writes rules in the form of an AuthorizationPolicy.
func (m Mesh) rules(s Service, stage Stage, rules ...Rule) []any {
	var list []any
	for _, r := range rules {
		var from []any
		if len(r.Namespaces) > 0 {
			from = append(from, source("namespaces", r.Namespaces))
		}
		if len(r.Identities) > 0 {
			var principals []string
			for _, identity := range r.Identities {
				principals = append(principals, m.principal(identity))
			}
			from = append(from, source("principals", principals))
		}
		port := r.Port
		if port == 0 {
			port = s.Port
		}
		operation, rule := map[string]any{}, map[string]any{"from": from}
		if port != 0 {
			operation["ports"] = []any{strconv.Itoa(port)}
		}
		if stage == L7 {
			if len(r.Methods) > 0 {
				operation["methods"] = anys(r.Methods)
			}
			if len(r.Paths) > 0 {
				operation["paths"] = anys(r.Paths)
			}
			var when []any
			for _, name := range slices.Sorted(maps.Keys(r.Headers)) {
				when = append(when, map[string]any{"key": "request.headers[" + name + "]", "values": anys(r.Headers[name])})
			}
			if len(when) > 0 {
				rule["when"] = when
			}
		}
		if len(operation) > 0 {
			rule["to"] = []any{map[string]any{"operation": operation}}
		}
		list = append(list, rule)
	}
	return list
}

func source(field string, values []string) any {
	return map[string]any{"source": map[string]any{field: anys(values)}}
}

func anys(values []string) []any {
	list := make([]any, 0, len(values))
	for _, v := range values {
		list = append(list, v)
	}
	return list
}
