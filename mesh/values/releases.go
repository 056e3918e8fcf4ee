package values

import "strings"

// The charts of Istio.
const (
	ChartBase    = "base"
	ChartIstiod  = "istiod"
	ChartCNI     = "cni"
	ChartZtunnel = "ztunnel"
)

// The releases of the charts. Istio's own tools expect these names.
const (
	ReleaseBase    = "istio-base"
	ReleaseIstiod  = "istiod"
	ReleaseCNI     = "istio-cni"
	ReleaseZtunnel = "ztunnel"
)

// Namespace is where all releases live.
const Namespace = "istio-system"

// Release is one Helm release.
type Release struct {
	// Name is the release's name, Chart the chart's.
	Name, Chart string
	// Values are the chart's values.
	Values map[string]any
}

// Releases are the releases in the order in which they are installed; they are removed in the opposite
// order.
//
// istio-cni comes first so that it goes last. Its agent answers when a node starts or stops a pod of the
// mesh; with the agent gone, such a pod can neither start nor end. Then come the custom resource
// definitions, then istiod, then ztunnel, which gets its certificate from istiod.
func (a Args) Releases() []Release {
	return []Release{
		{Name: ReleaseCNI, Chart: ChartCNI, Values: a.CNI()},
		{Name: ReleaseBase, Chart: ChartBase, Values: a.Base()},
		{Name: ReleaseIstiod, Chart: ChartIstiod, Values: a.Istiod()},
		{Name: ReleaseZtunnel, Chart: ChartZtunnel, Values: a.Ztunnel()},
	}
}

// Reference returns how Helm is told of a chart. For an OCI registry the chart's name is its whole
// address, and there is no repository.
func Reference(repository, chart string) (name, repo string) {
	repository = strings.TrimSuffix(repository, "/")
	if strings.HasPrefix(repository, "oci://") {
		return repository + "/" + chart, ""
	}
	return chart, repository
}
