//go:build engine

package lifecycle

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// `pulumi new` writes Pulumi.yaml anew, with the name that a person gives. Under the template's own name the program works as before. Another
// name hides every default and every key of a stack file from it, so that is the one thing that the preview says.
func TestAProjectMadeByPulumiNewWorksUnderItsOwnNameAlone(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"ambient-ecs", "my-mesh"} {
		s := newStack(t, "single")
		made := filepath.Join(t.TempDir(), "made")
		binary, err := filepath.Abs(filepath.Join(root, "bin", "pulumi"))
		if err != nil {
			t.Fatal(err)
		}
		args := []string{"new", s.project, "--generate-only", "--yes", "--dir", made}
		if name != "ambient-ecs" {
			args = append(args, "--name", name)
		}
		if err := os.Mkdir(made, 0o755); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(binary, args...)
		cmd.Dir, cmd.Env = made, ownBackend(t.TempDir())
		// The files are there before the command asks for the language of Go, which the built CLI does not have.
		if out, err := cmd.CombinedOutput(); !strings.Contains(string(out), "Created project '"+name+"'") {
			t.Fatalf("pulumi new: %v\n%s", err, out)
		}
		s.project = made
		_, said, err := s.try("preview")
		refused := strings.Contains(said, "(my-mesh-single):\n    error: name = \"my-mesh\"") && strings.Contains(said, "1 errored") && !strings.Contains(said, "is not set")
		if (name == "ambient-ecs") != (err == nil) || refused != (err != nil) {
			t.Errorf("%s: %v\n%s", name, err, said)
		}
	}
}
