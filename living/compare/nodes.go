package compare

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"ambient-ecs/config"
	"ambient-ecs/eks/ami"
	"ambient-ecs/quota"
)

// groupName is the name that Pulumi makes for a group of nodeGroups, with the key as its group. The name of the first group has
// none.
var groupName = regexp.MustCompile(`^eks-nodes-([a-z0-9-]+)-[0-9a-f]{7}$`)

// configured returns what the configuration says of a living group. found is false for a group that it no longer has.
func (c *comparison) configured(name string) (nodes config.Nodes, field string, found bool) {
	key := ""
	if parts := groupName.FindStringSubmatch(name); parts != nil {
		key = parts[1]
	}
	for _, nodes := range c.cfg.NodeGroupList() {
		if nodes.Key == key {
			return nodes, "nodeGroups." + key + ".", true
		}
	}
	return config.Nodes{}, "", false
}

// names are what the properties of a group are called in the configuration: by themselves in the first group.
func names(field string, nodes config.Nodes) (types, disk, release, desired string) {
	if nodes.Key == "" {
		return "nodeInstanceTypes", "nodeDiskGiB", "nodeReleaseVersion", "nodeCount"
	}
	return field + "instanceTypes", field + "diskGiB", field + "releaseVersion", field + "desired"
}

// nodes reports what would replace every node, which releases are older than what lives, and which numbers of nodes would be set back.
func (c *comparison) nodes() {
	replaced := 0
	for _, living := range c.world.Nodes {
		want, field, found := c.configured(living.Name)
		if !found {
			continue
		}
		types, disk, release, desired := names(field, want)
		var because []string
		if living.Tags != nil {
			for _, key := range differing(living.Tags, c.cfg.ResourceTags()) {
				because = append(because, "the tag "+key)
			}
		}
		if living.DiskGiB != 0 {
			if key := c.cfg.KeyFor(c.cfg.Home, config.KeyForVolumes); otherKey(living.VolumeKey, key) {
				because = append(because, fmt.Sprintf("accounts.%s.keys.volumes, now %s", c.cfg.Home, cmp.Or(living.VolumeKey, "AWS's own key")))
			}
		}
		if living.DiskGiB != 0 && living.DiskGiB != want.DiskGiB {
			because = append(because, fmt.Sprintf("%s, now %d", disk, living.DiskGiB))
		}
		if living.Version != "" && living.Version != c.cfg.KubernetesVersion {
			because = append(because, "kubernetesVersion, now "+living.Version)
		}
		if living.ReleaseVersion != "" && want.ReleaseVersion != "" && living.ReleaseVersion != want.ReleaseVersion {
			because = append(because, release+", now "+living.ReleaseVersion)
		}
		if living.otherTypes(want) {
			because = append(because, types+", now "+strings.Join(living.InstanceTypes, ", "))
		}
		if because != nil {
			c.warn("Every node of the group %s is replaced, and every pod moves: nodes are made with %s. EKS starts new nodes first, and drains the old ones as disruption budgets allow (docs/upgrade.md#what-eks-does)", living.Name, strings.Join(because, "; "))
			replaced++
		}
		if living.becomes(want) {
			c.release(living, want, release)
		}
		c.count(living, want, desired)
	}
	c.surge(replaced)
}

// otherTypes reports whether a group has other instance types than the configuration wants.
func (n Nodes) otherTypes(want config.Nodes) bool {
	return len(n.InstanceTypes) > 0 && !slices.Equal(slices.Sorted(slices.Values(n.InstanceTypes)), slices.Sorted(slices.Values(want.InstanceTypes)))
}

// running reports whether a group lives with the instance types that the configuration wants.
func (c *comparison) running(group config.Nodes) bool {
	return slices.ContainsFunc(c.world.Nodes, func(living Nodes) bool {
		want, _, found := c.configured(living.Name)
		return found && want.Key == group.Key && !living.otherTypes(group)
	})
}

// becomes reports whether a living group stays and gets the release that the configuration wants. A new group in its place may have any.
func (n Nodes) becomes(want config.Nodes) bool {
	living, known := ami.Of(n.AMIType)
	wanted, _ := ami.Of(want.AMIType)
	return known && living.Bottlerocket == wanted.Bottlerocket && (want.AMIType == "" || n.AMIType == "" || n.AMIType == want.AMIType) && !n.otherTypes(want) && n.Spot == want.Spot
}

// release compares the release of the image of a group that stays. EKS takes it to no older one. Without a key nobody may have thought of
// patches for long.
func (c *comparison) release(living Nodes, want config.Nodes, field string) {
	image, _ := ami.Of(want.AMIType)
	switch {
	case living.Version != "" && living.Version != c.cfg.KubernetesVersion:
		// The image of another Kubernetes version is never an older one of this.
	case want.ReleaseVersion == "":
		if days, stale := c.cfg.StaleImage(image, living.ReleaseVersion); stale {
			c.warn("%s: the nodes of the group %s have an image of %d days ago, %s, without the patches since then: set the newest release (docs/upgrade.md#nodes)", field, living.Name, days, living.ReleaseVersion)
		}
	case image.Older(want.ReleaseVersion, living.ReleaseVersion):
		c.problems.Refuse(field, want.ReleaseVersion, "the group %s has %s, and EKS takes a group back to no older release. Set that one, or a newer one. "+
			"To go back, let a new group take its place: add an instance type of the same size to the group in the same update (docs/upgrade.md#nodes)", living.Name, living.ReleaseVersion)
	}
}

// surge warns of subnets without room for the nodes that EKS starts while it replaces others.
func (c *comparison) surge(groups int) {
	if groups == 0 {
		return
	}
	c.warnings = append(c.warnings, c.cfg.TightForUpdates()...)
	network, looked := c.world.Networks[c.cfg.Home]
	if !looked {
		return
	}
	for _, id := range c.cfg.Accounts[c.cfg.Home].Network.PrivateSubnetIDs {
		if subnet := network.Subnets[id]; subnet.ID != "" && subnet.Free < quota.SurgeAddresses*groups {
			c.warn("accounts.%s.network.privateSubnetIds: %s has %d free addresses, and the new nodes of an update need up to %d there: up to two in each zone, for each node group", c.cfg.Home, id, subnet.Free, quota.SurgeAddresses*groups)
		}
	}
}

// count compares the number of nodes of a group.
func (c *comparison) count(living Nodes, want config.Nodes, field string) {
	switch {
	case living.Desired == 0 && !c.cfg.NodeAutoscaling:
	case !c.cfg.NodeAutoscaling && living.Desired > want.Desired+1:
		c.warn("The group %s has %d nodes and %s says %d: an update of the group sets %d. Auto Scaling ends the others at once, and asks no disruption budget: lower it by one at a time (docs/upgrade.md#fewer-nodes)", living.Name, living.Desired, field, want.Desired, want.Desired)
	case !c.cfg.NodeAutoscaling && living.Desired != want.Desired:
		c.warn("The group %s has %d nodes and %s says %d: an update of the group sets %d.", living.Name, living.Desired, field, want.Desired, want.Desired)
	case c.cfg.NodeAutoscaling && (living.Desired < want.Min || living.Desired > want.Max):
		c.problems.Refuse("nodeAutoscaling", true, "the autoscaler left %d nodes in the group %s, and the configuration wants between %d and %d. "+
			"Pulumi does not touch the number, and EKS refuses bounds around another one: let the autoscaler move first (aws eks update-nodegroup-config), or choose other bounds", living.Desired, living.Name, want.Min, want.Max)
	}
}

// differing returns the keys of tags that living nodes and configured nodes do not have alike. It ignores the Name
// tag, which nodes have by themselves.
func differing(a, b map[string]string) []string {
	keys := map[string]bool{}
	for key := range a {
		keys[key] = a[key] != b[key]
	}
	for key := range b {
		if _, both := a[key]; !both {
			keys[key] = true
		}
	}
	if _, named := b["Name"]; !named {
		delete(keys, "Name")
	}
	maps.DeleteFunc(keys, func(_ string, differs bool) bool { return !differs })
	return slices.Sorted(maps.Keys(keys))
}

// otherKey reports whether a living key is not the one that the configuration asks for. The ARN of a key that the program makes
// is not known here, so any key of the account may be that one.
func otherKey(living, wanted string) bool {
	if wanted == config.OwnKey {
		return living == ""
	}
	return living != wanted
}
