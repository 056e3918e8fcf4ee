package config

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// fargate is a task definition with containers, in JSON, that lacks nothing else.
func fargate(containers string) string {
	return `{"family": "ambient-ecs-1-team", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"], "cpu": "256", "memory": "512", "containerDefinitions": [` + containers + `]}`
}

// defined loads a stack with a service called team, whose tasks run the containers and that nobody calls.
func defined(t *testing.T, containers string, service object, edits ...edit) (Config, error) {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "team.json"), []byte(fargate(containers)), 0o600); err != nil {
		t.Fatal(err)
	}
	all := object{"taskDefinition": "team.json", "clientOnly": true, "exec": false}
	for key, value := range service {
		all[key] = value
	}
	return load(time.Now(), folder, StackFile{}, raw(with(append(edits, edit{"clusters/ecs-1/services/team", all})...)), nil)
}
