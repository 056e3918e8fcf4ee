package definition

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// dependencies checks who waits for whom.
func (c *checker) dependencies() {
	sound := true
	for i, container := range c.ContainerDefinitions {
		for j, d := range container.DependsOn {
			at := c.at(i, fmt.Sprintf("dependsOn[%d]", j))
			other := slices.IndexFunc(c.ContainerDefinitions, func(o types.ContainerDefinition) bool { return Text(o.Name) == Text(d.ContainerName) })
			if other < 0 {
				c.Refuse(at+".containerName", Text(d.ContainerName), "there is no container of this name")
				sound = false
				continue
			}
			switch target := c.ContainerDefinitions[other]; d.Condition {
			case "":
				c.Missing(at+".condition", "choose one of START, COMPLETE, SUCCESS, HEALTHY")
			case types.ContainerConditionHealthy:
				if target.HealthCheck == nil {
					c.Refuse(at+".condition", "HEALTHY", "the container %s has no healthCheck", Text(target.Name))
				}
			case types.ContainerConditionComplete, types.ContainerConditionSuccess:
				if Essential(target) {
					c.Refuse(at+".condition", string(d.Condition), "the container %s is essential, and its end is the task's", Text(target.Name))
				}
			}
		}
	}
	if !sound {
		return
	}
	if _, circle := c.Waves(); len(circle) > 0 {
		c.Add(containerDefinitions, "", "the containers %s wait for each other", strings.Join(circle, ", "))
	}
}

// Waves are the containers in the order in which ECS may start them: those of a wave wait for containers of waves before
// it. ECS stops them in the reverse order (Amazon ECS API Reference, ContainerDependency, 2026-11-29). The containers of
// a circle are in no wave.
func (d *Definition) Waves() (waves [][]string, circle []string) {
	started, left := map[string]bool{}, d.ContainerDefinitions
	for len(left) > 0 {
		var wave []string
		var later []types.ContainerDefinition
		for _, c := range left {
			if slices.ContainsFunc(c.DependsOn, func(d types.ContainerDependency) bool { return !started[Text(d.ContainerName)] }) {
				later = append(later, c)
			} else {
				wave = append(wave, Text(c.Name))
			}
		}
		if len(wave) == 0 {
			for _, c := range later {
				circle = append(circle, Text(c.Name))
			}
			return waves, circle
		}
		for _, name := range wave {
			started[name] = true
		}
		waves, left = append(waves, wave), later
	}
	return waves, nil
}
