//go:build engine

package lifecycle

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/world"
)

// lives starts a task, and lets the sandbox's clouds work until the task ends. It returns the task, and the service accounts under
// which istiod discovered it meanwhile.
func (s *stack) lives(start func(tx *world.Tx) (*world.Resource, error)) (task *world.Resource, accounts []string) {
	s.t.Helper()
	err := s.work(func(tx *world.Tx) (done bool, err error) {
		if task == nil {
			task, err = start(tx)
			return false, err
		}
		if task = tx.Get(home, aws.TaskKind, task.ID); task == nil {
			return false, errors.New("the task is gone")
		}
		for _, arn := range tx.Clusters() {
			for _, o := range tx.Objects(arn) {
				notes, _ := o["metadata"].(map[string]any)["annotations"].(map[string]any)
				if o["kind"] == "WorkloadEntry" && notes["ecs.solo.io/arn"] == task.ID {
					accounts = append(accounts, o["metadata"].(map[string]any)["namespace"].(string)+"/"+o["spec"].(map[string]any)["serviceAccount"].(string))
				}
			}
		}
		return task.String("lastStatus") == "STOPPED", nil
	})
	if err != nil {
		s.t.Fatalf("the task does not end: %v", err)
	}
	slices.Sort(accounts)
	return task, slices.Compact(accounts)
}

// A schedule and a person start the same task: with its identity, in the mesh, until its application ends.
func TestAStandaloneTaskJoinsTheMeshAndEnds(t *testing.T) {
	t.Parallel()
	s := newStack(t, "single")
	task := func(change map[string]any) map[string]any {
		all := map[string]any{"image": "public.ecr.aws/j8r2p7b6/curl:latest", "command": []any{"curl", "-fsS", "http://echo-service.single-ecs-1.ecs.local:8080/"}, "serviceAccount": "report"}
		for key, value := range change {
			all[key] = value
		}
		return all
	}
	s.configure("clusters.ecs-1.tasks", map[string]any{
		"report":  task(map[string]any{"schedule": map[string]any{"expression": "cron(30 3 * * ? *)", "timezone": "Europe/Berlin"}}),
		"migrate": task(nil),
	})
	// The mesh has an authority of the user's from the first update on: the page previews, updates and verifies.
	newAuthority(t, "ours").files(s, "a")
	s.types("", block(t, rootPage, "pulumi config set --path meshCa.certificate < mesh-a"))
	s.unchanged()
	schedule := func(tx *world.Tx) *world.Resource {
		all := tx.Find(home, aws.ScheduleKind, nil)
		if len(all) != 1 {
			t.Fatalf("%d schedules", len(all))
		}
		return all[0]
	}
	joined := func(start func(tx *world.Tx) (*world.Resource, error)) *world.Resource {
		t.Helper()
		task, accounts := s.lives(start)
		if !slices.Equal(accounts, []string{"single-ecs-1/report"}) {
			t.Errorf("istiod discovered the task as %v", accounts)
		}
		if task.String("stopCode") != "EssentialContainerExited" || task.String("healthStatus") != "HEALTHY" {
			t.Errorf("the task ended %s with %s: %s", task.String("healthStatus"), task.String("stopCode"), task.String("stoppedReason"))
		}
		tags, _ := task.Props["tags"].(map[string]any)
		if tags["ecs.solo.io/namespace"] != "single-ecs-1" || tags["ecs.solo.io/service-account"] != "report" || !strings.HasSuffix(task.String("taskRoleArn"), ":role/single-ecs-1-report") {
			t.Errorf("the task is %s with the tags %v", task.String("taskRoleArn"), tags)
		}
		if !strings.HasPrefix(task.String("group"), "family:single-ecs-1-") || task.String("serviceArn") != "" {
			t.Errorf("the task is of %s, service %q", task.String("group"), task.String("serviceArn"))
		}
		return task
	}
	fire := func(tx *world.Tx) (*world.Resource, error) { return aws.Fire(tx, schedule(tx)) }
	first := joined(fire)
	s.verified()

	// A person takes the request from the outputs.
	var outputs struct {
		Clusters map[string]struct {
			Tasks map[string]struct{ RunTaskInput string }
		} `json:"ecsClusters"`
	}
	if err := json.Unmarshal([]byte(s.run("stack", "output", "--json")), &outputs); err != nil {
		t.Fatal(err)
	}
	var request map[string]any
	if err := json.Unmarshal([]byte(outputs.Clusters["ecs-1"].Tasks["migrate"].RunTaskInput), &request); err != nil {
		t.Fatal(err)
	}
	joined(func(tx *world.Tx) (*world.Resource, error) { return aws.RunTask(tx, home, request) })

	// Another time is an update in place. Another image is a new revision, which the schedule starts from then on.
	s.configure("clusters.ecs-1.tasks.report.schedule.expression", "rate(12 hours)")
	s.configure("clusters.ecs-1.tasks.report.schedule.timezone", "")
	s.configure("clusters.ecs-1.tasks.report.image", "public.ecr.aws/j8r2p7b6/curl:8")
	s.up()
	s.look(func(tx *world.Tx) {
		if got := schedule(tx).String("scheduleExpression"); got != "rate(12 hours)" {
			t.Errorf("the schedule is %s", got)
		}
	})
	if second := joined(fire); second.String("taskDefinitionArn") == first.String("taskDefinitionArn") {
		t.Errorf("the schedule still starts %s", first.String("taskDefinitionArn"))
	}
	s.unchanged()

	s.configure("clusters.ecs-1.tasks.report.schedule.paused", true)
	s.up()
	s.look(func(tx *world.Tx) {
		if task, err := aws.Fire(tx, schedule(tx)); err == nil {
			t.Errorf("a paused schedule started %s", task.ID)
		}
	})
	s.run("destroy")
	for _, r := range s.remains() {
		t.Errorf("left after destroy: %s", r)
	}
}
