//go:build engine

package lifecycle

import (
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"

	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/world"
)

const basket = "basket.ambient.ecs.local"

// member is an ECS service that belongs to the shared service basket.
func member(tasks int) map[string]any {
	return map[string]any{
		"image": "public.ecr.aws/j8r2p7b6/echo-server:latest", "shared": "basket", "desiredCount": tasks,
		"environment": map[string]any{"PORT": "8080"},
	}
}

// endpoints are the ECS clusters whose tasks answer under a hostname, one entry for each task.
func endpoints(tx *world.Tx, hostname string) (clusters []string) {
	for _, arn := range tx.Clusters() {
		for _, o := range tx.Objects(arn) {
			if o["kind"] == "WorkloadEntry" && api.Labels(o)["ecs.solo.io/hostname"] == hostname {
				clusters = append(clusters, strings.TrimPrefix(api.Annotations(o)["ecs.solo.io/cluster"], "ambient-"))
			}
		}
	}
	sort.Strings(clusters)
	return clusters
}

// answers asserts which clusters' tasks answer under the shared name, that the verifier finds the whole mesh as it should be,
// and that a second preview plans nothing.
func (s *stack) answers(clusters ...string) {
	s.t.Helper()
	s.look(func(tx *world.Tx) {
		if got := endpoints(tx, basket); !slices.Equal(got, clusters) {
			s.t.Errorf("under %s answer tasks of %v, want %v", basket, got, clusters)
		}
	})
	s.verified()
	s.unchanged()
}

// upWatched runs up, and fails if the shared name is ever without an endpoint.
func (s *stack) upWatched() {
	s.t.Helper()
	looks := s.meanwhile(func(tx *world.Tx) {
		if len(endpoints(tx, basket)) == 0 {
			s.t.Errorf("there was a moment when nobody answered under %s", basket)
		}
	}, s.up)
	if looks < 10 {
		s.t.Errorf("the endpoints were looked at only %d times", looks)
	}
}

func TestASharedServiceSurvivesTheLossOfAClusterAndOfAnAccount(t *testing.T) {
	t.Parallel()
	s := raised(t, "dev")
	s.configure("sharedServices.basket", map[string]any{"port": 8080})
	s.configure("clusters.ecs-1.services.basket", member(1))
	s.configure("clusters.ecs-3.services.basket", member(1))
	s.up()
	s.answers("ecs-1", "ecs-3")

	s.configure("clusters.ecs-1.services.basket", member(0))
	golden(t, "testdata/scale-a-member-to-0.txt", strings.Join(s.preview(), "\n")+"\n")
	s.upWatched()
	s.answers("ecs-3")

	s.configure("clusters.ecs-1.services.basket", member(2))
	s.upWatched()
	s.answers("ecs-1", "ecs-1", "ecs-3")

	// All services of the other account stop, not only the shared one.
	s.configure("clusters.ecs-3.services.basket", member(0))
	s.configure("clusters.ecs-3.services.echo-service.desiredCount", 0)
	s.configure("clusters.ecs-3.services.shell-task.desiredCount", 0)
	s.upWatched()
	s.answers("ecs-1", "ecs-1")

	s.configure("clusters.ecs-3.services.basket", member(1))
	s.configure("clusters.ecs-3.services.echo-service.desiredCount", 1)
	s.configure("clusters.ecs-3.services.shell-task.desiredCount", 1)
	s.upWatched()
	s.answers("ecs-1", "ecs-1", "ecs-3")
}

func TestAServiceMovesToAnotherClusterInThreeStepsWithoutAMomentAlone(t *testing.T) {
	t.Parallel()
	s := raised(t, "dev")
	s.configure("sharedServices.basket", map[string]any{"port": 8080})
	s.configure("clusters.ecs-1.services.basket", member(1))
	s.up()
	s.answers("ecs-1")

	for _, step := range []struct {
		name  string
		apply func()
		after []string
	}{
		{"migrate-1-add", func() { s.configure("clusters.ecs-3.services.basket", member(1)) }, []string{"ecs-1", "ecs-3"}},
		{"migrate-2-shift", func() { s.configure("clusters.ecs-1.services.basket", member(0)) }, []string{"ecs-3"}},
		{"migrate-3-remove", func() {
			s.edit(s.file(), func(content map[string]any) {
				clusters := content["config"].(map[string]any)["ambient-ecs:clusters"].(map[string]any)
				delete(clusters["ecs-1"].(map[string]any)["services"].(map[string]any), "basket")
			})
		}, []string{"ecs-3"}},
	} {
		step.apply()
		golden(t, filepath.Join("testdata", step.name+".txt"), strings.Join(s.preview(), "\n")+"\n")
		s.upWatched()
		s.answers(step.after...)
	}
	s.run("destroy")
	for _, r := range s.remains() {
		t.Errorf("left after destroy: %s", r)
	}
}
