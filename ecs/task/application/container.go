// Package application compares what runs in the tasks of an application with what somebody would deploy.
package application

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"ambient-ecs/ecs/task/definition"
	"ambient-ecs/ecs/task/enrol"
)

// Container is what a container of an application runs. It has the names of variables, and no value of one.
type Container struct {
	Name, Image         string
	EntryPoint, Command []string
	// Ports are such as "8080/tcp", and Environment the names of variables. Both are sorted.
	Ports, Environment []string
	// Secrets are the sources of secrets, by the variable.
	Secrets map[string]string

	// chosen are variables in which a difference is meant.
	chosen []string
}

// Read reads the containers that AWS shows of a revision, JSON, as Of does.
func Read(definitions string) ([]Container, error) {
	var all []types.ContainerDefinition
	if err := json.Unmarshal([]byte(definitions), &all); err != nil {
		return nil, fmt.Errorf("containers: %w", err)
	}
	return Of(all), nil
}

// Of are the containers of a task definition beside ztunnel, without the variables that an enrolment sets.
func Of(definitions []types.ContainerDefinition) (all []Container) {
	for _, d := range definitions {
		c := Container{Name: definition.Text(d.Name), Image: definition.Text(d.Image), EntryPoint: d.EntryPoint, Command: d.Command, Secrets: map[string]string{}}
		if c.Name == enrol.ZtunnelName {
			continue
		}
		for _, m := range d.PortMappings {
			protocol := types.TransportProtocolTcp
			if m.Protocol != "" {
				protocol = m.Protocol
			}
			c.Ports = append(c.Ports, fmt.Sprintf("%d/%s", definition.Number(m.ContainerPort), protocol))
		}
		for _, v := range d.Environment {
			if name := definition.Text(v.Name); !enrol.Sets(name) {
				c.Environment = append(c.Environment, name)
			}
		}
		for _, s := range d.Secrets {
			c.Secrets[definition.Text(s.Name)] = definition.Text(s.ValueFrom)
		}
		slices.Sort(c.Ports)
		slices.Sort(c.Environment)
		all = append(all, c)
	}
	return all
}

// Choose notes variables that are set beside the task definition: a difference in them is meant.
func (c *Container) Choose(variables ...string) { c.chosen = append(c.chosen, variables...) }

// Differ says in what the containers that run are others than those that are wanted.
func Differ(run, wanted []Container) (all []string) {
	if len(run) == 1 && len(wanted) == 1 {
		return run[0].differs(wanted[0]) // its name does not matter
	}
	of := func(containers []Container, name string) int {
		return slices.IndexFunc(containers, func(c Container) bool { return c.Name == name })
	}
	for _, r := range run {
		if i := of(wanted, r.Name); i >= 0 {
			all = append(all, r.differs(wanted[i])...)
		} else {
			all = append(all, fmt.Sprintf("the container %s runs, and is not there", r.Name))
		}
	}
	for _, w := range wanted {
		if of(run, w.Name) < 0 {
			all = append(all, fmt.Sprintf("the container %s is there, and does not run", w.Name))
		}
	}
	return all
}

// differs says in what a container that runs is another than the one that is wanted.
func (c Container) differs(wanted Container) (all []string) {
	say := func(what, runs, says string) {
		all = append(all, fmt.Sprintf("%s of the container %s runs as %s, and there it is %s", what, c.Name, runs, says))
	}
	if c.Image != wanted.Image {
		say("image", c.Image, wanted.Image)
	}
	for _, list := range []struct {
		what       string
		runs, says []string
	}{{"entryPoint", c.EntryPoint, wanted.EntryPoint}, {"command", c.Command, wanted.Command}, {"portMappings", c.Ports, wanted.Ports}} {
		if !slices.Equal(list.runs, list.says) {
			say(list.what, inBrackets(list.runs), inBrackets(list.says))
		}
	}
	names := slices.Concat(c.Environment, wanted.Environment, slices.Collect(maps.Keys(c.Secrets)), slices.Collect(maps.Keys(wanted.Secrets)))
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if slices.Contains(wanted.chosen, name) {
			continue
		}
		if runs, says := c.source(name), wanted.source(name); runs != says {
			say("the variable "+name, runs, says)
		}
	}
	return all
}

// source says where the value of a variable comes from.
func (c Container) source(name string) string {
	switch from, secret := c.Secrets[name]; {
	case secret:
		return "the secret " + from
	case slices.Contains(c.Environment, name):
		return "a value"
	}
	return "not set"
}

func inBrackets(all []string) string {
	if len(all) == 0 {
		return "not set"
	}
	return "[" + strings.Join(all, " ") + "]"
}
