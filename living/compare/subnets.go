package compare

import (
	"fmt"
	"slices"
	"strings"

	"ambient-ecs/network/cidr"
)

// ClusterSubnet is a subnet of the EKS cluster.
type ClusterSubnet struct{ CIDR, ZoneID string }

// homeSubnets compares the private subnets of the home account with those in which EKS lives. EKS refuses others, after the new subnets
// and before the old ones are gone: https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html, 2026-11-30.
func (c *comparison) homeSubnets(living []ClusterSubnet) {
	home := c.cfg.Accounts[c.cfg.Home]
	if len(living) == 0 || home.Network != nil {
		return
	}
	living = slices.SortedFunc(slices.Values(living), func(a, b ClusterSubnet) int { return strings.Compare(a.ZoneID+a.CIDR, b.ZoneID+b.CIDR) })
	zones, zoneOf := []string{}, map[string]string{}
	for _, subnet := range living {
		zones, zoneOf[subnet.CIDR] = append(zones, subnet.ZoneID), subnet.ZoneID
	}
	if ids := c.cfg.ZoneIDs; len(ids) > 0 && !slices.Equal(slices.Sorted(slices.Values(ids)), zones) {
		c.forLife("zoneIds", strings.Join(ids, ", "), strings.Join(zones, ", "), "the subnets of the EKS cluster are in other zones")
		return
	}
	field, value := "accounts."+c.cfg.Home+".vpcCidr", home.VPCCIDR
	wanted := c.homePrefixes(len(living))
	if home.Subnets != nil {
		field, value = "accounts."+c.cfg.Home+".subnets.private", strings.Join(wanted, ", ")
	}
	for i, prefix := range wanted {
		zone, lives := zoneOf[prefix]
		switch {
		case !lives || len(wanted) != len(living):
			c.forLife(field, value, "what leads to "+prefixes(living), "the EKS cluster lives in the subnets "+prefixes(living))
			return
		case i < len(c.cfg.ZoneIDs) && c.cfg.ZoneIDs[i] != zone:
			c.forLife("zoneIds", strings.Join(c.cfg.ZoneIDs, ", "), "the order in which they were", fmt.Sprintf("the EKS cluster's subnet %s is in %s", prefix, zone))
			return
		}
	}
}

// namedSubnets compares the private subnets that the stack file names, or to which its tags lead, with those in which EKS lives: the
// control plane stays there, and with other subnets every node would be replaced.
func (c *comparison) namedSubnets(living []string) {
	home := c.cfg.Accounts[c.cfg.Home]
	if home.Network == nil || len(living) == 0 {
		return
	}
	was, wanted := slices.Sorted(slices.Values(living)), slices.Sorted(slices.Values(home.Network.PrivateSubnetIDs))
	if !slices.Equal(was, wanted) {
		all := strings.Join(was, ", ")
		c.forLife("accounts."+c.cfg.Home+".network.privateSubnetIds", strings.Join(wanted, ", "), all, "the EKS cluster lives in the subnets "+all)
	}
}

// homePrefixes are the private subnets of the home account in the order of the zones.
func (c *comparison) homePrefixes(zones int) (all []string) {
	home := c.cfg.Accounts[c.cfg.Home]
	if home.Subnets != nil {
		return home.Subnets.Private
	}
	vpc, err := cidr.ParseVPC(home.VPCCIDR)
	if err != nil {
		return nil // the configuration was checked
	}
	plan, err := cidr.Compute(vpc, zones)
	if err != nil {
		return nil
	}
	for _, prefix := range plan.Private {
		all = append(all, prefix.String())
	}
	return all
}

func prefixes(subnets []ClusterSubnet) string {
	var all []string
	for _, subnet := range subnets {
		all = append(all, subnet.CIDR)
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}
