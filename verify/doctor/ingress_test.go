package doctor

import (
	"slices"
	"testing"

	"ambient-ecs/verify/doctor/authz"
	"ambient-ecs/verify/doctor/network"
	"ambient-ecs/verify/stack"
)

const (
	entry       = "in.elb.eu-central-1.amazonaws.com"
	certificate = "arn:aws:acm:eu-central-1:111122223333:certificate/a"
)

// entered gives the guarded mesh an ingress: "/" of shop.example.com leads to the service behind the waypoint, and "/open" to
// one without.
func entered(f *facts) {
	guarded(f)
	const echo2 = "echo.m-ecs-2.ecs.external"
	d := f.stack.Destinations[echo1]
	d.Allow[0].Namespaces = append(d.Allow[0].Namespaces, "m-ingress")
	rules := f.policy("waypoint-allow-to-echo").Spec["rules"].([]any)[0].(map[string]any)
	source := rules["from"].([]any)[0].(map[string]any)["source"].(map[string]any)
	source["namespaces"] = append(source["namespaces"].([]any), "m-ingress")
	f.stack.IngressAddress = entry
	f.stack.Ingress = stack.Ingress{
		Scheme: "internal", Sources: []string{"10.9.0.0/16"}, Namespace: "m-ingress", ServiceAccount: "ingress-istio", CertificateARN: certificate,
		Hosts: map[string]stack.IngressHost{"shop.example.com": {Routes: []stack.Route{{To: map[string]int{echo1: 1}}, {PathPrefix: "/open", To: map[string]int{echo2: 1}}}}},
	}
	k := &f.kubernetes
	k.Istiod.PrefersTunnel = true
	for i := range k.Entries {
		if k.Entries[i].Service {
			k.Entries[i].Labels = map[string]string{useWaypointLabel: "true"}
		}
	}
	k.Gateways = append(k.Gateways, KubernetesGateway{Namespace: "m-ingress", Name: "ingress", Class: "istio", Programmed: true, Address: entry,
		Listeners: map[string]int{"http": 80, "https": 443}})
	k.Services = append(k.Services, KubernetesService{Namespace: "m-ingress", Name: "ingress-istio", Address: entry, Labels: map[string]string{gatewayNameLabel: "ingress"},
		Annotations: map[string]string{sslCertificate: certificate, sslPorts: "443"}})
	k.Pods = append(k.Pods, Pod{Namespace: "m-ingress", Name: "ingress-0", ServiceAccount: "ingress-istio", Address: "10.0.0.30", Ready: true,
		Labels: map[string]string{gatewayNameLabel: "ingress"}})
	parent := []any{map[string]any{"kind": "Gateway", "name": "ingress"}}
	rule := func(path, host string) any {
		return map[string]any{"matches": []any{map[string]any{"path": map[string]any{"type": "PathPrefix", "value": path}}},
			"backendRefs": []any{map[string]any{"name": host, "weight": int64(1)}}}
	}
	k.Routings = append(k.Routings,
		Routing{"HTTPRoute", "m-ingress", "redirect", map[string]any{"parentRefs": parent, "hostnames": []any{"shop.example.com"}, "rules": []any{
			map[string]any{"filters": []any{map[string]any{"type": "RequestRedirect"}}}}}},
		Routing{"HTTPRoute", "m-ingress", "host.shop.example.com", map[string]any{"parentRefs": parent, "hostnames": []any{"shop.example.com"}, "rules": []any{
			rule("/open", echo2), rule("/", echo1)}}})
	n := &f.network
	for i := range n.Hosts {
		if n.Hosts[i].ID == "eni-node" {
			n.Hosts[i].Addresses = append(n.Hosts[i].Addresses, "10.0.0.30")
		}
	}
	f.group("sg-nodes").Ingress = append(f.group("sg-nodes").Ingress, network.Rule{Protocol: "tcp", CIDR: "10.9.0.0/16", From: 30080, To: 30081})
	n.LoadBalancers = append(n.LoadBalancers, network.LoadBalancer{Name: "in", DNSName: entry, State: "active", Internal: true, Targets: []string{"10.0.0.2"},
		Listeners: []network.Listener{{Port: 80, TargetPort: 30080}, {Port: 443, TargetPort: 30081}}})
}

func (f *facts) gatewayFor(name string) *KubernetesGateway {
	return find(f.kubernetes.Gateways, func(g KubernetesGateway) bool { return g.Name == name })
}

func (f *facts) withoutRouting(name string) {
	f.kubernetes.Routings = slices.DeleteFunc(f.kubernetes.Routings, func(r Routing) bool { return r.Name == name })
}

// entrances are the pieces that an ingress needs. Two ways of users lead through it.
var entrances = []lacks{
	{"ingress", "m-ingress/ingress", 2, func(f *facts) { f.gatewayFor("ingress").Name = "other" }},
	{"ingress-listener", "m-ingress/ingress", 2, func(f *facts) { delete(f.gatewayFor("ingress").Listeners, "http") }},
	{"ingress-certificate", "m-ingress/ingress-certificate", 2, func(f *facts) { f.gatewayFor("ingress").Bare = []string{"m-ingress/ingress-certificate"} }},
	{"ingress-certificate", "m-ingress/ingress-istio", 2, func(f *facts) { f.kubernetes.Services[2].Annotations = nil }},
	{"ingress-not-programmed", "m-ingress/ingress", 2, func(f *facts) { f.gatewayFor("ingress").Programmed = false }},
	{"ingress-pods", "m-ingress/ingress", 2, func(f *facts) { f.kubernetes.Pods[len(f.kubernetes.Pods)-1].Ready = false }},
	{"ingress-address", "m-ingress/ingress", 2, func(f *facts) { f.gatewayFor("ingress").Address = "other.elb" }},
	{"ingress-load-balancer", entry, 2, func(f *facts) { f.network.LoadBalancers = f.network.LoadBalancers[:1] }},
	{"ingress-load-balancer", "in", 2, func(f *facts) { f.network.LoadBalancers[1].State = "provisioning" }},
	{"ingress-load-balancer", "in", 2, func(f *facts) { f.network.LoadBalancers[1].Internal = false }},
	{"ingress-load-balancer", "in", 2, func(f *facts) { f.network.LoadBalancers[1].Listeners = f.network.LoadBalancers[1].Listeners[:1] }},
	{"ingress-load-balancer", "in", 2, func(f *facts) { f.network.LoadBalancers[1].Unhealthy = map[int]string{443: "no node answers"} }},
	{"ingress-source", "sg-nodes", 2, func(f *facts) { without(&f.group("sg-nodes").Ingress, "10.9.0.0/16", 30080) }},
	{"ingress-tunnel", "istiod-0", 2, func(f *facts) { f.kubernetes.Istiod.PrefersTunnel = false }},
	{"ingress-route", "shop.example.com", 2, func(f *facts) { f.withoutRouting("host.shop.example.com") }},
	{"ingress-route", "shop.example.com", 1, func(f *facts) {
		host := find(f.kubernetes.Routings, func(r Routing) bool { return r.Name == "host.shop.example.com" })
		rules := host.Spec["rules"].([]any)
		rules[1].(map[string]any)["backendRefs"] = []any{map[string]any{"name": "other.ecs.local", "weight": int64(1)}}
	}},
	// The same two services get the requests, in other shares: every request is answered.
	{"ingress-route", "shop.example.com/open", 0, func(f *facts) {
		f.stack.Ingress.Hosts["shop.example.com"].Routes[1].To = map[string]int{echo1: 90, "echo.m-ecs-2.ecs.external": 10}
		host := find(f.kubernetes.Routings, func(r Routing) bool { return r.Name == "host.shop.example.com" })
		host.Spec["rules"].([]any)[0].(map[string]any)["backendRefs"] = []any{
			map[string]any{"name": echo1, "weight": int64(10)}, map[string]any{"name": "echo.m-ecs-2.ecs.external", "weight": int64(90)}}
	}},
	{"ingress-route", "http://shop.example.com", 1, func(f *facts) { f.withoutRouting("redirect") }},
	{"ingress-not-admitted", "ecs-1/echo", 1, func(f *facts) {
		d := f.stack.Destinations[echo1]
		d.Allow[0].Namespaces = d.Allow[0].Namespaces[:3]
	}},
	{"ingress-waypoint-label", "m-ecs-1/service-ecs-1-echo", 1, func(f *facts) { f.entry("service-ecs-1-echo").Labels = nil }},
	{"policy", "m-ecs-1/waypoint-allow-to-echo", 1, func(f *facts) {
		rules := f.policy("waypoint-allow-to-echo").Spec["rules"].([]any)[0].(map[string]any)
		source := rules["from"].([]any)[0].(map[string]any)["source"].(map[string]any)
		source["namespaces"] = source["namespaces"].([]any)[:3]
	}},
	{"ingress-open", "sg-nodes", 0, func(f *facts) {
		f.group("sg-nodes").Ingress = append(f.group("sg-nodes").Ingress, network.Rule{Protocol: "tcp", CIDR: "0.0.0.0/0", From: 30081, To: 30081})
	}},
	// The tasks behind the waypoint admit the ingress too.
	{"policy-open", "ecs-1/echo", 0, func(f *facts) {
		f.kubernetes.Policies = append(f.kubernetes.Policies, authz.Policy{Namespace: "m-ecs-1", Name: "allow-ingress", Spec: map[string]any{
			"selector": map[string]any{"matchLabels": map[string]any{"app": "echo"}},
			"rules":    []any{map[string]any{"from": []any{map[string]any{"source": map[string]any{"namespaces": []any{"m-ingress"}}}}}}}})
	}},
}

func TestAnIngressThatIsWholeHasNoFindings(t *testing.T) {
	f := healthy()
	entered(f)
	if found := examine(t, f); len(found) != 0 {
		t.Errorf("findings: %v", found)
	}
}

func TestEachMissingPieceOfTheIngressIsNamedAlone(t *testing.T) {
	for _, c := range entrances {
		t.Run(c.ingredient+" "+c.subject, func(t *testing.T) {
			f := healthy()
			entered(f)
			c.take(f)
			if c.ingredient == "ingress-route" && c.pairs == 2 {
				// Each of the two routes is missed by itself.
				if found := examine(t, f); len(found) != 2 || found[0].Ingredient != c.ingredient || found[1].Ingredient != c.ingredient {
					t.Errorf("got %v", found)
				}
				return
			}
			c.alone(t, f)
		})
	}
}
