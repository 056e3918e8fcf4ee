package config

import (
	"crypto/x509"
	"slices"
	"strings"
	"testing"
)

const exampleARN = "arn:aws:acm:eu-central-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"

// opened are the edits that let users call the echo service of ecs-1 through an ingress.
func opened(more ...edit) []edit {
	return append([]edit{
		{"ingress", object{
			"certificateArn": exampleARN,
			"hosts":          object{"shop.example.com": object{"routes": list(object{"to": object{"ecs-1/echo-service": 1}})}},
		}},
		{"clusters/ecs-1/services/echo-service/allow", list(object{"from": list("ingress")})},
	}, more...)
}

func TestRefusedIngress(t *testing.T) {
	const echo = "clusters/ecs-1/services/echo-service/"
	const routes, at = "ingress/hosts/shop.example.com/routes", "ingress.hosts.shop.example.com.routes"
	to := object{"ecs-1/echo-service": 1}
	host := func(name string) []edit {
		return opened(edit{"ingress/hosts", object{name: object{"routes": list(object{"to": to})}}})
	}
	run(t, []refusal{
		{"unknown scheme", opened(edit{"ingress/scheme", "internet-facing"}), [][]string{{"ingress.scheme", "internal, public"}}},
		{"public for nobody in particular", opened(edit{"ingress/scheme", "public"}), [][]string{{"ingress.sources is not set", "0.0.0.0/0 is written here"}}},
		{"everybody at an internal one", opened(edit{"ingress/sources", list(everybody)}), [][]string{{`ingress.sources[0] = "0.0.0.0/0"`, "scheme public"}}},
		{"public clients of an internal one", opened(edit{"ingress/sources", list("203.0.113.0/24")}), [][]string{{"ingress.sources[0]", "no client of a public network"}}},
		{"source that is no network", opened(edit{"ingress/sources", list("10.0.0.1/8")}), [][]string{{"ingress.sources[0]", "bits set beyond"}}},
		{"source twice", opened(edit{"ingress/sources", list("10.0.0.0/8", "10.0.0.0/8")}), [][]string{{"ingress.sources[1]", "twice"}}},
		{"too many sources", opened(edit{"ingress/scheme", "public"}, edit{"ingress/sources", list("11.0.0.0/8", "12.0.0.0/8", "13.0.0.0/8", "14.0.0.0/8", "15.0.0.0/8", "16.0.0.0/8",
			"17.0.0.0/8", "18.0.0.0/8", "19.0.0.0/8", "20.0.0.0/8", "21.0.0.0/8", "22.0.0.0/8", "23.0.0.0/8")}), [][]string{{"ingress.sources = 13", "security group"}}},
		{"no certificate", opened(edit{"ingress/certificateArn", ""}), [][]string{{"ingress.certificateArn is not set", "HTTPS"}}},
		{"no ARN of ACM", opened(edit{"ingress/certificateArn", "arn:aws:iam::111122223333:server-certificate/shop"}), [][]string{{"ingress.certificateArn", "no ARN of a certificate of ACM"}}},
		{"certificate of another region", opened(edit{"ingress/certificateArn", strings.Replace(exampleARN, "eu-central-1", "us-east-1", 1)}), [][]string{{"ingress.certificateArn", "its own region", "eu-central-1"}}},
		{"certificate of another account", opened(edit{"ingress/certificateArn", strings.Replace(exampleARN, "111122223333", "444455556666", 1)}), [][]string{{"ingress.certificateArn", "home, 111122223333"}}},
		{"access logs of EKS's controller", opened(edit{"ingress/accessLogs", object{"bucket": "logs"}}), [][]string{{"ingress.accessLogs", "gatewayLoadBalancers"}}},
		{"bucket of access logs", opened(edit{"gatewayLoadBalancers", list("controller")}, edit{"ingress/accessLogs", object{"bucket": "My_Logs", "prefix": "x"}}), [][]string{{"ingress.accessLogs.bucket", "63"}}},
		{"deletion protection by EKS's controller", opened(edit{"ingress/deletionProtection", true}), [][]string{{"ingress.deletionProtection", "gatewayLoadBalancers"}}},
		{"namespace of the other door", opened(edit{"gatewayLoadBalancers", list("legacy", "controller")}, edit{"clusters/ecs-1/services/echo-service/allow", list(object{"from": list("ingress", "eks:ambient-ingress-controller")})}),
			[][]string{{"eks:ambient-ingress-controller", "write ingress"}}},
		{"no hosts", opened(edit{"ingress/hosts", object{}}), [][]string{{"ingress.hosts is not set"}}},
		{"host in upper case", host("Shop.example.com"), [][]string{{`ingress.hosts = "Shop.example.com"`, "lower case"}}},
		{"host without a dot", host("shop"), [][]string{{`ingress.hosts = "shop"`, "with a dot"}}},
		{"host that is an address", host("10.0.0.1"), [][]string{{`ingress.hosts = "10.0.0.1"`, "a DNS name"}}},
		{"host with a dot at its end", host("shop.example.com."), [][]string{{"ingress.hosts", "a DNS name"}}},
		{"wildcard in the middle", host("shop.*.com"), [][]string{{"ingress.hosts", "first label alone"}}},
		{"wildcard for everything", host("*"), [][]string{{"ingress.hosts", "first label alone"}}},
		{"host of the mesh", host("shop.ecs.local"), [][]string{{`ingress.hosts = "shop.ecs.local"`, "names under ecs.local"}}},
		{"host that is too long", host(strings.Repeat("a123456789.", 23) + "com"), [][]string{{"ingress.hosts", "248 characters"}}},
		{"host without routes", opened(edit{"ingress/hosts/shop.example.com", object{}}), [][]string{{at + " is not set"}}},
		{"route to nowhere", opened(edit{routes, list(object{"pathPrefix": "/a"})}), [][]string{{at + "[0].to is not set"}}},
		{"one path twice", opened(edit{routes, list(object{"pathPrefix": "/a", "to": to}, object{"pathPrefix": "/a/", "to": to})}), [][]string{{at + "[1].pathPrefix", "another route of the host"}}},
		{"relative path", opened(edit{routes, list(object{"pathPrefix": "a", "to": to})}), [][]string{{at + "[0].pathPrefix", "begins with /"}}},
		{"empty path", opened(edit{routes, list(object{"pathPrefix": "", "to": to})}), [][]string{{at + "[0].pathPrefix is empty", "it restricts"}}},
		{"unknown service", opened(edit{routes, list(object{"to": object{"ecs-1/echo-servce": 1}})}), [][]string{{at + "[0].to", "did you mean echo-service?"}}},
		{"unknown shared service", opened(edit{routes, list(object{"to": object{"echo-service": 1}})}), [][]string{{at + "[0].to", "no such shared service", "CLUSTER/NAME"}}},
		{"service that serves nothing", opened(edit{routes, list(object{"to": object{"ecs-1/shell-task": 1}})}), [][]string{{at + "[0].to", "clientOnly and serves nothing"}}},
		{"no weight", opened(edit{routes, list(object{"to": object{"ecs-1/echo-service": 0}})}), [][]string{{at + "[0].to", "add up to 0"}}},
		{"service that admits nobody", opened(edit{"clusters/ecs-1/services/echo-service/allow", list()}), [][]string{{at + "[0].to", "no rule of clusters.ecs-1.services.echo-service admits the ingress"}}},
		{"service that denies the ingress", opened(edit{echo + "deny", list(object{"from": list("ingress")})}), [][]string{{at + "[0].to", "denies ingress"}}},
		{"service that reads no HTTP", opened(edit{echo + "port", 0}, edit{echo + "ports", list(object{"port": 8080, "protocol": "tcp"})}), [][]string{{at + "[0].to", "is tcp"}}},
		one("a rule about no ingress", echo+"allow", list(object{"from": list("ingress")}), "allow[0].from[0]", "there is no ingress"),
		{"a rule about the ingress by its namespace", opened(edit{"clusters/ecs-2/allow", list(object{"from": list("eks:ambient-ingress")})}), [][]string{{"clusters.ecs-2.allow[0].from[0]", "write ingress"}}},
		{"a shared service with the gateway's namespace", opened(edit{"sharedServices", object{"ingress": object{"port": 80}}}), [][]string{{`sharedServices = "ingress"`, "the ingress gateway"}}},
		{"off and wrong", opened(edit{"ingress/enabled", false}, edit{"ingress/hosts", object{}}), [][]string{{"ingress.hosts is not set"}}},
		{"an istiod that prefers closed ports", opened(edit{"pilotEnv/PILOT_PREFER_SENDING_HBONE", "false"}), [][]string{{"pilotEnv.PILOT_PREFER_SENDING_HBONE", "closed"}}},
		{"an istiod without the way to waypoints", opened(edit{"pilotEnv/ENABLE_INGRESS_WAYPOINT_ROUTING", "false"}), [][]string{{"pilotEnv.ENABLE_INGRESS_WAYPOINT_ROUTING", "around the waypoints"}}},
		{"certificate in parts", opened(edit{"ingress/certificateArn", ""}, edit{"ingress/certificate", "x"}),
			[][]string{{"ingress.key is not set"}, {"ingress.certificate cannot be read"}}},
		{"all at once", opened(edit{"ingress/scheme", "public"}, edit{"ingress/certificateArn", "x"}, edit{routes, list(object{"to": object{"a/b": -1}})}),
			[][]string{{"ingress.sources is not set"}, {"ingress.certificateArn"}, {at + "[0].to.a/b = -1"}, {at + "[0].to", "no such key in clusters"}, {at + "[0].to", "add up to 0"}}},
	})
}

func TestRefusedCertificatesOfTheIngress(t *testing.T) {
	names := func(c *x509.Certificate) {
		c.IsCA, c.KeyUsage, c.DNSNames = false, x509.KeyUsageDigitalSignature, []string{"shop.example.com"}
	}
	right, other := signs(t, "shop", nil, names), signs(t, "other", nil, names)
	foreign := signs(t, "foreign", nil, func(c *x509.Certificate) { names(c); c.DNSNames = []string{"example.org"} })
	expired := signs(t, "old", nil, func(c *x509.Certificate) { names(c); c.NotAfter = now.AddDate(0, 0, -1) })
	load := func(certificate, key, arn string, encrypted ...string) (Config, error) {
		return LoadAt(now, raw(with(opened(edit{"ingress/certificateArn", arn}, edit{"ingress/certificate", certificate}, edit{"ingress/key", key})...)), encrypted...)
	}
	const secret = Project + ":ingress"
	for _, test := range []struct {
		name, certificate, key, arn string
		encrypted                   []string
		want                        string
	}{
		{"two ways", right.pem(), right.private(t), exampleARN, []string{secret}, "choose one"},
		{"a key in clear text", right.pem(), right.private(t), "", nil, "is not encrypted"},
		{"another key", right.pem(), other.private(t), "", []string{secret}, "not the key of ingress.certificate"},
		{"no key", right.pem(), "x", "", []string{secret}, "no PEM key"},
		{"another host", foreign.pem(), foreign.private(t), "", []string{secret}, "not for the host"},
		{"an old one", expired.pem(), expired.private(t), "", []string{secret}, "expired on 2026-04-30"},
	} {
		if _, err := load(test.certificate, test.key, test.arn, test.encrypted...); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
	c, err := load(right.pem(), right.private(t), "", secret)
	if err != nil || len(c.ingressExpires()) != 0 {
		t.Errorf("a right certificate: %v, %q", err, c.ingressExpires())
	}
	soon := signs(t, "soon", nil, func(c *x509.Certificate) { names(c); c.NotAfter = now.AddDate(0, 0, 10) })
	if c, err = load(soon.pem(), soon.private(t), "", secret); err != nil || !strings.Contains(strings.Join(c.Warnings(), "\n"), "in 10 days") {
		t.Errorf("a certificate that expires soon: %v, %q", err, c.Warnings())
	}
}

func TestAnIngressIsInternalAndForTheMeshUntilItSaysMore(t *testing.T) {
	c := mustLoad(t, with(opened()...))
	if c.Ingress.SchemeOrDefault() != SchemeInternal || !slices.Equal(c.IngressSources(), c.MeshCIDRs()) {
		t.Errorf("it is %s for %q, want internal for the mesh's networks", c.Ingress.SchemeOrDefault(), c.IngressSources())
	}
	c = mustLoad(t, with(opened(edit{"ingress/scheme", "public"}, edit{"ingress/sources", list(everybody)})...))
	if c.Ingress.SchemeOrDefault() != SchemePublic || !slices.Equal(c.IngressSources(), []string{everybody}) {
		t.Errorf("it is %s for %q, want public for everybody", c.Ingress.SchemeOrDefault(), c.IngressSources())
	}
}

func TestAnIngressThatIsOffLeavesNothingBehind(t *testing.T) {
	c := mustLoad(t, with(opened(edit{"ingress/enabled", false})...))
	if c.Ingress.IsSet() || c.Ingress.On() {
		t.Errorf("an ingress that is off is %+v", c.Ingress)
	}
	if allow := c.Clusters["ecs-1"].Services["echo-service"].Allow; len(allow) != 0 {
		t.Errorf("rules about an ingress that is off stay: %+v", allow)
	}
	if plain := mustLoad(t, plain()); plain.Ingress.On() || plain.IngressUsesWaypoint("ecs-1", "echo-service") {
		t.Error("there is an ingress that nobody asked for")
	}
}

func TestAnIngressThatIsOffAsksNothingOfTheRestOfTheStack(t *testing.T) {
	mustLoad(t, with(opened(edit{"ingress/enabled", false}, edit{"ingress/certificateArn", strings.Replace(exampleARN, "111122223333", "444455556666", 1)},
		edit{"clusters/ecs-1/services/echo-service/allow", list()})...))
}

func TestARouteToASharedServiceThatIsOffGoes(t *testing.T) {
	route := object{"pathPrefix": "/checkout", "to": object{"checkout": 1}}
	c := mustLoad(t, with(opened(append(shares(
		edit{"sharedServices/checkout/enabled", false}, edit{"sharedServices/checkout/allow", list(object{"from": list("ingress")})},
		edit{"clusters/ecs-1/services/echo-service/allow", list()},
		edit{"clusters/ecs-2/services/echo-service/allow", list(object{"from": list("ingress")})}),
		edit{"ingress/hosts/shop.example.com/routes", list(route, object{"to": object{"ecs-2/echo-service": 1}})})...)...))
	if routes := c.Ingress.Hosts["shop.example.com"].Routes; len(routes) != 1 || routes[0].To["ecs-2/echo-service"] != 1 {
		t.Errorf("the routes are %+v, want the one to ecs-2", routes)
	}
}

func TestTheIngressIsACallerOfItsOwn(t *testing.T) {
	c := mustLoad(t, with(opened()...))
	d, known := c.IngressBackend("ecs-1/echo-service")
	if !known {
		t.Fatal("there is no such backend")
	}
	allow, _ := c.Admissions(d)
	want := ServiceAccount{"ambient-ingress", "ingress-istio"}
	if !slices.ContainsFunc(allow, func(a Admission) bool { return slices.Contains(a.ServiceAccounts, want) }) {
		t.Errorf("the service admits %+v, want %v among them", allow, want)
	}
	if c.Choice(AccessMesh, nil).Covers(c.ingressCallers()) {
		t.Error("access mesh admits every user of the ingress")
	}
}

// Both gateways stand while users move to the other load balancer, so the rules admit both.
func TestAnIngressStandsBehindEveryDoor(t *testing.T) {
	for _, c := range []struct {
		doors     []any
		first     string
		admitted  []string
		nodeRules int
	}{
		{list("legacy"), "ambient-ingress", []string{"ambient-ingress"}, 9},
		{list("controller"), "ambient-ingress-controller", []string{"ambient-ingress-controller"}, 2},
		{list("controller", "legacy"), "ambient-ingress-controller", []string{"ambient-ingress-controller", "ambient-ingress"}, 11},
	} {
		cfg := mustLoad(t, with(opened(edit{"gatewayLoadBalancers", c.doors})...))
		var admitted []string
		for _, account := range cfg.ingressCallers().ServiceAccounts {
			admitted = append(admitted, account.Namespace)
		}
		if cfg.IngressNamespace() != c.first || !slices.Equal(admitted, c.admitted) {
			t.Errorf("%v: the first is in %s, and %v are admitted", c.doors, cfg.IngressNamespace(), admitted)
		}
		if got := cfg.ingressNodeRules(); got != c.nodeRules {
			t.Errorf("%v: the nodes get %d rules, want %d", c.doors, got, c.nodeRules)
		}
	}
	on := mustLoad(t, with(opened(edit{"gatewayLoadBalancers", list("controller")}, edit{"ingress/deletionProtection", true}, edit{"ingress/accessLogs", object{"bucket": "my.logs", "prefix": "users"}})...))
	if !on.Ingress.DeletionProtection || on.Ingress.AccessLogs.Bucket != "my.logs" || on.Ingress.AccessLogs.Prefix != "users" {
		t.Errorf("%+v", on.Ingress)
	}
}

// A load balancer that ends TLS negotiates no HTTP/2, and gRPC's clients do not go on without.
func TestGRPCBehindACertificateOfACMIsWarnedOf(t *testing.T) {
	const echo = "clusters/ecs-1/services/echo-service/"
	speaks := func(protocol string) []edit {
		return opened(edit{echo + "port", 0}, edit{echo + "ports", list(object{"port": 8080, "protocol": protocol})})
	}
	warned := func(edits []edit) bool {
		return slices.ContainsFunc(mustLoad(t, with(edits...)).Warnings(), func(w string) bool {
			return strings.HasPrefix(w, "ingress.hosts.shop.example.com: ecs-1/echo-service speaks gRPC") && strings.Contains(w, "certificate and key")
		})
	}
	if !warned(speaks("grpc")) {
		t.Error("nothing warns of gRPC behind certificateArn")
	}
	if warned(speaks("http2")) {
		t.Error("a service of HTTP/2 is warned of, which clients of HTTP/1.1 reach too")
	}
	if warned(append(speaks("grpc"), edit{"ingress/enabled", false})) {
		t.Error("a switched-off ingress is warned of")
	}
}
