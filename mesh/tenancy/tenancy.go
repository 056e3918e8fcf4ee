// Package tenancy says what a team may do in Kubernetes: an allow-list for its own namespaces, and the one thing that an allow-list
// cannot say, which objects there stay the platform's.
//
// Kubernetes' roles only allow, and by name they can narrow everything but creation. So a ValidatingAdmissionPolicy keeps teams to
// AuthorizationPolicies whose names begin with a prefix: the platform's denials are in the same namespace, and one that a team may
// delete would hold against nobody.
// https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources, 2026-11-29.
package tenancy

import (
	"fmt"
	"strings"
)

// Rule is a rule of a Role.
type Rule struct {
	// APIGroups, Resources and Verbs are what the rule allows. The empty group is Kubernetes' core.
	APIGroups, Resources, Verbs []string
}

// verbs are all that a client needs to keep an object. Neither "*", nor deletecollection, impersonate, bind or escalate are among
// them.
var verbs = []string{"create", "delete", "get", "list", "patch", "update", "watch"}

// Rules are what a team may do in a namespace of its own.
//
// Service accounts are the identities of its tasks. The subresource token is not among them, since a token of Kubernetes would be a
// way around istiod, and none of Pod, Secret, Gateway, ServiceEntry, WorkloadEntry, VirtualService, EnvoyFilter, Namespace, Role and
// RoleBinding: each reaches beyond the namespace or makes somebody else's endpoint, identity or right.
func Rules() []Rule {
	return []Rule{
		{APIGroups: []string{""}, Resources: []string{"serviceaccounts"}, Verbs: verbs},
		{APIGroups: []string{"security.istio.io"}, Resources: []string{"authorizationpolicies"}, Verbs: verbs},
		{APIGroups: []string{"gateway.networking.k8s.io"}, Resources: []string{"httproutes"}, Verbs: verbs},
	}
}

// The types of the objects that keep teams to their prefix.
const (
	APIVersion  = "admissionregistration.k8s.io/v1"
	KindPolicy  = "ValidatingAdmissionPolicy"
	KindBinding = "ValidatingAdmissionPolicyBinding"
)

// PolicySpec is the spec of a ValidatingAdmissionPolicy for members of groups that begin with groups: they make, change and delete
// AuthorizationPolicies whose names begin with prefix, and no others.
func PolicySpec(groups, prefix string) map[string]any {
	return map[string]any{
		"failurePolicy": "Fail",
		"matchConstraints": map[string]any{"resourceRules": []any{map[string]any{
			"apiGroups": []any{"security.istio.io"}, "apiVersions": []any{"*"}, "resources": []any{"authorizationpolicies"},
			"operations": []any{"CREATE", "UPDATE", "DELETE"},
		}}},
		"matchConditions": []any{map[string]any{
			"name": "teams", "expression": fmt.Sprintf("request.userInfo.groups.exists(group, group.startsWith('%s'))", groups),
		}},
		"validations": []any{map[string]any{
			"expression": fmt.Sprintf("request.name.startsWith('%s')", prefix),
			"message":    fmt.Sprintf("the AuthorizationPolicies of a team begin with %s: the others are the platform's, which hold against a team's own", prefix),
		}},
	}
}

// roleNotes are the annotations by which istiod knows the IAM role of a service account.
var roleNotes = []string{"ecs.solo.io/role-arn", "eks.amazonaws.com/role-arn"}

// RolesPolicySpec is the spec of a ValidatingAdmissionPolicy for the members of a team's group: their service accounts name the
// listed roles and those whose whole ARN matches own, and no others. istiod gives a task every identity whose service account names its
// role: with another role a team would add an identity of its own to somebody else's tasks. And a service account of a waypoint
// names none, since services behind it admit that identity.
func RolesPolicySpec(group string, roles []string, own string) map[string]any {
	named := quoted(roleNotes) + ".filter(note, has(object.metadata.annotations) && note in object.metadata.annotations)"
	return map[string]any{
		"failurePolicy": "Fail",
		"matchConstraints": map[string]any{"resourceRules": []any{map[string]any{
			"apiGroups": []any{""}, "apiVersions": []any{"*"}, "resources": []any{"serviceaccounts"}, "operations": []any{"CREATE", "UPDATE"},
		}}},
		"matchConditions": []any{map[string]any{"name": "team", "expression": fmt.Sprintf("'%s' in request.userInfo.groups", group)}},
		"validations": []any{
			map[string]any{
				"expression": fmt.Sprintf("%s.all(note, object.metadata.annotations[note] in %s || object.metadata.annotations[note].matches('%s'))", named, quoted(roles), own),
				"message":    "a service account of a team names one of the team's own roles: istiod gives every task of the role this identity",
			},
			map[string]any{
				"expression": fmt.Sprintf("%s.size() == 0 || !(request.name == 'waypoint' || request.name.endsWith('-waypoint'))", named),
				"message":    "no task has the identity of a waypoint, which services behind it admit",
			},
		},
	}
}

// Gateway is a Gateway of the platform.
type Gateway struct{ Namespace, Name string }

// Routes are what a team may route from the platform's gateways for users.
type Routes struct {
	// Gateways are the platform's. At least one.
	Gateways []Gateway
	// Hosts are the names that users ask for. At least one.
	Hosts []string
	// Domains end the hostnames of the team's services, without the dot before them. At least one.
	Domains []string
}

// The parts of an HTTPRoute. section is the listener of the gateways to which routes of teams are bound. filters are those that reach nobody:
// the others mirror requests to a further backend, or ask one.
const (
	inMesh  = "(has(parent.kind) && parent.kind in ['Service', 'ServiceEntry'])"
	section = "https"
	filters = "['RequestHeaderModifier', 'ResponseHeaderModifier', 'RequestRedirect', 'URLRewrite']"
)

// RoutesPolicySpec is the spec of a ValidatingAdmissionPolicy for the members of a team's group: their HTTPRoutes are bound to services of their
// own namespace, or to the platform's gateways for users with hosts and backends of the team alone. The gateway calls every backend with an
// identity of its own, which services of other teams admit for their own users. And Istio asks no ReferenceGrant for a backend that is
// named by its hostname.
func RoutesPolicySpec(group string, of Routes) map[string]any {
	var gateways, backends []string
	for _, gateway := range of.Gateways {
		gateways = append(gateways, gateway.Namespace+"/"+gateway.Name)
	}
	for _, domain := range of.Domains {
		backends = append(backends, fmt.Sprintf("backend.name.endsWith('.%s')", domain))
	}
	const parents, rules = "object.spec.?parentRefs.orValue([])", "object.spec.?rules.orValue([])"
	outside := fmt.Sprintf("%s.exists(parent, !%s)", parents, inMesh)
	harmless := func(of string) string {
		return fmt.Sprintf("%s.?filters.orValue([]).all(filter, filter.type in %s)", of, filters)
	}
	validation := func(expression, message string) any {
		return map[string]any{"expression": expression, "message": message}
	}
	return map[string]any{
		"failurePolicy": "Fail",
		"matchConstraints": map[string]any{"resourceRules": []any{map[string]any{
			"apiGroups": []any{"gateway.networking.k8s.io"}, "apiVersions": []any{"*"}, "resources": []any{"httproutes"}, "operations": []any{"CREATE", "UPDATE"},
		}}},
		"matchConditions": []any{map[string]any{"name": "team", "expression": fmt.Sprintf("'%s' in request.userInfo.groups", group)}},
		"validations": []any{
			validation(fmt.Sprintf("%s.all(parent, (%s && parent.?namespace.orValue(request.namespace) == request.namespace) || "+
				"(parent.?group.orValue('gateway.networking.k8s.io') == 'gateway.networking.k8s.io' && parent.?kind.orValue('Gateway') == 'Gateway' && "+
				"parent.?sectionName.orValue('') == '%s' && (parent.?namespace.orValue(request.namespace) + '/' + parent.name) in %s))", parents, inMesh, section, quoted(gateways)),
				"a route of a team is bound to a service of its namespace, or to the listener "+section+" of "+strings.Join(gateways, " or ")),
			validation(fmt.Sprintf("!%s || (object.spec.?hostnames.orValue([]).size() > 0 && object.spec.hostnames.all(host, host in %s))", outside, quoted(of.Hosts)),
				"a route for users names hosts of the team, which are "+strings.Join(of.Hosts, ", ")),
			validation(fmt.Sprintf("!%s || %s.all(rule, rule.?backendRefs.orValue([]).all(backend, backend.?group.orValue('') == 'networking.istio.io' && "+
				"backend.?kind.orValue('') == 'Hostname' && !has(backend.namespace) && (%s)))", outside, rules, strings.Join(backends, " || ")),
				"a route for users leads to services of the team, by hostnames that end in "+strings.Join(of.Domains, " or ")),
			validation(fmt.Sprintf("!%s || %s.all(rule, %s && rule.?backendRefs.orValue([]).all(backend, %s))", outside, rules, harmless("rule"), harmless("backend")),
				"a route for users has no filter that reaches a further backend"),
		},
	}
}

func quoted(all []string) string { return "['" + strings.Join(all, "', '") + "']" }

// BindingSpec is the spec of the binding of that policy.
func BindingSpec(policy string) map[string]any {
	return map[string]any{"policyName": policy, "validationActions": []any{"Deny"}}
}
