//go:build engine

package lifecycle

import (
	"strings"
	"testing"

	"ambient-ecs/sandbox/aws"
)

func TestTheExamplesOfTheDevStackWorkAndLeaveNothing(t *testing.T) {
	t.Parallel()
	s := raised(t, "dev")
	s.configure("ingress.enabled", true)
	s.configure("clusters.ecs-1.tasks.report.enabled", true)
	for _, example := range []string{"checkout", "orders", "orders-canary", "catalog", "search", "web"} {
		s.configure("sharedServices."+example+".enabled", true)
	}
	s.up()
	s.nothingToDo()
	if out, err := s.ambient("verify", "--policies", "--intrusive"); err != nil {
		t.Errorf("the verifier: %v\n%s", err, out)
	}
	if out, err := s.ambient("doctor"); err != nil {
		t.Errorf("the doctor: %v\n%s", err, out)
	}
	s.run("destroy")
	for _, r := range s.remains() {
		// The revisions of a service that a pipeline deploys are the pipeline's.
		if !strings.HasPrefix(r, aws.TaskDefinitionKind+" ") || !strings.Contains(r, "task-definition/ambient-ecs-2-search:") {
			t.Errorf("left after destroy: %s", r)
		}
	}
}
