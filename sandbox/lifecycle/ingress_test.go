//go:build engine

package lifecycle

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/sandbox/world"
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

// entrances are the load balancers of the ingress that the AWS Load Balancer Controller has made, each with its scheme.
func (s *stack) entrances() (all []string) {
	s.t.Helper()
	s.activeBalancers(func(lb *world.Resource) {
		if lb.String("service") != s.name+"-ingress-controller/ingress-istio" {
			return
		}
		scheme := " public"
		if lb.Props["internal"] == true {
			scheme = " internal"
		}
		all = append(all, lb.String("name")+scheme)
	})
	return all
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
	routes := map[string]any{"routes": []any{map[string]any{"to": map[string]any{cluster + "/echo-service": 1}}}}
	s.configure("ingress", map[string]any{
		"scheme": "public", "sources": []any{"0.0.0.0/0"},
		"certificateArn": "arn:aws:acm:eu-central-1:111122223333:certificate/12345678-1234-1234-1234-123456789012",
		"hosts":          map[string]any{"shop.example.com": routes},
	})
	s.up()
	s.nothingToDo()
	s.works("https://shop.example.com/")

	// A host that goes stops its users, and the plan says so.
	s.configure("ingress.hosts", map[string]any{"www.example.com": routes})
	s.preview()
	file := filepath.Join(s.project, "plan.json")
	write(t, file, []byte(s.planned))
	if out, err := s.ambient("verify", "--plan", file); err == nil || !strings.Contains(out, "users") || !strings.Contains(out, "shop.example.com:443") || !strings.Contains(out, "1 call that works now would stop") {
		t.Errorf("the plan of another host: %v\n%s", err, out)
	}
	s.configure("ingress.hosts", map[string]any{"shop.example.com": routes})
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

	// AWS changes no scheme: the controller deletes the load balancer, and makes another.
	before := s.entrances()
	s.configure("ingress.scheme", "internal")
	s.configure("ingress.sources", []any{"10.0.0.0/8"})
	if _, said, err := s.tryPreview(); err != nil || !strings.Contains(said, "deletes the load balancer of Service single-ingress-controller/ingress-istio, which is public") {
		t.Errorf("the preview does not tell what comes of another scheme: %v\n%s", err, said)
	}
	s.up()
	s.up() // which reads the new address
	if after := s.entrances(); len(before) != 1 || len(after) != 1 || strings.TrimSuffix(before[0], " public") == strings.TrimSuffix(after[0], " internal") || !strings.HasSuffix(after[0], " internal") {
		t.Errorf("the load balancer of the ingress was %q and is %q", before, after)
	}
	s.works("https://shop.example.com/")

	s.run("destroy")
	for _, r := range s.remains() {
		t.Errorf("left after destroy: %s", r)
	}
}
