package config

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"ambient-ecs/problem"
	"ambient-ecs/support"
)

// bounds are the first and the last minor version of a table.
func bounds(minors []int) (first, last int) { return minors[0], minors[len(minors)-1] }

// checkKubernetes checks the Kubernetes version against EKS's table, and against every Istio that runs in the cluster: all
// istiods, and the nodes' agents, which have IstioVersion.
func (c Config) checkKubernetes(p *problem.List) {
	kubernetes, known := c.kubernetesMinor()
	if !known || c.HasExistingEKS() {
		return // told already, or judged where it is looked up
	}
	if _, known := support.OfKubernetes(kubernetes); !known {
		first, last := bounds(support.KubernetesMinors())
		p.Refuse("kubernetesVersion", c.KubernetesVersion, "the program knows 1.%d to 1.%d, and nothing of what another version needs or how long EKS supports it", first, last)
	}
	p.Because("kubernetesVersion", c.KubernetesVersion, c.RunsOn(kubernetes))
}

// RunsOn says why an Istio of the stack does not run on a Kubernetes minor version, or returns nil.
func (c Config) RunsOn(kubernetes int) error {
	tooOld, tooNew := c.OutsideOf(kubernetes)
	return errors.Join(tooOld, tooNew)
}

// OutsideOf says of a Kubernetes minor version for which Istio of the stack it is too old, and for which too new. Both are nil where
// every Istio runs on it.
func (c Config) OutsideOf(kubernetes int) (tooOld, tooNew error) {
	// The newest Istio has the highest lower bound, the oldest the lowest upper one: each is told once.
	newest, oldest := "", c.tooOldIstio(kubernetes)
	for _, version := range c.istiosInCluster() {
		istio, _ := minorOf(version)
		if release, known := support.OfIstio(istio); known && kubernetes < release.OldestKubernetes && (newest == "" || compareVersions(version, newest) > 0) {
			newest = version
		}
	}
	if newest != "" {
		from, to := kubernetesOf(newest)
		tooOld = fmt.Errorf("it is too old for Istio %s, which supports Kubernetes 1.%d to 1.%d", newest, from, to)
	}
	if oldest != "" {
		from, to := kubernetesOf(oldest)
		tooNew = fmt.Errorf("it is too new for Istio %s, which supports Kubernetes 1.%d to 1.%d: upgrade Istio first", oldest, from, to)
	}
	return tooOld, tooNew
}

// tooOldIstio is the oldest Istio on EKS that does not support a Kubernetes minor version yet, or empty.
func (c Config) tooOldIstio(kubernetes int) (oldest string) {
	for _, version := range c.istiosInCluster() {
		istio, _ := minorOf(version)
		release, known := support.OfIstio(istio) // one that is not known is told already
		if known && kubernetes > release.NewestKubernetes && (oldest == "" || compareVersions(version, oldest) < 0) {
			oldest = version
		}
	}
	return oldest
}

// IstioSteps are the minor versions of Istio, such as "1.30", that a stack goes through until it runs on a Kubernetes minor version
// that is too new for it. Empty: nothing is too new, or no Istio that the program knows runs on it.
func (c Config) IstioSteps(kubernetes int) (steps []string) {
	oldest := c.tooOldIstio(kubernetes)
	if oldest == "" {
		return nil
	}
	istio, _ := minorOf(oldest)
	for next := istio + 1; ; next++ {
		release, known := support.OfIstio(next)
		if !known {
			return nil
		}
		steps = append(steps, fmt.Sprintf("1.%d", next))
		if kubernetes <= release.NewestKubernetes {
			return steps
		}
	}
}

// istiosInCluster are the versions of Istio on EKS: the nodes' agents first, then all istiods.
func (c Config) istiosInCluster() []string {
	versions := []string{c.IstioVersion}
	for _, revision := range c.RevisionList() {
		versions = append(versions, revision.Version)
	}
	return versions
}

// kubernetesOf are the Kubernetes minor versions that an Istio version supports.
func kubernetesOf(version string) (oldest, newest int) {
	istio, _ := minorOf(version)
	release, _ := support.OfIstio(istio)
	return release.OldestKubernetes, release.NewestKubernetes
}

// ends warns of versions whose support ends soon, or has ended.
func (c Config) ends() (all []string) {
	versions := map[int]string{}
	note := func(field, version string) {
		if minor, known := minorOf(version); known && versions[minor] == "" {
			versions[minor] = field
		}
	}
	note("istioVersion", c.IstioVersion)
	for _, name := range slices.Sorted(maps.Keys(c.IstioRevisions)) {
		note("istioRevisions."+name, c.IstioRevisions[name])
	}
	for _, key := range c.ClusterKeys() {
		note("clusters."+key+".ztunnelVersion", c.Clusters[key].ZtunnelVersion)
	}
	for _, minor := range slices.Sorted(maps.Keys(versions)) {
		release, known := support.OfIstio(minor)
		if known && c.near(release.End) {
			all = append(all, fmt.Sprintf("%s: upstream's support of Istio 1.%d %s. Solo supports the newest minor version of its distribution and the %d before: upgrade in time (docs/upgrade.md)",
				versions[minor], minor, c.ending(release.End, release.Expected), support.SoloBehind))
		}
	}
	if minor, known := c.kubernetesMinor(); known && !c.HasExistingEKS() {
		release, _ := support.OfKubernetes(minor)
		switch {
		case release.Standard.IsZero():
		case c.near(release.Extended):
			all = append(all, fmt.Sprintf("kubernetesVersion: EKS's extended support of Kubernetes 1.%d %s. After it EKS makes no such cluster, and upgrades the control plane of those that live by itself: upgrade (docs/upgrade.md)",
				minor, c.ending(release.Extended, false)))
		case c.near(release.Standard):
			all = append(all, fmt.Sprintf("kubernetesVersion: EKS's standard support of Kubernetes 1.%d %s. After it %s: upgrade (docs/upgrade.md)",
				minor, c.ending(release.Standard, false), c.afterStandard()))
		}
	}
	return all
}

// The public repository of Solo's charts, and the oldest version of which a public source takes charts from it. Solo's own guide
// takes charts of 1.28 from a repository with a key in its name instead (solo-io/gloo-mesh-use-cases, gloo-mesh/ecs, 845afe4,
// 2026-01-06).
const (
	soloCharts      = "oci://us-docker.pkg.dev/soloio-img/istio-helm"
	soloChartsSince = "1.28.3-patch0-solo"
)

// chartsElsewhere warns of versions whose charts nobody has seen in the repository.
func (c Config) chartsElsewhere() (all []string) {
	if strings.TrimSuffix(c.ChartRepository, "/") != soloCharts {
		return nil
	}
	versions := c.istiosInCluster()
	slices.SortFunc(versions, compareVersions)
	for _, version := range slices.Compact(versions) {
		if _, known := minorOf(version); known && compareVersions(version, soloChartsSince) < 0 {
			all = append(all, fmt.Sprintf("chartRepository: no public source has charts of Istio %s in %s, which has them from %s on. "+
				"Solo's guide takes older ones from oci://us-docker.pkg.dev/gloo-mesh/istio-helm-KEY, and images from us-docker.pkg.dev/gloo-mesh/istio-KEY (imageHub)", version, soloCharts, soloChartsSince))
		}
	}
	return all
}

// near reports whether a day is past or close to the clock.
func (c Config) near(end time.Time) bool { return c.clock().Add(support.Soon).After(end) }

// ending says when a support ends or ended.
func (c Config) ending(end time.Time, expected bool) string {
	verb, note := "ends", ""
	if !c.clock().Before(end) {
		verb = "ended"
	}
	if expected {
		note = " (expected)"
	}
	return verb + " on " + end.Format(time.DateOnly) + note
}

// afterStandard says what EKS does with a cluster when the standard support ends.
func (c Config) afterStandard() string {
	const costs, upgrades = "an hour of the cluster costs six times as much", "EKS upgrades the control plane by itself, and the nodes stay behind"
	switch c.KubernetesSupport {
	case SupportStandard:
		return upgrades
	case SupportExtended:
		return costs
	}
	return costs + " or, with kubernetesSupport " + SupportStandard + ", " + upgrades
}

// InExtendedSupport reports whether the standard support of the configured Kubernetes version is over.
func (c Config) InExtendedSupport() bool {
	minor, _ := c.kubernetesMinor()
	release, known := support.OfKubernetes(minor)
	return known && !c.clock().Before(release.Standard)
}
