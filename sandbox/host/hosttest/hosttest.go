// Package hosttest runs Pulumi programs on the real engine in tests. One test binary plays all parts: the tests, the
// plugin shim that the engine starts, and the program.
package hosttest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"ambient-ecs/sandbox/host"
	"ambient-ecs/sandbox/provider"
	"ambient-ecs/sandbox/shim"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Main is the test binary's TestMain.
func Main(m *testing.M, program pulumi.RunFunc) {
	switch {
	case strings.HasPrefix(filepath.Base(os.Args[0]), shim.Prefix):
		if err := shim.Run(os.Args, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	case os.Getenv(pulumi.EnvMonitor) != "":
		pulumi.Run(program)
	default:
		os.Exit(m.Run())
	}
}

// Project is a folder with a Pulumi project in it, whose program is the test binary.
type Project struct {
	testing.TB
	Options host.Options
	// Code is the exit code of the last command. Problems is its output on stderr.
	Code     int
	Problems string
}

// New makes a project in a temporary folder, for a test of a package of the sandbox: the CLI is in the repository's bin. settings are
// lines of Pulumi.yaml's config.
func New(t testing.TB, settings string, packages ...provider.Package) *Project {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin, err := filepath.Abs(filepath.Join("..", "..", "bin"))
	if err != nil {
		t.Fatal(err)
	}
	cli, err := host.FindCLI(bin)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	p := &Project{TB: t, Options: host.Options{
		Project: folder, State: filepath.Join(folder, ".sandbox"), DefaultStack: "dev", CLI: cli, Shim: self,
		Open: func(string) ([]provider.Package, io.Closer, error) { return packages, nil, nil },
	}}
	p.Write("Pulumi.yaml", fmt.Sprintf("name: bench\nruntime: {name: go, options: {binary: %q}}\nconfig:\n  pulumi:disable-default-providers: {value: [\"*\"]}\n%s", self, settings))
	p.Stack()
	return p
}

// Write writes a file of the project.
func (p *Project) Write(name, text string) {
	p.Helper()
	if err := os.WriteFile(filepath.Join(p.Options.Project, name), []byte(text), 0o600); err != nil {
		p.Fatal(err)
	}
}

// Stack writes the stack file from settings such as "size: 1".
func (p *Project) Stack(settings ...string) {
	p.Helper()
	var config strings.Builder
	for _, setting := range settings {
		config.WriteString("  bench:" + setting + "\n")
	}
	p.Write("Pulumi.dev.yaml", "config:\n"+config.String())
}

// Run runs a command of the CLI and returns what it wrote to stdout.
func (p *Project) Run(args ...string) string {
	p.Helper()
	var out, problems bytes.Buffer
	p.Options.Stdout, p.Options.Stderr = &out, &problems
	code, err := host.Run(p.Context(), p.Options, args)
	if err != nil {
		p.Fatalf("%v: %v", args, err)
	}
	p.Code, p.Problems = code, problems.String()
	p.Logf("pulumi %v: exit %d\n%s%s", args, code, &out, &problems)
	return out.String()
}

// MustRun is Run for a command that must succeed.
func (p *Project) MustRun(args ...string) string {
	p.Helper()
	out := p.Run(args...)
	if p.Code != 0 {
		p.Fatalf("pulumi %v: exit %d", args, p.Code)
	}
	return out
}

// MustFail is Run for a command that must fail with an error that says why.
func (p *Project) MustFail(why string, args ...string) {
	p.Helper()
	if out := p.Run(args...); p.Code == 0 || !strings.Contains(out+p.Problems, why) {
		p.Errorf("pulumi %v: exit %d, without saying %q", args, p.Code, why)
	}
}

// Changes previews and returns how many steps of each kind there would be.
func (p *Project) Changes() map[string]int {
	p.Helper()
	out := p.MustRun("preview", "--json")
	var preview struct{ ChangeSummary map[string]int }
	if err := json.Unmarshal([]byte(out), &preview); err != nil {
		p.Fatalf("there is not only JSON on stdout: %v\n%s", err, out)
	}
	return preview.ChangeSummary
}

// Expect compares.
func (p *Project) Expect(what string, got, want any) {
	p.Helper()
	if !reflect.DeepEqual(got, want) {
		p.Errorf("%s: got %v, want %v", what, got, want)
	}
}
