package topology

import (
	"context"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/stack"
)

func TestASharedServiceIsShownWithWhoAnswersInEachCluster(t *testing.T) {
	const host = "checkout.m.ecs.local"
	b, s := sample()
	s.Shared = map[string]stack.Shared{"checkout": {Hostname: host, Namespace: "m-checkout", Port: 8080, PolicyStage: "l4", Members: []string{"ecs-1/checkout", "ecs-2/checkout"}}}
	for number, key := range s.ClusterKeys() {
		account := "checkout-" + key
		s.Clusters[key].Services["checkout"] = stack.Service{Hostname: host, Port: 8080, Shared: "checkout", Namespace: "m-checkout", ServiceAccount: account, DesiredCount: 1}
		if number == 0 {
			b.workloads = append(b.workloads, backend.Workload{Namespace: "m-checkout", Name: "task", Address: "10.0.0.7", Protocol: "HBONE", Service: host, Identity: s.Identity("m-checkout", account), ECS: true})
		}
	}
	b.services = append(b.services, backend.Service{Namespace: "m-checkout", Name: "c", Host: host, Addresses: []string{"240.240.0.7"}, Ports: []int{8080}, Endpoints: 1, Healthy: 1})
	m, err := Read(context.Background(), b, s, false)
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	if err := m.Table(&table); err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(strings.Split(table.String(), "\n"), func(line string) bool {
		return strings.HasPrefix(line, "checkout ") && strings.Contains(line, host+":8080") && strings.Contains(line, "ecs-1/checkout (1), ecs-2/checkout (0)") && strings.HasSuffix(strings.TrimSpace(line), "l4")
	})
	if at < 0 {
		t.Errorf("the table does not say who answers under %s:\n%s", host, &table)
	}
}
