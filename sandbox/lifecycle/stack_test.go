//go:build engine

package lifecycle

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/world"
)

// root is the root of the repository. make builds the programs in its bin folder.
const root = "../.."

// stack is one stack in a project folder and a sandbox of its own.
type stack struct {
	t              *testing.T
	name           string
	project, state string
	// passphrase opens the stack's secrets. Empty: the sandbox's.
	passphrase string
	// environment are variables of its commands, besides those of the tests.
	environment []string
	// planned is what the last preview printed, and counts its summary.
	planned string
	counts  map[string]int
	// outputs are the stack's outputs in JSON, empty until they are asked for after a command that may change them.
	outputs string
}

// newStack copies the project's files, so that a test can edit them. The file of an example is in its folder.
func newStack(t *testing.T, name string) *stack {
	t.Helper()
	s := &stack{t: t, name: name, project: t.TempDir(), state: t.TempDir()}
	binary, err := filepath.Abs(filepath.Join(root, "bin", "ambient-ecs"))
	if err != nil {
		t.Fatal(err)
	}
	s.copy("Pulumi.yaml", "Pulumi.yaml")
	file := s.file()
	if _, err := os.Stat(filepath.Join(root, file)); err != nil {
		file = filepath.Join("examples", name, file)
	}
	s.copy(file, s.file())
	if name == "dev" { // its file names a task definition there
		s.copyExample(filepath.Join("examples", name))
	}
	s.edit("Pulumi.yaml", func(project map[string]any) {
		project["runtime"] = map[string]any{"name": "go", "options": map[string]any{"binary": binary}}
	})
	return s
}

// fork returns a stack with a copy of this one's files and state.
func (s *stack) fork(t *testing.T) *stack {
	t.Helper()
	f := &stack{t: t, name: s.name, project: t.TempDir(), state: t.TempDir()}
	copyFolder(t, s.project, f.project)
	copyFolder(t, s.state, f.state)
	return f
}

// copyExample copies a folder of the repository to the same place in the project.
func (s *stack) copyExample(folder string) {
	s.t.Helper()
	if err := os.MkdirAll(filepath.Join(s.project, folder), 0o755); err != nil {
		s.t.Fatal(err)
	}
	copyFolder(s.t, filepath.Join(root, folder), filepath.Join(s.project, folder))
}

func copyFolder(t *testing.T, from, to string) {
	t.Helper()
	if out, err := exec.Command("cp", "-a", from+"/.", to).CombinedOutput(); err != nil {
		t.Fatalf("copy %s: %v\n%s", from, err, out)
	}
}

func (s *stack) file() string { return "Pulumi." + s.name + ".yaml" }

func (s *stack) copy(from, to string) {
	s.t.Helper()
	data, err := os.ReadFile(filepath.Join(root, from))
	if err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.project, to), data, 0o644); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stack) edit(name string, change func(map[string]any)) {
	s.t.Helper()
	path := filepath.Join(s.project, name)
	data, err := os.ReadFile(path)
	if err != nil {
		s.t.Fatal(err)
	}
	var content map[string]any
	if err := yaml.Unmarshal(data, &content); err != nil {
		s.t.Fatal(err)
	}
	change(content)
	if data, err = yaml.Marshal(content); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		s.t.Fatal(err)
	}
}

// configure sets a configuration value by its path, for example "clusters.ecs-1.services.echo.image".
func (s *stack) configure(path string, value any) {
	s.t.Helper()
	s.edit(s.file(), func(content map[string]any) {
		words := strings.Split(path, ".")
		at := content["config"].(map[string]any)
		for i, word := range words {
			if i == 0 {
				word = "ambient-ecs:" + word
			}
			if i == len(words)-1 {
				at[word] = value
				return
			}
			next, ok := at[word].(map[string]any)
			if !ok {
				next = map[string]any{}
				at[word] = next
			}
			at = next
		}
	})
}

// withPreview makes a command that changes the stack preview first, as people do.
const withPreview = "--skip-preview=false"

// try runs a command of the CLI in the sandbox and returns its output. Commands that change the stack make no preview before: tests
// that read one make it themselves. The engine saves its state at the end: tests that kill it start it themselves.
func (s *stack) try(args ...string) (stdout, all string, err error) {
	s.t.Helper()
	if slices.Contains([]string{"up", "refresh", "destroy"}, args[0]) && !slices.Contains(args, withPreview) {
		args = append(slices.Clone(args), "--skip-preview")
	}
	binary, err := filepath.Abs(filepath.Join(root, "bin", "sandbox"))
	if err != nil {
		s.t.Fatal(err)
	}
	flags := []string{"-project", s.project, "-state", s.state}
	if s.passphrase != "" {
		flags = append(flags, "-passphrase", s.passphrase)
	}
	cmd := exec.Command(binary, append(flags, append(args, "--stack", s.name)...)...)
	cmd.Env = append(os.Environ(), s.environment...)
	var out, diagnostics bytes.Buffer
	cmd.Stdout = &out
	cmd.Stderr = &diagnostics
	err = cmd.Run()
	if args[0] != "preview" && args[0] != "stack" {
		s.outputs = ""
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		s.t.Fatal(err)
	}
	return out.String(), out.String() + diagnostics.String(), err
}

// run is try for a command that must succeed.
func (s *stack) run(args ...string) string {
	s.t.Helper()
	stdout, all, err := s.try(args...)
	if err != nil {
		s.t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, all)
	}
	return stdout
}

func (s *stack) up() {
	s.t.Helper()
	s.run("up")
}

// unchanged asserts that a preview finds no change. Its summary counts what is the same, and the objects that the platform reads: the real
// Kubernetes provider shows these differently each time. The stack of another team reads none.
func (s *stack) unchanged() {
	s.t.Helper()
	if steps := s.preview(); len(steps) > 0 {
		s.t.Errorf("a second preview plans:\n%s", strings.Join(steps, "\n"))
	}
	platform := s.passphrase == ""
	if reads := s.counts["read"] > 0; reads != platform || s.counts["same"] == 0 || len(s.counts) > 2 {
		s.t.Errorf("a second preview counts %v", s.counts)
	}
}

// nothingToDo asserts that a preview and a refresh find no change.
func (s *stack) nothingToDo() {
	s.t.Helper()
	s.unchanged()
	if _, all, err := s.try("refresh", "--expect-no-changes"); err != nil {
		s.t.Errorf("a refresh finds changes: %v\n%s", err, all)
	}
}

// silent asserts that the last preview warned of nothing.
func (s *stack) silent() {
	s.t.Helper()
	var said struct {
		Diagnostics []struct{ Severity, Message string }
	}
	if err := json.Unmarshal([]byte(s.planned), &said); err != nil {
		s.t.Fatal(err)
	}
	for _, d := range said.Diagnostics {
		if d.Severity == "warning" {
			s.t.Errorf("a preview of the living stack warns: %s", d.Message)
		}
	}
}

// preview returns the planned steps as "operation type name [changed properties]", sorted, without unchanged resources and reads.
func (s *stack) preview(flags ...string) []string {
	s.t.Helper()
	steps, said, err := s.tryPreview(flags...)
	if err != nil {
		s.t.Fatalf("preview: %v\n%s", err, said)
	}
	return steps
}

// tryPreview is preview for a preview that may be refused. said is all that it printed.
func (s *stack) tryPreview(flags ...string) (steps []string, said string, err error) {
	s.t.Helper()
	out, said, err := s.try(append([]string{"preview", "--json"}, flags...)...)
	if err != nil {
		return nil, said, err
	}
	return s.stepsOf(out), said, nil
}

// stepsOf are the steps of a preview in JSON.
func (s *stack) stepsOf(preview string) (steps []string) {
	s.t.Helper()
	var plan struct {
		Steps []struct {
			Op             string   `json:"op"`
			URN            string   `json:"urn"`
			DiffReasons    []string `json:"diffReasons"`
			ReplaceReasons []string `json:"replaceReasons"`
		} `json:"steps"`
		ChangeSummary map[string]int `json:"changeSummary"`
	}
	if err := json.Unmarshal([]byte(preview), &plan); err != nil {
		s.t.Fatalf("the preview is no JSON: %v\n%s", err, preview)
	}
	s.planned, s.counts = preview, plan.ChangeSummary
	for _, step := range plan.Steps {
		if step.Op == "same" || step.Op == "read" || step.Op == "read-replacement" {
			continue
		}
		parts := strings.Split(step.URN, "::")
		types := strings.Split(parts[2], "$")
		line := fmt.Sprintf("%s %s %s", step.Op, types[len(types)-1], parts[3])
		if step.Op == "update" || step.Op == "replace" {
			reasons := step.DiffReasons
			if step.Op == "replace" {
				reasons = step.ReplaceReasons
			}
			sort.Strings(reasons)
			line += " " + strings.Join(reasons, ",")
		}
		steps = append(steps, strings.TrimSpace(line))
	}
	sort.Strings(steps)
	return steps
}

// remains lists what is left in every account and cluster, except for the resources that AWS itself keeps
// according to docs/safety.md.
func (s *stack) remains() []string {
	s.t.Helper()
	var left []string
	s.look(func(tx *world.Tx) {
		for _, r := range aws.Live(tx, "") {
			left = append(left, strings.TrimSpace(fmt.Sprintf("%s %s in %s %s", r.Kind, r.ID, r.Account, r.Owner)))
		}
		for _, cluster := range tx.Clusters() {
			left = append(left, "objects in "+cluster)
		}
	})
	sort.Strings(left)
	return left
}

// look reads the sandbox's world between two commands.
func (s *stack) look(read func(tx *world.Tx)) {
	s.t.Helper()
	w, err := world.Open(s.state)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := w.Do(func(tx *world.Tx) error { read(tx); return nil }); err != nil {
		s.t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		s.t.Fatal(err)
	}
}
