//go:build engine

package mutation

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ambient-ecs/sandbox/world"
	"ambient-ecs/sandbox/world/worldtest"
	"ambient-ecs/verify/doctor"
	"ambient-ecs/verify/run"
	"ambient-ecs/verify/sandboxed"
	"ambient-ecs/verify/stack"
)

// deployed is a stack, brought up once.
type deployed struct {
	stack *stack.Stack
	world []byte
}

// bringUp deploys the dev stack, with its stack file as edit leaves it.
func bringUp(t *testing.T, edit func(*testing.T, string) string) *deployed {
	t.Helper()
	state := t.TempDir()
	text, err := os.ReadFile("../../Pulumi.dev.yaml")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "Pulumi.dev.yaml")
	if err := os.WriteFile(file, []byte(edit(t, string(text))), 0o600); err != nil {
		t.Fatal(err)
	}
	cli := func(args ...string) []byte {
		t.Helper()
		var said strings.Builder
		cmd := exec.Command("../../bin/sandbox", append([]string{"-project", "../..", "-state", state}, append(args, "--stack", "dev")...)...)
		cmd.Stderr = &said
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v\n%s%s", strings.Join(args, " "), err, out, said.String())
		}
		return out
	}
	cli("up", "--config-file", file)
	s, err := stack.Parse(cli("stack", "output", "--json", "--show-secrets"))
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(state, world.File))
	if err != nil {
		t.Fatal(err)
	}
	return &deployed{s, data}
}

// examine runs verify and doctor on a copy of the world after a mutation. fresh makes istiod discover the tasks anew.
func (d *deployed) examine(t *testing.T, m mutation, fresh bool) (*run.Report, []doctor.Finding) {
	t.Helper()
	ctx := context.Background()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, world.File), d.world, 0o600); err != nil {
		t.Fatal(err)
	}
	w, err := world.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Do(func(tx *world.Tx) error {
		s := &spoiler{T: t, tx: tx, stack: d.stack}
		m.spoil(s)
		if fresh {
			s.forget()
		}
		worldtest.Touch(tx)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	report, err := d.verify(ctx, folder, w, m.frozen)
	if err != nil {
		t.Fatal(err)
	}
	evidence, err := sandboxed.Read(folder, d.stack)
	if err != nil {
		t.Fatal(err)
	}
	result, err := doctor.Run(ctx, evidence, d.stack, doctor.Options{Window: 24 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	return report, result.Findings
}

// verify runs the plain cases as `ambient verify --sandbox` does.
func (d *deployed) verify(ctx context.Context, folder string, w *world.World, frozen bool) (*run.Report, error) {
	options := run.Options{Harmless: true}
	if frozen {
		b, err := sandboxed.New(w, d.stack)
		if err != nil {
			return nil, err
		}
		return run.Run(ctx, b, d.stack, options)
	}
	b, err := sandboxed.Open(folder, d.stack)
	if err != nil {
		return nil, err
	}
	report, err := run.Run(ctx, b, d.stack, options)
	return report, errors.Join(err, b.Close())
}
