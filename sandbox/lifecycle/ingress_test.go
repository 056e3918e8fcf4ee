//go:build engine

package lifecycle

import (
	"slices"
	"strings"
	"testing"
)

// works asserts that verify and doctor find nothing wrong, and that topology draws the way of users.
func (s *stack) works(route string) {
	s.t.Helper()
	s.verified()
	if out, err := s.ambient("doctor"); err != nil {
		s.t.Errorf("doctor: %v\n%s", err, out)
	}
	if out, err := s.ambient("topology"); err != nil || !strings.Contains(out, route) {
		s.t.Errorf("topology does not draw %s: %v\n%s", route, err, out)
	}
}

// Users of the Internet come through an ingress to a service behind a waypoint. The ingress moves to the AWS Load Balancer Controller as
// the gateway does: both stand for a while. Nothing is left in the end.
func TestUsersComeThroughAnIngressOfEitherMaker(t *testing.T) {
	t.Parallel()
	s := raised(t, "single")
	cluster := s.onlyCluster()
	echo := "clusters." + cluster + ".services.echo-service."
	s.configure("clusters."+cluster+".policyStage", "l7")
	s.configure(echo+"waypoint", true)
	s.configure(echo+"allow", []any{map[string]any{"from": []any{"ingress"}}})
	s.configure(echo+"deny", []any{map[string]any{"from": []any{"ingress"}, "paths": []any{"/admin*"}}})
	s.configure("ingress", map[string]any{
		"scheme": "public", "sources": []any{"0.0.0.0/0"},
		"certificateArn": "arn:aws:acm:eu-central-1:111122223333:certificate/12345678-1234-1234-1234-123456789012",
		"hosts":          map[string]any{"shop.example.com": map[string]any{"routes": []any{map[string]any{"to": map[string]any{cluster + "/echo-service": 1}}}}},
	})
	s.up()
	s.nothingToDo()
	s.works("https://shop.example.com/")
	if got := s.balancers(); !slices.Equal(got, []string{"a", "a"}) {
		t.Errorf("load balancers: %v", got)
	}

	for _, c := range []struct {
		doors     []any
		balancers []string
	}{
		{[]any{"controller", "legacy"}, []string{"a", "a", "k", "k"}},
		{[]any{"controller"}, []string{"k", "k"}},
	} {
		s.configure("gatewayLoadBalancers", c.doors)
		s.up()
		s.nothingToDo()
		s.works("https://shop.example.com/")
		if got := s.balancers(); !slices.Equal(got, c.balancers) {
			t.Errorf("%v: load balancers: %v, want %v", c.doors, got, c.balancers)
		}
	}

	s.run("destroy")
	for _, r := range s.remains() {
		t.Errorf("left after destroy: %s", r)
	}
}
