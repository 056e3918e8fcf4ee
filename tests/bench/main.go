// Command bench measures what the project costs to build and to run: CPU seconds and peak memory of cold and
// warm compiles, and the time of a preview, up, unchanged preview, refresh and destroy in the sandbox. It also estimates how long
// AWS would take.
//
// Run it from the root of the repository with `make bench`. Arguments are flags of the compiler. The cold compile uses
// an empty build cache in a temporary folder; module downloads are not part of it.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run() error {
	scratch, err := os.MkdirTemp("", "ambient-ecs-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)

	fmt.Printf("%-44s %10s %10s %12s\n", "", "wall s", "CPU s", "peak MB")
	cold := "GOCACHE=" + filepath.Join(scratch, "cache")
	// The recipes' own script takes a path from the root.
	built, err := os.MkdirTemp("bin", "bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(built)
	build := func(folder, output, from string) []string {
		return append([]string{"./sandbox/build.sh", output, folder, filepath.Join(built, output), from}, os.Args[1:]...)
	}
	program := build(".", "program", ".")
	for _, m := range []struct {
		label string
		env   string
		argv  []string
	}{
		{"compile the program, cold", cold, program},
		{"compile the program, nothing changed", cold, program},
		{"compile the sandbox, after the program", cold, build("sandbox", "sandbox", "./cmd/sandbox")},
		{"compile the Pulumi CLI, after both", cold, []string{"./sandbox/engine/build.sh", filepath.Join(built, "pulumi")}},
		{"compile the verifier, after all", cold, build("verify", "ambient", "./cmd/ambient")},
	} {
		if err := measure(m.label, m.env, m.argv...); err != nil {
			return err
		}
	}
	if err := os.RemoveAll(filepath.Join(scratch, "cache")); err != nil {
		return err
	}

	state := "SANDBOX_STATE=" + filepath.Join(scratch, "state")
	for _, m := range []struct {
		label string
		args  []string
	}{
		{"preview, nothing exists", []string{"preview"}},
		{"up", []string{"up"}},
		{"preview, nothing changed", []string{"preview", "--expect-no-changes"}},
		{"refresh", []string{"refresh"}},
		{"destroy", []string{"destroy"}},
	} {
		argv := append([]string{"bin/sandbox"}, append(m.args, "--stack", "dev")...)
		if err := measure("dev stack: "+m.label, state, argv...); err != nil {
			return err
		}
		if m.label == "up" {
			if err := makespan(state); err != nil {
				return err
			}
		}
	}
	return nil
}

// makespan prints how long AWS would take over the stack that is up.
func makespan(state string) error {
	cmd := exec.Command("bin/sandbox", "makespan", "--stack", "dev")
	cmd.Env, cmd.Stderr = append(os.Environ(), state), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("makespan: %w", err)
	}
	fmt.Printf("\nOn AWS, by the medians of sandbox/aws/latency.go:\n%s\n", out)
	return nil
}

// measure runs a command and prints its wall time, the CPU time of the command and its children, and the largest
// resident set of any one of them.
func measure(label, env string, argv ...string) error {
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), env)
	start := time.Now()
	out, err := cmd.CombinedOutput()
	wall := time.Since(start)
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", label, err, out)
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return fmt.Errorf("%s: this system does not tell what a process used", label)
	}
	cpu := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	fmt.Printf("%-44s %10.1f %10.1f %12d\n", label, wall.Seconds(), cpu.Seconds(), usage.Maxrss/1024)
	return nil
}
