//go:build engine

package lifecycle

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/world"
)

// The clusters and the services of examples/from-guide.
var (
	demoClusters = []string{"ecs-two-accounts-1", "ecs-two-accounts-2", "ecs-two-accounts-3"}
	demoServices = []string{"echo-service", "shell-task"}
)

// adopts is a stack that `ambient adopt` writes. What is left for a person is filled in.
func adopts(t *testing.T, name, theirs string, flags ...string) (s *stack, report string) {
	t.Helper()
	s = &stack{t: t, name: name, project: t.TempDir(), state: t.TempDir()}
	s.copy("Pulumi.yaml", "Pulumi.yaml")
	binary, err := filepath.Abs(filepath.Join(root, "bin", "ambient-ecs"))
	if err != nil {
		t.Fatal(err)
	}
	s.edit("Pulumi.yaml", func(project map[string]any) {
		project["runtime"] = map[string]any{"name": "go", "options": map[string]any{"binary": binary}}
	})
	s.exists(filepath.Join(root, theirs))
	before := s.belongings()
	args := append([]string{"--sandbox", s.state, "--project", s.project, "--stack", name, "adopt", "--region", region}, flags...)
	out, err := exec.Command(filepath.Join(root, "bin", "ambient"), args...).CombinedOutput()
	if err != nil {
		t.Fatalf("adopt: %v\n%s", err, out)
	}
	s.same("after adopt", before, unchangedText)
	s.configure("apiAccessCidrs", []any{"203.0.113.7/32"})
	s.configure("license", "sandbox-only-not-a-licence")
	s.configure("protect", false)
	return s, string(out)
}

// imports sets how far the services of the demo have been taken over.
func (s *stack) imports(how string) {
	s.t.Helper()
	for _, cluster := range demoClusters {
		for _, service := range demoServices {
			s.configure("clusters."+cluster+".services."+service+".import", how)
		}
	}
}

// openTasks are the tasks that an address of the Internet could reach on another port than 15008, by the groups of their interfaces.
func (s *stack) openTasks() (open []string) {
	s.t.Helper()
	s.look(func(tx *world.Tx) {
		for _, r := range aws.Live(tx, "") {
			if r.Kind != aws.TaskKind {
				continue
			}
			eni := aws.InterfaceOf(tx, r)
			text, err := json.Marshal(eni.Props["securityGroups"])
			if err != nil {
				s.t.Fatal(err)
			}
			if strings.Contains(string(text), "sg-006") {
				open = append(open, r.String("group"))
			}
		}
	})
	return open
}

// What the guide's scripts leave becomes a stack, one step at a time.
func TestTheGuidesDemoIsTakenOver(t *testing.T) {
	t.Parallel()
	s, report := adopts(t, "from-guide", "examples/from-guide/demo.json", "--install", "mesh", "--account", "local="+home, "--account", "external="+payments,
		"--profile", "local=local", "--profile", "external=external", "--domain", "local=ecs.local", "--domain", "external=ecs.external")
	for _, words := range []string{"opens every port to every address", "in several clusters, and one role is one identity", "has the tag ecs.solo.io/discovery-enabled=true already",
		"add the condition StringEquals aws:SourceAccount " + payments} {
		if !strings.Contains(report, words) {
			t.Errorf("the report does not say %q:\n%s", words, report)
		}
	}
	// The demo's own istiod has to let go of the clusters first, and the role that stays a task role must be for tasks of its account.
	s.refused([]string{"ecs-two-accounts-1", "ecs-two-accounts-2", "ecs-two-accounts-3", "another istiod may discover it", "add the condition StringEquals aws:SourceAccount " + payments}, "preview")
	s.look(func(tx *world.Tx) {
		for _, cluster := range tx.Find("", "aws:ecs/cluster:Cluster", nil) {
			for _, property := range []string{"tags", "tagsAll"} {
				delete(cluster.Props[property].(map[string]any), "ecs.solo.io/discovery-enabled")
			}
			tx.Put(cluster)
		}
		for _, role := range tx.Find(payments, "aws:iam/role:Role", aws.Has("name", "eks-ecs-task-role")) {
			role.Props["assumeRolePolicy"] = strings.Replace(role.String("assumeRolePolicy"), `"Action"`, `"Condition":{"StringEquals":{"aws:SourceAccount":"`+payments+`"}},"Action"`, 1)
			tx.Put(role)
		}
	})
	theirs := s.belongings()
	meshTags := func(text string) string {
		return strings.ReplaceAll(text, `,"ambient-ecs-install":"mesh","ecs.solo.io/discovery-enabled":"true"`, "")
	}
	open := s.openTasks()
	if len(open) != 6 {
		t.Errorf("before the mesh the tasks of %v have the demo's groups", open)
	}
	s.neverFewer("echo-service", 2)
	s.same("after the up that changes no service", theirs, meshTags)
	s.unchanged()

	// Who changes their mind keeps everything.
	f := s.fork(t)
	f.run("destroy")
	f.same("after a destroy that follows the import", theirs, unchangedText)

	s.imports("enrolled")
	s.neverFewer("echo-service", 2)
	if open := s.openTasks(); len(open) > 0 {
		t.Errorf("enrolled, the tasks of %v still have the demo's groups", open)
	}
	s.nothingToDo()
	s.verified()

	// The services are the stack's now. The networks, the open groups, the roles and the clusters are the demo's.
	s.run("destroy")
	for what := range s.belongings() {
		if theirs[what] == "" {
			t.Errorf("left after the destroy: %s", what)
		}
	}
	maps.DeleteFunc(theirs, func(what, _ string) bool {
		return strings.HasPrefix(what, aws.ServiceKind) || strings.HasPrefix(what, aws.TaskKind) || strings.Contains(what, "NetworkInterface")
	})
	s.same("after the destroy", theirs, unchangedText)
	if _, err := os.Stat(filepath.Join(s.project, "adopted", "from-guide", "ecs-two-accounts-3", "echo-service.json")); err != nil {
		t.Error(err)
	}
}
