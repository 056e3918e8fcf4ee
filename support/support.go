// Package support says which minor versions of Istio and of Kubernetes on EKS the program knows, and until when others
// support them.
//
// It is data: a new version is a new line. A version without a line is refused, because nobody has said what it needs.
// A date only warns: what is made never depends on the day.
package support

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Soon is how long before an end of support a warning begins. AWS announces the end of standard support at least 60 days
// ahead (https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html, 2026-11-29).
const Soon = 60 * 24 * time.Hour

// Istio is a minor version of Istio.
type Istio struct {
	// OldestKubernetes and NewestKubernetes are the Kubernetes minor versions that it supports.
	OldestKubernetes, NewestKubernetes int
	// End is the day on which upstream ends the support. Expected: upstream expects the day and may move it.
	End      time.Time
	Expected bool
}

// istio is by minor version. The first one has the discovery of ECS services as the first
// (https://github.com/istio/istio.io/blob/master/data/compatibility/supportStatus.yml, 2026-11-29; where it names a month
// alone, the day is its last one). Solo's distribution names no other Kubernetes versions.
var istio = map[int]Istio{
	28: {OldestKubernetes: 30, NewestKubernetes: 34, End: day(2026, time.July, 1)},
	29: {OldestKubernetes: 31, NewestKubernetes: 35, End: day(2026, time.October, 12)},
	30: {OldestKubernetes: 32, NewestKubernetes: 36, End: day(2026, time.November, 30), Expected: true},
	31: {OldestKubernetes: 32, NewestKubernetes: 37, End: day(2027, time.February, 28), Expected: true},
}

// SoloBehind is how many minor versions before the newest Solo supports of its distribution
// (https://docs.solo.io/gloo-mesh-enterprise/latest/support/about/, 2026-11-29).
const SoloBehind = 4

// Kubernetes is a minor version of Kubernetes on EKS.
type Kubernetes struct {
	// Standard and Extended are the days on which EKS ends its standard and its extended support. Between them an hour
	// of the cluster costs six times as much. After the second EKS makes no such cluster and upgrades those that live.
	Standard, Extended time.Time
}

// kubernetes is by minor version (https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html, 2026-11-29).
var kubernetes = map[int]Kubernetes{
	30: {Standard: day(2025, time.July, 23), Extended: day(2026, time.July, 23)},
	31: {Standard: day(2025, time.November, 26), Extended: day(2026, time.November, 26)},
	32: {Standard: day(2026, time.March, 23), Extended: day(2027, time.March, 23)},
	33: {Standard: day(2026, time.July, 29), Extended: day(2027, time.July, 29)},
	34: {Standard: day(2026, time.December, 2), Extended: day(2027, time.December, 2)},
	35: {Standard: day(2027, time.March, 27), Extended: day(2028, time.March, 27)},
	36: {Standard: day(2027, time.August, 2), Extended: day(2028, time.August, 2)},
}

// OfIstio returns what is known of Istio 1.minor. known is false for a version outside the table.
func OfIstio(minor int) (release Istio, known bool) {
	release, known = istio[minor]
	return release, known
}

// OfKubernetes returns what is known of Kubernetes 1.minor. known is false for a version outside the table.
func OfKubernetes(minor int) (release Kubernetes, known bool) {
	release, known = kubernetes[minor]
	return release, known
}

// IstioMinors are the minor versions of Istio in the table, oldest first.
func IstioMinors() []int { return sorted(istio) }

// KubernetesMinors are the minor versions of Kubernetes in the table, oldest first.
func KubernetesMinors() []int { return sorted(kubernetes) }

func sorted[T any](table map[int]T) []int { return slices.SortedFunc(maps.Keys(table), cmp.Compare) }

func day(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}
