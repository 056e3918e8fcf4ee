package config

import (
	"strings"
	"testing"

	"ambient-ecs/mesh/gatewayapi"
)

func TestRefusedGateways(t *testing.T) {
	const lb = "service.beta.kubernetes.io/"
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
		one("annotation of Pulumi", "gatewayAnnotations", object{"pulumi.com/skipAwait": "true"}, "the program uses these"),
		one("malformed annotation", "gatewayAnnotations", object{"a b": "x"}, "no name of a Kubernetes annotation"),
	})
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

func TestTheDefaultGatewayAPISourceIsTheOneWithAPinnedChecksum(t *testing.T) {
	if got := project()["gatewayApiSource"].Default; got != gatewayapi.DefaultURL {
		t.Errorf("the default is %v, but the checksum in code is of %s", got, gatewayapi.DefaultURL)
	}
}
