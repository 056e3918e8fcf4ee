//go:build engine

package lifecycle

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/sandbox/world"
	"ambient-ecs/tests/pages"
)

// A person makes the roles of the workflows with the commands of docs/ci.md. A destroy leaves the identity providers, on which other
// repositories may rely.
func TestThePageOfCIMakesTheRolesOfTheWorkflows(t *testing.T) {
	t.Parallel()
	s := &stack{t: t, name: "prod", project: t.TempDir()}
	s.state = filepath.Join(s.project, ".sandbox")
	write(t, filepath.Join(s.project, "ci", "Pulumi.yaml"), read(t, filepath.Join(root, "ci", "Pulumi.yaml")))
	bin, err := filepath.Abs(filepath.Join(root, "bin"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(bin, filepath.Join(s.project, "bin")); err != nil {
		t.Fatal(err)
	}
	// What make would build is built. `pulumi` keeps a backend of its own for the settings, and the sandbox is the accounts.
	script := `set -euo pipefail
make() { test -e "$1"; }
pulumi() {
	case "$1 ${2-}" in
	"stack init" | "config set") ../bin/pulumi "$@" --non-interactive ;;
	*) ../bin/sandbox -state ../.sandbox "$@" --stack prod ;;
	esac
}
` + pages.Blocks(t, filepath.Join(root, "docs", "ci.md"))[0].Text
	run := func(command string) string {
		t.Helper()
		cmd := exec.Command("bash", "-c", command)
		cmd.Dir = s.project
		cmd.Env = ownBackend(s.project)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s\n%s", err, command, out)
		}
		return string(out)
	}
	run(script)
	of := []string{"ci-ambient-deploy", "ci-ambient-read", "ci-ambient-verify"}
	entries := []string{"ci-ambient-from-drift", "ci-ambient-from-preview", "ci-ambient-from-production", "ci-ambient-from-verify"}
	for account, want := range map[string][]string{home: slices.Concat(of[:1], entries, of[1:]), external: of} {
		var roles []string
		s.look(func(tx *world.Tx) {
			for _, role := range tx.Find(account, "aws:iam/role:Role", nil) {
				roles = append(roles, role.String("name"))
				if github := strings.Contains(role.String("assumeRolePolicy"), "token.actions.githubusercontent.com"); github != slices.Contains(entries, role.String("name")) {
					t.Errorf("GitHub takes the role %s: %v", role.String("name"), github)
				}
			}
		})
		if slices.Sort(roles); !slices.Equal(roles, want) {
			t.Errorf("account %s has the roles %q", account, roles)
		}
	}
	run("cd ci && ../bin/sandbox -state ../.sandbox preview --expect-no-changes --stack prod")
	run("cd ci && ../bin/sandbox -state ../.sandbox destroy --stack prod")
	for _, r := range s.remains() {
		if !strings.Contains(r, "openIdConnectProvider") {
			t.Errorf("left at the end: %s", r)
		}
	}
}
