package support

import (
	"slices"
	"testing"
)

// The tables have no gap, so that each version has a next one to upgrade to, and time runs forwards in them.
func TestTheTablesHaveNoGapAndTimeRunsForwards(t *testing.T) {
	for name, minors := range map[string][]int{"Istio": IstioMinors(), "Kubernetes": KubernetesMinors()} {
		for i, minor := range minors {
			if minor != minors[0]+i {
				t.Errorf("%s 1.%d is missing", name, minors[0]+i)
			}
		}
	}
	for i, minor := range IstioMinors() {
		release, _ := OfIstio(minor)
		if release.OldestKubernetes > release.NewestKubernetes {
			t.Errorf("Istio 1.%d supports no Kubernetes", minor)
		}
		if _, known := OfKubernetes(release.OldestKubernetes); !known {
			t.Errorf("Kubernetes 1.%d of Istio 1.%d is not in the table", release.OldestKubernetes, minor)
		}
		if before, known := OfIstio(minor - 1); i > 0 && known && !before.End.Before(release.End) {
			t.Errorf("Istio 1.%d ends before 1.%d", minor, minor-1)
		}
	}
	for i, minor := range KubernetesMinors() {
		release, _ := OfKubernetes(minor)
		if release.Extended != release.Standard.AddDate(1, 0, 0) {
			t.Errorf("the extended support of Kubernetes 1.%d does not last the twelve months that AWS promises", minor)
		}
		if before, known := OfKubernetes(minor - 1); i > 0 && known && !before.Standard.Before(release.Standard) {
			t.Errorf("Kubernetes 1.%d ends before 1.%d", minor, minor-1)
		}
	}
	if _, known := OfIstio(slices.Max(IstioMinors()) + 1); known {
		t.Error("a version outside the table is known")
	}
}
