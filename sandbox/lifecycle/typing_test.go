//go:build engine

package lifecycle

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"ambient-ecs/tests/pages"
)

// typist makes a shell in which the commands of the pages work. `pulumi config` is the CLI's own, with a backend of its own. Everything else
// happens in the sandbox, which opens no other backend's secrets: these stay in plain text.
const typist = `set -euo pipefail
pulumi() {
	case "$1" in
	config)
		test -e .pulumi || bin/pulumi stack init "$STACK" --non-interactive > /dev/null
		bin/pulumi "${@/#--secret/--plaintext}" --stack "$STACK" --non-interactive
		;;
	stack) if [ "$2" = init ]; then bin/pulumi "$@" --non-interactive; else bin/sandbox "$@" --stack "$STACK"; fi ;;
	preview) if [ $# = 1 ]; then bin/sandbox preview --json --stack "$STACK" > plan.json; else bin/sandbox "$@"; fi ;;
	*) bin/sandbox "$@" --stack "$STACK" ;;
	esac
}
ambient() { bin/ambient "$@"; }
make() { command make STACK="$STACK" $(printf -- ' -o bin/%s' ` + programs + `) "$@"; }
`

// programs are what make would build, and is built.
const programs = "ambient-ecs sandbox pulumi-resource-shim pulumi ambient policy-pack"

// page is a page of the repository.
func page(name string) string { return filepath.Join(root, filepath.FromSlash(name)) }

// block is the block of commands of a page that begins with some words.
func block(t *testing.T, name, begins string) string {
	t.Helper()
	for _, b := range pages.Blocks(t, page(name)) {
		if b.Language == "sh" && strings.HasPrefix(b.Text, begins) {
			return b.Text
		}
	}
	t.Fatalf("%s has no commands that begin with %q", name, begins)
	return ""
}

// parts are those of a block of commands, with an empty line between two.
func parts(block string) []string { return strings.Split(strings.TrimSpace(block), "\n\n") }

// tryTypes types commands of a page, after a prelude with what answers in place of AWS and Kubernetes. The page's stack prod is this one.
func (s *stack) tryTypes(prelude, commands string) (out string, err error) {
	s.t.Helper()
	s.furnish()
	s.outputs = "" // the commands may change them
	cmd := exec.Command("bash", "-c", typist+prelude+"\n"+strings.ReplaceAll(commands, "--stack prod", "--stack "+s.name))
	cmd.Dir = s.project
	cmd.Env = append(append(ownBackend(s.project), s.environment...), "STACK="+s.name, "MAKEFLAGS=", "MFLAGS=", "MAKELEVEL=")
	said, err := cmd.CombinedOutput()
	return string(said), err
}

// types is tryTypes for commands that must succeed.
func (s *stack) types(prelude, commands string) string {
	s.t.Helper()
	out, err := s.tryTypes(prelude, commands)
	if err != nil {
		s.t.Fatalf("the commands of the page: %v\n%s\n%s", err, commands, out)
	}
	return out
}

// typesAndPlans types commands among which is `pulumi preview`, and compares what it plans with a golden file.
func (s *stack) typesAndPlans(name, prelude, commands string) {
	s.t.Helper()
	s.types(prelude, commands)
	golden(s.t, filepath.Join("testdata", name+".txt"), strings.Join(s.stepsOf(string(read(s.t, filepath.Join(s.project, "plan.json")))), "\n")+"\n")
}

// configuration is the stack file, for reconfigure to put back.
func (s *stack) configuration() []byte {
	s.t.Helper()
	return read(s.t, filepath.Join(s.project, s.file()))
}

func (s *stack) reconfigure(file []byte) {
	s.t.Helper()
	write(s.t, filepath.Join(s.project, s.file()), file)
}

// furnish makes the project look like a clone of the repository whose programs are built: they know where the sandbox is.
func (s *stack) furnish() {
	s.t.Helper()
	bin, err := filepath.Abs(filepath.Join(root, "bin"))
	if err != nil {
		s.t.Fatal(err)
	}
	s.copy("Makefile", "Makefile")
	for name, text := range map[string]string{
		"pulumi": `exec '%s' "$@"`,
		// An update makes no preview before: the pages have commands of their own for that.
		"sandbox": `if [ "$1" = up ]; then set -- "$@" --skip-preview; fi; exec '%s' -project '` + s.project + `' -state '` + s.state + `' "$@"`,
		"ambient": `exec '%s' --sandbox '` + s.state + `' --project '` + s.project + `' --stack ` + s.name + ` "$@"`,
	} {
		script(s.t, filepath.Join(s.project, "bin", name), fmt.Sprintf(text, filepath.Join(bin, name)))
	}
	if link := filepath.Join(s.project, ".sandbox"); link != s.state {
		if err := os.Symlink(s.state, link); err != nil && !os.IsExist(err) {
			s.t.Fatal(err)
		}
	}
}

// script writes a program of a shell.
func script(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
}
