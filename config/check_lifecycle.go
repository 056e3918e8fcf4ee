package config

import (
	"maps"
	"slices"
	"strings"

	"ambient-ecs/problem"
)

// maxRevision leaves room for "istiod-" within the 53 characters of a Helm release's name.
const maxRevision = 53 - len("istiod-")

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
	case istio < firstIstio:
		p.Refuse(field, version, "the discovery of ECS services begins with 1.%d", firstIstio)
		return false
	}
	return true
}

// checkIstioVersion checks the versions of Istio, and the newest of them against the Kubernetes version.
func (c Config) checkIstioVersion(p *problem.List) {
	c.checkVersion(p, "istioVersion", c.IstioVersion)
	c.checkRevisions(p)
	newest := c.IstioVersion
	for _, revision := range c.RevisionList() {
		if compareVersions(revision.Version, newest) > 0 {
			newest = revision.Version
		}
	}
	istio, known := minorOf(newest)
	if !known || istio < firstIstio {
		return
	}
	oldest := oldestKubernetes[min(istio, newestIstio)]
	if kubernetes, known := c.kubernetesMinor(); known && kubernetes < oldest {
		p.Refuse("kubernetesVersion", c.KubernetesVersion, "it is too old for Istio %s, which needs Kubernetes 1.%d or newer", newest, oldest)
	}
}
