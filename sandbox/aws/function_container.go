package aws

import (
	"encoding/json"
	"fmt"

	"ambient-ecs/sandbox/world"
)

// containerFunction looks up one container of a task definition.
const containerFunction = "aws:ecs/getContainerDefinition:getContainerDefinition"

func (s *session) containerDefinition(args map[string]any) (answer map[string]any, err error) {
	definition, name := text(args, "taskDefinition"), text(args, "containerName")
	err = s.world.Do(func(tx *world.Tx) error {
		for _, found := range tx.Find(s.account, TaskDefinitionKind, Has("arn", definition)) {
			var containers []map[string]any
			if err := json.Unmarshal([]byte(found.String("containerDefinitions")), &containers); err != nil {
				return err
			}
			for _, c := range containers {
				if text(c, "name") != name {
					continue
				}
				environment := map[string]any{}
				for _, e := range list(c, "environment") {
					if pair, ok := e.(map[string]any); ok {
						environment[text(pair, "name")] = text(pair, "value")
					}
				}
				answer = map[string]any{
					"id": definition + "/" + name, "taskDefinition": definition, "containerName": name, "image": text(c, "image"), "imageDigest": "",
					"cpu": number(c, "cpu"), "memory": number(c, "memory"), "memoryReservation": number(c, "memoryReservation"), "disableNetworking": false,
					"environment": environment, "dockerLabels": object(c, "dockerLabels"),
				}
				return nil
			}
			return fmt.Errorf("container with name %q not found in task definition %q: couldn't find resource", name, definition)
		}
		return fmt.Errorf("reading ECS Task Definition (%s): couldn't find resource", definition)
	})
	return answer, err
}
