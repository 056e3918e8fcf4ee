package sandboxed_test

import (
	"context"
	"strings"
	"testing"

	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/world"
	"ambient-ecs/verify/backend"
)

const idWaypoint = "spiffe://cluster.local/ns/mesh-1/sa/waypoint"

// withWaypoint gives the namespace of the first cluster a waypoint.
func (f *fixture) withWaypoint(tx *world.Tx) {
	c := api.At(tx, eks)
	gateway := object("gateway.networking.k8s.io/v1", "Gateway", "mesh-1", "waypoint")
	gateway["spec"] = api.Object{"gatewayClassName": "istio-waypoint", "listeners": []any{api.Object{"name": "mesh", "port": int64(15008), "protocol": "HBONE"}}}
	gateway["status"] = api.Object{"addresses": []any{api.Object{"type": "Hostname", "value": "waypoint.mesh-1.svc.cluster.local"}}}
	api.SetCondition(gateway, "Programmed", "True", "", "", 0, tx.Now)
	f.write(c, gateway)

	labels := api.Object{"app": "waypoint", "gateway.networking.k8s.io/gateway-name": "waypoint"}
	front := service("mesh-1", "waypoint", "172.20.0.9", "waypoint", api.Object{"name": "mesh", "port": int64(15008), "protocol": "TCP"})
	api.Set(front, labels, "metadata", "labels")
	f.write(c, front)
	proxy := pod(c, "mesh-1", "waypoint", "192.168.1.40", api.Object{})
	api.Set(proxy, "waypoint", "spec", "serviceAccountName")
	managed := api.Copy(labels)
	managed["gateway.istio.io/managed"], managed["istio.io/dataplane-mode"] = "istio.io-mesh-controller", "none"
	api.Set(proxy, managed, "metadata", "labels")
	f.write(c, proxy)

	ns := api.Copy(c.Get(api.NamespaceKind, "", "mesh-1"))
	api.Set(ns, "waypoint", "metadata", "labels", "istio.io/use-waypoint")
	f.write(c, ns)
}

func TestWaypointStandsBetween(t *testing.T) {
	f := newFixture(t)
	f.do(f.withWaypoint)
	ctx := context.Background()
	check := func(r backend.Request, want backend.Outcome, status int, client, words string) {
		t.Helper()
		if got := f.call(r); got.Outcome != want || got.Status != status || got.Client != client || !strings.Contains(got.Why, words) {
			t.Errorf("%s %s to %s: %+v", r.Method, r.From, r.Host, got)
		}
	}
	post := to(shellEKS, echo1)
	post.Method = "POST"
	check(post, backend.Answered, 200, idWaypoint, "no policy of the waypoint")
	check(to(shell2, echo1), backend.Answered, 200, idWaypoint, "unknown: waypoints")
	check(to(shellEKS, echo2), backend.Answered, 200, idEKS, "")

	posts := policyOf("mesh-1", "posts", "ALLOW", backend.Object{"to": []any{backend.Object{"operation": backend.Object{"methods": []any{"POST"}}}}})
	posts["spec"].(map[string]any)["targetRefs"] = []any{backend.Object{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "waypoint"}}
	if err := f.backend.Apply(ctx, []backend.Object{posts}); err != nil {
		t.Fatal(err)
	}
	check(post, backend.Answered, 200, idWaypoint, "mesh-1/posts")
	check(to(shellEKS, echo1), backend.L7, 403, "", "no policy allows it")

	// The task's own ztunnel sees the waypoint, not the client.
	if err := f.backend.Apply(ctx, []backend.Object{policyOf("mesh-1", "clients", "ALLOW", from("default"))}); err != nil {
		t.Fatal(err)
	}
	check(post, backend.Undecided, 503, "", "mesh-1/clients does not allow it")

	f.do(edit("Pod", "mesh-1", "waypoint", func(o api.Object) { api.Unset(o, "status", "conditions") }))
	check(post, backend.Policy, 0, "", "no pod of the waypoint")
}

func TestWaypointDecidesByThePathThatItForwards(t *testing.T) {
	f := newFixture(t)
	f.do(f.withWaypoint)
	admin := policyOf("mesh-1", "no-admin", "DENY", backend.Object{"to": []any{backend.Object{"operation": backend.Object{"paths": []any{"/admin*"}}}}})
	admin["spec"].(map[string]any)["targetRefs"] = []any{backend.Object{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "waypoint"}}
	if err := f.backend.Apply(context.Background(), []backend.Object{admin}); err != nil {
		t.Fatal(err)
	}
	f.shaped(route(api.Object{"uri": api.Object{"prefix": "/old/"}}, echo2, 1), route(nil, echo1, 1))
	for normalization, refused := range map[string]string{
		"NONE":                     "/admin",
		"BASE":                     "/admin /x/../admin /%61dmin",
		"MERGE_SLASHES":            "/admin /x/../admin /%61dmin //admin",
		"DECODE_AND_MERGE_SLASHES": "/admin /x/../admin /%61dmin //admin /%2Fadmin /x%5C..%2fadmin",
	} {
		settings := object("v1", "ConfigMap", "istio-system", "istio")
		settings["data"] = api.Object{"mesh": "pathNormalization: {normalization: " + normalization + "}"}
		f.do(func(tx *world.Tx) { f.write(api.At(tx, eks), settings) })
		for _, path := range strings.Fields("/admin /x/../admin /%61dmin //admin /%2Fadmin /x%5C..%2fadmin /other //other/admin") {
			request := to(shellEKS, echo1)
			request.Path = path
			want := backend.Answered
			if strings.Contains(" "+refused+" ", " "+path+" ") {
				want = backend.L7
			}
			if got := f.call(request); got.Outcome != want {
				t.Errorf("%s: %s is %s: %s", normalization, path, got.Outcome, got.Why)
			}
		}
		if normalization == "DECODE_AND_MERGE_SLASHES" {
			request := to(shellEKS, echo1)
			request.Path = "/%2Fold//x/../y?q=//"
			if got := f.call(request); got.Server != id2 || !strings.Contains(got.Body, `"path":"/old/y?q=//"`) {
				t.Errorf("the route and the application see another path: %+v", got)
			}
			request.Path = "/x%00"
			if got := f.call(request); got.Status != 400 || got.Outcome != backend.Undecided {
				t.Errorf("a path with NUL: %+v", got)
			}
		}
	}
}
