package aws

import (
	"net/netip"
	"slices"
	"strconv"

	"ambient-ecs/sandbox/world"
)

// apiPort is where the Kubernetes API listens.
const apiPort = 443

// DialEKS reports whether a connection from outside of a cluster gets to its API, and the address to which it goes.
// The sandbox does not know the deployer's network, so it is enough that some network is admitted. The name of a
// private endpoint resolves to private addresses everywhere.
func DialEKS(tx *world.Tx, cluster *world.Resource) (address string, ok bool) {
	config := object(cluster.Props, "vpcConfig")
	if flag(config, "endpointPublicAccess") && len(texts(config, "publicAccessCidrs")) > 0 {
		return onAPIPort(internet), true
	}
	if !flag(config, "endpointPrivateAccess") {
		return onAPIPort(internet), false
	}
	for _, id := range slices.Concat(texts(config, "securityGroupIds"), []string{text(config, "clusterSecurityGroupId")}) {
		group := tx.Get(cluster.Account, securityGroupKind, id)
		if group == nil {
			continue
		}
		for _, rule := range rulesOf(tx, group, ingressRuleKind) {
			if ruleHasPort(rule, apiPort) && rule.String("cidrIpv4") != "" {
				return onAPIPort(privateEndpoint(tx, cluster)), true
			}
		}
	}
	return onAPIPort(privateEndpoint(tx, cluster)), false
}

// privateEndpoint is the address of one of the interfaces that the control plane has in the VPC.
func privateEndpoint(tx *world.Tx, cluster *world.Resource) netip.Addr {
	for _, eni := range tx.Find(cluster.Account, interfaceKind, Has("clusterArn", cluster.ID)) {
		return HostOf(eni).IP
	}
	return netip.IPv4Unspecified()
}

func onAPIPort(ip netip.Addr) string { return ip.String() + ":" + strconv.Itoa(apiPort) }
