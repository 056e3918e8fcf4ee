package config

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"ambient-ecs/problem"
	"ambient-ecs/support"
)

// VersionSettings are the versions of Istio, and the istiods that run side by side.
type VersionSettings struct {
	// IstioVersion is both chart version and image tag, for example "1.28.3-patch0-solo": of the nodes' agents and
	// ztunnels, of the tasks whose cluster says nothing of its own, and of istiod where IstioRevisions is empty.
	IstioVersion string `config:"istioVersion"`
	// IstioRevisions are istiods that run side by side, each with its version, by the name of the revision. The istiod
	// without a revision has the name UnnamedRevision. Empty: that one alone.
	IstioRevisions map[string]string `config:"istioRevisions"`
	// IstioDefaultRevision is the istiod that programs gateways, nodes and tasks.
	IstioDefaultRevision string `config:"istioDefaultRevision"`
}

// UnnamedRevision is the revision of an istiod that was installed without one. Istio itself calls it so.
const UnnamedRevision = "default"

// Revision is one istiod. Several may run at once, with one mesh between them.
type Revision struct {
	// Name is UnnamedRevision, or what the release, the service and the service account of istiod end in.
	Name string
	// Version is the version of its chart and image.
	Version string
}

// IstiodName is what Istio calls istiod of a revision: release, Service and service account.
func (r Revision) IstiodName() string {
	if r.Name == UnnamedRevision {
		return "istiod"
	}
	return "istiod-" + r.Name
}

// RevisionList are all istiods, sorted by name: those of IstioRevisions, or one without a revision.
func (c Config) RevisionList() []Revision {
	if len(c.IstioRevisions) == 0 {
		return []Revision{{Name: UnnamedRevision, Version: c.IstioVersion}}
	}
	var all []Revision
	for _, name := range slices.Sorted(maps.Keys(c.IstioRevisions)) {
		all = append(all, Revision{Name: name, Version: c.IstioRevisions[name]})
	}
	return all
}

// IstiodAccounts are the service accounts of all istiods in istio-system, sorted by revision.
func (c Config) IstiodAccounts() []string {
	var all []string
	for _, revision := range c.RevisionList() {
		all = append(all, revision.IstiodName())
	}
	return all
}

// ControlVersion is the version of the istiod that programs the data plane: that of IstioDefaultRevision.
func (c Config) ControlVersion() string {
	if len(c.IstioRevisions) == 0 {
		return c.IstioVersion
	}
	return c.IstioRevisions[c.IstioDefaultRevision]
}

// NewestVersion is the newest version of all istiods. The custom resource definitions have it: they understand what
// older ones write, and not the other way round.
func (c Config) NewestVersion() string {
	newest := Revision{}
	for _, revision := range c.RevisionList() {
		if newest.Version == "" || compareVersions(revision.Version, newest.Version) > 0 {
			newest = revision
		}
	}
	return newest.Version
}

// ZtunnelVersion is the version of ztunnel in the tasks of a cluster.
func (c Config) ZtunnelVersion(cluster string) string {
	if own := c.Clusters[cluster].ZtunnelVersion; own != "" {
		return own
	}
	return c.IstioVersion
}

// ZtunnelImage is the image of the ztunnel container of a cluster's tasks: the one that the chart chooses for the
// nodes, in the cluster's version. Without a cluster it is the one of the nodes.
func (c Config) ZtunnelImage(cluster string) string {
	image := strings.TrimSuffix(c.ImageHub, "/") + "/ztunnel:" + c.ZtunnelVersion(cluster)
	if c.ImageVariant != "" {
		image += "-" + c.ImageVariant
	}
	return image
}

var (
	// istioVersion is a chart version of Solo's distribution; its first group is the Istio minor version, the second
	// the patch version.
	istioVersion = regexp.MustCompile(`^1\.([0-9]+)\.([0-9]+)(?:-[0-9A-Za-z.]+)*-solo(?:-[0-9A-Za-z.]+)*$`)
	// rebuilt is the mark of a further build of the same Istio version.
	rebuilt = regexp.MustCompile(`-patch([0-9]+)`)
	// early is the mark of a build before the release.
	early = regexp.MustCompile(`-(alpha|beta|rc|dev)\b`)
)

// minorOf is the Istio minor version: 28 of "1.28.3-patch0-solo".
func minorOf(version string) (minor int, known bool) {
	parts := istioVersion.FindStringSubmatch(version)
	if parts == nil {
		return 0, false
	}
	minor, err := strconv.Atoi(parts[1])
	return minor, err == nil
}

// IstioMinor is the Istio minor version of a chart version or an image tag of Solo's distribution: 28 of
// "1.28.3-patch0-solo-distroless". known is false for another text.
func IstioMinor(version string) (minor int, known bool) { return minorOf(version) }

// compareVersions orders versions of Solo's distribution: alphas before the release, rebuilds after it.
func compareVersions(a, b string) int {
	first, second := ranks(a), ranks(b)
	for i := range first {
		if order := cmp.Compare(first[i], second[i]); order != 0 {
			return order
		}
	}
	return strings.Compare(a, b)
}

// ranks are minor version, patch version and build of a version.
func ranks(version string) [3]int {
	parts := istioVersion.FindStringSubmatch(version)
	if parts == nil {
		return [3]int{}
	}
	number := func(text string) int {
		n, err := strconv.Atoi(text)
		if err != nil {
			return 0 // more digits than any version has
		}
		return n
	}
	build := 0
	if early.MatchString(version) {
		build = -1
	} else if patch := rebuilt.FindStringSubmatch(version); patch != nil {
		build = number(patch[1]) + 1
	}
	return [3]int{number(parts[1]), number(parts[2]), build}
}

// maxRevision leaves room for "istiod-" within the 53 characters of a Helm release's name.
const maxRevision = 53 - len("istiod-")

// checkVersions checks the versions of Istio, and the Kubernetes version against them.
func (c Config) checkVersions(p *problem.List) {
	c.checkVersion(p, "istioVersion", c.IstioVersion)
	c.checkRevisions(p)
	c.checkKubernetes(p)
}

// checkRevisions checks the istiods and that the data plane's versions go with theirs.
func (c Config) checkRevisions(p *problem.List) {
	for _, name := range slices.Sorted(maps.Keys(c.IstioRevisions)) {
		switch {
		case !label.MatchString(name):
			p.Refuse("istioRevisions", name, "a revision is a part of names in Kubernetes, for example 1-29-1: %s", labelRule)
		case len(name) > maxRevision:
			p.Refuse("istioRevisions", name, "at most %d characters fit into the name of the release, istiod-%s", maxRevision, name)
		}
		c.checkVersion(p, "istioRevisions."+name, c.IstioRevisions[name])
	}
	names := []string{UnnamedRevision}
	if len(c.IstioRevisions) > 0 {
		names = slices.Sorted(maps.Keys(c.IstioRevisions))
	}
	if !slices.Contains(names, c.IstioDefaultRevision) {
		const reason = "the data plane needs an istiod that exists: choose one of %s"
		if c.IstioDefaultRevision == "" {
			p.Missing("istioDefaultRevision", reason, strings.Join(names, ", "))
		} else {
			p.Refuse("istioDefaultRevision", c.IstioDefaultRevision, reason, strings.Join(names, ", "))
		}
		return
	}
	if len(c.IstioRevisions) > 0 {
		c.checkSkew(p, "istioVersion", c.IstioVersion)
	}
	for _, key := range c.ClusterKeys() {
		if own := c.Clusters[key].ZtunnelVersion; own != "" {
			field := "clusters." + key + ".ztunnelVersion"
			if c.checkVersion(p, field, own) {
				c.checkSkew(p, field, own)
			}
		}
	}
}

// checkSkew refuses a version of the data plane that does not go with the istiod that programs it. Istio supports the
// same minor version and the one before (Istio, "Upgrade with Helm" of ambient mode; "Supported releases").
func (c Config) checkSkew(p *problem.List, field, version string) {
	data, known := minorOf(version)
	control, controlKnown := minorOf(c.ControlVersion())
	switch {
	case !known || !controlKnown:
		// Told already.
	case data > control:
		p.Refuse(field, version, "the data plane may not be newer than its istiod, which has %s (revision %s): upgrade istiod first", c.ControlVersion(), c.IstioDefaultRevision)
	case data < control-1:
		p.Refuse(field, version, "the data plane may be one minor version behind its istiod, which has %s (revision %s), and no more", c.ControlVersion(), c.IstioDefaultRevision)
	}
}

// checkVersion checks a version of Istio by itself and against the Kubernetes version.
func (c Config) checkVersion(p *problem.List, field, version string) bool {
	if version == "" {
		p.Missing(field, "give a chart version of Solo's distribution, for example 1.28.3-patch0-solo")
		return false
	}
	istio, ok := minorOf(version)
	switch {
	case !ok:
		p.Refuse(field, version, "it must be a version of Solo's distribution, such as 1.28.3-patch0-solo: the plain versions have no ECS discovery")
		return false
	case strings.HasSuffix(version, "-distroless"):
		p.Refuse(field, version, "it is the version of the charts too: give the variant of the images with imageVariant")
		return false
	}
	switch first, last := bounds(support.IstioMinors()); {
	case istio < first:
		p.Refuse(field, version, "the discovery of ECS services begins with 1.%d", first)
		return false
	case istio > last:
		p.Refuse(field, version, "the program knows Istio 1.%d to 1.%d, and nothing of what a newer one needs", first, last)
		return false
	}
	return true
}
