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
}

func TestTheGatewayIsForTheNetworksThatTheStackDeclares(t *testing.T) {
	mesh := []string{"192.168.0.0/16", "10.1.0.0/16"}
	for name, c := range map[string]struct {
		declared []string
		office   bool
	}{"an older stack": {nil, false}, "the mesh only": {mesh, false}, "an office too": {append(mesh, "203.0.113.0/24"), true}} {
		s := &Stack{MeshCIDRs: mesh, GatewaySources: c.declared}
		if !s.Gateway().Admits("10.1.2.0/24") || s.Gateway().Admits("10.2.0.0/16") || s.Gateway().Admits("0.0.0.0/0") || s.Gateway().Admits("203.0.113.0/24") != c.office {
			t.Errorf("%s: the declared networks are not told apart from others", name)
		}
	}
}
