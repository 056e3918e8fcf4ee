//go:build engine

package lifecycle

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/mesh"
	"ambient-ecs/sandbox/world"
)

// waypointRetries is how often a waypoint repeats a call at another task, if nothing else is configured.
const waypointRetries = 2

// call asks what becomes of a call to a hostname behind a waypoint: why it is lost, "" if a task answers. A task has no answer
// before it is healthy, and istiod knows it before that.
func call(tx *world.Tx, hostname string) (lost string) {
	answering, silent := 0, 0
	for _, arn := range tx.Clusters() {
		for _, o := range tx.Objects(arn) {
			if o["kind"] != "WorkloadEntry" || api.Labels(o)["ecs.solo.io/hostname"] != hostname {
				continue
			}
			answers := false
			for _, task := range tx.Find("", aws.TaskKind, func(r *world.Resource) bool { return r.ID == api.Annotations(o)["ecs.solo.io/arn"] }) {
				joined, _ := mesh.Readiness(tx, task)
				answers = joined && task.String("lastStatus") == "RUNNING" && task.String("healthStatus") == "HEALTHY"
			}
			if answers {
				answering++
			} else {
				silent++
			}
		}
	}
	if answering == 0 || silent > waypointRetries {
		return fmt.Sprintf("of the endpoints of %s %d answer and %d do not", hostname, answering, silent)
	}
	return ""
}

// loses runs something while calls go to a hostname all the time, and returns what the lost ones say.
func (s *stack) loses(hostname string, run func()) (lost []string) {
	s.t.Helper()
	looks := s.meanwhile(func(tx *world.Tx) {
		if why := call(tx, hostname); why != "" {
			lost = append(lost, why)
		}
	}, run)
	if looks < 10 {
		s.t.Errorf("%s was called only %d times", hostname, looks)
	}
	return slices.Compact(lost)
}

// keeps is loses for what must lose no call.
func (s *stack) keeps(hostname, what string, run func()) {
	s.t.Helper()
	if lost := s.loses(hostname, run); len(lost) > 0 {
		s.t.Errorf("%s lost calls: %s", what, strings.Join(lost, "; "))
	}
}

// halfOnSpot shares the tasks of a service.
func halfOnSpot() []any {
	return []any{
		map[string]any{"capacityProvider": "FARGATE", "base": 1, "weight": 1},
		map[string]any{"capacityProvider": "FARGATE_SPOT", "weight": 1},
	}
}

// rolls changes what a service's tasks run on as an operator does, and waits until the deployment is complete.
func (s *stack) rolls(service string, strategy ...any) {
	s.t.Helper()
	s.look(func(tx *world.Tx) {
		for _, r := range tx.Find(home, aws.ServiceKind, aws.Has("name", service)) {
			if len(strategy) > 0 {
				aws.ProvideCapacity(tx, tx.Get(home, "aws:ecs/cluster:Cluster", r.String("cluster")), "FARGATE", "FARGATE_SPOT")
			}
			if err := aws.ChangeCapacity(tx, r, strategy...); err != nil {
				s.t.Fatal(err)
			}
		}
	})
	s.deployed(service)
}

// runsOn is what ECS shows of a service: its launch type, or the providers of its strategy.
func (s *stack) runsOn(service string) (on string) {
	s.t.Helper()
	s.service(service, func(r *world.Resource) {
		on = r.String("launchType")
		strategy, _ := r.Props["capacityProviderStrategies"].([]any)
		for _, item := range strategy {
			on += fmt.Sprint(item.(map[string]any)["capacityProvider"], " ")
		}
	})
	return strings.TrimSpace(on)
}

// answerable gives the application a health check, so that ECS keeps old tasks until new ones answer.
func answerable(service map[string]any) map[string]any {
	service["healthCheck"] = map[string]any{"command": []any{"CMD-SHELL", "wget -qO- localhost:8080 || exit 1"}, "interval": 5}
	return service
}

// ECS itself moves a living service. The program refuses the short way and prints the commands. After them and a refresh it takes what
// ECS made, and replaces nothing.
func TestAServiceMovesToSpotAndBackAndLosesNoCall(t *testing.T) {
	t.Parallel()
	s := raised(t, "single")
	const at, hostname = "clusters.ecs-1.services.echo-service", "echo-service.single-ecs-1.ecs.local"
	s.configure(at, answerable(map[string]any{"image": "public.ecr.aws/j8r2p7b6/echo-server:latest", "port": 8080, "environment": map[string]any{"PORT": "8080"}, "waypoint": true}))
	s.up()
	s.nothingToDo()

	s.configure(at+".capacityProviderStrategy", halfOnSpot())
	for _, command := range []string{"preview", "up"} {
		s.refused([]string{at + ".capacityProviderStrategy", "aws ecs put-cluster-capacity-providers", "aws ecs update-service", "pulumi refresh"}, command)
	}
	s.keeps(hostname, "ECS, on the way to Spot,", func() { s.rolls("echo-service", halfOnSpot()...) })

	// Without the refresh Pulumi knows nothing of it. The preview shows that, and ECS refuses the second service of the name.
	early := s.fork(t)
	if steps := early.preview(); !slices.ContainsFunc(steps, func(step string) bool {
		return strings.HasPrefix(step, "replace aws:ecs/service:Service ecs-1/echo-service")
	}) {
		t.Errorf("without a refresh the preview plans\n%s", strings.Join(steps, "\n"))
	}
	early.keeps(hostname, "the update without a refresh", func() {
		if _, all, err := early.try("up"); err == nil || !strings.Contains(all, "Creation of service was not idempotent") {
			t.Errorf("without a refresh up says (%v):\n%s", err, all)
		}
	})

	s.run("refresh")
	golden(t, filepath.Join("testdata", "spot-1-there.txt"), strings.Join(s.preview(), "\n")+"\n")
	s.keeps(hostname, "the update to Spot", s.up)
	s.nothingToDo()
	if on := s.runsOn("echo-service"); on != "FARGATE FARGATE_SPOT" {
		t.Errorf("the service runs on %q", on)
	}
	s.verified()

	s.unset("clusters", "ecs-1", "services", "echo-service", "capacityProviderStrategy")
	s.refused([]string{at + ".capacityProviderStrategy", "aws ecs update-service", "'[]'", "pulumi refresh"}, "up")
	s.keeps(hostname, "ECS, on the way back,", func() { s.rolls("echo-service") })
	s.run("refresh")
	golden(t, filepath.Join("testdata", "spot-2-back.txt"), strings.Join(s.preview(), "\n")+"\n")
	s.keeps(hostname, "the update back", s.up)
	s.nothingToDo()
	if on := s.runsOn("echo-service"); on != "FARGATE" {
		t.Errorf("the service runs on %q", on)
	}
	s.verified()
}

// A shared service needs no command beside Pulumi: a second member of the same cluster has the strategy, and the first one goes.
func TestASecondMemberOnSpotTakesOverTheHostnameAndLosesNoCall(t *testing.T) {
	t.Parallel()
	s := raised(t, "single")
	const hostname = "basket.single.ecs.local"
	s.configure("sharedServices.basket", map[string]any{"port": 8080, "waypoint": true})
	s.configure("clusters.ecs-1.services.basket", answerable(member(1)))
	s.up()

	second := answerable(member(1))
	second["capacityProviderStrategy"] = halfOnSpot()
	for _, step := range []struct {
		name  string
		apply func()
	}{
		{"spot-shared-1-beside", func() { s.configure("clusters.ecs-1.services.basket-spot", second) }},
		{"spot-shared-2-shift", func() { s.configure("clusters.ecs-1.services.basket.desiredCount", 0) }},
		{"spot-shared-3-gone", func() { s.unset("clusters", "ecs-1", "services", "basket") }},
	} {
		step.apply()
		golden(t, filepath.Join("testdata", step.name+".txt"), strings.Join(s.preview(), "\n")+"\n")
		s.keeps(hostname, step.name, s.up)
		s.verified()
	}
	s.nothingToDo()
	s.running(t, "basket-spot", 1)

	// The probe sees what it must: without the second member the same step loses calls.
	alone := s.fork(t)
	alone.configure("clusters.ecs-1.services.basket-spot.desiredCount", 0)
	if lost := alone.loses(hostname, alone.up); len(lost) == 0 {
		t.Error("nobody runs, and no call is lost: the probe proves nothing")
	}
}
