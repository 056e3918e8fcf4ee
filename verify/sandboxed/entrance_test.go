package sandboxed_test

import (
	"context"
	"strings"
	"testing"

	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/world"
	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/stack"
)

const (
	entry     = "in-1.elb.eu-central-1.amazonaws.com"
	office    = "10.9.0.0/16"
	idIngress = "spiffe://cluster.local/ns/m-ingress/sa/ingress-istio"
	useIt     = "istio.io/ingress-use-waypoint"
)

// withIngress gives the mesh an ingress that leads shop.example.com to the echo of the first cluster. TLS ends at the load
// balancer.
func (f *fixture) withIngress() {
	f.stack.IngressAddress = entry
	f.stack.Ingress = stack.Ingress{Scheme: "internal", Sources: []string{office}, Namespace: "m-ingress", ServiceAccount: "ingress-istio",
		Hosts: map[string]stack.IngressHost{"shop.example.com": {Routes: []stack.Route{{To: map[string]int{echo1: 1}}}}}}
	f.do(func(tx *world.Tx) {
		c := api.At(tx, eks)
		for _, kind := range []struct{ name, plural, scope string }{{"GatewayClass", "gatewayclasses", "Cluster"}, {"HTTPRoute", "httproutes", "Namespaced"}} {
			definition := object("apiextensions.k8s.io/v1", "CustomResourceDefinition", "", kind.plural+".gateway.networking.k8s.io")
			definition["spec"] = api.Object{"group": "gateway.networking.k8s.io", "scope": kind.scope, "names": api.Object{"kind": kind.name, "plural": kind.plural},
				"versions": []any{api.Object{"name": "v1", "served": true, "storage": true}}}
			f.write(c, definition)
		}
		for _, p := range api.Maps(c.Get(api.PodKind, "istio-system", "istiod"), "spec", "containers") {
			p["env"] = append(api.List(p, "env"), api.Object{"name": "PILOT_PREFER_SENDING_HBONE", "value": "true"})
		}
		class := object("gateway.networking.k8s.io/v1", "GatewayClass", "", "istio")
		class["spec"] = api.Object{"controllerName": "istio.io/gateway-controller"}
		f.write(c, class)
		ns := object("v1", "Namespace", "", "m-ingress")
		api.Set(ns, api.Object{"topology.istio.io/network": "eks"}, "metadata", "labels")
		f.write(c, ns)
		labels := api.Object{"app": "ingress", "gateway.networking.k8s.io/gateway-name": "ingress"}
		front := service("m-ingress", "ingress-istio", "172.20.0.10", "ingress",
			api.Object{"name": "http", "port": int64(80), "protocol": "TCP"}, api.Object{"name": "https", "port": int64(443), "protocol": "TCP"})
		api.Set(front, labels, "metadata", "labels")
		api.Set(front, api.Object{balancer + "ssl-cert": "arn:aws:acm:eu-central-1:" + home + ":certificate/a", balancer + "ssl-ports": "443"}, "metadata", "annotations")
		front["status"] = api.Object{"loadBalancer": api.Object{"ingress": []any{api.Object{"hostname": entry}}}}
		f.write(c, front)
		gateway := object("gateway.networking.k8s.io/v1", "Gateway", "m-ingress", "ingress")
		api.Set(gateway, api.Object{"gateway.istio.io/name-override": "ingress-istio"}, "metadata", "annotations")
		same := api.Object{"namespaces": api.Object{"from": "Same"}}
		gateway["spec"] = api.Object{"gatewayClassName": "istio", "listeners": []any{
			api.Object{"name": "http", "port": int64(80), "protocol": "HTTP", "allowedRoutes": same}, api.Object{"name": "https", "port": int64(443), "protocol": "HTTP", "allowedRoutes": same}}}
		gateway["status"] = api.Object{"addresses": []any{api.Object{"type": "Hostname", "value": entry}}}
		f.write(c, gateway)
		proxy := pod(c, "m-ingress", "ingress", "192.168.1.50", api.Object{})
		api.Set(proxy, "ingress-istio", "spec", "serviceAccountName")
		managed := api.Copy(labels)
		managed["gateway.istio.io/managed"], managed["istio.io/dataplane-mode"] = "istio.io-gateway-controller", "none"
		api.Set(proxy, managed, "metadata", "labels")
		f.write(c, proxy)
		f.write(c, httpRoute("redirect", "http", api.Object{"filters": []any{api.Object{"type": "RequestRedirect", "requestRedirect": api.Object{"scheme": "https", "statusCode": int64(301)}}}}))
		f.write(c, httpRoute("host", "https", api.Object{"backendRefs": []any{
			api.Object{"group": "networking.istio.io", "kind": "Hostname", "name": echo1, "port": int64(8080), "weight": int64(1)}}}))
		put(tx, home, "elb:loadBalancer", "in", props{"name": "in", "clusterName": "mesh", "dnsName": entry, "state": "active", "internal": true,
			"subnets": []any{"private-" + home}, "ports": []any{props{"port": 80.0, "nodePort": 30080.0}, props{"port": 443.0, "nodePort": 30443.0}}})
		ingress(tx, home, nodeGroup, "30080", 30080, office)
		ingress(tx, home, nodeGroup, "30443", 30443, office)
	})
}

const balancer = "service.beta.kubernetes.io/aws-load-balancer-"

func httpRoute(name, listener string, rule api.Object) api.Object {
	o := object("gateway.networking.k8s.io/v1", "HTTPRoute", "m-ingress", name)
	rule["matches"] = []any{api.Object{"path": api.Object{"type": "PathPrefix", "value": "/"}}}
	o["spec"] = api.Object{"hostnames": []any{"shop.example.com"}, "rules": []any{rule},
		"parentRefs": []any{api.Object{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "ingress", "sectionName": listener}}}
	return o
}

// user is a request of somebody outside the mesh.
func user(host string, port int, path string) backend.Request {
	return backend.Request{From: backend.Source{User: true}, Host: host, Port: port, Path: path}
}

func TestUsersComeThroughTheIngress(t *testing.T) {
	f := newFixture(t)
	f.withIngress()
	for name, c := range map[string]struct {
		request backend.Request
		want    backend.Outcome
		status  int
		why     string
	}{
		"a host":         {user("shop.example.com", 443, "/"), backend.Answered, 200, "the route"},
		"plain HTTP":     {user("shop.example.com", 80, "/"), backend.Redirect, 301, "redirects to https"},
		"another host":   {user("other.example.com", 443, "/"), backend.Unrouted, 404, "no route"},
		"no such port":   {user("shop.example.com", 8080, "/"), backend.Network, 0, "no listener on port 8080"},
		"Istio's status": {user("shop.example.com", 15021, "/"), backend.Network, 0, "no listener"},
	} {
		got := f.call(c.request)
		if got.Outcome != c.want || got.Status != c.status || !strings.Contains(got.Why, c.why) {
			t.Errorf("%s: %+v", name, got)
		}
		if c.want == backend.Answered && (got.Client != idIngress || got.Caller != idIngress || got.Server != id1) {
			t.Errorf("%s: it was answered by %s for %s", name, got.Server, got.Client)
		}
	}
}

func TestWhatAnIngressLacksFailsItsUsers(t *testing.T) {
	for name, c := range map[string]struct {
		spoil  func(tx *world.Tx)
		want   backend.Outcome
		status int
		why    string
	}{
		"a rule for the clients": {func(tx *world.Tx) {
			tx.Drop(tx.Get(home, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "in-"+nodeGroup+"-30443-"+office))
		}, backend.Network, 0, "no rule of " + nodeGroup},
		"the load balancer": {func(tx *world.Tx) { tx.Drop(tx.Get(home, "elb:loadBalancer", "in")) }, backend.Network, 0, "no such host"},
		"a load balancer of the declared scheme": {func(tx *world.Tx) { tx.Get(home, "elb:loadBalancer", "in").Props["internal"] = false },
			backend.Network, 0, "public addresses"},
		"its pods": {edit("Pod", "m-ingress", "ingress", func(o api.Object) { api.Unset(o, "status", "conditions") }), backend.Network, 0, "no pod of gateway"},
		"its certificate": {edit("Service", "m-ingress", "ingress-istio", func(o api.Object) { api.Unset(o, "metadata", "annotations", balancer+"ssl-cert") }),
			backend.Undecided, 0, "has no certificate"},
		"the tunnel": {edit("Pod", "istio-system", "istiod", func(o api.Object) {
			for _, v := range api.Maps(api.Maps(o, "spec", "containers")[0], "env") {
				if v["name"] == "PILOT_PREFER_SENDING_HBONE" {
					v["value"] = "false"
				}
			}
		}), backend.Undecided, 503, "not by the tunnel"},
	} {
		f := newFixture(t)
		f.withIngress()
		f.do(c.spoil)
		if got := f.call(user("shop.example.com", 443, "/")); got.Outcome != c.want || got.Status != c.status || !strings.Contains(got.Why, c.why) {
			t.Errorf("without %s: %+v", name, got)
		}
	}
}

// A waypoint's deny holds for users too. Without the label the ingress goes past the waypoint, and the tasks refuse it.
func TestTheIngressDoesNotGetAroundAWaypoint(t *testing.T) {
	f := newFixture(t)
	f.withIngress()
	f.do(f.withWaypoint)
	admin := policyOf("mesh-1", "no-admin", "DENY", backend.Object{"to": []any{backend.Object{"operation": backend.Object{"paths": []any{"/admin*"}}}}})
	admin["spec"].(map[string]any)["targetRefs"] = []any{backend.Object{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "waypoint"}}
	guard := policyOf("mesh-1", "guard", "ALLOW", backend.Object{"from": []any{backend.Object{"source": backend.Object{"principals": []any{"cluster.local/ns/mesh-1/sa/waypoint"}}}}})
	guard["spec"].(map[string]any)["selector"] = backend.Object{"matchLabels": backend.Object{"ecs.solo.io/hostname": "echo"}}
	delete(guard["spec"].(map[string]any), "selector")
	if err := f.backend.Apply(context.Background(), []backend.Object{admin, guard}); err != nil {
		t.Fatal(err)
	}
	if got := f.call(user("shop.example.com", 443, "/")); got.Status != 503 || !strings.Contains(got.Why, "mesh-1/guard does not allow it") {
		t.Errorf("without the label: %+v", got)
	}
	f.do(edit("Namespace", "", "mesh-1", func(o api.Object) { api.Set(o, "true", "metadata", "labels", useIt) }))
	if got := f.call(user("shop.example.com", 443, "/")); got.Outcome != backend.Answered || got.Client != idWaypoint || got.Caller != idIngress {
		t.Errorf("with the label: %+v", got)
	}
	if got := f.call(user("shop.example.com", 443, "/admin/users")); got.Outcome != backend.L7 || got.Status != 403 {
		t.Errorf("what the waypoint denies: %+v", got)
	}
}

func TestTheIngressIsOpenToItsSourcesAlone(t *testing.T) {
	f := newFixture(t)
	f.withIngress()
	look := func() (bool, string) {
		ok, seen, err := f.backend.Inspect(context.Background(), f.stack.Entrance(), 443)
		if err != nil {
			t.Fatal(err)
		}
		return ok, seen
	}
	if ok, seen := look(); !ok || !strings.Contains(seen, office) {
		t.Errorf("it is %v: %s", ok, seen)
	}
	f.do(func(tx *world.Tx) { ingress(tx, home, nodeGroup, "30443", 30443, "0.0.0.0/0") })
	if ok, seen := look(); ok || !strings.Contains(seen, "0.0.0.0/0 is outside") {
		t.Errorf("open to everybody it is %v: %s", ok, seen)
	}
}
