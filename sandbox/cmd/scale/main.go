// Command scale measures what a first `preview` and an `up` cost as stacks grow: CPU seconds of everything, the engine included, the
// memory of the largest process, and the exponent of the growth of both from one size to the next. Each command's last line has the
// exponents from the smallest size to the largest. An exponent of 1 means that the cost per resource stays the same.
//
// With -preview the sizes reach to 13,000 resources. An `up` of these would mostly measure how the engine saves its state (decision 0016).
//
// Run it from the root of the repository with `make bench-scale`, or with your own sizes as
// ACCOUNTSxCLUSTERSxSERVICES, where SERVICES is the number per cluster:
//
//	go -C sandbox run ./cmd/scale -root .. 2x3x2 4x10x30
//	go -C sandbox run ./cmd/scale -root .. -preview 1x1x0 50x50x4
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"gopkg.in/yaml.v3"
)

// sizes reach from the dev stack's to about 2,000 resources.
var sizes = []string{"2x3x2", "3x6x7", "4x8x14", "4x10x24"}

// previewed reach from the smallest stack, with no service, to about 13,000 resources.
var previewed = []string{"1x1x0", "2x3x2", "4x8x14", "4x10x24", "8x20x32", "42x42x1"}

func main() {
	root := flag.String("root", ".", "folder of Pulumi.yaml and of bin")
	only := flag.Bool("preview", false, "make a preview and no stack")
	flag.Parse()
	commands := []string{"preview", "up"}
	if *only {
		commands, sizes = commands[:1], previewed
	}
	if flag.NArg() > 0 {
		sizes = flag.Args()
	}
	if err := run(*root, commands); err != nil {
		fmt.Fprintln(os.Stderr, "scale:", err)
		os.Exit(1)
	}
}

// cost is what one command cost.
type cost struct {
	wall, cpu float64 // seconds
	memory    int64   // MiB of the largest process
}

func run(root string, commands []string) error {
	root, err := filepath.Abs(root)
	if err != nil {
		return err
	}
	fmt.Printf("%-12s %10s %10s %10s %10s %10s %10s %10s\n", "size", "resources", "command", "wall s", "CPU s", "exponent", "MiB", "exponent")
	var counts []int
	var all []map[string]cost
	row := func(size, command string, from, to int) {
		c, cpu, memory := all[to][command], "", ""
		if from != to {
			was := all[from][command]
			cpu, memory = exponent(was.cpu, c.cpu, counts[from], counts[to]), exponent(float64(was.memory), float64(c.memory), counts[from], counts[to])
		}
		fmt.Printf("%-12s %10d %10s %10.1f %10.1f %10s %10d %10s\n", size, counts[to], command, c.wall, c.cpu, cpu, c.memory, memory)
	}
	for i, size := range sizes {
		n, costs, err := measure(root, size, commands)
		if err != nil {
			return fmt.Errorf("size %s: %w", size, err)
		}
		counts, all = append(counts, n), append(all, costs)
		for _, command := range commands {
			row(size, command, max(0, i-1), i)
		}
	}
	for _, command := range commands {
		row("all", command, 0, len(sizes)-1)
	}
	return nil
}

// exponent is that of the growth from one cost to another, while the resources grow from before to after.
func exponent(from, to float64, before, after int) string {
	return fmt.Sprintf("%.2f", math.Log(to/from)/math.Log(float64(after)/float64(before)))
}

// measure runs the commands on a new stack and returns its number of resources and what each command cost.
func measure(root, size string, commands []string) (resources int, costs map[string]cost, err error) {
	folder, err := os.MkdirTemp("", "scale-")
	if err != nil {
		return 0, nil, err
	}
	defer os.RemoveAll(folder)
	file := filepath.Join(folder, "Pulumi.dev.yaml")
	text, err := stack(size)
	if err != nil {
		return 0, nil, err
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return 0, nil, err
	}
	costs = map[string]cost{}
	for _, command := range commands {
		args := []string{"-project", root, "-state", filepath.Join(folder, "state"), command, "--stack", "dev", "--config-file", file}
		if command == "preview" {
			args = append(args, "--json")
		} else {
			args = append(args, "--skip-preview", "--suppress-outputs")
		}
		cmd := exec.Command(filepath.Join(root, "bin", "sandbox"), args...)
		start := time.Now()
		out, err := cmd.Output()
		if err != nil {
			return 0, nil, fmt.Errorf("%v: %w\n%s", args, err, out)
		}
		c := cost{wall: time.Since(start).Seconds(), cpu: (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()}
		if used, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
			c.memory = used.Maxrss / 1024 // KiB on Linux
		}
		costs[command] = c
		if command == "preview" {
			var plan struct{ Steps []struct{} }
			if err := json.Unmarshal(out, &plan); err != nil {
				return 0, nil, fmt.Errorf("the preview's JSON: %w", err)
			}
			resources = len(plan.Steps)
		}
	}
	return resources, costs, nil
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
