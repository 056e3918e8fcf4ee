package config

import "ambient-ecs/problem"

// istioRelease is what Istio says of a minor version.
type istioRelease struct {
	// oldestKubernetes and newestKubernetes are the Kubernetes minor versions that it supports.
	oldestKubernetes, newestKubernetes int
}

// istioReleases are by minor version (istio/istio.io, data/compatibility/supportStatus.yml, 2026-11-29). Solo's distribution names
// no other Kubernetes versions.
var istioReleases = map[int]istioRelease{
	28: {oldestKubernetes: 30, newestKubernetes: 34},
	29: {oldestKubernetes: 31, newestKubernetes: 35},
	30: {oldestKubernetes: 32, newestKubernetes: 36},
}

const (
	// firstIstio is the first Istio minor version with the discovery of ECS services.
	firstIstio = 28
	// newestIstio is the newest one in istioReleases. Newer ones need at least what it needs.
	newestIstio = 30
)

// checkKubernetes checks the Kubernetes version against every Istio that runs in the cluster: all istiods, and the nodes' agents,
// which have IstioVersion.
func (c Config) checkKubernetes(p *problem.List) {
	kubernetes, known := c.kubernetesMinor()
	if !known {
		return // told already
	}
	versions := []string{c.IstioVersion}
	for _, revision := range c.RevisionList() {
		versions = append(versions, revision.Version)
	}
	// The newest Istio has the highest lower bound, the oldest the lowest upper one: each is told once.
	tooOld, tooNew := "", ""
	for _, version := range versions {
		istio, known := minorOf(version)
		if !known || istio < firstIstio {
			continue // told already
		}
		release, listed := istioReleases[min(istio, newestIstio)], istio <= newestIstio
		if kubernetes < release.oldestKubernetes && (tooOld == "" || compareVersions(version, tooOld) > 0) {
			tooOld = version
		}
		if listed && kubernetes > release.newestKubernetes && (tooNew == "" || compareVersions(version, tooNew) < 0) {
			tooNew = version
		}
	}
	if tooOld != "" {
		istio, _ := minorOf(tooOld)
		release := istioReleases[min(istio, newestIstio)]
		if istio > newestIstio {
			p.Refuse("kubernetesVersion", c.KubernetesVersion, "it is too old for Istio %s, which needs Kubernetes 1.%d or newer", tooOld, release.oldestKubernetes)
		} else {
			p.Refuse("kubernetesVersion", c.KubernetesVersion, "it is too old for Istio %s, which supports Kubernetes 1.%d to 1.%d", tooOld, release.oldestKubernetes, release.newestKubernetes)
		}
	}
	if tooNew != "" {
		istio, _ := minorOf(tooNew)
		release := istioReleases[istio]
		p.Refuse("kubernetesVersion", c.KubernetesVersion, "it is too new for Istio %s, which supports Kubernetes 1.%d to 1.%d: upgrade Istio first", tooNew, release.oldestKubernetes, release.newestKubernetes)
	}
}
