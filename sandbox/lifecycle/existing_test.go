//go:build engine

package lifecycle

import (
	"encoding/json"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/world"
)

// exists lets the AWS resources of another team exist, from a file.
func (s *stack) exists(file string) {
	s.t.Helper()
	binary, err := filepath.Abs(filepath.Join(root, "bin", "sandbox"))
	if err != nil {
		s.t.Fatal(err)
	}
	if out, err := exec.Command(binary, "-state", s.state, "exist", file).CombinedOutput(); err != nil {
		s.t.Fatalf("%s: %v\n%s", file, err, out)
	}
}

// belongings are all resources that exist, each as the text of everything that AWS keeps of it, by kind and id.
func (s *stack) belongings() map[string]string {
	s.t.Helper()
	all := map[string]string{}
	s.look(func(tx *world.Tx) {
		for _, r := range aws.Live(tx, "") {
			text, err := json.Marshal(r)
			if err != nil {
				s.t.Fatal(err)
			}
			all[r.Kind+" "+r.ID] = string(text)
		}
	})
	return all
}

// same asserts that what was there before is there now, to the byte. changed undoes the differences that the mesh may make.
func (s *stack) same(when string, before map[string]string, changed func(text string) string) {
	s.t.Helper()
	now := s.belongings()
	for _, what := range slices.Sorted(maps.Keys(before)) {
		switch text, there := now[what]; {
		case !there:
			s.t.Errorf("%s: %s is gone", when, what)
		case changed(text) != before[what]:
			at := 0
			for now, was := changed(text), before[what]; at < min(len(now), len(was)) && now[at] == was[at]; {
				at++
			}
			s.t.Errorf("%s: another team's %s was\n…%.200s\nand is\n…%.200s", when, what, before[what][max(0, at-80):], changed(text)[max(0, at-80):])
		}
	}
}

// unchangedText undoes nothing.
func unchangedText(text string) string { return text }

// lodgerTags takes the two tags of the mesh out of a cluster.
func lodgerTags(text string) string {
	return strings.NewReplacer(`"ambient-ecs-install":"lodger",`, "", `"ecs.solo.io/discovery-enabled":"true",`, "").Replace(text)
}

// A mesh comes to another team's cluster, logs to their log group, starts tasks with their role, and goes again.
func TestAnotherTeamsClusterIsOnlyTagged(t *testing.T) {
	t.Parallel()
	s := newStack(t, "their-cluster")
	s.exists(filepath.Join(root, "examples/their-cluster/theirs.json"))
	s.configure("clusters.prod.logGroup", "/apps/prod")
	s.configure("accounts.apps.executionRoleArn", "arn:aws:iam::"+home+":role/apps-execution")
	theirs, left := s.belongings(), s.remains()
	s.up()
	s.same("after the up", theirs, lodgerTags)
	s.nothingToDo()
	s.verified()

	// The owner's own tool takes the tag away, as Terraform does with tags that it does not know. A refresh sees it.
	s.look(func(tx *world.Tx) {
		for _, cluster := range tx.Find(home, "aws:ecs/cluster:Cluster", aws.Has("name", "Apps-Prod")) {
			for _, property := range []string{"tags", "tagsAll"} {
				delete(cluster.Props[property].(map[string]any), "ecs.solo.io/discovery-enabled")
			}
			tx.Put(cluster)
		}
	})
	if out, err := s.ambient("doctor"); err == nil || !strings.Contains(out, "is not tagged for discovery") {
		t.Errorf("the doctor: %v\n%s", err, out)
	}
	s.run("up", "--refresh")
	s.verified()

	s.run("destroy")
	s.same("after the destroy", theirs, unchangedText)
	if now := s.remains(); !slices.Equal(now, left) {
		t.Errorf("before the mesh there was\n%s\nand now there is\n%s", strings.Join(left, "\n"), strings.Join(now, "\n"))
	}
}

// What is wrong with a cluster is told before anything is made.
func TestAClusterThatCannotJoinIsRefused(t *testing.T) {
	t.Parallel()
	s := newStack(t, "their-cluster")
	s.refused([]string{"clusters.prod.existing", "has no ECS cluster of this name"}, "preview")
	s.exists(filepath.Join(root, "examples/their-cluster/theirs.json"))
	s.look(func(tx *world.Tx) {
		for _, cluster := range tx.Find(home, "aws:ecs/cluster:Cluster", aws.Has("name", "Apps-Prod")) {
			cluster.Props["tagsAll"].(map[string]any)["ambient-ecs-install"] = "blue"
			tx.Put(cluster)
		}
	})
	s.refused([]string{"clusters.prod.existing", "belongs to the install blue"}, "up")
}
