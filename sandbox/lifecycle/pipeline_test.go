//go:build engine

package lifecycle

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/world"
)

// pipelined is the service that a team's pipeline deploys.
const pipelined = "echo-service"

// revision is the task definition that a service of the home account runs.
func (s *stack) revision(name string) (arn string, containers []map[string]any) {
	s.t.Helper()
	s.look(func(tx *world.Tx) {
		for _, service := range tx.Find(home, aws.ServiceKind, aws.Has("name", name)) {
			arn = service.String("taskDefinition")
			definition := tx.Get(home, aws.TaskDefinitionKind, arn)
			if definition == nil || definition.String("_status") != "ACTIVE" {
				s.t.Fatalf("%s runs %s, which is not active", name, arn)
			}
			if err := json.Unmarshal([]byte(definition.String("containerDefinitions")), &containers); err != nil {
				s.t.Fatal(err)
			}
		}
	})
	return arn, containers
}

// deploys plays the pipeline of a service of the home account.
func (s *stack) deploys(name string, containers []map[string]any) (arn string) {
	s.t.Helper()
	text, err := json.Marshal(containers)
	if err != nil {
		s.t.Fatal(err)
	}
	s.look(func(tx *world.Tx) {
		for _, service := range tx.Find(home, aws.ServiceKind, aws.Has("name", name)) {
			if arn, err = aws.DeployRevision(tx, service, string(text)); err != nil {
				s.t.Fatal(err)
			}
		}
	})
	return arn
}

// enrols runs `ambient enrol` on the containers that the service runs, with the stack's outputs and further flags.
func (s *stack) enrols(containers []map[string]any, flags ...string) (enrolled []map[string]any) {
	s.t.Helper()
	var outputs struct {
		TaskRoles, ExecutionRoles map[string]string
	}
	text := s.run("stack", "output", "--json", "--show-secrets")
	var raw map[string]json.RawMessage
	for name, into := range map[string]*map[string]string{"taskRoleArns": &outputs.TaskRoles, "executionRoleArns": &outputs.ExecutionRoles} {
		if err := json.Unmarshal([]byte(text), &raw); err != nil {
			s.t.Fatal(err)
		}
		if err := json.Unmarshal(raw[name], into); err != nil {
			s.t.Fatal(err)
		}
	}
	definition, err := json.Marshal(map[string]any{
		"family": "single-ecs-1-" + pipelined, "networkMode": "awsvpc", "requiresCompatibilities": []string{"FARGATE"}, "cpu": "256", "memory": "512",
		"taskRoleArn": outputs.TaskRoles["ecs-1/ecs"], "executionRoleArn": outputs.ExecutionRoles["local"], "containerDefinitions": containers,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	file := filepath.Join(s.t.TempDir(), "outputs.json")
	s.write(file, text)
	binary, err := filepath.Abs(filepath.Join(root, "bin", "ambient"))
	if err != nil {
		s.t.Fatal(err)
	}
	cmd := exec.Command(binary, append([]string{"enrol", "--outputs", file, "--identity", "ecs-1/ecs"}, flags...)...)
	cmd.Stdin, cmd.Stderr = strings.NewReader(string(definition)), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		s.t.Fatalf("enrol: %v", err)
	}
	var written struct {
		ContainerDefinitions []map[string]any `json:"containerDefinitions"`
	}
	if err := json.Unmarshal(out, &written); err != nil {
		s.t.Fatal(err)
	}
	return written.ContainerDefinitions
}

// A pipeline deploys, the program leaves its revision alone, and the authority is rotated only as fast as the pipeline enrols.
func TestAPipelineKeepsItsRevisionAndHoldsUpARotation(t *testing.T) {
	t.Parallel()
	s := newStack(t, "single")
	first, second := newAuthority(t, "first"), newAuthority(t, "second")
	s.signsFor(first, first)
	s.configure("clusters.ecs-1.services."+pipelined+".deployedBy", "pipeline")
	s.up()
	s.unchanged()

	made, containers := s.revision(pipelined)
	containers[0]["image"] = "registry.example/echo:2"
	deployed := s.deploys(pipelined, containers)
	if deployed == made {
		t.Fatalf("the pipeline deployed %s, which the program made", deployed)
	}
	keeps := func(what string) {
		t.Helper()
		if runs, _ := s.revision(pipelined); runs != deployed {
			t.Fatalf("after %s the service runs %s, and the pipeline deployed %s", what, runs, deployed)
		}
	}
	s.unchanged()
	s.configure("clusters.ecs-1.services."+pipelined+".desiredCount", 2)
	s.up()
	keeps("an update of the service")
	s.run("refresh")
	s.nothingToDo()
	keeps("a refresh")
	s.running(t, pipelined, 2)
	s.verified()

	// The first step is announced. The next one waits for the pipeline.
	s.signsFor(first, first, second)
	if _, all, err := s.try("preview"); err != nil || !strings.Contains(all, "Run enrol again afterwards") {
		t.Errorf("the preview says nothing of the pipeline: %v\n%s", err, all)
	}
	s.up()
	keeps("a step of a rotation")
	if out, err := s.ambient("verify"); err == nil || !strings.Contains(out, "was enrolled before a change of") {
		t.Errorf("the verifier: %v\n%s", err, out)
	}
	if out, err := s.ambient("doctor"); err == nil || !strings.Contains(out, "was enrolled before a change of") {
		t.Errorf("the doctor: %v\n%s", err, out)
	}
	s.signsFor(second, first, second)
	for _, command := range []string{"preview", "up"} {
		s.refused([]string{"clusters.ecs-1.services." + pipelined, "Run enrol again", "certificate authority"}, command)
	}

	_, containers = s.revision(pipelined)
	deployed = s.deploys(pipelined, s.enrols(containers))
	s.up()
	keeps("the next step")
	s.unchanged()
	if _, containers = s.revision(pipelined); containers[0]["image"] != "registry.example/echo:2" {
		t.Errorf("the pipeline's image is %v", containers[0]["image"])
	}

	// Back to the program and to the pipeline again: the first deploys what the stack file says, the second nothing.
	s.configure("clusters.ecs-1.services."+pipelined+".image", "registry.example/echo:2")
	s.configure("clusters.ecs-1.services."+pipelined+".deployedBy", "program")
	s.up()
	s.running(t, pipelined, 2)
	if deployed, containers = s.revision(pipelined); containers[0]["image"] != "registry.example/echo:2" || !strings.HasSuffix(deployed, ":4") {
		t.Errorf("back from the pipeline the service runs %s with %v", deployed, containers[0]["image"])
	}
	s.unchanged()
	s.configure("clusters.ecs-1.services."+pipelined+".deployedBy", "pipeline")
	s.up()
	keeps("the way to a pipeline")
	s.unchanged()

	// The revisions that the pipeline may still use stay registered, as docs/safety.md says.
	s.run("destroy")
	left := 0
	for _, r := range s.remains() {
		if strings.Contains(r, ":task-definition/single-ecs-1-"+pipelined+":") {
			left++
			continue
		}
		t.Errorf("left after destroy: %s", r)
	}
	if left != 4 {
		t.Errorf("%d revisions are left, want the program's two and the pipeline's two", left)
	}
}
