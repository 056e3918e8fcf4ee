package config

import (
	"maps"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"ambient-ecs/network/cidr"
	"ambient-ecs/problem"
)

var (
	imageHub    = regexp.MustCompile(`^[a-z0-9.-]+(?::[0-9]+)?(?:/[a-z0-9._-]+)*$`)
	variant     = regexp.MustCompile(`^[a-z0-9]*$`)
	environment = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	annotation  = regexp.MustCompile(`^(?:[a-z0-9]([a-z0-9.-]*[a-z0-9])?/)?[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$`)
	sha256Hex   = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

func (c Config) checkMesh(p *problem.List) {
	c.checkIstioVersion(p)
	c.checkMeshCA(p)
	c.checkSources(p)
	switch {
	case c.License == "":
		p.Missing("license", "ECS is a licensed feature, and istiod does not start without a Solo Enterprise licence: pulumi config set --secret license")
	case strings.TrimSpace(c.License.Reveal()) != c.License.Reveal():
		p.Refuse("license", c.License, "it has blanks or a line break at its ends, which are not part of a licence")
	}
	problem.OneOf(p, "pathNormalization", c.PathNormalization, PathBase, PathMergeSlashes, PathDecodeAndMergeSlashes)
	problem.OneOf(p, "licenseDelivery", c.LicenseDelivery, LicenseEnv, LicenseSecretRef)
	problem.OneOf(p, "ecsAccountsDelivery", c.ECSAccountsDelivery, AccountsChart, AccountsEnv)
	problem.OneOf(p, "policyStage", c.PolicyStage, stages...)
	switch {
	case c.Network == "":
		p.Missing("meshNetwork", "the mesh network of the EKS cluster needs a name, for example eks")
	case !label.MatchString(c.Network) || len(c.Network) > maxLabel:
		p.Refuse("meshNetwork", c.Network, "it is the value of a Kubernetes label, at most %d characters: %s", maxLabel, labelRule)
	}
	switch {
	case c.TrustDomain == "":
		p.Missing("trustDomain", "it is the first part of every identity, for example cluster.local")
	case !domainName.MatchString(c.TrustDomain) || len(c.TrustDomain) > 255:
		p.Refuse("trustDomain", c.TrustDomain, "it is the host of a SPIFFE id, a DNS name in lower case")
	}
	c.checkPilotEnv(p)
	c.checkGatewayAnnotations(p)
}

// checkSources checks where charts, images and the Gateway API come from.
func (c Config) checkSources(p *problem.List) {
	switch {
	case c.ImageHub == "":
		p.Missing("imageHub", "give the registry path of Istio's images, for example us-docker.pkg.dev/soloio-img/istio")
	case !imageHub.MatchString(c.ImageHub):
		p.Refuse("imageHub", c.ImageHub, "it is a registry and a path, without https://, tag or final slash")
	}
	if !variant.MatchString(c.ImageVariant) {
		p.Refuse("imageVariant", c.ImageVariant, "it is one word such as distroless, or empty")
	}
	if c.ChartRepository == "" {
		p.Missing("chartRepository", "give the repository of the charts base, istiod, cni and ztunnel, for example oci://us-docker.pkg.dev/soloio-img/istio-helm")
	} else {
		repository, err := url.Parse(c.ChartRepository)
		switch {
		case err != nil || repository.Host == "" || repository.Scheme != "oci" && repository.Scheme != "https":
			p.Refuse("chartRepository", c.ChartRepository, "it must begin with oci:// or https:// and name a host")
		case repository.User != nil:
			p.Refuse("chartRepository", repository.Redacted(), "credentials go into chartUsername and chartPassword, where the password stays secret")
		}
	}
	if c.ChartUsername == "" && c.ChartPassword != "" {
		p.Missing("chartUsername", "chartPassword is set: give both or neither")
	}
	if c.ChartUsername != "" && c.ChartPassword == "" {
		p.Missing("chartPassword", "chartUsername is set: give both or neither")
	}
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
}

// ownPilotEnv are variables of istiod that have keys of their own here.
var ownPilotEnv = map[string]string{
	"ECS_ACCOUNTS":        "it follows from accounts; ecsAccountsDelivery says how istiod gets it",
	"SOLO_LICENSE_KEY":    "chart values are copied into a plain ConfigMap; set license, which stays secret",
	"SOLO_LICENSE_SECRET": "it follows from licenseDelivery",
}

func (c Config) checkPilotEnv(p *problem.List) {
	for _, name := range slices.Sorted(maps.Keys(c.PilotEnv)) {
		if !environment.MatchString(name) {
			p.Refuse("pilotEnv", name, "the name of an environment variable has letters, digits and _ only")
		}
		if reason, own := ownPilotEnv[name]; own {
			p.Refuse("pilotEnv", name, "%s", reason)
		}
	}
}

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
