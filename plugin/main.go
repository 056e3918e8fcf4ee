// The Pulumi package ambient-ecs: components for the stacks of teams whose services run in the platform's mesh, in every language that
// Pulumi knows. docs/consuming.md says how to add it to a project.
package main

import (
	"context"
	"fmt"
	"os"

	"ambient-ecs/plugin/meshservice"
)

func main() {
	provider, err := meshservice.Provider()
	if err == nil {
		err = provider.Run(context.Background(), meshservice.Package, meshservice.Version)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
