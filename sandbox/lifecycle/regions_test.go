//go:build engine

package lifecycle

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// regionsKey makes the sandbox's istiod read the regions of an account from a key of its values.
func (s *stack) regionsKey(key string) {
	s.t.Helper()
	binary, err := filepath.Abs(filepath.Join(root, "bin", "sandbox"))
	if err != nil {
		s.t.Fatal(err)
	}
	if out, err := exec.Command(binary, "-state", s.state, "regions-key", key).CombinedOutput(); err != nil {
		s.t.Fatalf("%v\n%s", err, out)
	}
}

// One AWS account in two regions: two networks, two ECS clusters, one mesh.
func TestAMeshInTwoRegions(t *testing.T) {
	t.Parallel()
	s := newStack(t, "two-regions")
	s.up()
	s.nothingToDo()

	// An istiod that does not understand the values looks in its own region only, and the doctor says so.
	if out, err := s.ambient("doctor"); err == nil || !strings.Contains(out, "The cluster is in us-east-1, and istiod looks in eu-central-1 only") {
		t.Errorf("the doctor: %v\n%s", err, out)
	}
	s.regionsKey("regions")
	s.verified()
	if out, err := s.ambient("doctor"); err != nil {
		t.Errorf("the doctor: %v\n%s", err, out)
	}

	// Nothing of an account that lives can move to another region.
	s.configure("accounts.virginia.region", "us-west-2")
	s.configure("accounts.virginia.discoveryValues.regions", []string{"us-west-2"})
	s.refused([]string{"accounts.virginia.region", "starts tasks in us-east-1", "Set it to us-east-1 again"}, "preview")
	s.configure("accounts.virginia.region", "us-east-1")
	s.configure("accounts.virginia.discoveryValues.regions", []string{"us-east-1"})
	s.unchanged()

	// The routes move from the peering to a transit gateway in each region, and the two gateways are peered.
	s.configure("connect", "transit-gateway")
	for _, step := range s.preview() {
		if strings.HasPrefix(step, "delete aws:ec2/route:Route") || strings.HasPrefix(step, "replace") {
			t.Errorf("the move to transit gateways plans %s", step)
		}
	}
	s.up()
	s.nothingToDo()
	s.verified()
	if out, err := s.ambient("doctor"); err != nil {
		t.Errorf("the doctor: %v\n%s", err, out)
	}

	s.run("destroy")
	for _, r := range s.remains() {
		t.Errorf("left after destroy: %s", r)
	}
}
