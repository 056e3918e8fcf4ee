package topology

import (
	"context"
	"fmt"
	"testing"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/stack"
)

// made are the meshes that large has made.
var made = map[[2]int]*Mesh{}

// large is a mesh of five accounts with the given numbers of ECS services and clusters. Every seventh service is
// unhealthy. Every fifth cluster admits only its neighbour, and every third refuses one of the callers by its
// identity.
func large(t *testing.T, services, clusters int) *Mesh {
	t.Helper()
	if m := made[[2]int{services, clusters}]; m != nil {
		return m
	}
	s := &stack.Stack{InstallName: "large", HomeAccount: "platform", TrustDomain: "cluster.local", MeshNetwork: "eks", PolicyStage: "l4", Accounts: map[string]stack.Account{}, Clusters: map[string]stack.Cluster{}}
	accounts := []string{"platform", "payments", "orders", "logistics", "customer-data"}
	for i, key := range accounts {
		s.Accounts[key] = stack.Account{ID: fmt.Sprintf("%012d", 111122223333+i), VPCCIDR: fmt.Sprintf("10.%d.0.0/16", i), Reach: "direct"}
	}
	b := &written{objects: map[string][]backend.Object{"Gateway": {{
		"metadata": object{"namespace": system, "name": "eastwest"},
		"spec":     object{"gatewayClassName": "istio-eastwest", "listeners": []any{object{"name": "cross-network", "port": 15008}}},
		"status":   object{"conditions": []any{object{"type": "Programmed", "status": "True"}}},
	}}}}
	policy := func(namespace, name, action string, source object) {
		b.objects["AuthorizationPolicy"] = append(b.objects["AuthorizationPolicy"], object{
			"metadata": object{"namespace": namespace, "name": name},
			"spec":     object{"action": action, "rules": []any{object{"from": []any{object{"source": source}}}}},
		})
	}
	kinds := []string{"api", "worker", "gateway-adapter", "ledger", "notification-dispatcher", "search", "report"}
	namespace := func(number int) string { return fmt.Sprintf("large-team-%02d", number%clusters) }
	for number := range clusters {
		key := fmt.Sprintf("team-%02d", number)
		s.Clusters[key] = stack.Cluster{Account: accounts[number%len(accounts)], Namespace: namespace(number), Services: map[string]stack.Service{}}
		switch {
		case number%5 == 4:
			policy(namespace(number), "neighbour-only", "ALLOW", object{"namespaces": []any{namespace(number + 1)}})
		case number%3 == 2:
			policy(namespace(number), "no-first", "DENY", object{"serviceAccounts": []any{namespace(0) + "/api-0"}})
		}
	}
	for i := range services {
		key, name := fmt.Sprintf("team-%02d", i%clusters), fmt.Sprintf("%s-%d", kinds[i%len(kinds)], i)
		host := name + "." + key + ".ecs." + s.Clusters[key].Account
		s.Clusters[key].Services[name] = stack.Service{Hostname: host, Port: 8080, ServiceAccount: name, DesiredCount: 2}
		ready := 2
		if i%7 == 6 {
			ready = 1
		}
		b.services = append(b.services, backend.Service{Namespace: namespace(i), Name: name, Host: host, Addresses: []string{fmt.Sprintf("240.240.%d.%d", i/250, i%250)}, Ports: []int{8080}, Endpoints: 2, Healthy: ready})
		for task := range 2 {
			b.workloads = append(b.workloads, backend.Workload{
				Namespace: namespace(i), Name: fmt.Sprintf("%s-task-%d", name, task), Address: fmt.Sprintf("10.%d.%d.%d", i%clusters%len(accounts), i, task),
				Protocol: "HBONE", Network: "eks", Service: host, Identity: s.Identity(namespace(i), name), ECS: true,
			})
		}
	}
	m, err := Read(context.Background(), b, s, false)
	if err != nil {
		t.Fatal(err)
	}
	made[[2]int{services, clusters}] = m
	return m
}

func TestALargeMeshHasEveryKindOfFlow(t *testing.T) {
	m := large(t, 200, 16)
	var open, closed, partly int
	for _, f := range m.Flows {
		switch {
		case f.Open():
			open++
		case f.Closed():
			closed++
		default:
			partly++
		}
		if len(f.Refused)+f.Allowed != f.Callers {
			t.Errorf("%s → %s: %d allowed and %d refused of %d", f.From.Key, f.To, f.Allowed, len(f.Refused), f.Callers)
		}
	}
	if len(m.servers()) != 200 || open == 0 || closed == 0 || partly == 0 {
		t.Errorf("%d services, %d flows open, %d closed, %d partly open", len(m.servers()), open, closed, partly)
	}
}
