package config

import (
	"slices"
	"strings"

	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"ambient-ecs/ecs/task/definition"
	"ambient-ecs/ecs/task/enrol"
)

// withoutHealthCheck is the notice about services that are called and not in the mesh yet, of which no container tells ECS when it answers. ECS
// then takes a task for healthy as soon as ztunnel is, and a deployment stops old tasks before new ones listen.
func (c Config) withoutHealthCheck(lives Lives) []string {
	var fields []string
	for _, key := range c.ClusterKeys() {
		for _, name := range c.Clusters[key].ServiceKeys() {
			s := c.Clusters[key].Services[name]
			if s.ClientOnly || s.ByOwner() || lives.Members[key+"/"+name] {
				continue
			}
			task := c.TaskOf(key, name)
			if base, err := task.Base(); err == nil && !slices.ContainsFunc(base.ContainerDefinitions, tellsHealth) {
				fields = append(fields, c.Field(key, name))
			}
		}
	}
	if len(fields) == 0 {
		return nil
	}
	return []string{"no application has a health check in " + strings.Join(fields, ", ") + ": a deployment stops old tasks as soon as ztunnel of the new ones is healthy, " +
		"before the application answers, and calls fail meanwhile. Give it a healthCheck, in the file where there is a taskDefinition (docs/deploys.md)"}
}

// tellsHealth reports whether ECS waits for the health of an application's container.
func tellsHealth(container ecstypes.ContainerDefinition) bool {
	return container.HealthCheck != nil && definition.Essential(container) && definition.Text(container.Name) != enrol.ZtunnelName
}
