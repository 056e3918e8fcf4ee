package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"ambient-ecs/ecs/task/enrol"
	"ambient-ecs/verify/enrolled"
)

// clients are the presets of a task: that of all containers, and those of single ones.
type clients struct {
	all    enrol.Client
	single map[string]enrol.Client
}

// readClients reads the values of --client: PRESET, and CONTAINER=PRESET.
func readClients(values []string) (c clients, err error) {
	for _, value := range values {
		container, preset, single := strings.Cut(value, "=")
		switch {
		case single && c.single[container] != "":
			return c, fmt.Errorf("--client names the container %s twice", container)
		case single:
			if c.single == nil {
				c.single = map[string]enrol.Client{}
			}
			c.single[container] = enrol.Client(preset)
		case c.all != "":
			return c, fmt.Errorf("--client names two presets for all containers, %s and %s: that of one container is CONTAINER=PRESET", c.all, value)
		default:
			c.all = enrol.Client(value)
		}
	}
	return c, nil
}

// String is the flags that say the presets.
func (c clients) String() string {
	flags := []string{"--client " + string(c.all)}
	for _, container := range slices.Sorted(maps.Keys(c.single)) {
		flags = append(flags, "--client "+container+"="+string(c.single[container]))
	}
	return strings.Join(flags, " ")
}

func (c clients) equal(other clients) bool {
	return c.all == other.all && maps.Equal(c.single, other.single)
}

// declaredBy are the presets that the stack file says of a service.
func declaredBy(s enrolled.Service) clients { return clients{s.Client, s.Clients} }

// choose completes what --client says with what the stack file says of the services: PRESET stands for all of it, CONTAINER=PRESET for its
// clients alone. The notes are about what nobody said, and about what the flags say otherwise. It refuses to choose between services that
// do not agree.
func (c clients) choose(identity string, services []enrolled.Service) (chosen clients, notes []string, err error) {
	chosen = c
	if c.all == "" {
		if chosen, err = c.completed(identity, services); err != nil {
			return c, nil, err
		}
		if len(services) == 0 {
			notes = append(notes, fmt.Sprintf("nothing says what the containers call others with, so they get what %s reads: --client names another preset (docs/clients.md)", chosen.all))
		}
	}
	if slices.ContainsFunc(services, func(s enrolled.Service) bool { return declaredBy(s).equal(chosen) }) {
		return chosen, notes, nil
	}
	for _, s := range services {
		notes = append(notes, fmt.Sprintf("the stack file says %s of %s, and this revision gets %s: as long as the two differ, `ambient doctor` takes the revision of a service for an old one", declaredBy(s), s.Name, chosen))
	}
	return chosen, notes, nil
}

// completed adds the preset of all containers and, where no flag says anything, those of single ones.
func (c clients) completed(identity string, services []enrolled.Service) (clients, error) {
	if len(services) == 0 {
		c.all = enrol.DefaultClient
		return c, nil
	}
	of := func(s enrolled.Service) clients {
		said := declaredBy(s)
		if c.single != nil {
			said.single = c.single
		}
		return said
	}
	first := of(services[0])
	if !slices.ContainsFunc(services, func(s enrolled.Service) bool { return !of(s).equal(first) }) {
		return first, nil
	}
	problems := []error{fmt.Errorf("the services of the identity %s call others with different clients, and the family of the task definition is none of theirs: choose with --client", identity)}
	for _, s := range services {
		problems = append(problems, fmt.Errorf("  %s: %s", s.Name, declaredBy(s)))
	}
	return c, errors.Join(problems...)
}
