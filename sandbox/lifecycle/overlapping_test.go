//go:build engine

package lifecycle

import "testing"

// An account whose network is another's calls the mesh through an endpoint of the gateway. It comes and goes without a change for the
// others, and nothing of it stays.
func TestAnAccountWhoseNetworkOverlapsOthersCallsTheMesh(t *testing.T) {
	t.Parallel()
	s := newStack(t, "overlapping-networks")
	s.up()
	s.nothingToDo()
	s.verified()
	if out, err := s.ambient("doctor"); err != nil {
		t.Errorf("the doctor: %v\n%s", err, out)
	}
	s.configure("clusters.branch.services.till.clientOnly", false)
	s.refused([]string{"clusters.branch.services.till", "only call"}, "preview")
	s.configure("clusters.branch.services.till.clientOnly", true)
	s.unchanged()

	s.run("destroy")
	for _, r := range s.remains() {
		t.Errorf("left after destroy: %s", r)
	}
}
