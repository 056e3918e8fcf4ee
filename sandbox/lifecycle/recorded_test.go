//go:build engine

package lifecycle

import (
	"archive/tar"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

var (
	record  = flag.String("record", "", "record what today's program makes, as testdata/recorded/<this>.tar.zst")
	records = flag.String("records", "", "record only these stacks, by their names with commas between them")
)

// recordings are the stacks whose states are kept, each with what other teams have and what its stack file says besides.
var recordings = []struct {
	name, stack, exists string
	settings            map[string]any
}{
	{name: "dev", stack: "dev"},
	{name: "pair", stack: "pair"},
	{name: "single", stack: "single"},
	{name: "everything", stack: "dev", settings: map[string]any{
		"sharedServices.checkout.enabled":      true,
		"sharedServices.orders.enabled":        true,
		"sharedServices.orders-canary.enabled": true,
		"observability":                        everything,
	}},
	{name: "their-networks", stack: "their-networks", exists: "examples/their-networks/networks.json"},
	{name: "their-networks-by-transit-gateway", stack: "their-networks", exists: "examples/their-networks/networks.json", settings: map[string]any{"connect": "transit-gateway"}},
	{name: "six-accounts", stack: "six-accounts"},
	{name: "their-eks", stack: "their-eks", exists: "examples/their-eks/theirs.json"},
}

// TestALivingStackLosesNothing previews today's program on states that older programs made. There is one archive for each
// such program, with a folder for each stack: its stack file, its state, and the sandbox's world. To add today's,
//
//	go test -tags engine ./lifecycle -run TestALivingStack -record 2026-11-29
//
// Each is recorded with the versions of that day in its stack file, as a stack for production has them.
// The archive holds no real secrets, only the made-up ones of the sandbox's stack files. Private keys are left
// out.
func TestALivingStackLosesNothing(t *testing.T) {
	t.Parallel()
	if *record != "" {
		recordAll(t, filepath.Join("testdata", "recorded", *record+".tar.zst"))
		return
	}
	archives, err := filepath.Glob(filepath.Join("testdata", "recorded", "*.tar.zst"))
	if err != nil || len(archives) == 0 {
		t.Fatalf("no recorded states: %v", err)
	}
	for _, archive := range archives {
		folder := t.TempDir()
		unpack(t, archive, folder)
		stacks, err := filepath.Glob(filepath.Join(folder, "*"))
		if err != nil || len(stacks) == 0 {
			t.Fatalf("%s is empty: %v", archive, err)
		}
		for _, recorded := range stacks {
			t.Run(strings.TrimSuffix(filepath.Base(archive), ".tar.zst")+"/"+filepath.Base(recorded), func(t *testing.T) {
				t.Parallel()
				s := recall(t, recorded)
				if filepath.Base(recorded) == "single" {
					// Its program had other defaults, and its file sets no version.
					_, told, err := s.try("preview")
					for _, words := range []string{"pulumi config set istioVersion " + oldIstio, "pulumi config set kubernetesVersion " + oldKubernetes} {
						if err == nil || !strings.Contains(told, words) {
							t.Errorf("the preview does not say %q: %v\n%s", words, err, told)
						}
					}
				}
				if !s.pinned() {
					s.types("", block(t, upgrade, "pulumi config set kubernetesVersion 1.34"))
				}
				for _, step := range s.preview() {
					switch op, _, _ := strings.Cut(step, " "); op {
					case "create", "update":
						t.Log(step)
					default:
						t.Errorf("a living stack would lose something: %s\nGive a renamed child an alias, and keep what cannot change in place.", step)
					}
				}
			})
		}
	}
}

// privateKey is the key of the mesh's certificate authority in its Secret.
var privateKey = regexp.MustCompile(`"ca-key.pem":"[^"]*"`)

func recordAll(t *testing.T, archive string) {
	t.Helper()
	file, err := os.Create(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	// One window over all stacks: they have the Gateway API's definitions in common.
	compressed, err := zstd.NewWriter(file, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithWindowSize(zstd.MaxWindowSize>>4))
	if err != nil {
		t.Fatal(err)
	}
	all := tar.NewWriter(compressed)
	for _, r := range recordings {
		if *records != "" && !slices.Contains(strings.Split(*records, ","), r.name) {
			continue
		}
		s := newStack(t, r.stack)
		if r.exists != "" {
			s.exists(filepath.Join(root, r.exists))
		}
		s.pin()
		for path, value := range r.settings {
			s.configure(path, value)
		}
		s.up()
		for _, part := range []struct {
			name string
			data []byte
		}{
			{s.file(), read(t, filepath.Join(s.project, s.file()))},
			{"state.json", []byte(s.run("stack", "export", "--show-secrets"))},
			{"world.json", privateKey.ReplaceAll(read(t, filepath.Join(s.state, "world.json")), []byte(`"ca-key.pem":""`))},
		} {
			if err := all.WriteHeader(&tar.Header{Name: r.name + "/" + part.name, Mode: 0o644, Size: int64(len(part.data))}); err != nil {
				t.Fatal(err)
			}
			if _, err := all.Write(part.data); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := errors.Join(all.Close(), compressed.Close()); err != nil {
		t.Fatal(err)
	}
}

// dated are the keys of a stack whose defaults change with the program. An EKS cluster of others has the version that its owner gave it.
func (s *stack) dated() []string {
	if s.says("existingEks") {
		return []string{"istioVersion"}
	}
	return []string{"istioVersion", "kubernetesVersion"}
}

// pin writes today's versions into the stack file, unless it says others.
func (s *stack) pin() {
	s.t.Helper()
	var defaults map[string]any
	s.edit("Pulumi.yaml", func(project map[string]any) { defaults = project["config"].(map[string]any) })
	for _, key := range s.dated() {
		if !s.says(key) {
			s.configure(key, defaults[key].(map[string]any)["default"])
		}
	}
}

// pinned reports whether the stack file says its versions.
func (s *stack) pinned() bool {
	return !slices.ContainsFunc(s.dated(), func(key string) bool { return !s.says(key) })
}

func (s *stack) says(key string) (says bool) {
	s.t.Helper()
	s.edit(s.file(), func(content map[string]any) { _, says = content["config"].(map[string]any)["ambient-ecs:"+key] })
	return says
}

// recall restores a recorded stack, with today's program.
func recall(t *testing.T, recorded string) *stack {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(recorded, "Pulumi.*.yaml"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%s has %d stack files: %v", recorded, len(files), err)
	}
	s := newStack(t, strings.TrimSuffix(strings.TrimPrefix(filepath.Base(files[0]), "Pulumi."), ".yaml"))
	write(t, filepath.Join(s.project, s.file()), read(t, files[0]))
	s.run("config") // makes the stack
	s.run("stack", "import", "--file", filepath.Join(recorded, "state.json"))
	write(t, filepath.Join(s.state, "world.json"), read(t, filepath.Join(recorded, "world.json")))
	return s
}

func unpack(t *testing.T, archive, folder string) {
	t.Helper()
	file, err := os.Open(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	expanded, err := zstd.NewReader(file, zstd.WithDecoderMaxWindow(zstd.MaxWindowSize))
	if err != nil {
		t.Fatal(err)
	}
	defer expanded.Close()
	for all := tar.NewReader(expanded); ; {
		header, err := all.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("%s: %v", archive, err)
		}
		data, err := io.ReadAll(all)
		if err != nil {
			t.Fatalf("%s: %v", archive, err)
		}
		write(t, filepath.Join(folder, filepath.FromSlash(header.Name)), data)
	}
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func write(t *testing.T, file string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
