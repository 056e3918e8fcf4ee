//go:build engine

package lifecycle

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"ambient-ecs/sandbox/world"
)

// killAt starts a command. When the world's file has grown to a size, it kills the host, the engine, the plugins and the
// program all at once.
func (s *stack) killAt(size int64, args ...string) {
	s.t.Helper()
	s.outputs = ""
	binary, err := filepath.Abs(filepath.Join(root, "bin", "sandbox"))
	if err != nil {
		s.t.Fatal(err)
	}
	cmd := exec.Command(binary, append([]string{"-project", s.project, "-state", s.state, "-save-at-end=false"}, append(args, "--stack", s.name)...)...)
	// The processes form one session, so /proc shows the members whatever process groups they make.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		if info, err := os.Stat(filepath.Join(s.state, world.File)); err == nil && info.Size() >= size {
			break
		}
		select {
		case err := <-ended:
			s.t.Fatalf("%v ended before the world had %d bytes: %v", args, size, err)
		case <-time.After(time.Millisecond):
		}
	}
	s.killSession(cmd.Process.Pid)
	<-ended
}

// killSession kills the processes of a session, all at once: it stops them first. An engine that outlives its providers for a
// moment records their calls as failed. An engine that is just writing its state goes on: its file backend writes in place, and a
// kill there leaves a broken file, which docs/repair.md speaks of.
func (s *stack) killSession(session int) {
	s.t.Helper()
	all := func(signal syscall.Signal) {
		for _, pid := range members(s.t, session) {
			_ = syscall.Kill(pid, signal)
		}
	}
	for {
		all(syscall.SIGSTOP)
		text, err := os.ReadFile(filepath.Join(s.state, "backend", ".pulumi", "stacks", "ambient-ecs", s.name+".json"))
		if err != nil {
			s.t.Fatal(err)
		}
		if json.Valid(text) {
			break
		}
		all(syscall.SIGCONT)
		time.Sleep(time.Millisecond)
	}
	all(syscall.SIGKILL)
}

// members are the processes of a session.
func members(t *testing.T, session int) (pids []int) {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range stats {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		// pid (name) state parent group session …
		_, rest, _ := strings.Cut(string(text), ") ")
		var state string
		var parent, group, of, pid int
		if n, _ := fmt.Sscan(rest, &state, &parent, &group, &of); n == 4 && of == session {
			if _, err := fmt.Sscan(filepath.Base(filepath.Dir(file)), &pid); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}

// The engine may not know the resources that were made just before the kill. `refresh` and an import mend that. But every
// resource that the engine knows must exist.
func TestAKillOfEverythingLosesNothingThatTheEngineKnows(t *testing.T) {
	t.Parallel()
	for _, size := range []int64{20_000, 200_000, 1_000_000} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			s := newStack(t, "dev")
			s.killAt(size, "up", "--skip-preview")
			known := s.known()
			if len(known) == 0 {
				t.Fatal("the engine knew nothing yet")
			}
			// A resource that is gone leaves the state.
			s.run("refresh", "--clear-pending-creates")
			after := s.known()
			for urn := range known {
				if !after[urn] {
					t.Errorf("the world has lost %s", urn)
				}
			}
		})
	}
}

// known are the URNs of the resources in the engine's state.
func (s *stack) known() map[string]bool {
	s.t.Helper()
	var exported struct {
		Deployment struct {
			Resources []struct {
				URN string `json:"urn"`
			} `json:"resources"`
		} `json:"deployment"`
	}
	if err := json.Unmarshal([]byte(s.run("stack", "export")), &exported); err != nil {
		s.t.Fatal(err)
	}
	all := map[string]bool{}
	for _, r := range exported.Deployment.Resources {
		all[r.URN] = true
	}
	return all
}
