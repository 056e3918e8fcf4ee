package config

import (
	"fmt"
	"os"
	"testing"
)

// BenchmarkLoad loads stacks whose services have task definitions and permissions. Twice the services should take twice the time.
func BenchmarkLoad(b *testing.B) {
	const definition = `{"family": "f", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"], "cpu": "256", "memory": "512",
		"containerDefinitions": [{"name": "app", "image": "r.example/a:1", "essential": true, "portMappings": [{"containerPort": 8080}]}]}`
	for _, n := range []int{10, 40, 160} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			services := object{}
			for i := range n {
				services[fmt.Sprintf("s%d", i)] = object{
					"taskDefinition": "d.json", "serviceAccount": fmt.Sprintf("s%d", i),
					"permissions": object{"statements": []any{object{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}}},
				}
			}
			text := raw(with(edit{"clusters/ecs-1/services", services}))
			b.Chdir(b.TempDir()) // definitions are relative to it
			if err := os.WriteFile("d.json", []byte(definition), 0o600); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, err := Load(text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
