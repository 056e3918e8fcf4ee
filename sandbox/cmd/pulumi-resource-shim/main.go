// Command pulumi-resource-shim is a provider plugin of the sandbox; see package shim.
package main

import (
	"fmt"
	"os"

	"ambient-ecs/sandbox/shim"
)

func main() {
	if err := shim.Run(os.Args, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
