package main

import (
	"errors"

	"ambient-ecs/sandbox/mesh"
	"ambient-ecs/sandbox/world"
)

// regionsCommand makes Solo's istiod look for ECS clusters in other regions: `sandbox regions-key KEY`.
const regionsCommand = "regions-key"

// setRegionsKey names the key in which istiod finds the regions of an ECS account. An empty one takes the key away.
func setRegionsKey(state string, args []string) error {
	if len(args) != 1 {
		return errors.New("give one key of an account's entry in platforms.ecs.accounts, or an empty one")
	}
	return making(state, func(w *world.World) error {
		return w.Do(func(tx *world.Tx) error {
			mesh.RegionsKey(tx, args[0])
			return nil
		})
	})
}
