package compare

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// OffersSubject is the subject of the look-up of instance types.
const OffersSubject = "instance types on offer"

// offers compares the instance types of the nodes with those that EC2 has. EKS would refuse a type that it does not have at the end of
// the longest wait of an update.
func (c *comparison) offers() {
	if c.world.Offered == nil {
		return
	}
	all := c.nodeZones()
	for _, group := range c.cfg.NodeGroupList() {
		field := "nodeInstanceTypes"
		if group.Key != "" {
			field = "nodeGroups." + group.Key + ".instanceTypes"
		}
		zones := all
		if len(all) > 0 && len(group.Zones) > 0 {
			zones = nil
			for _, number := range group.Zones {
				if number <= len(all) {
					zones = append(zones, all[number-1])
				}
			}
		}
		for i, name := range group.InstanceTypes {
			has, at := c.world.Offered[name], fmt.Sprintf("%s[%d]", field, i)
			lacking := slices.DeleteFunc(slices.Clone(zones), func(zone string) bool { return slices.Contains(has, zone) })
			switch {
			case len(has) == 0:
				c.problems.Refuse(at, name, "EC2 has no such instance type in %s (aws ec2 describe-instance-type-offerings)", c.cfg.Region)
			case len(lacking) == 0 || len(lacking) < len(zones) && c.running(group):
			case len(lacking) == len(zones):
				c.problems.Refuse(at, name, "EC2 has this instance type in no zone of the group, only in %s", strings.Join(slices.Sorted(slices.Values(has)), ", "))
			default:
				c.warn("EC2 does not have %s in %s, so no node of the group %s starts there: %s", name, strings.Join(lacking, ", "), cmp.Or(group.Key, "nodes"), at)
			}
		}
	}
}
