package policy_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/policy"
)

const (
	shop   = "shop.apps.example"
	client = "spiffe://cluster.local/ns/clients/sa/curl"
	other  = "spiffe://cluster.local/ns/others/sa/curl"
)

// base is a mesh with one service that has one workload outside the cluster.
const base = `
apiVersion: v1
kind: Namespace
metadata: {name: istio-system, labels: {topology.istio.io/network: eks}}
---
apiVersion: v1
kind: Namespace
metadata: {name: apps}
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: shop, namespace: apps}
spec:
  hosts: [shop.apps.example]
  resolution: STATIC
  ports: [{name: http, number: 80, targetPort: 8080, protocol: HTTP}]
  workloadSelector: {labels: {app: shop}}
---
apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: {name: shop-1, namespace: apps, labels: {app: shop}, annotations: {ambient.istio.io/redirection: enabled}}
spec: {address: 10.1.0.1, network: eks, serviceAccount: shop, labels: {app: shop}}
---
apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: {name: plain, namespace: apps}
spec: {address: 10.1.0.2, network: eks}
`

func objects(t *testing.T, texts ...string) []backend.Object {
	t.Helper()
	var all []backend.Object
	for _, document := range strings.Split(strings.Join(texts, "\n---\n"), "\n---\n") {
		var o backend.Object
		if err := yaml.Unmarshal([]byte(document), &o); err != nil {
			t.Fatalf("%v: %s", err, document)
		}
		if o != nil {
			all = append(all, o)
		}
	}
	return all
}

func run(t *testing.T, texts ...string) *policy.Istiod {
	t.Helper()
	i, err := policy.New(objects(t, texts...))
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func TestAddressesAreThoseThatZtunnelGets(t *testing.T) {
	i := run(t, base)
	s := i.Lookup(shop, "clients")
	if s == nil {
		t.Fatal("the service is not known")
	}
	if !policy.Resolves(s, "eks") || policy.Resolves(s, "elsewhere") {
		t.Errorf("addresses are %v", s.Addresses)
	}
	if vips := policy.VIPs(s); len(vips) != 2 || !strings.HasPrefix(vips[0], "240.240.") {
		t.Errorf("virtual addresses are %v", vips)
	}
	endpoints := i.Endpoints(s, 80)
	if len(endpoints) != 1 || endpoints[0].Port != 8080 || policy.Identity(endpoints[0].Workload) != "spiffe://cluster.local/ns/apps/sa/shop" {
		t.Errorf("endpoints are %v", endpoints)
	}
	if len(i.Endpoints(s, 81)) != 0 {
		t.Error("a port that is not served has endpoints")
	}
	in, out := i.At("eks", netip.MustParseAddr("10.1.0.1")), i.At("eks", netip.MustParseAddr("10.1.0.2"))
	if in == nil || in.TunnelProtocol.String() != "HBONE" || out == nil || out.TunnelProtocol.String() != "NONE" {
		t.Errorf("workloads are %v and %v", in, out)
	}
}

func TestSettingsAreTheClustersOwn(t *testing.T) {
	const mesh = `
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data: {mesh: "trustDomain: mesh.example"}
`
	const pod = `
apiVersion: v1
kind: Pod
metadata: {name: istiod, namespace: istio-system, labels: {app: istiod}}
spec: {containers: [{name: discovery, env: [{name: PILOT_ENABLE_AMBIENT, value: "%s"}, {name: PILOT_ENABLE_IP_AUTOALLOCATE, value: "%s"}]}]}
`
	if id := policy.Identity(run(t, base, mesh).Workloads()[0]); !strings.HasPrefix(id, "spiffe://mesh.example/") {
		t.Errorf("identity is %s", id)
	}
	if s := run(t, base, fmt.Sprintf(pod, "true", "false")).Lookup(shop, ""); s == nil || policy.Resolves(s, "eks") {
		t.Errorf("without allocation the service is %v", s)
	}
	if n := len(run(t, base, fmt.Sprintf(pod, "false", "true")).Workloads()); n != 0 {
		t.Errorf("without ambient mode there are %d workloads", n)
	}
}

func authorization(namespace, name, spec string) string {
	return fmt.Sprintf("apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: %s, namespace: %s}\nspec: %s", name, namespace, spec)
}

func TestZtunnelDecides(t *testing.T) {
	const (
		none        = `{}`
		fromClients = `{rules: [{from: [{source: {namespaces: [clients]}}]}]}`
		denyClients = `{action: DENY, rules: [{from: [{source: {namespaces: [clients]}}]}]}`
	)
	for name, c := range map[string]struct {
		policies []string
		identity string
		port     uint32
		allowed  bool
		by       string
	}{
		"nothing applies":           {nil, client, 8080, true, "no policy applies"},
		"empty policy":              {[]string{authorization("apps", "p", none)}, client, 8080, false, "apps/p does not allow it"},
		"namespace allowed":         {[]string{authorization("apps", "p", fromClients)}, client, 8080, true, "apps/p allows it"},
		"another namespace":         {[]string{authorization("apps", "p", fromClients)}, other, 8080, false, "apps/p"},
		"nobody":                    {[]string{authorization("apps", "p", fromClients)}, "", 8080, false, "apps/p"},
		"allow beside empty":        {[]string{authorization("apps", "a", none), authorization("apps", "b", fromClients)}, client, 8080, true, "apps/b"},
		"deny wins":                 {[]string{authorization("apps", "a", fromClients), authorization("apps", "b", denyClients)}, client, 8080, false, "apps/b denies it"},
		"deny of others":            {[]string{authorization("apps", "b", denyClients)}, other, 8080, true, "no policy applies"},
		"policy elsewhere":          {[]string{authorization("others", "p", none)}, client, 8080, true, "no policy applies"},
		"policy of the whole mesh":  {[]string{authorization("istio-system", "p", none)}, client, 8080, false, "istio-system/p"},
		"policy of this workload":   {[]string{authorization("apps", "p", `{selector: {matchLabels: {app: shop}}}`)}, client, 8080, false, "apps/p"},
		"policy of another one":     {[]string{authorization("apps", "p", `{selector: {matchLabels: {app: other}}}`)}, client, 8080, true, "no policy applies"},
		"port allowed":              {[]string{authorization("apps", "p", `{rules: [{to: [{operation: {ports: ["8080"]}}]}]}`)}, client, 8080, true, "apps/p"},
		"another port":              {[]string{authorization("apps", "p", `{rules: [{to: [{operation: {ports: ["9090"]}}]}]}`)}, client, 8080, false, "apps/p"},
		"service account":           {[]string{authorization("apps", "p", `{rules: [{from: [{source: {serviceAccounts: [clients/curl]}}]}]}`)}, client, 8080, true, "apps/p"},
		"principal":                 {[]string{authorization("apps", "p", `{rules: [{from: [{source: {principals: [cluster.local/ns/clients/sa/*]}}]}]}`)}, client, 8080, true, "apps/p"},
		"not this principal":        {[]string{authorization("apps", "p", `{rules: [{from: [{source: {notPrincipals: [cluster.local/ns/clients/sa/curl]}}]}]}`)}, client, 8080, false, "apps/p"},
		"address allowed":           {[]string{authorization("apps", "p", `{rules: [{from: [{source: {ipBlocks: [192.168.0.0/16]}}]}]}`)}, client, 8080, true, "apps/p"},
		"another address":           {[]string{authorization("apps", "p", `{rules: [{from: [{source: {ipBlocks: [172.16.0.0/12]}}]}]}`)}, client, 8080, false, "apps/p"},
		"HTTP is not for ztunnel":   {[]string{authorization("apps", "p", `{rules: [{to: [{operation: {methods: [GET]}}]}]}`)}, client, 8080, false, "apps/p"},
		"nobody under strict mTLS":  {[]string{"apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: strict, namespace: apps}\nspec: {mtls: {mode: STRICT}}"}, "", 8080, false, "denies it"},
		"somebody, strict mTLS too": {[]string{"apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: strict, namespace: apps}\nspec: {mtls: {mode: STRICT}}"}, client, 8080, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			i := run(t, append([]string{base}, c.policies...)...)
			allowed, by := i.Decide(policy.Connection{
				Identity: c.identity, Source: netip.MustParseAddr("192.168.0.1"), Port: c.port, Destination: i.At("eks", netip.MustParseAddr("10.1.0.1")),
			})
			if allowed != c.allowed || !strings.Contains(by, c.by) {
				t.Errorf("allowed is %v: %s", allowed, by)
			}
		})
	}
}

// waypoint is a waypoint that the namespace uses.
const waypoint = `
apiVersion: v1
kind: Namespace
metadata: {name: apps, labels: {istio.io/use-waypoint: waypoint}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: waypoint, namespace: apps, labels: {istio.io/waypoint-for: service}}
spec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE}]}
status: {addresses: [{type: Hostname, value: waypoint.apps.svc.cluster.local}], conditions: [{type: Programmed, status: "True"}]}
---
apiVersion: v1
kind: Service
metadata: {name: waypoint, namespace: apps, labels: {gateway.networking.k8s.io/gateway-name: waypoint}}
spec: {clusterIP: 172.20.0.9, clusterIPs: [172.20.0.9], ports: [{name: mesh, port: 15008}], selector: {gateway.networking.k8s.io/gateway-name: waypoint}}
`

func TestWaypointDecides(t *testing.T) {
	posts := authorization("apps", "posts", `{targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: waypoint}],
  rules: [{from: [{source: {namespaces: [clients]}}], to: [{operation: {methods: [POST], paths: ["/orders*"]}}]}]}`)
	noAdmin := authorization("apps", "no-admin", `{action: DENY, targetRefs: [{group: networking.istio.io, kind: ServiceEntry, name: shop}],
  rules: [{when: [{key: "request.headers[x-admin]", values: ["yes"]}]}]}`)
	mesh := strings.Replace(base, "apiVersion: v1\nkind: Namespace\nmetadata: {name: apps}\n---\n", "", 1)
	i := run(t, mesh, waypoint, posts, noAdmin)
	s := i.Lookup(shop, "")
	if s == nil || policy.WaypointOf(s) != "apps/waypoint" {
		t.Fatalf("service is %v", s)
	}
	for name, c := range map[string]struct {
		identity, method, path string
		headers                map[string]string
		allowed                bool
		by                     string
	}{
		"as allowed":     {client, "POST", "/orders/1", nil, true, "apps/posts"},
		"another method": {client, "GET", "/orders/1", nil, false, "no policy allows it"},
		"another path":   {client, "POST", "/", nil, false, "no policy allows it"},
		"somebody else":  {other, "POST", "/orders/1", nil, false, "no policy allows it"},
		"nobody":         {"", "POST", "/orders/1", nil, false, "no policy allows it"},
		"denied header":  {client, "POST", "/orders/1", map[string]string{"x-admin": "yes"}, false, "apps/no-admin denies it"},
		"other header":   {client, "POST", "/orders/1", map[string]string{"x-admin": "no"}, true, "apps/posts"},
	} {
		t.Run(name, func(t *testing.T) {
			allowed, by := i.DecideL7(policy.Request{Identity: c.identity, Service: s, Port: 80, Method: c.method, Path: c.path, Headers: c.headers})
			if allowed != c.allowed || !strings.Contains(by, c.by) {
				t.Errorf("allowed is %v: %s", allowed, by)
			}
		})
	}
	if allowed, by := i.DecideL7(policy.Request{Identity: client, Service: s, Port: 81}); allowed || !strings.Contains(by, "does not serve") {
		t.Errorf("a port that is not served: %v, %s", allowed, by)
	}
	open := run(t, mesh, waypoint)
	if allowed, by := open.DecideL7(policy.Request{Service: open.Lookup(shop, ""), Port: 80, Method: "GET", Path: "/"}); !allowed {
		t.Errorf("without policies: %s", by)
	}
}

func TestCacheRunsIstiodOnceForTheSameObjects(t *testing.T) {
	var cache policy.Cache
	get := func(texts ...string) *policy.Istiod {
		t.Helper()
		i, err := cache.Get(objects(t, texts...))
		if err != nil {
			t.Fatal(err)
		}
		return i
	}
	first := get(base)
	if get(base, "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: apps}") != first {
		t.Error("a Secret made istiod run again")
	}
	second := get(base, authorization("apps", "p", "{}"))
	if second == first || get(base) != first {
		t.Error("a policy did not make a difference of its own")
	}
}

func TestBrokenObjectsAreAnError(t *testing.T) {
	_, err := policy.New([]backend.Object{{"apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy", "metadata": map[string]any{"name": "p"}, "spec": "text"}})
	if err == nil || !strings.Contains(err.Error(), "run istiod") {
		t.Errorf("error is %v", err)
	}
}
