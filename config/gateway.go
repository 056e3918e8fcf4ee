package config

import (
	"regexp"
	"strings"

	"ambient-ecs/problem"
)

// GatewaySettings are the Gateway API and the east-west gateway.
type GatewaySettings struct {
	// GatewayAnnotations are merged over those that make the east-west gateway's load balancer internal. Its source
	// ranges are the mesh's networks and those that load-balancer-source-ranges adds.
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

var sha256Hex = regexp.MustCompile(`^[0-9a-f]{64}$`)
