package config

import (
	"net/netip"
	"slices"
	"strings"

	"ambient-ecs/network/cidr"
	"ambient-ecs/problem"
)

// sourceRanges is the annotation that lists who may reach a load balancer, as CIDRs between commas.
const sourceRanges = loadBalancer + "load-balancer-source-ranges"

// GatewaySources are the CIDRs that may reach the east-west gateway: those of the mesh's VPCs, in the order of
// MeshCIDRs, after them those of accounts that only call, and last those that the annotation adds. The load balancer judges a call
// through an endpoint by the caller's own address too.
func (c Config) GatewaySources() []string {
	all := c.MeshCIDRs()
	for _, key := range c.CallingAccounts() {
		for _, network := range c.Accounts[key].CIDRs() {
			if !slices.Contains(all, network) {
				all = append(all, network)
			}
		}
	}
	for text := range strings.SplitSeq(c.GatewayAnnotations[sourceRanges], ",") {
		if text = strings.TrimSpace(text); text != "" && !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	return all
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

// checkSourceRanges checks who may reach the gateway besides the mesh's own networks.
func (c Config) checkSourceRanges(p *problem.List, field, value string) {
	if strings.TrimSpace(value) == "" {
		p.Refuse(field, value, "it is empty, which may mean nobody or, to Kubernetes, be open to every address: name the networks that reach the gateway besides the mesh's own, or leave the annotation out")
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
