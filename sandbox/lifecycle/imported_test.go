//go:build engine

package lifecycle

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/world"
)

// answeringTasks is the number of tasks of a service that ECS takes for healthy: one with a health check has to have passed it.
func answeringTasks(tx *world.Tx, service string) (n int) {
	for _, task := range tx.Find(home, aws.TaskKind, aws.Has("group", "service:"+service)) {
		if aws.Healthy(task) {
			n++
		}
	}
	return n
}

// neverFewer runs up, and fails if fewer tasks of a service answer at any moment.
func (s *stack) neverFewer(service string, tasks int) {
	s.t.Helper()
	looks := s.meanwhile(func(tx *world.Tx) {
		if n := answeringTasks(tx, service); n < tasks {
			s.t.Errorf("there was a moment when %d tasks of %s answered, want %d", n, service, tasks)
		}
	}, s.up)
	if looks < 10 {
		s.t.Errorf("the tasks were looked at only %d times", looks)
	}
}

// A service that lives without the mesh is taken over in one up and enrolled in the next one.
func TestALivingServiceIsTakenOverAndEnrolledWithoutAGap(t *testing.T) {
	t.Parallel()
	s := newStack(t, "their-cluster")
	s.exists(filepath.Join(root, "examples/their-cluster/theirs.json"))
	theirs := s.belongings()
	s.configure("clusters.prod.services.billing", map[string]any{
		"image": "public.ecr.aws/j8r2p7b6/echo-server:latest", "port": 8080, "serviceAccount": "billing", "desiredCount": 2, "import": "unchanged",
		"environment": map[string]any{"PORT": "8080"}, "access": "declared", "allow": []any{map[string]any{"from": []any{"service:prod/shell-task"}}},
	})
	// Enrolled at once it would be made a second time.
	early := s.fork(t)
	early.configure("clusters.prod.services.billing.import", "enrolled")
	early.refused([]string{"clusters.prod.services.billing.import", "Pulumi's state does not have it", "Set import to unchanged first"}, "preview")

	if steps := s.preview(); !slices.Contains(steps, "import aws:ecs/service:Service prod/billing") {
		t.Errorf("the first preview plans\n%s", strings.Join(steps, "\n"))
	}
	s.neverFewer("billing", 2)
	s.same("after the import", theirs, lodgerTags)
	s.unchanged()

	// Who changes their mind keeps the service.
	f := s.fork(t)
	f.run("destroy")
	f.same("after a destroy that follows the import", theirs, unchangedText)

	s.configure("clusters.prod.services.billing.import", "enrolled")

	// What its team has deployed since then is not rolled back.
	later := s.fork(t)
	later.look(func(tx *world.Tx) {
		for _, revision := range tx.Find(home, "aws:ecs/taskDefinition:TaskDefinition", aws.Has("family", "billing")) {
			revision.Props["containerDefinitions"] = strings.Replace(revision.String("containerDefinitions"), "echo-server:latest", "echo-server:2", 1)
			tx.Put(revision)
		}
	})
	later.refused([]string{"clusters.prod.services.billing.import", "image of the container billing runs as public.ecr.aws/j8r2p7b6/echo-server:2"}, "preview")

	steps := s.preview()
	// The preview reads the service once more, for the subnets of its tasks, so the read of the import is no step.
	if len(steps) != 1 || !strings.HasPrefix(steps[0], "update aws:ecs/service:Service prod/billing ") || !strings.Contains(steps[0], "taskDefinition") {
		t.Errorf("the second preview plans\n%s", strings.Join(steps, "\n"))
	}
	s.neverFewer("billing", 2)
	revision, containers := s.revision("billing")
	if !strings.HasSuffix(revision, ":task-definition/lodger-prod-billing:1") || len(containers) != 2 {
		t.Errorf("the service runs %s with %d containers", revision, len(containers))
	}
	s.nothingToDo()
	s.verified()

	// Without the key the service would have another provider.
	without := s.fork(t)
	without.configure("clusters.prod.services.billing.import", nil)
	without.refused([]string{"clusters.prod.services.billing.import is not set", "delete it and make it anew"}, "preview")

	// Now the service is the program's, and goes with the stack.
	s.run("destroy")
	maps.DeleteFunc(theirs, func(what, _ string) bool {
		return strings.HasPrefix(what, aws.ServiceKind) || strings.HasPrefix(what, aws.TaskKind) || strings.Contains(what, "NetworkInterface")
	})
	s.same("after the destroy", theirs, unchangedText)
}
