package run

import (
	"testing"

	"ambient-ecs/verify/policy"
	"ambient-ecs/verify/stack"
)

func TestTwoRoutesOfOnePrefixAreOne(t *testing.T) {
	to := []policy.Backend{{Hostname: "reports", Weight: 1, Known: true}}
	other := []policy.Backend{{Hostname: "orders", Weight: 1, Known: true}}
	exact, below := policy.Route{Match: policy.Match{Path: "/reports"}, Backends: to}, policy.Route{Match: policy.Match{Prefix: "/reports/"}, Backends: to}
	all := policy.Route{Backends: other}
	if got := joined([]policy.Route{exact, below, all}); len(got) != 2 || unlike(stack.Route{PathPrefix: "/reports", To: map[string]int{"reports": 1}}, stack.Traffic{}, got[0]) != "" {
		t.Errorf("got %+v", got)
	}
	elsewhere := below
	elsewhere.Backends = other
	if got := joined([]policy.Route{exact, elsewhere, all}); len(got) != 3 {
		t.Errorf("routes that go to different backends were joined: %+v", got)
	}
}
