package config

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"ambient-ecs/eks/ami"
	"ambient-ecs/problem"
	"ambient-ecs/quota"
)

// NodeSettings are the nodes of the EKS cluster: one group that every cluster has, and more.
type NodeSettings struct {
	// NodeInstanceTypes are the instance types of the first node group.
	NodeInstanceTypes []string `config:"nodeInstanceTypes"`
	// NodeAMIType is the machine image of the first node group. Empty: Amazon Linux 2023.
	NodeAMIType string `config:"nodeAmiType"`
	// NodeReleaseVersion is the release of that image. Empty: AWS's newest when the group is made or gets another
	// Kubernetes version.
	NodeReleaseVersion string `config:"nodeReleaseVersion"`
	// NodeCount is the desired and least number of nodes of the first group, NodeCountMax the most.
	NodeCount    int `config:"nodeCount"`
	NodeCountMax int `config:"nodeCountMax"`
	// NodeRepair lets EKS replace or reboot nodes that are not healthy.
	NodeRepair bool `config:"nodeRepair"`
	// NodeAutoscaling says that an autoscaler owns the number of nodes of every group, between least and most.
	NodeAutoscaling bool `config:"nodeAutoscaling"`
	// NodeDiskGiB is the size of a node's volume for containers in GiB.
	NodeDiskGiB int `config:"nodeDiskGiB"`
	// NodeGroups are more node groups, by key.
	NodeGroups map[string]NodeGroup `config:"nodeGroups"`
}

// NodeGroup is one more node group.
type NodeGroup struct {
	// InstanceTypes are its instance types, all with the same processor architecture. Required. A change replaces the
	// group.
	InstanceTypes []string `config:"instanceTypes"`
	// AMIType is its machine image: AL2023_x86_64_STANDARD, AL2023_ARM_64_STANDARD, BOTTLEROCKET_x86_64 or
	// BOTTLEROCKET_ARM_64. Empty: Amazon Linux 2023 for the processors of the instance types. A change replaces the group.
	AMIType string `config:"amiType"`
	// ReleaseVersion is the release of the image. Empty: AWS's newest when the group is made or gets another Kubernetes
	// version.
	ReleaseVersion string `config:"releaseVersion"`
	// Desired is the number of nodes. Empty: 1. With nodeAutoscaling it is the number to begin with.
	Desired *int `config:"desired"`
	// Min is the least number of nodes. Empty: as many as desired.
	Min *int `config:"min"`
	// Max is the greatest number of nodes. Empty: as many as desired, and at least 1.
	Max *int `config:"max"`
	// DiskGiB is the size of a node's volume for containers. Empty: nodeDiskGiB.
	DiskGiB int `config:"diskGiB"`
	// Labels are Kubernetes labels of its nodes.
	Labels map[string]string `config:"labels"`
	// Taints keep pods away from its nodes that do not tolerate them. The mesh's own pods stay on the first group, which has
	// none; ztunnel and istio-cni run everywhere.
	Taints []Taint `config:"taints"`
	// Spot takes spare capacity, which AWS takes back with two minutes of notice. A change replaces the group.
	Spot bool `config:"spot"`
	// Zones are the zones of its nodes, by their number in zoneIds, in subnets.private or, without both, in the order in which
	// the program chose them: [1] is the first. Empty: all. A change replaces the group.
	Zones []int `config:"zones"`
}

// Taint is a taint of a node group, as AWS writes it.
type Taint struct {
	// Key is its key. Required.
	Key string `config:"key"`
	// Value is its value. Empty: none.
	Value string `config:"value"`
	// Effect is NO_SCHEDULE, NO_EXECUTE or PREFER_NO_SCHEDULE. Required.
	Effect string `config:"effect"`
}

// Nodes are the nodes of one group, with all defaults.
type Nodes struct {
	// Key is the key in nodeGroups, empty for the first group.
	Key string
	// InstanceTypes, AMIType, ReleaseVersion, DiskGiB, Labels, Taints, Spot and Zones are those of the group. The first
	// group's AMIType is empty if the configuration says nothing.
	InstanceTypes           []string
	AMIType, ReleaseVersion string
	DiskGiB                 int
	Labels                  map[string]string
	Taints                  []Taint
	Spot                    bool
	Zones                   []int
	// Min, Desired and Max are numbers of nodes.
	Min, Desired, Max int
}

// NodeGroupList are all node groups: the first one, then those of nodeGroups by key.
func (c Config) NodeGroupList() []Nodes {
	all := []Nodes{{
		InstanceTypes: c.NodeInstanceTypes, AMIType: c.NodeAMIType, ReleaseVersion: c.NodeReleaseVersion, DiskGiB: c.NodeDiskGiB,
		Min: c.NodeCount, Desired: c.NodeCount, Max: c.NodeCountMax,
	}}
	for _, key := range slices.Sorted(maps.Keys(c.NodeGroups)) {
		all = append(all, c.NodeGroups[key].nodes(key, c.NodeDiskGiB))
	}
	return all
}

// nodes are the group with all defaults.
func (g NodeGroup) nodes(key string, disk int) Nodes {
	desired := value(g.Desired, 1)
	return Nodes{
		Key: key, InstanceTypes: g.InstanceTypes, AMIType: cmp.Or(g.AMIType, imageFor(g.InstanceTypes)), ReleaseVersion: g.ReleaseVersion,
		DiskGiB: cmp.Or(g.DiskGiB, disk), Labels: g.Labels, Taints: g.Taints, Spot: g.Spot, Zones: g.Zones,
		Min: value(g.Min, desired), Desired: desired, Max: value(g.Max, max(desired, 1)),
	}
}

func value(set *int, otherwise int) int {
	if set == nil {
		return otherwise
	}
	return *set
}

// imageFor is Amazon Linux 2023 for the processors of instance types.
func imageFor(types []string) string {
	if len(types) > 0 && isARM(types[0]) {
		return ami.AL2023ARM
	}
	return ami.AL2023
}

var (
	// instanceType has the instance family's attributes in its first group: "gd" of m7gd.large.
	instanceType = regexp.MustCompile(`^(?:[a-z]+[0-9]+([a-z0-9-]*)|u-[0-9a-z]+)\.[a-z0-9-]+$`)
	// labelKey and labelValue are what Kubernetes takes for labels and taints.
	labelKey   = regexp.MustCompile(`^([a-z0-9.-]{1,253}/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$`)
	labelValue = regexp.MustCompile(`^([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$`)
)

const (
	// leastDisk is the size of the root volume's snapshot; a volume cannot be smaller.
	leastDisk = 20
	mostDisk  = 16384
	// maxGroupKey leaves room for the rest of the name of a node group, 63 characters in all.
	maxGroupKey = 40
)

func (c Config) checkNodes(p *problem.List) {
	c.checkTypes(p, "nodeInstanceTypes", "nodeAmiType", c.NodeInstanceTypes, c.NodeAMIType)
	c.checkRelease(p, "nodeReleaseVersion", c.NodeAMIType, c.NodeReleaseVersion)
	p.Between("nodeCount", c.NodeCount, 1, quota.NodesPerGroup.Default, "istiod and the gateway need a node, and a node group has a limit")
	if c.NodeCountMax < c.NodeCount {
		p.Refuse("nodeCountMax", c.NodeCountMax, "it is less than nodeCount, %d", c.NodeCount)
	} else if c.NodeCountMax > quota.NodesPerGroup.Default {
		p.Refuse("nodeCountMax", c.NodeCountMax, "a managed node group has at most %d nodes", quota.NodesPerGroup.Default)
	}
	p.Between("nodeDiskGiB", c.NodeDiskGiB, leastDisk, mostDisk, "the machine image needs the least, and EBS has no more")
	for _, key := range slices.Sorted(maps.Keys(c.NodeGroups)) {
		c.checkNodeGroup(p, key)
	}
}

// checkTypes checks instance types, and that the image is for their processors.
func (c Config) checkTypes(p *problem.List, field, imageField string, types []string, name string) {
	if len(types) == 0 {
		p.Missing(field, "the node group needs at least one instance type")
	}
	first := ""
	for i, t := range types {
		at := fmt.Sprintf("%s[%d]", field, i)
		if !instanceType.MatchString(t) {
			p.Refuse(at, t, "this is no EC2 instance type such as t3.large")
			continue
		}
		if first == "" {
			first = t
		}
		if isARM(t) != isARM(first) {
			p.Refuse(at, t, "one of this and %s has ARM processors and the other has not: a node group boots one machine image", first)
		}
	}
	i, known := ami.Of(name)
	switch {
	case !known:
		problem.OneOf(p, imageField, name, ami.Names()...)
	case name != "" && first != "" && i.ARM != isARM(first):
		p.Refuse(imageField, name, "%s has processors of another architecture", first)
	}
}

// checkRelease checks the release of an image.
func (c Config) checkRelease(p *problem.List, field, name, release string) {
	if i, known := ami.Of(name); known && release != "" {
		p.Because(field, release, i.CheckRelease(release, c.KubernetesVersion))
	}
}

// checkNodeGroup checks one of NodeGroups.
func (c Config) checkNodeGroup(p *problem.List, key string) {
	g, field := c.NodeGroups[key], "nodeGroups."+key
	switch {
	case !label.MatchString(key):
		p.Refuse("nodeGroups", key, "the key of a node group becomes part of names: %s", labelRule)
	case len(key) > maxGroupKey:
		p.Refuse("nodeGroups", key, "at most %d characters fit into the name of the group", maxGroupKey)
	}
	c.checkTypes(p, field+".instanceTypes", field+".amiType", g.InstanceTypes, g.AMIType)
	n := g.nodes(key, c.NodeDiskGiB)
	c.checkRelease(p, field+".releaseVersion", n.AMIType, g.ReleaseVersion)
	p.Between(field+".max", n.Max, 1, quota.NodesPerGroup.Default, "EKS takes no group that has no node at most, and a node group has a limit")
	p.Between(field+".min", n.Min, 0, max(n.Desired, 0), "it is at most the desired number")
	p.Between(field+".desired", n.Desired, 0, max(n.Max, 0), "it is at most the greatest number")
	if g.DiskGiB != 0 {
		p.Between(field+".diskGiB", g.DiskGiB, leastDisk, mostDisk, "the machine image needs the least, and EBS has no more")
	}
	for _, name := range slices.Sorted(maps.Keys(g.Labels)) {
		checkNodeLabel(p, field+".labels", name, g.Labels[name])
	}
	for i, taint := range g.Taints {
		checkTaint(p, fmt.Sprintf("%s.taints[%d]", field, i), taint)
	}
	for i, number := range g.Zones {
		at := fmt.Sprintf("%s.zones[%d]", field, i)
		p.Between(at, number, 1, max(c.Zones(c.Home), 1), "it is the number of a zone of the home account")
		if slices.Contains(g.Zones[:i], number) {
			p.Refuse(at, number, "it is in the list twice")
		}
	}
}

// ownLabels are the domains whose labels belong to Kubernetes and to EKS. A kubelet that is told to set one does not start.
// https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#noderestriction, 2026-11-29.
var ownLabels = []string{"kubernetes.io", "k8s.io", "eks.amazonaws.com"}

// checkNodeLabel checks a label of nodes.
func checkNodeLabel(p *problem.List, field, name, value string) {
	if !labelKey.MatchString(name) {
		p.Refuse(field, name, "this is no name of a Kubernetes label, such as example.com/team")
	}
	if !labelValue.MatchString(value) {
		p.Refuse(field+"."+name, value, "this is no value of a Kubernetes label: at most 63 letters, digits, -, _ and ., with a letter or a digit at both ends")
	}
	domain, _, named := strings.Cut(name, "/")
	for _, own := range ownLabels {
		if named && domain != "node."+own && (domain == own || strings.HasSuffix(domain, "."+own)) {
			p.Refuse(field, name, "labels of %s are set by Kubernetes and EKS, and a node that is told to set one does not join: take a domain of yours, or node.kubernetes.io", own)
		}
	}
}

// checkTaint checks a taint of a node group.
func checkTaint(p *problem.List, field string, taint Taint) {
	switch {
	case taint.Key == "":
		p.Missing(field+".key", "a taint has a key, such as dedicated")
	case !labelKey.MatchString(taint.Key):
		p.Refuse(field+".key", taint.Key, "it has the form of a label's name, such as example.com/dedicated")
	}
	if !labelValue.MatchString(taint.Value) {
		p.Refuse(field+".value", taint.Value, "it has the form of a label's value")
	}
	problem.OneOf(p, field+".effect", taint.Effect, "NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE")
}

// isARM reports whether an instance type has Graviton processors: a "g" among the attributes after the
// generation's number.
func isARM(t string) bool {
	parts := instanceType.FindStringSubmatch(t)
	return strings.HasPrefix(t, "a1.") || parts != nil && strings.Contains(parts[1], "g")
}

// StaleImage reports whether a release of an image is so old that patches are missing, and how many days it is old. It is false for a
// release that does not tell its day.
func (c Config) StaleImage(image ami.Image, release string) (days int, stale bool) {
	day, known := image.Released(release)
	age := c.clock().Sub(day)
	return int(age / (24 * time.Hour)), known && age > ami.Stale
}

// staleImages warns of releases that the configuration names and that are old.
func (c Config) staleImages() (all []string) {
	if c.HasExistingEKS() {
		return nil
	}
	for _, group := range c.NodeGroupList() {
		field := "nodeReleaseVersion"
		if group.Key != "" {
			field = "nodeGroups." + group.Key + ".releaseVersion"
		}
		image, _ := ami.Of(group.AMIType)
		if days, stale := c.StaleImage(image, group.ReleaseVersion); stale {
			all = append(all, fmt.Sprintf("%s: %s is an image of %d days ago, without the patches since then: set the newest release (docs/upgrade.md#nodes)", field, group.ReleaseVersion, days))
		}
	}
	return all
}
