//go:build engine

package lifecycle

import (
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/world"
)

// tasks are the running tasks of every account.
func (s *stack) tasks() []string {
	s.t.Helper()
	var tasks []string
	s.look(func(tx *world.Tx) {
		for _, task := range tx.Find("", aws.TaskKind, nil) {
			tasks = append(tasks, task.ID)
		}
	})
	sort.Strings(tasks)
	return tasks
}

// plan is what docs/verify.md has people type before a change says of the last preview, without its table.
func (s *stack) plan() (summary string, stops bool) {
	s.t.Helper()
	write(s.t, filepath.Join(s.project, "plan.json"), []byte(s.planned))
	// make plan does the same. The preview was made before.
	out, err := s.tryTypes(`make() { :; }
pulumi() { test "$*" = "preview --json --stack dev"; cat plan.json; }`, block(s.t, "docs/verify.md", "make plan"))
	lines := strings.Split(strings.TrimSpace(out), "\n")
	return lines[len(lines)-1], err != nil
}

func TestOneClusterMovesStageByStage(t *testing.T) {
	t.Parallel()
	s := raised(t, "dev")
	before := s.tasks()
	for _, step := range []struct {
		name, plan string
		stops      bool
		apply      func()
	}{
		{"stage-0-waypoint", "0 calls that work now would stop", false, func() {
			s.configure("clusters.ecs-1.services.echo-service.waypoint", true)
			s.configure("clusters.ecs-1.services.echo-service.access", "declared")
			s.configure("clusters.ecs-1.services.echo-service.allow", []any{
				map[string]any{"from": []any{"cluster:ecs-2", "account:external"}},
				map[string]any{"from": []any{"eks:default"}, "methods": []any{"GET"}, "paths": []any{"/public/*"}},
			})
		}},
		// The five identities of the mesh: EKS, and one of each cluster. ecs-1's own is refused too.
		{"stage-1-deny-all", "4 calls that work now would stop", true, func() { s.configure("clusters.ecs-1.policyStage", "deny-all") }},
		{"stage-2-l4", "0 calls that work now would stop, 3 calls that are refused now", false, func() { s.configure("clusters.ecs-1.policyStage", "l4") }},
		{"stage-3-l7", "1 call that works now would stop", true, func() { s.configure("clusters.ecs-1.policyStage", "l7") }},
	} {
		step.apply()
		golden(t, filepath.Join("testdata", step.name+".txt"), strings.Join(s.preview(), "\n")+"\n")
		if summary, stops := s.plan(); !strings.HasPrefix(summary, step.plan) || stops != step.stops || !strings.Contains(summary, "No task restarts") {
			t.Errorf("%s: verify --plan says %q (stops: %v), want %q", step.name, summary, stops, step.plan)
		}
		s.up()
		if after := s.tasks(); !slices.Equal(before, after) {
			t.Errorf("%s: the tasks are %v, and were %v: a policy must not restart any", step.name, after, before)
		}
		s.verified()
	}
}
