//go:build engine

package lifecycle

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// commands are the blocks of shell commands of a page.
func commands(t *testing.T, page string) (blocks []string) {
	t.Helper()
	for i, part := range strings.Split(string(read(t, filepath.Join(root, page))), "```") {
		if text, shell := strings.CutPrefix(part, "sh\n"); shell && i%2 == 1 {
			blocks = append(blocks, text)
		}
	}
	return blocks
}

// A stranger types what the pages say, in a clone of the repository whose programs are built. The page in YAML begins when the
// platform and the first team are there, and ends before they go.
func TestTheCommandsOfTheTeamsPagesWorkWordForWord(t *testing.T) {
	t.Parallel()
	clone := t.TempDir()
	for _, name := range []string{"Pulumi.yaml", "Pulumi.single.yaml", "examples/team-go/Pulumi.yaml", "examples/team-go/Pulumi.orders.yaml", "examples/team-yaml/Pulumi.yaml", "examples/team-yaml/Pulumi.greeter.yaml"} {
		write(t, filepath.Join(clone, name), read(t, filepath.Join(root, name)))
	}
	bin, err := filepath.Abs(filepath.Join(root, "bin"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(bin, filepath.Join(clone, "bin")); err != nil {
		t.Fatal(err)
	}
	pages := commands(t, "examples/team-go/README.md")
	// The sandbox finds the Gateway API's definitions beside its programs: in the repository, where the link leads.
	script := "set -euo pipefail\n" +
		"git init -q . && git add Pulumi.single.yaml && git -c user.name=a -c user.email=a@example.com commit -qm a\n" +
		"make() { for target in \"$@\"; do test -e \"$target\"; done; }\n" + // what it would build is built
		strings.Join(slices.Concat(pages[:len(pages)-1], commands(t, "examples/team-yaml/README.md"), pages[len(pages)-1:]), "\n")
	cmd := exec.Command("bash", "-c", script)
	cmd.Dir = clone
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("the commands of the page: %v\n%s", err, out)
	}
	for _, want := range []string{"orders.single-ecs-1.ecs.local", "service/ecs-1/orders", "greeter.single-ecs-1.ecs.local", "service/ecs-1/greeter", "0 wrong, 0 undecided"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("nothing says %q:\n%s", want, out)
		}
	}
	s := &stack{t: t, name: "single", project: clone, state: filepath.Join(clone, ".sandbox")}
	for _, r := range s.remains() {
		t.Errorf("left after both: %s", r)
	}
}
