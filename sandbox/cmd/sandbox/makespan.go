package main

import (
	"bytes"
	"context"
	"os"

	"ambient-ecs/sandbox/host"
	"ambient-ecs/sandbox/makespan"
)

// makespanCommand estimates how long AWS would take.
const makespanCommand = "makespan"

// printMakespan reads the state of a stack with `pulumi stack export`, and prints its longest ways.
func printMakespan(options host.Options, args []string) (code int, err error) {
	var state bytes.Buffer
	options.Stdout = &state
	if code, err := host.Run(context.Background(), options, append([]string{"stack", "export"}, args...)); err != nil || code != 0 {
		return code, err
	}
	up, destroy, err := makespan.Of(state.Bytes())
	if err != nil {
		return 1, err
	}
	up.Print(os.Stdout, "up")
	destroy.Print(os.Stdout, "destroy")
	return 0, nil
}
