package onaws

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/onaws/awstest"
	"ambient-ecs/verify/onaws/proxy"
	"ambient-ecs/verify/stack"
)

// gate plays the load balancer with the gateway behind it, and remembers what it was asked.
type gate struct {
	*httptest.Server
	asked, host string
}

func newGate(t *testing.T, answer func(http.ResponseWriter)) (*gate, int) {
	t.Helper()
	g := &gate{}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.asked, g.host = r.URL.RequestURI(), r.Host
		answer(w)
	}))
	t.Cleanup(g.Close)
	at, err := url.Parse(g.URL)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(at.Port())
	if err != nil {
		t.Fatal(err)
	}
	return g, port
}

// openTo gives the scene an ingress that leads shop.example.com to the shared service behind its waypoint.
func (s *scene) openTo(scheme string, sources ...string) {
	s.share("waypoint")
	s.stack.IngressAddress = "127.0.0.1"
	s.stack.Ingress = stack.Ingress{Scheme: scheme, Sources: sources, Namespace: "m-ingress", ServiceAccount: "ingress-istio", Hosts: map[string]stack.IngressHost{
		"shop.example.com": {Routes: []stack.Route{{To: map[string]int{checkout: 1}}}}}}
}

func TestAUserIsFollowedFromTheGatewayToTheEndpoint(t *testing.T) {
	s := newScene(t, append(waypointObjects(t), awstest.Object(t, `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"ingress-1","namespace":"m-ingress","labels":{"gateway.networking.k8s.io/gateway-name":"ingress"}},
		"spec":{"containers":[{"name":"istio-proxy"}]},"status":{"phase":"Running","podIP":"192.168.1.8","conditions":[{"type":"Ready","status":"True"}]}}`))...)
	s.openTo(stack.SchemePublic, "0.0.0.0/0")
	g, port := newGate(t, func(w http.ResponseWriter) { w.Header().Set("x-envoy-upstream-service-time", "3") })
	s.kubernetes.Log = func(pod string) string {
		other := requested("/?verify=other", "200", "via_upstream", "envoy://connect_originate/10.0.1.20:8080")
		return other + "\n" + map[string]string{
			"ingress-1":  requested(g.asked, "200", "via_upstream", "envoy://connect_originate/240.240.0.7:8080"),
			"waypoint-1": requested(g.asked, "200", "via_upstream", "envoy://connect_originate/10.0.2.20:8080"),
		}[pod] + "\n"
	}
	s.AWS.dump = func(context.Context) (map[string]proxy.Dump, error) {
		dump, err := proxy.ParseDump([]byte(`{"workloads":[{"uid":"u","name":"w","namespace":"mesh-checkout","serviceAccount":"checkout-ecs-2","workloadIps":["10.0.2.20"]},
			{"uid":"v","name":"v","namespace":"mesh-checkout","serviceAccount":"waypoint","workloadIps":["192.168.1.9"]},
			{"uid":"i","name":"i","namespace":"m-ingress","serviceAccount":"ingress-istio","workloadIps":["192.168.1.8"]}]}`))
		return map[string]proxy.Dump{"ztunnel-1": dump}, err
	}
	answer := s.Call(context.Background(), backend.Request{From: backend.Source{User: true}, Host: "shop.example.com", Port: port, Path: "/"})
	const users = "spiffe://cluster.local/ns/m-ingress/sa/ingress-istio"
	if answer.Outcome != backend.Answered || answer.Caller != users || answer.Client != viaIt || answer.Server != second {
		t.Errorf("got %+v", answer)
	}
	if !strings.HasPrefix(g.host, "shop.example.com:") || !strings.HasPrefix(g.asked, "/?verify=") {
		t.Errorf("the load balancer was asked for %s of %s", g.asked, g.host)
	}
}

func TestAnIngressTellsItsOwnAnswersFromThoseOfServices(t *testing.T) {
	for name, test := range map[string]struct {
		answer func(http.ResponseWriter)
		want   backend.Outcome
	}{
		"redirected": {func(w http.ResponseWriter) {
			w.Header().Set("location", "https://shop.example.com/")
			w.WriteHeader(http.StatusMovedPermanently)
		}, backend.Redirect},
		"no route": {func(w http.ResponseWriter) { w.WriteHeader(http.StatusNotFound) }, backend.Unrouted},
	} {
		s := newScene(t)
		s.openTo(stack.SchemePublic, "0.0.0.0/0")
		_, port := newGate(t, test.answer)
		if got := s.Call(context.Background(), backend.Request{From: backend.Source{User: true}, Host: "shop.example.com", Port: port}); got.Outcome != test.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// A machine that is not among the sources cannot tell a closed port from one that is closed to it.
func TestWhatNobodyAnswersIsUndecidedUnlessEverybodyMayCome(t *testing.T) {
	for sources, want := range map[string]backend.Outcome{"0.0.0.0/0": backend.Network, "203.0.113.0/24": backend.Undecided} {
		s := newScene(t)
		s.openTo(stack.SchemePublic, sources)
		g, port := newGate(t, func(http.ResponseWriter) {})
		g.Close()
		if got := s.Call(context.Background(), backend.Request{From: backend.Source{User: true}, Host: "shop.example.com", Port: port}); got.Outcome != want {
			t.Errorf("%s: %+v, want %s", sources, got, want)
		}
	}
}

func TestAnIngressThatCannotBeCalledFromHereIsLeftOut(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*stack.Stack)
		want   string
	}{
		"from the pods' network": {func(s *stack.Stack) {}, ""},
		"public":                 {func(s *stack.Stack) { s.Ingress.Scheme, s.TestWorkloads = stack.SchemePublic, false }, ""},
		"without pods":           {func(s *stack.Stack) { s.TestWorkloads = false }, "testWorkloads"},
		"for others":             {func(s *stack.Stack) { s.Ingress.Sources = []string{"172.16.0.0/12"} }, "10.0.0.0/16, is not among ingress.sources"},
		"without an address":     {func(s *stack.Stack) { s.IngressAddress = "" }, "no address"},
	} {
		s := newScene(t)
		s.openTo("internal", "10.0.0.0/8")
		account := s.stack.Accounts[s.stack.HomeAccount]
		account.VPCCIDR = "10.0.0.0/16"
		s.stack.Accounts[s.stack.HomeAccount] = account
		test.change(s.stack)
		if got := s.Visits(); (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
			t.Errorf("%s: %q", name, got)
		}
	}
}
