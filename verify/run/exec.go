package run

import (
	"fmt"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/cases"
	"ambient-ecs/verify/stack"
)

// withoutExec says why a call cannot be tried: it, or its control, begins in a task that takes no commands. "" if it can.
func withoutExec(s *stack.Stack, c cases.Case) string {
	from := []backend.Source{c.Request.From}
	if c.Control != nil {
		from = append(from, c.Control.Request.From)
	}
	for _, source := range from {
		if source.ECS() && !s.Clusters[source.Cluster].Services[source.Service].HasExec() {
			return fmt.Sprintf("not tried: ECS Exec is off for %s", source)
		}
	}
	return ""
}
