package config

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/mesh/gatewayapi"
	"ambient-ecs/problem"
)

func TestRefusedGateways(t *testing.T) {
	const lb = "service.beta.kubernetes.io/"
	own := edit{"gatewayLoadBalancers", []any{"controller"}}
	run(t, []refusal{
		one("no Gateway API", "gatewayApiSource", "", "gatewayApiSource is not set"),
		one("Gateway API in plain HTTP", "gatewayApiSource", "http://example.com/standard-install.yaml", "https://"),
		one("malformed checksum", "gatewayApiSha256", "abc", "64 hexadecimal"),
		{"checksum of a folder", []edit{{"gatewayApiSource", "./crds"}, {"gatewayApiSha256", strings.Repeat("a", 64)}}, [][]string{{"gatewayApiSha256", "folder"}}},
		one("public gateway", "gatewayAnnotations", object{lb + "aws-load-balancer-scheme": "internet-facing"}, "aws-load-balancer-scheme", "must stay internal"),
		one("gateway that is not internal", "gatewayAnnotations", object{lb + "aws-load-balancer-internal": "false"}, "must stay internal"),
		one("gateway open to everybody", "gatewayAnnotations", object{lb + "load-balancer-source-ranges": "0.0.0.0/0"}, "0.0.0.0/0 goes beyond", "no wider than /16"),
		one("gateway open to nobody, which is everybody", "gatewayAnnotations", object{lb + "load-balancer-source-ranges": ""}, "open to every address"),
		one("gateway open to blanks", "gatewayAnnotations", object{lb + "load-balancer-source-ranges": " "}, "open to every address"),
		one("gateway open to one network and nothing", "gatewayAnnotations", object{lb + "load-balancer-source-ranges": "10.0.0.0/8,"}, `"" is not a CIDR`),
		one("gateway open to an address", "gatewayAnnotations", object{lb + "load-balancer-source-ranges": "10.0.0.1"}, "not a CIDR"),
		{"gateway open to two halves of the Internet", []edit{{"gatewayAnnotations", object{lb + "load-balancer-source-ranges": "0.0.0.0/1, 128.0.0.0/1"}}},
			[][]string{{"0.0.0.0/1 goes beyond"}, {"128.0.0.0/1 goes beyond"}}},
		one("gateway open to more than the private networks", "gatewayAnnotations", object{lb + "load-balancer-source-ranges": "172.0.0.0/8"}, "172.0.0.0/8 goes beyond"),
		one("gateway open to too many public addresses", "gatewayAnnotations", object{lb + "load-balancer-source-ranges": "10.0.0.0/8,203.0.0.0/15"}, "203.0.0.0/15 goes beyond"),
		one("a load balancer that nobody makes", "gatewayAnnotations", object{lb + "aws-load-balancer-type": "external"}, "AWS Load Balancer Controller", "does not install"),
		one("a classic load balancer", "gatewayAnnotations", object{lb + "aws-load-balancer-type": ""}, "classic"),
		one("a scheme for the other controller", "gatewayAnnotations", object{lb + "aws-load-balancer-scheme": "internal"}, "only the AWS Load Balancer Controller"),
		one("TLS that ends early", "gatewayAnnotations", object{lb + "aws-load-balancer-ssl-cert": "arn:aws:acm:eu-central-1:111122223333:certificate/a"}, "end the mesh's own TLS"),
		one("a classic load balancer's annotation", "gatewayAnnotations", object{lb + "aws-load-balancer-connection-idle-timeout": "60"}, "classic load balancers only"),
		one("an annotation of another cloud", "gatewayAnnotations", object{lb + "azure-load-balancer-internal": "true"}, "does not know"),
		one("an annotation of another controller", "gatewayAnnotations", object{"alb.ingress.kubernetes.io/scheme": "internal"}, "the AWS Load Balancer Controller reads this"),
		one("a gateway without a load balancer", "gatewayAnnotations", object{"networking.istio.io/service-type": "ClusterIP"}, "type LoadBalancer"),
		one("a number out of range", "gatewayAnnotations", object{lb + "aws-load-balancer-healthcheck-interval": "1"}, "between 5 and 300"),
		one("a switch that is neither on nor off", "gatewayAnnotations", object{lb + "aws-load-balancer-cross-zone-load-balancing-enabled": "yes"}, "true, false"),
		one("annotation of Pulumi", "gatewayAnnotations", object{"pulumi.com/skipAwait": "true"}, "the program uses these"),
		one("a load balancer of nobody", "gatewayLoadBalancers", []any{"pulumi"}, "gatewayLoadBalancers[0]", "controller, legacy"),
		one("one load balancer twice", "gatewayLoadBalancers", []any{"legacy", "legacy"}, "gatewayLoadBalancers[1]", "twice"),
		one("access logs of the legacy controller", "gatewayAccessLogs", object{"bucket": "logs"}, "gatewayAccessLogs", "classic load balancers only"),
		{"access logs without a bucket", []edit{own, {"gatewayAccessLogs", object{"prefix": "mesh"}}}, [][]string{{"gatewayAccessLogs.bucket"}}},
		{"access logs in no bucket", []edit{own, {"gatewayAccessLogs", object{"bucket": "Logs_"}}}, [][]string{{"gatewayAccessLogs.bucket", "63"}}},
		{"access logs in a folder with slashes", []edit{own, {"gatewayAccessLogs", object{"bucket": "logs", "prefix": "/mesh/"}}}, [][]string{{"gatewayAccessLogs.prefix"}}},
		one("a protected legacy load balancer", "gatewayDeletionProtection", true, "gatewayDeletionProtection", "controller"),
		{"an annotation for the legacy controller alone", []edit{own, {"gatewayAnnotations", object{lb + "aws-load-balancer-type": "nlb"}}}, [][]string{{"aws-load-balancer-type", "additional-resource-tags"}}},
		{"a health check out of range", []edit{own, {"gatewayAnnotations", object{lb + "aws-load-balancer-healthcheck-interval": "1"}}}, [][]string{{"healthcheck-interval", "between 5 and 300"}}},
		{"an ECS cluster in the gateway's namespace", []edit{own, {"installName", "istio"}, {"clusters", object{"eastwest": object{"account": "local", "services": object{"a": object{"image": "a", "clientOnly": true}}}}}}, [][]string{{"istio-eastwest", "the east-west gateway"}}},
		one("malformed annotation", "gatewayAnnotations", object{"a b": "x"}, "no name of a Kubernetes annotation"),
	})
}

// A stack file that names no load balancer keeps the one that stacks had before the key existed.
func TestTheLegacyLoadBalancerStaysUnlessAnotherIsNamed(t *testing.T) {
	for _, c := range []struct{ given, want []string }{{nil, []string{DoorLegacy}}, {[]string{"controller", "legacy"}, []string{DoorController, DoorLegacy}}} {
		if got := (Config{GatewaySettings: GatewaySettings{GatewayLoadBalancers: c.given}}).Doors(); !slices.Equal(got, c.want) {
			t.Errorf("%v: %v, want %v", c.given, got, c.want)
		}
	}
	c := mustLoad(t, with(edit{"gatewayLoadBalancers", []any{"controller"}}, edit{"gatewayDeletionProtection", true}, edit{"gatewayAccessLogs", object{"bucket": "my.logs", "prefix": "mesh/east"}},
		edit{"gatewayAnnotations", object{"service.beta.kubernetes.io/aws-load-balancer-healthcheck-interval": "10"}}))
	if c.HasDoor(DoorLegacy) || !c.GatewayDeletionProtection || c.GatewayAccessLogs.Prefix != "mesh/east" {
		t.Errorf("got %+v", c.GatewaySettings)
	}
}

func TestTheGatewayIsOpenToNetworksThatCanBeMeant(t *testing.T) {
	const name = "service.beta.kubernetes.io/load-balancer-source-ranges"
	for _, ranges := range []string{"10.0.0.0/8", "172.16.0.0/12,192.168.0.0/16", "100.64.0.0/10", " 10.1.0.0/16 , 203.0.113.0/24", "198.18.0.0/16"} {
		c := mustLoad(t, with(edit{"gatewayAnnotations", object{name: ranges}}))
		if c.GatewayAnnotations[name] != ranges {
			t.Errorf("got %v", c.GatewayAnnotations)
		}
	}
}

// controllerAnnotations are the annotations of the AWS Load Balancer Controller for a Service.
// https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/service/annotations/, 2026-11-29.
var controllerAnnotations = strings.Fields("nlb-target-type name scheme ip-address-type alpn-policy manage-backend-security-group-rules " +
	"attributes target-group-attributes private-ipv4-addresses ipv6-addresses eip-allocations proxy-protocol backend-protocol ssl-cert ssl-ports " +
	"ssl-negotiation-policy security-groups inbound-sg-rules-on-private-link-traffic listener-attributes.TCP-15008 multi-cluster-target-group " +
	"enable-prefix-for-ipv6-source-nat source-nat-ipv6-prefixes minimum-load-balancer-capacity enable-icmp-for-path-mtu-discovery healthcheck-success-codes " +
	"security-group-prefix-lists disable-nlb-sg enable-tcp-udp-listener")

// An annotation is served with some value, or refused with every one; and the other controller's own are refused.
func TestEachAnnotationIsServedOrRefused(t *testing.T) {
	names := slices.Concat(slices.Collect(maps.Keys(servedAnnotations)), slices.Collect(maps.Keys(unservedAnnotations)), controllerAnnotations, []string{"", "typo", "Type"})
	values := []string{"nlb", "nlb-ip", "external", "true", "false", "internal", "internet-facing", "TCP", "ip", "10", "1", "", "a=b", "traffic-port"}
	var c Config
	for _, name := range names {
		accepted := 0
		for _, value := range values {
			c.GatewayAnnotations = map[string]string{awsLoadBalancer + name: value}
			var p problem.List
			if c.checkGatewayAnnotations(&p); len(p) == 0 {
				accepted++
			} else if len(p) > 1 || !strings.Contains(p[0].Error(), awsLoadBalancer+name) {
				t.Errorf("%s: %s: the refusal is %v", name, value, p)
			}
		}
		if _, served := servedAnnotations[name]; served != (accepted > 0) || accepted == len(values) {
			t.Errorf("%s: served %v, and accepted with %d of %d values", name, served, accepted, len(values))
		}
	}
}

// Whatever the annotation adds, the mesh's networks stay, and nothing else comes.
func TestTheMeshAlwaysReachesItsGateway(t *testing.T) {
	const office, vpn = "203.0.113.0/24", "100.64.0.0/10"
	c := mustLoad(t, plain())
	for _, ranges := range [][]string{nil, {office}, {vpn, office}, {"10.1.0.0/16"}, {vpn, "192.168.0.0/16", vpn}} {
		c.GatewayAnnotations = map[string]string{sourceRanges: strings.Join(ranges, " , ")}
		got := c.GatewaySources()
		for _, want := range slices.Concat(c.MeshCIDRs(), ranges) {
			if n := strings.Count(","+strings.Join(got, ",")+",", ","+want+","); n != 1 {
				t.Errorf("%v: %s is %d times in %v", ranges, want, n, got)
			}
		}
		for _, one := range got {
			if !slices.Contains(c.MeshCIDRs(), one) && !slices.Contains(ranges, one) {
				t.Errorf("%v: %s was never declared", ranges, one)
			}
		}
	}
}

func TestTheDefaultGatewayAPISourceIsTheOneWithAPinnedChecksum(t *testing.T) {
	if got := project()["gatewayApiSource"].Default; got != gatewayapi.DefaultURL {
		t.Errorf("the default is %v, but the checksum in code is of %s", got, gatewayapi.DefaultURL)
	}
}
