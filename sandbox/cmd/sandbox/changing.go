package main

import (
	"errors"
	"fmt"
	"os"

	"ambient-ecs/sandbox/lock"
	"ambient-ecs/sandbox/world"
)

// making changes the world in a state folder, which it makes if there is none.
func making(state string, change func(*world.World) error) error {
	if err := os.MkdirAll(state, 0o755); err != nil {
		return fmt.Errorf("create the sandbox's state folder: %w", err)
	}
	return changing(state, change)
}

// changing changes the world in a state folder and holds its lock meanwhile.
func changing(state string, change func(*world.World) error) (err error) {
	unlock, err := lock.Take(state)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	w, err := world.Open(state)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	return change(w)
}
