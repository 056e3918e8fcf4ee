//go:build engine

package lifecycle

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"ambient-ecs/tests/pages"
)

// commands are the blocks of shell commands of a page.
func commands(t *testing.T, page string) (texts []string) {
	t.Helper()
	for _, b := range pages.Blocks(t, filepath.Join(root, page)) {
		if b.Language == "sh" {
			texts = append(texts, b.Text)
		}
	}
	return texts
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
	inGo := commands(t, "examples/team-go/README.md")
	// The sandbox finds the Gateway API's definitions beside its programs: in the repository, where the link leads.
	script := "set -euo pipefail\n" +
		"git init -q . && git add Pulumi.single.yaml && git -c user.name=a -c user.email=a@example.com commit -qm a\n" +
		"make() { for target in \"$@\"; do test -e \"$target\"; done; }\n" + // what it would build is built
		strings.Join(slices.Concat(inGo[:len(inGo)-1], commands(t, "examples/team-yaml/README.md"), inGo[len(inGo)-1:]), "\n")
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

// A team types what docs/consuming.md says, in an empty folder beside the repository, and gets three services of its own into the mesh.
func TestATeamGetsFromAnEmptyFolderToServicesOfItsOwn(t *testing.T) {
	t.Parallel()
	beside := t.TempDir()
	repository, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(repository, filepath.Join(beside, "ambient-ecs")); err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(beside, "team")
	if err := os.Mkdir(empty, 0o755); err != nil {
		t.Fatal(err)
	}
	// What make would build is built, and so is the program in Go, which is the example's. Its module has to be complete.
	script := `set -euo pipefail
make() { test "$1" = -C; for target in "${@:3}"; do test -e "$2/$target"; done; }
go() {
	case "$3" in
	build) command go -C orders list -deps . > deps; mkdir orders/bin; cp ../ambient-ecs/bin/team-go "orders/$5" ;;
	*) command go "$@" ;;
	esac
}
`
	for _, b := range pages.Section(t, filepath.Join(root, "docs", "consuming.md"), "In the sandbox, from an empty folder") {
		script += b.Text
	}
	cmd := exec.Command("bash", "-c", script)
	cmd.Dir = empty
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("the commands of the page: %v\n%s", err, out)
	}
	for want, n := range map[string]int{"answered 200": 3, "service/ecs-1/greeter": 1, "service/ecs-1/orders": 1, "0 wrong, 0 undecided": 1} {
		if strings.Count(string(out), want) < n {
			t.Errorf("%q is not said %d times:\n%s", want, n, out)
		}
	}
}

// A person asks about a mesh on AWS. The sandbox is the accounts, and the page's stack prod is another here.
func TestTheCommandsOfTheVerifiersPageWorkWordForWord(t *testing.T) {
	t.Parallel()
	s := raised(t, "single")
	said := s.types("", strings.Replace(block(t, "docs/verify.md", "make bin/ambient"), ".prod-ecs-1.", ".single-ecs-1.", 1))
	for words, n := range map[string]int{"0 wrong, 0 undecided": 2, "answered 200": 1, "There are no temporary policies": 1} {
		if strings.Count(said, words) != n {
			t.Errorf("%q is not said %d times:\n%s", words, n, said)
		}
	}
	if report := string(read(t, filepath.Join(s.project, "verify.xml"))); !strings.Contains(report, "<testsuite") || strings.Contains(report, "<failure") {
		t.Errorf("the report is\n%.2000s", report)
	}
	s.unchanged()
}

// A newcomer types what the first three pages say, and adds to the stack file what they show. On the second and third page `pulumi` keeps a
// backend of its own for the stack's secrets, and the sandbox is the accounts.
func TestTheFirstStepsWorkWordForWord(t *testing.T) {
	t.Parallel()
	s := &stack{t: t, name: "first", project: t.TempDir()}
	s.state = filepath.Join(s.project, ".sandbox")
	s.copy("Pulumi.yaml", "Pulumi.yaml")
	s.copy("Pulumi.single.yaml", "Pulumi.single.yaml")
	s.copy("Makefile", "Makefile")
	bin, err := filepath.Abs(filepath.Join(root, "bin"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(s.project, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	built := []string{"ambient-ecs", "sandbox", "pulumi-resource-shim", "pulumi"}
	for _, name := range built {
		if err := os.Symlink(filepath.Join(bin, name), filepath.Join(s.project, "bin", name)); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(s.project, "bin", "ambient"), []byte("#!/bin/sh\nexec '"+filepath.Join(bin, "ambient")+"' --sandbox .sandbox \"$@\"\n"))
	if err := os.Chmod(filepath.Join(s.project, "bin", "ambient"), 0o755); err != nil {
		t.Fatal(err)
	}
	// What make would build is built. A make that runs this test has no say in that of the newcomer.
	prelude := `set -euo pipefail
unset MAKEFLAGS MFLAGS MAKELEVEL
make() { command make -o bin/ambient -o bin/` + strings.Join(built, " -o bin/") + ` "$@"; }
aws() { echo 111122223333; }
curl() { echo 198.51.100.7; }
pulumi() {
	case "$1 $2" in
	"stack init" | "config set") bin/pulumi "$@" --non-interactive ;;
	*) bin/sandbox "$@" ;;
	esac
}
`
	var said strings.Builder
	for _, page := range []string{"sandbox", "one-account", "two-accounts"} {
		for _, b := range pages.Blocks(t, filepath.Join(root, "docs", "start", page+".md")) {
			switch b.Language {
			case "yaml":
				var addition map[string]any
				if err := yaml.Unmarshal([]byte(b.Text), &addition); err != nil {
					t.Fatalf("%s.md: %v\n%s", page, err, b.Text)
				}
				s.edit(s.file(), func(file map[string]any) { merge(file, addition) })
			case "sh":
				cmd := exec.Command("bash", "-c", prelude+b.Text)
				cmd.Dir = s.project
				cmd.Env = append(ownBackend(s.project), "SOLO_LICENSE_KEY=a-licence")
				out, err := cmd.CombinedOutput()
				if err != nil {
					t.Fatalf("%s.md: %v\n%s\n%s", page, err, b.Text, out)
				}
				said.Write(out)
			}
		}
	}
	if n := strings.Count(said.String(), "0 wrong, 0 undecided"); n != 4 {
		t.Errorf("%d of 4 runs of verify found all right:\n%s", n, said.String())
	}
	for line := range strings.Lines(said.String()) {
		if strings.Contains(line, "warning:") && !strings.Contains(line, "clusterAdmins") && !strings.Contains(line, "no application has a health check") {
			t.Errorf("no page speaks of this: %s", line)
		}
	}
	file := string(read(t, filepath.Join(s.project, s.file())))
	if !strings.Contains(file, "198.51.100.7/32") || strings.Contains(file, "a-licence") {
		t.Errorf("the address of the newcomer is not in the stack file, or the licence is, in plain text:\n%s", file)
	}
	for _, r := range s.remains() {
		t.Errorf("left at the end: %s", r)
	}
}

// ownBackend is the environment of a CLI whose backend is a folder.
func ownBackend(folder string) []string {
	return append(os.Environ(), "PULUMI_CONFIG_PASSPHRASE=theirs", "PULUMI_HOME="+filepath.Join(folder, "home"),
		"PULUMI_BACKEND_URL=file://"+folder, "PULUMI_SKIP_UPDATE_CHECK=true")
}

// merge adds what an addition says to a document of YAML. Lists are values.
func merge(document, addition map[string]any) {
	for key, value := range addition {
		if inner, isMap := value.(map[string]any); isMap {
			if at, has := document[key].(map[string]any); has {
				merge(at, inner)
				continue
			}
		}
		document[key] = value
	}
}
