package kubernetes_test

import (
	"context"
	"strings"
	"testing"

	"ambient-ecs/mesh/ingress"
	"ambient-ecs/mesh/tenancy"
	"ambient-ecs/mesh/traffic"
)

// guests makes a team whose routes the platform's admission policy keeps to its hosts and services.
func guests(t *testing.T) *fixture {
	f := tenants(t)
	f.mustCreate(definitionToken, "routes", map[string]any{
		"metadata": map[string]any{"name": "httproutes.gateway.networking.k8s.io", "annotations": map[string]any{"api-approved.kubernetes.io": "https://github.com/kubernetes-sigs/gateway-api/pull/3328"}},
		"spec": map[string]any{
			"group": "gateway.networking.k8s.io", "scope": "Namespaced", "names": map[string]any{"kind": "HTTPRoute", "plural": "httproutes", "singular": "httproute", "listKind": "HTTPRouteList"},
			"versions": []any{map[string]any{"name": "v1", "served": true, "storage": true, "schema": map[string]any{"openAPIV3Schema": map[string]any{"type": "object", "x_kubernetes_preserve_unknown_fields": true}}}},
		},
	})
	f.mustCreate(roleToken, "routes", map[string]any{
		"metadata": map[string]any{"name": "routes", "namespace": "orders"},
		"rules":    []any{map[string]any{"apiGroups": []any{"gateway.networking.k8s.io"}, "resources": []any{"httproutes"}, "verbs": []any{"get", "create", "update", "patch", "delete"}}},
	})
	f.mustCreate(bindingToken, "routes", map[string]any{
		"metadata": map[string]any{"name": "routes", "namespace": "orders"},
		"roleRef":  map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "routes"},
		"subjects": []any{map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "team:orders"}},
	})
	f.mustCreate(admissionToken, "routes", map[string]any{"metadata": map[string]any{"name": "routes"}, "spec": tenancy.RoutesPolicySpec("team:orders", tenancy.Routes{
		Gateways: []tenancy.Gateway{{Namespace: "mesh-ingress", Name: "ingress"}, {Namespace: "mesh-ingress-controller", Name: "ingress"}},
		Hosts:    []string{"orders.example.com", "o.example.com"}, Domains: []string{"mesh-orders.ecs.local", "mesh-orders-2.ecs.other"},
	})})
	f.mustCreate(admissionBind, "routes", map[string]any{"metadata": map[string]any{"name": "routes"}, "spec": tenancy.BindingSpec("routes")})
	return f
}

type object = map[string]any

// toIngress is a parent of a route: the platform's gateway for users.
func toIngress(change object) object {
	return plus(object{"namespace": "mesh-ingress", "name": "ingress", "sectionName": "https"}, change)
}

// backed is a backend of a route.
func backed(change object) object {
	return plus(object{"group": "networking.istio.io", "kind": "Hostname", "name": "orders.mesh-orders.ecs.local", "port": 8080}, change)
}

// plus is an object with changes. nil takes a key away.
func plus(o, change object) object {
	for key, value := range change {
		if o[key] = value; value == nil {
			delete(o, key)
		}
	}
	return o
}

// route is a route of the team that is admitted, with changes of its spec.
func route(change object) object {
	o := in("orders", "web")
	o["spec"] = plus(object{
		"parentRefs": []any{toIngress(nil), toIngress(object{"namespace": "mesh-ingress-controller", "group": "gateway.networking.k8s.io", "kind": "Gateway"})},
		"hostnames":  []any{"orders.example.com"},
		"rules":      []any{ruled(nil)},
	}, change)
	return o
}

func ruled(change object) object {
	return plus(object{"backendRefs": []any{backed(nil), backed(object{"name": "web.mesh-orders-2.ecs.other"})}}, change)
}

func TestATeamRoutesItsOwnHostsToItsOwnServices(t *testing.T) {
	t.Parallel()
	f := guests(t)
	team := f.by(ordersRole)
	made := ingress.GuestRoute("orders", "web", []ingress.Parent{{Namespace: "mesh-ingress", Name: "ingress"}}, []string{"orders.example.com"},
		[]ingress.Route{{PathPrefix: "/web", To: []traffic.Backend{{Hostname: "web.mesh-orders.ecs.local", Port: 8080, Weight: 1}}}}, true)
	for name, spec := range map[string]object{
		"what the component makes":            made.Spec,
		"both of its hosts, at both gateways": {"hostnames": []any{"orders.example.com", "o.example.com"}},
		"a redirect and other headers": {"rules": []any{object{"filters": []any{object{"type": "RequestRedirect"}}}, ruled(object{"filters": []any{
			object{"type": "RequestHeaderModifier"}, object{"type": "URLRewrite"}, object{"type": "ResponseHeaderModifier"}}})}},
		"a service of its namespace, to whatever admits it": {"hostnames": nil, "parentRefs": []any{object{"group": "networking.istio.io", "kind": "ServiceEntry", "name": "orders"}},
			"rules": []any{object{"backendRefs": []any{backed(object{"name": "web.mesh-billing.ecs.local"})}}}},
		"nothing at all": {"hostnames": nil, "parentRefs": nil, "rules": nil},
	} {
		made, err := team.create(routeToken, "web", route(spec))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err := team.session.Delete(context.Background(), made); err != nil {
			t.Fatal(err)
		}
	}
}

// Each attempt to get at users of others, or at services of others by way of the gateway, is refused.
func TestATeamRoutesNothingOfOthers(t *testing.T) {
	t.Parallel()
	f := guests(t)
	team := f.by(ordersRole)
	const (
		bound, hosts, backends, filters = "is bound to a service of its namespace, or to the listener https of mesh-ingress/ingress", "names hosts of the team, which are orders.example.com, o.example.com",
			"leads to services of the team, by hostnames that end in mesh-orders.ecs.local", "no filter that reaches a further backend"
	)
	behind := func(change object) object {
		return object{"rules": []any{object{"backendRefs": []any{backed(nil), backed(change)}}}}
	}
	filtered := func(filter object) object { return object{"rules": []any{ruled(object{"filters": []any{filter}})}} }
	bounded := func(parent object) object { return object{"parentRefs": []any{toIngress(nil), parent}} }
	for name, attempt := range map[string]struct {
		spec  object
		words string
	}{
		"another team's host":                {object{"hostnames": []any{"billing.example.com"}}, hosts},
		"another team's host beside its own": {object{"hostnames": []any{"orders.example.com", "billing.example.com"}}, hosts},
		"a wildcard over its host":           {object{"hostnames": []any{"*.example.com"}}, hosts},
		"a name below its host":              {object{"hostnames": []any{"a.orders.example.com"}}, hosts},
		"every host, by naming none":         {object{"hostnames": nil}, hosts},
		"every host, by an empty list":       {object{"hostnames": []any{}}, hosts},
		"another team's service":             {behind(object{"name": "web.mesh-billing.ecs.local"}), backends},
		"another team's service beside its own parent": {plus(behind(object{"name": "web.mesh-billing.ecs.local"}), object{"parentRefs": []any{
			object{"group": "networking.istio.io", "kind": "ServiceEntry", "name": "orders"}, toIngress(nil)}}), backends},
		"a service whose name only ends like its own": {behind(object{"name": "web.xmesh-orders.ecs.local"}), backends},
		"its domain itself":                           {behind(object{"name": "mesh-orders.ecs.local"}), backends},
		"a hostname with a namespace":                 {behind(object{"namespace": "billing"}), backends},
		"a Service of Kubernetes":                     {behind(object{"group": "", "kind": "Service", "name": "web"}), backends},
		"a Service of another namespace, by default":  {behind(object{"group": nil, "kind": nil, "name": "web", "namespace": "billing"}), backends},
		"a mirror":                              {filtered(object{"type": "RequestMirror", "requestMirror": object{"backendRef": backed(object{"name": "web.mesh-billing.ecs.local"})}}), filters},
		"a filter of an implementation":         {filtered(object{"type": "ExtensionRef"}), filters},
		"a mirror at a backend":                 {behind(object{"filters": []any{object{"type": "RequestMirror"}}}), filters},
		"the listener that redirects":           {bounded(toIngress(object{"sectionName": "http"})), bound},
		"all listeners":                         {bounded(toIngress(object{"sectionName": nil})), bound},
		"the east-west gateway":                 {bounded(toIngress(object{"namespace": "istio-system", "name": "eastwest"})), bound},
		"a gateway of its own namespace":        {bounded(object{"name": "ingress", "sectionName": "https"}), bound},
		"its own waypoint":                      {bounded(object{"name": "waypoint"}), bound},
		"a service of another namespace":        {bounded(object{"kind": "Service", "group": "", "name": "web", "namespace": "billing"}), bound},
		"another kind of the platform's name":   {bounded(toIngress(object{"kind": "XListenerSet"})), bound},
		"another group with the gateway's name": {bounded(toIngress(object{"group": "networking.istio.io"})), bound},
	} {
		_, err := team.create(routeToken, "web", route(attempt.spec))
		if err == nil || !strings.Contains(err.Error(), "ValidatingAdmissionPolicy 'routes'") || !strings.Contains(err.Error(), attempt.words) {
			t.Errorf("%s: %v, want %q", name, err, attempt.words)
		}
	}
	// A route that is there cannot become another.
	own := team.mustCreate(routeToken, "web", route(nil))
	_, err := team.update(own, route(object{"hostnames": []any{"billing.example.com"}}))
	wantError(t, err, "forbidden", hosts)
	_, err = team.create(routeToken, "other", func() map[string]any {
		o := route(nil)
		o["metadata"] = map[string]any{"namespace": "billing", "name": "web"}
		return o
	}())
	wantError(t, err, "forbidden", "in the namespace \"billing\"")
	// The platform's own routes are not a team's.
	f.mustCreate(routeToken, "platform", func() map[string]any {
		o := route(object{"hostnames": []any{"*.example.com"}})
		o["metadata"] = map[string]any{"namespace": "orders", "name": "platform"}
		return o
	}())
}
