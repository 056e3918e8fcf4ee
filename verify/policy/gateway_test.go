package policy_test

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/policy"
)

// entrance is the ingress gateway of the program, from a golden file, with what istiod makes for it.
func entrance(t *testing.T, file string) []backend.Object {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../../mesh/ingress/testdata", file+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var golden struct {
		Spec   map[string]any
		Routes []struct {
			APIVersion, Kind, Namespace, Name string
			Spec                              map[string]any
		}
	}
	if err := json.Unmarshal(data, &golden); err != nil {
		t.Fatal(err)
	}
	all := objects(t, "apiVersion: v1\nkind: Namespace\nmetadata: {name: demo-ingress, labels: {topology.istio.io/network: eks}}",
		"apiVersion: gateway.networking.k8s.io/v1\nkind: GatewayClass\nmetadata: {name: istio}\nspec: {controllerName: istio.io/gateway-controller}", `
apiVersion: v1
kind: Service
metadata: {name: ingress-istio, namespace: demo-ingress, labels: {gateway.networking.k8s.io/gateway-name: ingress}}
spec:
  clusterIP: 172.20.0.20
  ports: [{name: http, port: 80, targetPort: 80, appProtocol: http}, {name: https, port: 443, targetPort: 443, appProtocol: http}]
  selector: {gateway.networking.k8s.io/gateway-name: ingress}
---
apiVersion: v1
kind: Pod
metadata: {name: ingress-1, namespace: demo-ingress, labels: {gateway.networking.k8s.io/gateway-name: ingress}}
spec: {serviceAccountName: ingress-istio, nodeName: node-1}
status: {phase: Running, podIP: 10.0.0.20, podIPs: [{ip: 10.0.0.20}], conditions: [{type: Ready, status: "True"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: waypoint-1, namespace: demo-2, labels: {gateway.networking.k8s.io/gateway-name: waypoint}}
spec: {serviceAccountName: waypoint, nodeName: node-1}
status: {phase: Running, podIP: `+waypointPod+`, podIPs: [{ip: `+waypointPod+`}], conditions: [{type: Ready, status: "True"}]}
`)
	all = append(all, backend.Object{"apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway", "spec": golden.Spec,
		"metadata": map[string]any{"name": "ingress", "namespace": "demo-ingress", "annotations": map[string]any{"gateway.istio.io/name-override": "ingress-istio"}}})
	for _, route := range golden.Routes {
		all = append(all, backend.Object{"apiVersion": route.APIVersion, "kind": route.Kind, "spec": route.Spec,
			"metadata": map[string]any{"name": route.Name, "namespace": route.Namespace}})
	}
	return all
}

// entered is the fleet with the ingress. Labels of services are by server.
func entered(t *testing.T, file, prefer string, labels map[string]string, more ...backend.Object) *policy.Istiod {
	t.Helper()
	all := append(fleet(t), entrance(t, file)...)
	all = append(all, objects(t, `
apiVersion: v1
kind: Pod
metadata: {name: istiod-1, namespace: istio-system, labels: {app: istiod}}
spec: {containers: [{name: discovery, env: [{name: PILOT_ENABLE_AMBIENT, value: "true"}, {name: PILOT_PREFER_SENDING_HBONE, value: "`+prefer+`"}]}]}
`)...)
	for _, o := range all {
		for name, value := range labels {
			if backend.NameOf(o) == servers[name].entry {
				of := o["metadata"].(map[string]any)
				if of["labels"] == nil {
					of["labels"] = map[string]any{}
				}
				of["labels"].(map[string]any)["istio.io/ingress-use-waypoint"] = value
			}
		}
	}
	i, err := policy.New(append(all, more...))
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// waypointPod is the address of the waypoint of demo-2.
const waypointPod = "10.0.0.30"

const door = "demo-ingress/ingress"

func TestTheIngressRedirectsOnOnePortAndRoutesOnTheOther(t *testing.T) {
	for _, tls := range []string{"acm", "secret"} {
		t.Run(tls, func(t *testing.T) { redirectsAndRoutes(t, entered(t, tls, "true", nil)) })
	}
}

func redirectsAndRoutes(t *testing.T, i *policy.Istiod) {
	t.Helper()
	for _, c := range []struct {
		port       uint32
		host, path string
		status     uint32
		backends   string
	}{
		{80, "shop.example.com", "/", 301, ""},
		{80, "other.example.org", "/", 404, ""},
		{443, "shop.example.com", "/", 0, "echo.demo-2.ecs.local:1"},
		{443, "shop.example.com", "/payments", 0, "echo.demo-2.ecs.local:1"},
		{443, "shop.example.com", "/pay/1", 0, "pay.demo.ecs.local:3 echo.demo-1.ecs.local:1"},
		{443, "www.example.com", "/", 0, "echo.demo-1.ecs.local:1"},
		{443, "example.com", "/", 404, ""},
		{443, "10.0.0.20", "/", 404, ""},
		{15021, "shop.example.com", "/", 404, ""},
	} {
		got := i.Enter(policy.Entry{Gateway: door, Port: c.port, Host: c.host, Path: c.path})
		var backends []string
		for _, b := range got.Backends {
			backends = append(backends, fmt.Sprintf("%s:%d", b.Hostname, b.Weight))
		}
		if got.Status != c.status || strings.Join(backends, " ") != c.backends {
			t.Errorf("port %d of %s%s: %d to %v (%s), want %d to %s", c.port, c.host, c.path, got.Status, backends, got.Why, c.status, c.backends)
		}
	}
	if i.TrustsForwarded(door) {
		t.Error("the gateway trusts what a client says in X-Forwarded-For")
	}
}

// Istio's gateways prefer the mTLS of sidecars for endpoints with a service account. A task has no sidecar, and its
// application's port is closed.
func TestTheIngressReachesTasksByTheTunnelOnlyIfIstiodPrefersIt(t *testing.T) {
	to := policy.Backend{Hostname: servers["demo-1"].host, Port: 8080}
	for prefer, want := range map[string]policy.Hop{"true": {servers["demo-1"].address, true}, "": {servers["demo-1"].address, false}} {
		if got := entered(t, "acm", prefer, nil).Hops(door, to); len(got) != 1 || got[0] != want {
			t.Errorf("PILOT_PREFER_SENDING_HBONE=%q: %+v, want %+v", prefer, got, want)
		}
	}
}

// The last link of the chain: the gateway goes to the waypoint by the label, the waypoint decides about the request,
// and the task refuses the gateway that comes without the waypoint.
func TestNoCallFromOutsideGetsAroundAWaypoint(t *testing.T) {
	to, task := policy.Backend{Hostname: servers["demo-2"].host, Port: 8080}, servers["demo-2"].address
	with := entered(t, "acm", "true", map[string]string{"demo-2": "true"}, policies(t, "l7")...)
	without := entered(t, "acm", "true", nil, policies(t, "l7")...)
	if got, want := with.Hops(door, to), (policy.Hop{Address: waypointPod, Tunnel: true}); len(got) != 1 || got[0] != want {
		t.Errorf("with the label the gateway goes to %+v, want the waypoint alone, %+v", got, want)
	}
	if got, want := without.Hops(door, to), (policy.Hop{Address: task, Tunnel: true}); len(got) != 1 || got[0] != want {
		t.Errorf("without the label the gateway goes to %+v, want the task: the label would not be needed", got)
	}
	user := id("demo-ingress", "ingress-istio")
	request := policy.Request{Identity: user, Service: with.Lookup(servers["demo-2"].host, "default"), Port: 8080, Method: "GET", Path: "/"}
	if allowed, by := with.DecideL7(request); !allowed {
		t.Errorf("the waypoint refuses what is admitted: %s", by)
	}
	for _, path := range []string{"/admin", "/admin/users", "/x/../admin"} {
		request.Path = path
		if allowed, by := with.DecideL7(request); allowed {
			t.Errorf("the waypoint admits %s from outside: %s", path, by)
		}
	}
	for _, i := range []*policy.Istiod{with, without} {
		workload := i.At("eks", netip.MustParseAddr(task))
		if allowed, by := i.Decide(policy.Connection{Identity: user, Destination: workload, Port: 8080}); allowed {
			t.Errorf("the task behind the waypoint admits the ingress itself: %s", by)
		}
	}
	open := with.At("eks", netip.MustParseAddr(servers["demo-1"].address))
	if allowed, by := with.Decide(policy.Connection{Identity: user, Destination: open, Port: 8080}); !allowed {
		t.Errorf("a task without a waypoint refuses the ingress that its rule admits: %s", by)
	}
}
