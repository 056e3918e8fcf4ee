//go:build engine && exhaustive

package lifecycle

import "testing"

func TestIstioIsUpgradedByRevisionAndTheTasksFollowInWaves(t *testing.T) {
	t.Parallel()
	s := twoClusters(t)
	s.play([]step{
		{"revision-1-beside", func(s *stack) {
			s.configure("istioRevisions", map[string]any{"default": oldIstio, "1-29-1": newIstio})
		}, []string{"cni " + oldIstio, "eastwest " + oldIstio, "istiod 1-29-1 " + newIstio, "istiod default " + oldIstio,
			"single-ecs-1 " + oldIstio, "single-ecs-2 " + oldIstio, "ztunnel " + oldIstio}},
		{"revision-2-takes-over", func(s *stack) {
			s.configure("istioDefaultRevision", "1-29-1")
		}, []string{"cni " + oldIstio, "eastwest " + newIstio, "istiod 1-29-1 " + newIstio, "istiod default " + oldIstio,
			"single-ecs-1 " + oldIstio, "single-ecs-2 " + oldIstio, "ztunnel " + oldIstio}},
		{"revision-3-nodes", func(s *stack) {
			s.configure("clusters.ecs-1.ztunnelVersion", oldIstio)
			s.configure("clusters.ecs-2.ztunnelVersion", oldIstio)
			s.configure("istioVersion", newIstio)
		}, []string{"cni " + newIstio, "eastwest " + newIstio, "istiod 1-29-1 " + newIstio, "istiod default " + oldIstio,
			"single-ecs-1 " + oldIstio, "single-ecs-2 " + oldIstio, "ztunnel " + newIstio}},
		{"revision-4-first-wave", func(s *stack) {
			s.configure("clusters.ecs-1.ztunnelVersion", newIstio)
		}, []string{"cni " + newIstio, "eastwest " + newIstio, "istiod 1-29-1 " + newIstio, "istiod default " + oldIstio,
			"single-ecs-1 " + newIstio, "single-ecs-2 " + oldIstio, "ztunnel " + newIstio}},
		{"revision-5-second-wave", func(s *stack) {
			s.configure("clusters.ecs-2.ztunnelVersion", newIstio)
		}, []string{"cni " + newIstio, "eastwest " + newIstio, "istiod 1-29-1 " + newIstio, "istiod default " + oldIstio,
			"single-ecs-1 " + newIstio, "single-ecs-2 " + newIstio, "ztunnel " + newIstio}},
		{"revision-6-the-old-one-goes", func(s *stack) {
			s.configure("istioRevisions", map[string]any{"1-29-1": newIstio})
		}, []string{"cni " + newIstio, "eastwest " + newIstio, "istiod 1-29-1 " + newIstio,
			"single-ecs-1 " + newIstio, "single-ecs-2 " + newIstio, "ztunnel " + newIstio}},
	})
	s.run("destroy")
	for _, r := range s.remains() {
		t.Errorf("left after destroy: %s", r)
	}
}
