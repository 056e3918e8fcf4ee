package topology

import (
	"context"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/stack"
)

func TestStandaloneTasksAreShownWithWhatStartsThem(t *testing.T) {
	b, s := sample()
	cluster := s.Clusters["ecs-1"]
	cluster.Tasks = map[string]stack.Task{
		"report":  {Namespace: "m-ecs-1", ServiceAccount: "report", Hostname: "report.m-ecs-1.ecs.local", Schedule: &stack.Schedule{Expression: "rate(1 day)", Timezone: "UTC", Paused: true}},
		"migrate": {Namespace: "m-ecs-1", ServiceAccount: "migrate", Hostname: "migrate.m-ecs-1.ecs.local"},
	}
	s.Clusters["ecs-1"] = cluster
	b.workloads = append(b.workloads, backend.Workload{
		Namespace: "m-ecs-1", Name: "ecs-task-1", Address: "10.0.0.7", Protocol: "HBONE", Network: "eks", ECS: true, Identity: "spiffe://cluster.local/ns/m-ecs-1/sa/report",
	})
	m, err := Read(context.Background(), b, s, false)
	if err != nil {
		t.Fatal(err)
	}
	running := map[string]int{}
	for _, g := range m.groups() {
		for _, n := range g.Nodes {
			if !n.Standalone {
				continue
			}
			running[n.String()+" "+n.starts()] = n.Endpoints
			if n.Port != 0 || n.problem() != "" || len(n.Identities) != 1 {
				t.Errorf("%s: port %d, %q, %v", n, n.Port, n.problem(), n.Identities)
			}
		}
	}
	if len(running) != 2 || running["ecs-1/report starts by rate(1 day) UTC, paused"] != 1 || running["ecs-1/migrate starts by hand"] != 0 {
		t.Errorf("tasks: %v", running)
	}
	// A task is a caller while it runs, and nobody's destination.
	for _, f := range m.Flows {
		if f.To.Standalone || slices.ContainsFunc(f.Refused, func(n *Node) bool { return n.Standalone }) {
			t.Errorf("%s calls %s", f.From.Key, f.To)
		}
	}
	if drawn := m.Mermaid(); !strings.Contains(drawn, "starts by hand") || !strings.Contains(drawn, "1 running") {
		t.Errorf("the drawing has no tasks:\n%s", drawn)
	}
}
