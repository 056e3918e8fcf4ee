package stack

import "testing"

func TestANetworkLiesInsideOfAnother(t *testing.T) {
	for _, c := range []struct {
		outer, inner string
		want         bool
	}{
		{"10.0.0.0/16", "10.0.7.0/24", true}, {"10.0.0.0/16", "10.0.0.0/16", true}, {"10.0.7.0/24", "10.0.0.0/16", false},
		{"10.0.0.0/16", "10.1.0.0/24", false}, {"10.0.0.0/16", "sg-1", false}, {"", "10.0.0.0/16", false}, {"0.0.0.0/0", "2001:db8::/32", false},
	} {
		if got := Inside(c.outer, c.inner); got != c.want {
			t.Errorf("%s in %s: %v", c.inner, c.outer, got)
		}
	}
	s := &Stack{MeshCIDRs: []string{"192.168.0.0/16", "10.1.0.0/16"}}
	if !s.InMesh("10.1.2.0/24") || s.InMesh("10.2.0.0/16") || s.InMesh("0.0.0.0/0") {
		t.Error("the mesh's networks are not told apart from others")
	}
}
