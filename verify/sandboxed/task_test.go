package sandboxed

import (
	"encoding/json"
	"testing"

	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/world"
)

func TestTheApplicationIsNoSidecar(t *testing.T) {
	const router, agent, ports = `{"name": "router", "firelensConfiguration": {"type": "fluentbit"}}`, `{"name": "agent"}`, `"portMappings": [{"containerPort": 53, "protocol": "udp"}, {"containerPort": 80}]`
	for containers, want := range map[string]string{
		router + `, {"name": "ztunnel"}, {"name": "app", ` + ports + `}`: "app",
		agent + `, {"name": "orders", ` + ports + `}`:                    "orders",
		agent + `, {"name": "app", ` + ports + `}, ` + router:            "agent",
	} {
		one := task{Resource: &world.Resource{Props: map[string]any{"serviceName": "orders"}}}
		if err := json.Unmarshal([]byte("["+containers+"]"), &one.containers); err != nil {
			t.Fatal(err)
		}
		if got := api.String(one.application(), "name"); got != want {
			t.Errorf("the application of %s is %q, want %q", containers, got, want)
		}
		if one.listens(53) || !one.listens(80) {
			t.Errorf("%s listens on %v", containers, one.ports())
		}
	}
}
