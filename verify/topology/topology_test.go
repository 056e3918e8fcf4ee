package topology

import (
	"context"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/stack"
)

var update = flag.Bool("update", false, "write the golden files")

// written is a back end with fixed answers. It has only the methods that the tests need.
type written struct {
	backend.Backend
	services     []backend.Service
	workloads    []backend.Workload
	objects      map[string][]backend.Object
	certificates func() ([]backend.Certificate, error)
}

func (w *written) Name() string                                          { return "sandbox" }
func (w *written) Services(context.Context) ([]backend.Service, error)   { return w.services, nil }
func (w *written) Workloads(context.Context) ([]backend.Workload, error) { return w.workloads, nil }
func (w *written) List(_ context.Context, _, kind string) ([]backend.Object, error) {
	return w.objects[kind], nil
}
func (w *written) Certificates(context.Context) ([]backend.Certificate, error) {
	return w.certificates()
}

type object = map[string]any

// sample is a mesh of two accounts: ecs-1 refuses ecs-2 and hides one of its services from istiod, and ecs-2 has a
// service in plain text.
func sample() (*written, *stack.Stack) {
	cluster := func(account, name, domain string) stack.Cluster {
		c := stack.Cluster{Account: account, Namespace: "m-" + name, Services: map[string]stack.Service{}}
		for _, service := range []string{"echo", "shell"} {
			one := stack.Service{Hostname: service + ".m-" + name + "." + domain, Port: 8080, ClientOnly: service == "shell", DesiredCount: 1}
			c.Services[service] = one
		}
		return c
	}
	s := &stack.Stack{
		InstallName: "m", HomeAccount: "local", TrustDomain: "cluster.local", MeshNetwork: "eks", PolicyStage: "permissive",
		Accounts: map[string]stack.Account{
			"external": {ID: "444455556666", VPCCIDR: "10.1.0.0/16", Reach: "direct"}, "local": {ID: "111122223333", VPCCIDR: "10.0.0.0/16", Reach: "gateway"},
		},
		Clusters: map[string]stack.Cluster{"ecs-1": cluster("local", "ecs-1", "ecs.local"), "ecs-2": cluster("external", "ecs-2", "ecs.external")},
	}
	service := func(namespace, name, host, address string, healthy int) backend.Service {
		return backend.Service{Namespace: namespace, Name: name, Host: host, Addresses: []string{address}, Ports: []int{8080}, Endpoints: 1, Healthy: healthy}
	}
	workload := func(namespace, name, address, protocol, account, serves string) backend.Workload {
		return backend.Workload{
			Namespace: namespace, Name: name, Address: address, Protocol: protocol, Network: "eks", Service: serves,
			Identity: "spiffe://cluster.local/ns/" + namespace + "/sa/" + account, ECS: strings.HasPrefix(namespace, "m-"),
		}
	}
	policy := func(name, action, namespace string) object {
		return object{"metadata": object{"namespace": "m-ecs-1", "name": name}, "spec": object{
			"action": action, "selector": object{"matchLabels": object{"app": "echo"}},
			"rules": []any{object{"from": []any{object{"source": object{"namespaces": []any{namespace}}}}}},
		}}
	}
	return &written{
		services: []backend.Service{
			service("m-ecs-1", "s1", "echo.m-ecs-1.ecs.local", "240.240.0.1", 1),
			service("m-ecs-2", "s2", "echo.m-ecs-2.ecs.external", "240.240.0.2", 0),
			service("m-ecs-2", "s3", "shell.m-ecs-2.ecs.external", "240.240.0.3", 1),
			service("default", "eks-echo", "eks-echo.default.svc.cluster.local", "172.20.0.9", 1),
			service(system, "istiod", "istiod.istio-system.svc.cluster.local", "172.20.0.10", 1),
		},
		workloads: []backend.Workload{
			workload("m-ecs-1", "t1", "10.0.0.1", "HBONE", "ecs", "echo.m-ecs-1.ecs.local"),
			workload("m-ecs-2", "t2", "10.1.0.1", "TCP", "ecs", "echo.m-ecs-2.ecs.external"),
			workload("m-ecs-2", "t3", "10.1.0.2", "HBONE", "ecs", "shell.m-ecs-2.ecs.external"),
			workload("default", "eks-echo-79b786922d-mzj5t", "10.0.9.1", "HBONE", "default", "eks-echo.default.svc.cluster.local"),
			workload("default", "eks-shell-9b504d9f96-rxln7", "10.0.9.2", "HBONE", "default", ""),
			workload(system, "ztunnel-x", "10.0.9.3", "TCP", "ztunnel", ""),
		},
		objects: map[string][]backend.Object{
			"Gateway": {{
				"metadata": object{"namespace": system, "name": "eastwest"},
				"spec": object{"gatewayClassName": "istio-eastwest", "listeners": []any{
					object{"name": "cross-network", "port": int64(15008)}, object{"name": "xds-tls", "port": float64(15012)},
				}},
				"status": object{"addresses": []any{object{"value": "gw.example"}}, "conditions": []any{object{"type": "Programmed", "status": "True"}}},
			}},
			"AuthorizationPolicy": {policy("no-strangers", "DENY", "m-ecs-2")},
			"WorkloadEntry":       {{"metadata": object{"labels": object{"app": "echo"}}, "spec": object{"address": "10.0.0.1"}}},
		},
		certificates: func() ([]backend.Certificate, error) {
			return []backend.Certificate{
				{Identity: "root", Issuer: "O=cluster.local", NotAfter: time.Date(2036, 1, 2, 3, 4, 5, 0, time.UTC)},
				{Identity: "spiffe://cluster.local/ns/m-ecs-1/sa/ecs", Issuer: "O=cluster.local"},
			}, nil
		},
	}, s
}

func read(t *testing.T, certificates bool) *Mesh {
	t.Helper()
	b, s := sample()
	m, err := Read(context.Background(), b, s, certificates)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestViewsAreAsTheyWere(t *testing.T) {
	m := read(t, true)
	var table strings.Builder
	if err := m.Table(&table); err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string]string{"mesh.txt": table.String(), "mesh.mmd": m.Mermaid(), "mesh.svg": m.SVG()} {
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s has changed: look at the difference, and write it with -update\n%s", path, got)
		}
	}
}

func TestDrawingIsXML(t *testing.T) {
	decoder := xml.NewDecoder(strings.NewReader(read(t, false).SVG()))
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func TestFlowsFollowThePolicies(t *testing.T) {
	m := read(t, false)
	got := map[string]Flow{}
	for _, f := range m.Flows {
		got[f.From.Key+" → "+f.To.String()] = f
	}
	for name, open := range map[string]bool{"eks default → ecs-1/echo": true, "ecs-2 → ecs-1/echo": false, "ecs-2 → eks default/eks-echo": true} {
		if f, ok := got[name]; !ok || f.Open() != open {
			t.Errorf("%s: %+v, known %v", name, f, ok)
		}
	}
	if by := got["ecs-2 → ecs-1/echo"].By; by != "m-ecs-1/no-strangers" {
		t.Errorf("refused by %q", by)
	}
	// The only caller in ecs-1 that istiod knows is the echo itself.
	if f, ok := got["ecs-1 → ecs-1/echo"]; ok {
		t.Errorf("a service calls itself: %+v", f)
	}
}

func TestAFlowNamesEveryPolicyThatRefusesIt(t *testing.T) {
	b, s := sample()
	for name, address := range map[string]string{"no-echo": "10.0.9.1", "no-shell": "10.0.9.2"} {
		b.objects["AuthorizationPolicy"] = append(b.objects["AuthorizationPolicy"], object{"metadata": object{"namespace": "m-ecs-1", "name": name}, "spec": object{
			"action": "DENY", "rules": []any{object{"from": []any{object{"source": object{"ipBlocks": []any{address}}}}}},
		}})
	}
	m, err := Read(context.Background(), b, s, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range m.Flows {
		if f.From.Key == "eks default" && f.To.String() == "ecs-1/echo" && (!f.Closed() || f.By != "m-ecs-1/no-echo, m-ecs-1/no-shell") {
			t.Errorf("refused by %q, allowed %d of %d", f.By, f.Allowed, f.Callers)
		}
	}
	if got := open(t, m).rows(t, "matrix")[2][1]; got != "no P1 P2" {
		t.Errorf("the page says %q", got)
	}
}

func TestBehindAWaypointTheWaypointCalls(t *testing.T) {
	b, s := sample()
	b.services[0].Waypoint = "m-ecs-1/waypoint"
	m, err := Read(context.Background(), b, s, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range m.Flows {
		if f.From.Key == "ecs-2" && f.To.String() == "ecs-1/echo" && !f.Open() {
			t.Errorf("the policy against ecs-2 is applied to the waypoint: %+v", f)
		}
	}
}

func TestCertificatesAreReadOnlyWhenAskedFor(t *testing.T) {
	b, s := sample()
	b.certificates = func() ([]backend.Certificate, error) { return nil, errors.New("no access") }
	if _, err := Read(context.Background(), b, s, false); err != nil {
		t.Errorf("not asked for: %v", err)
	}
	if _, err := Read(context.Background(), b, s, true); err == nil || !strings.Contains(err.Error(), "no access") {
		t.Errorf("asked for: %v", err)
	}
}

func TestDeploymentOfAPod(t *testing.T) {
	for pod, want := range map[string]string{
		"eks-echo-79b786922d-mzj5t": "eks-echo", "ztunnel-z5hl6": "ztunnel-z5hl6", "web-0": "web-0", "my-small-thing": "my-small-thing",
	} {
		if got := deployment(pod); got != want {
			t.Errorf("%s: %s", pod, got)
		}
	}
}
