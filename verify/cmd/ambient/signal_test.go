//go:build unix

package main

import (
	"context"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/run"
)

// The signal is a real one, sent to this process while policies are in force.
func TestSignalsRestoreWhatWasThere(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		m := three()
		m.Override = func(backend.Request) (backend.Answer, bool) {
			if len(m.Policies) > 0 && ctx.Err() == nil {
				if err := syscall.Kill(os.Getpid(), s); err != nil {
					t.Error(err)
				}
				<-ctx.Done()
			}
			return backend.Answer{}, false
		}
		r := ambient(t, ctx, m, "verify", "--policies")
		stop()
		if r.code != run.ExitInterrupted || len(m.Policies) > 0 {
			t.Errorf("%v: %d policies are left, exit code %d", s, len(m.Policies), r.code)
		}
	}
}

func TestOutputsAreReadWithPulumi(t *testing.T) {
	bin := t.TempDir()
	script := "#!/bin/sh\necho \"$@\"\ntest \"$5\" != --stack || test \"$6\" != none || { echo no stack named none >&2; exit 255; }\n"
	if err := os.WriteFile(filepath.Join(bin, "pulumi"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	if data, err := outputs(context.Background(), place{stack: "prod", project: bin}); err != nil || string(data) != "stack output --json --show-secrets --stack prod\n" {
		t.Errorf("got %q, %v", data, err)
	}
	if _, err := outputs(context.Background(), place{stack: "none", project: bin}); err == nil || !strings.Contains(err.Error(), "no stack named none") {
		t.Errorf("got %v", err)
	}
	t.Setenv("PATH", t.TempDir())
	if _, err := outputs(context.Background(), place{}); err == nil || !strings.Contains(err.Error(), "--outputs") {
		t.Errorf("without pulumi: %v", err)
	}
	if _, err := exec.LookPath("pulumi"); err == nil {
		t.Fatal("the test found another pulumi")
	}
}
