//go:build engine && exhaustive

package lifecycle

import "testing"

func TestIstioIsUpgradedByRevisionAndTheTasksFollowInWaves(t *testing.T) {
	t.Parallel()
	s := twoClusters(t)
	commands := parts(block(t, upgrade, "# 1. The new istiod"))
	if len(commands) != 6 {
		t.Fatalf("the upgrade by revision has %d steps", len(commands))
	}
	s.play([]step{
		{"revision-1-beside", typing(commands[0]), []string{"cni " + oldIstio, "eastwest " + oldIstio, "istiod 1-29-1 " + newIstio, "istiod default " + oldIstio,
			"single-ecs-1 " + oldIstio, "single-ecs-2 " + oldIstio, "ztunnel " + oldIstio}},
		{"revision-2-takes-over", typing(commands[1]), []string{"cni " + oldIstio, "eastwest " + newIstio, "istiod 1-29-1 " + newIstio, "istiod default " + oldIstio,
			"single-ecs-1 " + oldIstio, "single-ecs-2 " + oldIstio, "ztunnel " + oldIstio}},
		{"revision-3-nodes", typing(commands[2]), []string{"cni " + newIstio, "eastwest " + newIstio, "istiod 1-29-1 " + newIstio, "istiod default " + oldIstio,
			"single-ecs-1 " + oldIstio, "single-ecs-2 " + oldIstio, "ztunnel " + newIstio}},
		{"revision-4-first-wave", typing(commands[3]), []string{"cni " + newIstio, "eastwest " + newIstio, "istiod 1-29-1 " + newIstio, "istiod default " + oldIstio,
			"single-ecs-1 " + newIstio, "single-ecs-2 " + oldIstio, "ztunnel " + newIstio}},
		{"revision-5-second-wave", typing(commands[4]), []string{"cni " + newIstio, "eastwest " + newIstio, "istiod 1-29-1 " + newIstio, "istiod default " + oldIstio,
			"single-ecs-1 " + newIstio, "single-ecs-2 " + newIstio, "ztunnel " + newIstio}},
		{"revision-6-the-old-one-goes", typing(commands[5]), []string{"cni " + newIstio, "eastwest " + newIstio, "istiod 1-29-1 " + newIstio,
			"single-ecs-1 " + newIstio, "single-ecs-2 " + newIstio, "ztunnel " + newIstio}},
	})
	s.run("destroy")
	for _, r := range s.remains() {
		t.Errorf("left after destroy: %s", r)
	}
}
