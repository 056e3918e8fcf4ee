package config

import (
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"ambient-ecs/network/cidr"
	"ambient-ecs/problem"
)

// GatewaySettings are the Gateway API and the east-west gateway.
type GatewaySettings struct {
	// GatewayAnnotations are merged over those that make the east-west gateway's load balancer internal.
	GatewayAnnotations map[string]string `config:"gatewayAnnotations"`
	// GatewayAPISource is a URL or a folder with the Gateway API custom resource definitions.
	GatewayAPISource string `config:"gatewayApiSource"`
	// GatewayAPISHA256 is the hex checksum of the file at GatewayAPISource when that is a URL.
	// Empty: the checksum pinned in code for the default source.
	GatewayAPISHA256 string `config:"gatewayApiSha256"`
}

// checkGateway checks the Gateway API's definitions and the east-west gateway's annotations.
func (c Config) checkGateway(p *problem.List) {
	remote := strings.Contains(c.GatewayAPISource, "://")
	switch {
	case c.GatewayAPISource == "":
		p.Missing("gatewayApiSource", "give the URL of a Gateway API release file, or a folder")
	case remote && !strings.HasPrefix(c.GatewayAPISource, "https://"):
		p.Refuse("gatewayApiSource", c.GatewayAPISource, "it must be an https:// URL or a folder")
	}
	switch {
	case c.GatewayAPISHA256 == "":
	case !remote:
		p.Refuse("gatewayApiSha256", c.GatewayAPISHA256, "gatewayApiSource is a folder, and only a downloaded file is checked")
	case !sha256Hex.MatchString(c.GatewayAPISHA256):
		p.Refuse("gatewayApiSha256", c.GatewayAPISHA256, "a SHA-256 checksum is 64 hexadecimal digits in lower case")
	}
	c.checkGatewayAnnotations(p)
}

var (
	annotation = regexp.MustCompile(`^(?:[a-z0-9]([a-z0-9.-]*[a-z0-9])?/)?[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$`)
	sha256Hex  = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

const loadBalancer = "service.beta.kubernetes.io/"

// checkGatewayAnnotations keeps the gateway's load balancer internal: it serves istiod's port 15012.
func (c Config) checkGatewayAnnotations(p *problem.List) {
	for _, name := range slices.Sorted(maps.Keys(c.GatewayAnnotations)) {
		value := c.GatewayAnnotations[name]
		field := "gatewayAnnotations." + name
		switch {
		case !annotation.MatchString(name):
			p.Refuse("gatewayAnnotations", name, "this is no name of a Kubernetes annotation")
		case strings.HasPrefix(name, "pulumi.com/"):
			p.Refuse("gatewayAnnotations", name, "the program uses these annotations itself to wait for the gateway")
		case name == loadBalancer+"aws-load-balancer-internal" && value != "true",
			name == loadBalancer+"aws-load-balancer-scheme" && value != "internal":
			p.Refuse(field, value, "the gateway exposes istiod: its load balancer must stay internal")
		case name == loadBalancer+"load-balancer-source-ranges":
			c.checkSourceRanges(p, field, value)
		}
	}
}

// privateRanges are the addresses that networks of one's own use: those of RFC 1918, and the shared ones of
// RFC 6598.
var privateRanges = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"),
	netip.MustParsePrefix("192.168.0.0/16"), netip.MustParsePrefix("100.64.0.0/10"),
}

// widestSource is the shortest prefix of public addresses that may reach the gateway. An organization that
// uses public addresses inside has room in it, and the Internet would need 65,536 of them.
const widestSource = 16

// checkSourceRanges checks who may reach the gateway. The cloud controller opens the node ports to these networks,
// and to 0.0.0.0/0 when there are none.
func (c Config) checkSourceRanges(p *problem.List, field, value string) {
	if strings.TrimSpace(value) == "" {
		p.Refuse(field, value, "the load balancer's ports would be open to every address: name the networks that may reach the gateway, or leave the annotation out")
		return
	}
	for text := range strings.SplitSeq(value, ",") {
		block, err := cidr.Parse(strings.TrimSpace(text))
		switch {
		case err != nil:
			p.Because(field, value, err)
		case block.Bits() < widestSource && !c.isPrivate(block):
			p.Refuse(field, value, "the gateway exposes istiod, and %s goes beyond private networks and the mesh's VPCs: public networks may be no wider than /%d", block, widestSource)
		}
	}
}

// isPrivate reports whether a network lies in a private range or in a VPC of the mesh.
func (c Config) isPrivate(block netip.Prefix) bool {
	known := slices.Clone(privateRanges)
	for _, text := range c.MeshCIDRs() {
		if vpc, err := cidr.Parse(text); err == nil {
			known = append(known, vpc)
		}
	}
	return slices.ContainsFunc(known, func(k netip.Prefix) bool { return k.Bits() <= block.Bits() && k.Overlaps(block) })
}
