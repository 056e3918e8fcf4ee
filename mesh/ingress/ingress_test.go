package ingress

import (
	"encoding/json"
	"strings"
	"testing"

	"ambient-ecs/mesh/loadbalancer"
	"ambient-ecs/mesh/traffic"
	"ambient-ecs/tests/golden"
)

func gateway(arn string) Gateway {
	return Gateway{
		Namespace: "demo-ingress", Network: "eks", CertificateARN: arn,
		LoadBalancer: loadbalancer.Settings{Controller: loadbalancer.Legacy, Sources: []string{"10.0.0.0/16"}},
		Hosts: []Host{
			{"*.example.com", []Route{{"", []traffic.Backend{{Hostname: "echo.demo-1.ecs.local", Port: 8080, Weight: 1}}}}},
			{"shop.example.com", []Route{
				{"", []traffic.Backend{{Hostname: "echo.demo-2.ecs.local", Port: 8080, Weight: 1}}},
				{"/pay/", []traffic.Backend{{Hostname: "pay.demo.ecs.local", Port: 9090, Weight: 3}, {Hostname: "echo.demo-1.ecs.local", Port: 8080, Weight: 1}}},
			}},
		},
	}
}

// byController is the gateway behind a load balancer of the AWS Load Balancer Controller.
func byController(arn string) Gateway {
	g := gateway(arn)
	g.LoadBalancer = loadbalancer.Settings{
		Controller: loadbalancer.AWS, Public: true, Sources: []string{"10.0.0.0/16"}, SecurityGroup: "demo-ingress", DeletionProtection: true,
		AccessLogs: &loadbalancer.AccessLogs{Bucket: "logs"}, TLS: &loadbalancer.TLS{CertificateARNs: []string{arn}, Ports: []int{PortHTTPS}},
	}
	return g
}

// withGuest is the gateway with a team that routes a host of its own from one namespace.
func withGuest(arn string) Gateway {
	g := gateway(arn)
	g.Guests = []Guest{{Name: "orders", Namespaces: []string{"demo-2"}, Hosts: []string{"orders.example.org"}}}
	return g
}

// A restart of the pods needs an annotation more, and the Gateway API allows 8.
func TestAControllersLoadBalancerHasRoomForARestart(t *testing.T) {
	g := byController("arn")
	g.Restart = map[string]string{"ca": "digest"}
	if err := g.Validate(); err != nil {
		t.Error(err)
	}
	// A home network that exists names the subnets, too.
	g.LoadBalancer.Subnets = []string{"subnet-a", "subnet-b"}
	if err := g.Validate(); err != nil {
		t.Error(err)
	}
	if data := g.ParametersData("")["service"]; !strings.Contains(data, "subnet-a,subnet-b") || !strings.Contains(data, "preserve_client_ip.enabled=true") || !strings.Contains(data, SecurityPolicy) {
		t.Errorf("the Service is told %s: the gateway would not see the clients' addresses, or speak old TLS", data)
	}
}

// Routes of teams come from their namespaces, to the listener with HTTPS alone. Plain HTTP for their hosts is the platform's to redirect.
func TestAGuestsRoutesAreAdmittedFromItsNamespaces(t *testing.T) {
	g := gateway("arn")
	g.Guests = []Guest{{Name: "orders", Namespaces: []string{"demo-orders", "demo-carts"}, Hosts: []string{"orders.example.com"}}}
	if err := g.Validate(); err != nil {
		t.Fatal(err)
	}
	listeners := g.Spec()["listeners"].([]any)
	said := func(i int) string {
		text, err := json.Marshal(listeners[i].(map[string]any)["allowedRoutes"])
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if said(0) != `{"namespaces":{"from":"Same"}}` || said(1) != `{"namespaces":{"from":"Selector","selector":{"matchExpressions":[{"key":"kubernetes.io/metadata.name","operator":"In","values":["demo-carts","demo-ingress","demo-orders"]}]}}}` {
		t.Errorf("the listeners admit %s and %s", said(0), said(1))
	}
	routes := g.Routes()
	if last := routes[len(routes)-1]; last.Name != "redirect.orders" || last.Namespace != "demo-ingress" || last.Spec["hostnames"].([]any)[0] != "orders.example.com" {
		t.Errorf("the redirect is %+v", last)
	}
	for name, guest := range map[string]Guest{
		"a host of two owners": {Name: "b", Namespaces: []string{"demo-b"}, Hosts: []string{"shop.example.com"}}, "nowhere": {Name: "b", Hosts: []string{"b.example.com"}},
	} {
		bad := gateway("arn")
		if bad.Guests = []Guest{guest}; bad.Validate() == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

// A guest's route says what the platform's own says, and where the gateway is.
func TestAGuestsRouteIsTheOneOfTheGateway(t *testing.T) {
	g := gateway("arn")
	own := g.Routes()[2].Spec
	made := GuestRoute("demo-orders", "orders", []Parent{{"demo-ingress", Name}}, []string{"shop.example.com"}, g.Hosts[1].Routes, true)
	parent := made.Spec["parentRefs"].([]any)[0].(map[string]any)
	if parent["namespace"] != "demo-ingress" || made.Namespace != "demo-orders" || made.Kind != "HTTPRoute" {
		t.Errorf("the route is %+v", made)
	}
	delete(parent, "namespace")
	if a, b := encoded(t, own), encoded(t, made.Spec); a != b {
		t.Errorf("the platform's is\n%s\nthe guest's is\n%s", a, b)
	}
}

func encoded(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The verifier runs istiod over these files.
func TestManifestsMatchGolden(t *testing.T) {
	const arn = "arn:aws:acm:eu-central-1:111122223333:certificate/a"
	for name, g := range map[string]Gateway{"acm": gateway(arn), "secret": gateway(""), "controller": byController(arn), "guests": withGuest(arn)} {
		t.Run(name, func(t *testing.T) {
			if err := g.Validate(); err != nil {
				t.Fatal(err)
			}
			labels, annotations := g.Metadata()
			data, err := json.MarshalIndent(map[string]any{
				"labels": labels, "annotations": annotations, "spec": g.Spec(), "routes": g.Routes(), "parameters": g.ParametersData(""),
			}, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			golden.Check(t, "testdata/"+name+".json", string(data)+"\n", "Manifests differ.")
		})
	}
}

func TestTheTwoPortsOfTheLoadBalancerStayApart(t *testing.T) {
	for _, arn := range []string{"", "arn"} {
		g := gateway(arn)
		ports := map[any]string{}
		for _, l := range g.Spec()["listeners"].([]any) {
			listener := l.(map[string]any)
			ports[listener["port"]] = listener["name"].(string)
		}
		if len(ports) != 2 || ports[PortHTTP] != listenerHTTP || ports[PortHTTPS] != listenerHTTPS {
			t.Errorf("the listeners are %v, want one for each port", ports)
		}
		for _, route := range g.Routes() {
			text, err := json.Marshal(route.Spec)
			if err != nil {
				t.Fatal(err)
			}
			parent := route.Spec["parentRefs"].([]any)[0].(map[string]any)["sectionName"]
			redirects, passes := strings.Contains(string(text), "RequestRedirect"), strings.Contains(string(text), "backendRefs")
			if redirects == passes || redirects != (parent == listenerHTTP) {
				t.Errorf("route %s of the listener %s redirects: %v, and passes on: %v", route.Name, parent, redirects, passes)
			}
			// Only behind ACM does the gateway not see that the client spoke HTTPS.
			if says := strings.Contains(string(text), "x-forwarded-proto"); passes && says != (arn != "") {
				t.Errorf("route %s says that the client spoke HTTPS: %v", route.Name, says)
			}
		}
	}
}

func TestRefusals(t *testing.T) {
	for words, change := range map[string]func(*Gateway){
		"Namespace is not set":                   func(g *Gateway) { g.Namespace = "" },
		"Network is not set":                     func(g *Gateway) { g.Network = "" },
		"LoadBalancer.Sources is not set":        func(g *Gateway) { g.LoadBalancer.Sources = nil },
		"Hosts is not set":                       func(g *Gateway) { g.Hosts = nil },
		"it is there twice":                      func(g *Gateway) { g.Hosts = append(g.Hosts, g.Hosts[0]) },
		"Hosts[*.example.com].Routes is not set": func(g *Gateway) { g.Hosts[0].Routes = nil },
		"Routes[/].To is not set":                func(g *Gateway) { g.Hosts[0].Routes[0].To = nil },
		"the Gateway API allows 8":               func(g *Gateway) { g.Restart = map[string]string{"a": "", "b": "", "c": "", "d": "", "e": ""} },
	} {
		g := gateway("")
		change(&g)
		if err := g.Validate(); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%v, want %q", err, words)
		}
	}
}
