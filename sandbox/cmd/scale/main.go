// Command scale measures what `up` costs as stacks grow: CPU seconds of everything, the engine included, and the
// exponent of the growth from one size to the next. An exponent of 1 means that the cost per resource stays the same.
//
// Run it from the root of the repository with `make bench-scale`, or with your own sizes as
// ACCOUNTSxCLUSTERSxSERVICES, where SERVICES is the number per cluster:
//
//	go -C sandbox run ./cmd/scale -root .. 2x3x2 4x10x30
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"gopkg.in/yaml.v3"
)

// sizes reach from the dev stack's to about 2,000 resources.
var sizes = []string{"2x3x2", "3x6x7", "4x8x14", "4x10x24"}

func main() {
	root := flag.String("root", ".", "folder of Pulumi.yaml and of bin")
	flag.Parse()
	if flag.NArg() > 0 {
		sizes = flag.Args()
	}
	if err := run(*root); err != nil {
		fmt.Fprintln(os.Stderr, "scale:", err)
		os.Exit(1)
	}
}

func run(root string) error {
	root, err := filepath.Abs(root)
	if err != nil {
		return err
	}
	fmt.Printf("%-12s %10s %10s %10s %10s\n", "size", "resources", "wall s", "CPU s", "exponent")
	var before, cost float64
	for _, size := range sizes {
		n, wall, cpu, err := measure(root, size)
		if err != nil {
			return fmt.Errorf("size %s: %w", size, err)
		}
		exponent := ""
		if before > 0 {
			exponent = fmt.Sprintf("%.2f", math.Log(cpu/cost)/math.Log(float64(n)/before))
		}
		fmt.Printf("%-12s %10d %10.1f %10.1f %10s\n", size, n, wall.Seconds(), cpu, exponent)
		before, cost = float64(n), cpu
	}
	return nil
}

// measure brings a stack up and returns its number of resources and the CPU time.
func measure(root, size string) (resources int, wall time.Duration, cpu float64, err error) {
	folder, err := os.MkdirTemp("", "scale-")
	if err != nil {
		return 0, 0, 0, err
	}
	defer os.RemoveAll(folder)
	file := filepath.Join(folder, "Pulumi.dev.yaml")
	text, err := stack(size)
	if err != nil {
		return 0, 0, 0, err
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return 0, 0, 0, err
	}
	sandbox := func(args ...string) (*exec.Cmd, []byte, error) {
		cmd := exec.Command(filepath.Join(root, "bin", "sandbox"), append([]string{"-project", root, "-state", filepath.Join(folder, "state")}, args...)...)
		out, err := cmd.Output()
		if err != nil {
			err = fmt.Errorf("%v: %w\n%s", args, err, out)
		}
		return cmd, out, err
	}
	start := time.Now()
	cmd, _, err := sandbox("up", "--stack", "dev", "--config-file", file, "--skip-preview", "--suppress-outputs")
	if err != nil {
		return 0, 0, 0, err
	}
	wall, cpu = time.Since(start), (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
	_, out, err := sandbox("stack", "export", "--stack", "dev")
	if err != nil {
		return 0, 0, 0, err
	}
	var state struct {
		Deployment struct{ Resources []struct{} }
	}
	err = json.Unmarshal(out, &state)
	return len(state.Deployment.Resources), wall, cpu, err
}

// stack is a stack file of the given size. The clusters are spread over the accounts. The first account is home.
func stack(size string) ([]byte, error) {
	var accounts, clusters, services int
	if n, err := fmt.Sscanf(size, "%dx%dx%d", &accounts, &clusters, &services); n != 3 {
		return nil, fmt.Errorf("%q is not ACCOUNTSxCLUSTERSxSERVICES: %w", size, err)
	}
	of := map[string]any{}
	for a := range accounts {
		of[fmt.Sprintf("a%d", a)] = map[string]any{
			"id": fmt.Sprintf("1111222233%02d", a), "profile": fmt.Sprintf("a%d", a),
			"domain": fmt.Sprintf("ecs.a%d", a), "vpcCidr": fmt.Sprintf("10.%d.0.0/16", a),
		}
	}
	in := map[string]any{}
	for c := range clusters {
		run := map[string]any{}
		for s := range services {
			run[fmt.Sprintf("s%d", s)] = map[string]any{"image": "public.ecr.aws/j8r2p7b6/echo-server:latest", "port": 8080}
		}
		in[fmt.Sprintf("c%d", c)] = map[string]any{"account": fmt.Sprintf("a%d", c%accounts), "services": run}
	}
	return yaml.Marshal(map[string]any{"config": map[string]any{
		"ambient-ecs:region": "eu-central-1", "ambient-ecs:owner": "scale", "ambient-ecs:home": "a0", "ambient-ecs:protect": false,
		"ambient-ecs:license": "none", "ambient-ecs:apiAccessCidrs": []string{"203.0.113.7/32"},
		"ambient-ecs:accounts": of, "ambient-ecs:clusters": in,
	}})
}
