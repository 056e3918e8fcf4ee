package aws

import (
	"fmt"

	"ambient-ecs/sandbox/world"
)

// containerDefinition answers aws:ecs/getContainerDefinition: one container of a revision, given by ARN.
func (s *session) containerDefinition(args map[string]any) (answer map[string]any, err error) {
	revision, name := text(args, "taskDefinition"), text(args, "containerName")
	err = s.world.Do(func(tx *world.Tx) error {
		definition := tx.Get(s.account, TaskDefinitionKind, revision)
		if definition == nil {
			return fmt.Errorf("reading ECS Container Definition (%s): ClientException: Unable to describe task definition.", revision)
		}
		for _, c := range containersOf(definition) {
			if c.Name != name {
				continue
			}
			labels, environment := map[string]any{}, map[string]any{}
			for key, value := range c.DockerLabels {
				labels[key] = value
			}
			for _, v := range c.Environment {
				environment[v.Name] = v.Value
			}
			answer = map[string]any{
				"id": revision + "/" + name, "taskDefinition": revision, "containerName": name, "image": c.Image, "dockerLabels": labels, "environment": environment,
				"cpu": float64(c.CPU), "memory": float64(c.Memory), "memoryReservation": float64(c.MemoryReservation), "disableNetworking": false, "imageDigest": "",
			}
			return nil
		}
		return fmt.Errorf("container with name %q not found in task definition %q", name, revision)
	})
	return answer, err
}
