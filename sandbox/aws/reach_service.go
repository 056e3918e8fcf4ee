package aws

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"ambient-ecs/sandbox/world"
)

// dialService reports whether a host can call a service of AWS by HTTPS, and if not, why. Where the host's VPC has an interface endpoint
// of the service, private DNS leads there and nowhere else.
func dialService(tx *world.Tx, from Host, region, service string) (ok bool, why string) {
	subnet := tx.Get(from.Account, subnetKind, from.Subnet)
	if subnet == nil {
		return false, fmt.Sprintf("%s is in no subnet", from)
	}
	for _, endpoint := range tx.Find(subnet.Account, vpcEndpointKind, Has("vpcId", subnet.String("vpcId"), "serviceName", "com.amazonaws."+region+"."+service)) {
		if endpoint.Props["privateDnsEnabled"] != true {
			continue
		}
		for _, eni := range tx.Find(endpoint.Account, interfaceKind, Has("_endpoint", endpoint.ID)) {
			if ok, why := Reach(tx, from, HostOf(eni).IP, 443); !ok {
				return false, why
			}
		}
		return true, ""
	}
	return Reach(tx, from, internet, 443)
}

// dialS3 is dialService for S3, which a gateway endpoint in the route table of the subnet serves at S3's own addresses.
func dialS3(tx *world.Tx, from Host, region string) (ok bool, why string) {
	subnet := tx.Get(from.Account, subnetKind, from.Subnet)
	if subnet == nil {
		return false, fmt.Sprintf("%s is in no subnet", from)
	}
	table := tableOf(tx, subnet)
	for _, endpoint := range tx.Find(subnet.Account, vpcEndpointKind, Has("vpcId", subnet.String("vpcId"), "serviceName", "com.amazonaws."+region+".s3", "vpcEndpointType", "Gateway")) {
		if table == nil || !slices.Contains(texts(endpoint.Props, "routeTableIds"), table.ID) {
			continue
		}
		address := netip.MustParsePrefix(firstOf(texts(endpoint.Props, "cidrBlocks"))).Addr().Next()
		if !permitsList(tx, from, endpoint.String("prefixListId")) && !permits(tx, from.Account, from.Groups, egressRuleKind, address, nil, 443) {
			return false, closed("out of", from.Groups, address, 443)
		}
		return true, ""
	}
	return Reach(tx, from, internet, 443)
}

// permitsList reports whether the groups of a host let HTTPS out to a prefix list.
func permitsList(tx *world.Tx, from Host, list string) bool {
	for _, id := range from.Groups {
		group := tx.Get(from.Account, securityGroupKind, id)
		if group == nil {
			continue
		}
		for _, rule := range rulesOf(tx, group, egressRuleKind) {
			if ruleHasPort(rule, 443) && list != "" && rule.String("prefixListId") == list {
				return true
			}
		}
	}
	return false
}

// serviceOf is the region and the service of a name such as logs.eu-central-1.amazonaws.com.
func serviceOf(name string) (region, service string, ok bool) {
	parts := strings.SplitN(name, ".", 3)
	if len(parts) < 3 || !strings.HasPrefix(parts[2], "amazonaws.com") {
		return "", "", false
	}
	return parts[1], parts[0], true
}
