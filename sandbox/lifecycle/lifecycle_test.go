//go:build engine

package lifecycle

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// The stack dev is played by .ci/run, with the README's own commands, and single by many others here. Two installs share accounts, and both
// have a VPC with the same addresses in one of them.
func TestTwoInstallsComeUpSideBySideAndEachLeavesTheOtherAlone(t *testing.T) {
	t.Parallel()
	dev, pair := raised(t, "dev"), newStack(t, "pair")
	pair.state = dev.state
	pair.up()
	pair.nothingToDo()
	dev.nothingToDo()
	pair.verified()
	dev.verified()
	pair.run("destroy")
	dev.nothingToDo()
	dev.verified()
	dev.run("destroy")
	for _, r := range dev.remains() {
		t.Errorf("left after both are destroyed: %s", r)
	}
}

func TestEachEditPreviewsExactlyItsSteps(t *testing.T) {
	t.Parallel()
	base := raised(t, "dev")

	echo := map[string]any{"image": "public.ecr.aws/j8r2p7b6/echo-server:latest", "port": 8080}
	for _, edit := range []struct {
		name  string
		apply func(s *stack)
	}{
		{"add-a-cluster", func(s *stack) {
			s.configure("clusters.ecs-4", map[string]any{"account": "external", "services": map[string]any{"echo-service": echo}})
		}},
		{"add-a-service", func(s *stack) { s.configure("clusters.ecs-1.services.second-echo", echo) }},
		{"change-an-image", func(s *stack) {
			s.configure("clusters.ecs-1.services.echo-service.image", "public.ecr.aws/j8r2p7b6/echo-server:2")
		}},
		{"change-a-cidr", func(s *stack) {
			s.configure("accounts.external.vpcCidr", "10.2.0.0/16")
			s.configure("accounts.external.subnets", map[string]any{
				"private": []any{"10.2.1.0/24", "10.2.2.0/24", "10.2.3.0/24"}, "public": []any{"10.2.4.0/24"},
			})
		}},
		{"upgrade-istio", func(s *stack) { s.configure("istioVersion", "1.31.1-solo") }},
		{"tighten-the-policies", func(s *stack) { s.configure("policyStage", "l4") }},
		{"retag", func(s *stack) { s.configure("owner", "another-team") }},
		{"remove-a-service", func(s *stack) {
			s.edit(s.file(), func(content map[string]any) {
				clusters := content["config"].(map[string]any)["ambient-ecs:clusters"].(map[string]any)
				delete(clusters["ecs-2"].(map[string]any)["services"].(map[string]any), "shell-task")
			})
		}},
	} {
		t.Run(edit.name, func(t *testing.T) {
			t.Parallel()
			s := base.fork(t)
			edit.apply(s)
			golden(t, filepath.Join("testdata", edit.name+".txt"), strings.Join(s.preview(), "\n")+"\n")
		})
	}

	t.Run("an edit does not stand in the way of destroy", func(t *testing.T) {
		t.Parallel()
		s := base.fork(t)
		s.configure("clusters.ecs-1.services.second-echo", echo)
		s.up()
		s.run("destroy")
		for _, r := range s.remains() {
			t.Errorf("left after destroy: %s", r)
		}
	})
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the preview differs from %s (run with -update and read the diff):\n%s", file, got)
	}
}
