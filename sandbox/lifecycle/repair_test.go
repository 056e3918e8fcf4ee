//go:build engine && exhaustive

package lifecycle

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/world"
)

// everyType is an operation on every type whose answer can be held.
func everyType(operation string) (calls []string) {
	for _, t := range append(aws.Types(), "kubernetes:helm.sh/v3:Release", "kubernetes:core/v1:Namespace", "kubernetes:core/v1:Service") {
		calls = append(calls, operation+" "+t)
	}
	return calls
}

// killHeld runs a command whose first answer to each of the calls never comes. When nothing happens any more, it kills everything
// and returns the calls that were held. It returns none when the command has ended by itself.
func (s *stack) killHeld(calls []string, args ...string) (held []string) {
	s.t.Helper()
	binary, err := filepath.Abs(filepath.Join(root, "bin", "sandbox"))
	if err != nil {
		s.t.Fatal(err)
	}
	cmd := exec.Command(binary, append([]string{"-project", s.project, "-state", s.state, "-hold", strings.Join(calls, ",")}, append(args, "--stack", s.name)...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	file := filepath.Join(s.state, "held")
	var size int64
	for still := time.Now(); time.Since(still) < time.Second; {
		select {
		case err := <-ended:
			if err != nil {
				s.t.Fatalf("%v: %v\n%s", args, err, &said)
			}
			return nil
		case <-time.After(20 * time.Millisecond):
		}
		info, err := os.Stat(filepath.Join(s.state, world.File))
		if _, none := os.Stat(file); errors.Is(none, fs.ErrNotExist) || err != nil || info.Size() != size {
			still = time.Now()
		}
		if err == nil {
			size = info.Size()
		}
	}
	s.killSession(cmd.Process.Pid)
	<-ended
	text, err := os.ReadFile(file)
	if err != nil {
		s.t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

// repair mends the state. What AWS is still making can only be taken when it is ready.
func (s *stack) repair(flags ...string) string {
	s.t.Helper()
	binary, err := filepath.Abs(filepath.Join(root, "bin", "ambient"))
	if err != nil {
		s.t.Fatal(err)
	}
	for end := time.Now().Add(time.Minute); ; {
		out, err := exec.Command(binary, append([]string{"--sandbox", s.state, "--project", s.project, "--stack", s.name, "repair", "--yes"}, flags...)...).CombinedOutput()
		switch {
		case err == nil:
			return string(out)
		case !strings.Contains(string(out), "try again") || time.Now().After(end):
			s.t.Fatalf("repair: %v\n%s", err, out)
		}
		time.Sleep(time.Second)
	}
}

// killedAtEvery runs a command until it ends, killed at every one of the calls on the way and mended each time. It returns the
// calls that never came.
func (s *stack) killedAtEvery(calls []string, flags []string, args ...string) []string {
	s.t.Helper()
	for {
		held := s.killHeld(calls, args...)
		if len(held) == 0 {
			return calls
		}
		s.t.Logf("killed at %s", strings.Join(held, ", "))
		calls = slices.DeleteFunc(slices.Clone(calls), func(call string) bool { return slices.Contains(held, call) })
		s.repair(flags...)
	}
}

// The engine is killed while it makes, changes and deletes each type of resource. After each kill one repair lets the next run go on.
func TestAStackThatIsKilledAtEveryTypeIsRepaired(t *testing.T) {
	t.Parallel()
	s := newStack(t, "single")
	s.configure("observability", everything)
	s.killedAtEvery(everyType("create"), nil, "up", "--skip-preview")
	s.nothingToDo()

	s.configure("owner", "another-team")
	s.killedAtEvery(everyType("update"), nil, "up", "--skip-preview")
	s.nothingToDo()
	s.verified()

	s.killedAtEvery(everyType("delete"), nil, "destroy")
	for _, r := range s.remains() {
		t.Errorf("left after destroy: %s", r) // what was made twice would stay
	}
}

// What joins two accounts is made by one and accepted by the other: by a peering, or by a transit gateway and its share. Each is taken
// into the state, or removed and made anew.
func TestWhatJoinsTwoAccountsIsRepaired(t *testing.T) {
	t.Parallel()
	for connect, flags := range map[string][]string{"peering": {"--remove"}, "transit-gateway": nil} {
		t.Run(connect, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, "dev")
			s.configure("connect", connect)
			joins := slices.DeleteFunc(everyType("create"), func(call string) bool {
				return !strings.Contains(strings.ToLower(call), "peering") && !strings.Contains(call, "transit") && !strings.Contains(call, ":ram/") && !strings.Contains(call, ":Route")
			})
			never := s.killedAtEvery(joins, flags, "up", "--skip-preview")
			if len(joins)-len(never) < 4 {
				t.Errorf("it was killed at few of %v: %v never came", joins, never)
			}
			s.nothingToDo()
			s.verified()
			s.run("destroy")
			for _, r := range s.remains() {
				t.Errorf("left after destroy: %s", r)
			}
		})
	}
}
