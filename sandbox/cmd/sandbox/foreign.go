package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/world"
)

// existCommand is `sandbox exist FILE…`.
const existCommand = "exist"

// addForeign lets resources exist that the program does not make: the networks of a network team, for example. A file is a JSON list
// of aws.Foreign, in the order in which they are made.
func addForeign(state string, files []string) error {
	if len(files) == 0 {
		return errors.New("give at least one file")
	}
	var all []aws.Foreign
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		var some []aws.Foreign
		if err := json.Unmarshal(data, &some); err != nil {
			return fmt.Errorf("%s is no list of resources: %w", file, err)
		}
		all = append(all, some...)
	}
	return making(state, func(w *world.World) error {
		w.Control(aws.Controllers()...)
		for _, r := range all {
			if err := aws.AddForeign(context.Background(), w, r); err != nil {
				return fmt.Errorf("account %s: %w", r.Account, err)
			}
		}
		return nil
	})
}
