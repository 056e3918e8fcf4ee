package values

import "strings"

// The charts of Istio.
const (
	ChartBase    = "base"
	ChartIstiod  = "istiod"
	ChartCNI     = "cni"
	ChartZtunnel = "ztunnel"
)

// The names of the releases. Istio's own tools expect them.
const (
	ReleaseBase    = "istio-base"
	ReleaseIstiod  = "istiod"
	ReleaseCNI     = "istio-cni"
	ReleaseZtunnel = "ztunnel"
)

// Namespace is the namespace of all releases.
const Namespace = "istio-system"

// Release is one Helm release.
type Release struct {
	// Name is the release's name, Chart the chart's.
	Name, Chart string
	// Version is the chart's, which is also the tag of its image.
	Version string
	// Values are the chart's values.
	Values map[string]any
}

// Releases returns the releases in the order of installation. The order of removal is the reverse.
//
// istio-cni comes first, so that it is removed last. Its agent answers when a node starts or stops a pod of the mesh.
// Without the agent such a pod can neither start nor end. Then come the custom resource definitions, istiod, and
// ztunnel, which gets its certificate from istiod.
//
// There may be several istiods. Each is a release of its own, so that one can be added and another removed while the
// mesh works. The node agents and definitions exist once.
func (a Args) Releases() []Release {
	base := a.BaseVersion
	if base == "" {
		base = a.Tag
	}
	all := []Release{
		{Name: ReleaseCNI, Chart: ChartCNI, Version: a.Tag, Values: a.CNI()},
		{Name: ReleaseBase, Chart: ChartBase, Version: base, Values: a.Base()},
	}
	for _, revision := range a.Istiods() {
		all = append(all, Release{Name: revision.Release(), Chart: ChartIstiod, Version: revision.Tag, Values: a.Istiod(revision)})
	}
	return append(all, Release{Name: ReleaseZtunnel, Chart: ChartZtunnel, Version: a.Tag, Values: a.Ztunnel()})
}

// Reference returns the name and repository by which Helm finds a chart. For an OCI registry the chart's name is its
// whole address, and there is no repository.
func Reference(repository, chart string) (name, repo string) {
	repository = strings.TrimSuffix(repository, "/")
	if strings.HasPrefix(repository, "oci://") {
		return repository + "/" + chart, ""
	}
	return chart, repository
}
