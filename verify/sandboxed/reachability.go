package sandboxed

import (
	"context"
	"fmt"
	"strings"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/verify/backend"
)

// end is a host with the ports that something might listen on.
type end struct {
	name  string
	host  aws.Host
	ports []int
}

// Reachability is the network alone, without names, identities or policies: every task and every pod of the test
// workloads and gateways to every other one, on the mesh's port and on those of the applications, and to the gateway's
// load balancer.
func (b *Backend) Reachability(context.Context) (table []backend.Reach, err error) {
	err = b.look(func(m *model) error {
		ends := m.ends()
		for _, from := range ends {
			for _, to := range ends {
				if from.host.IP == to.host.IP {
					continue
				}
				for _, port := range to.ports {
					open, why := aws.Reach(m.Tx, from.host, to.host.IP, port)
					table = append(table, backend.Reach{From: from.name, To: to.name, Port: port, Open: open, Why: why})
				}
			}
			for _, port := range []int{hbone, 15012, 15021} {
				open, why := aws.Dial(m.Tx, from.host, m.stack.GatewayAddress, port)
				table = append(table, backend.Reach{From: from.name, To: "gateway's load balancer", Port: port, Open: open, Why: why})
			}
		}
		return nil
	})
	return table, err
}

// ends are one task of each service, and the pods that take part in calls.
func (m *model) ends() []end {
	var ends []end
	for _, key := range m.stack.ClusterKeys() {
		for _, name := range m.stack.Clusters[key].ServiceKeys() {
			tasks := m.tasksOf(key, name)
			if len(tasks) == 0 {
				continue
			}
			if host, ok := m.host(tasks[0]); ok {
				ends = append(ends, end{fmt.Sprintf("%s/%s", key, name), host, append([]int{hbone}, tasks[0].ports()...)})
			}
		}
	}
	for _, pod := range m.cluster.List(api.PodKind, "") {
		_, gateway := api.Labels(pod)["gateway.istio.io/managed"]
		if host, ok := m.podHost(pod); ok && ready(pod) && (gateway || captured(m.cluster, pod)) {
			ends = append(ends, end{"eks " + api.Namespace(pod) + "/" + workloadOf(pod), host, append([]int{hbone}, podPorts(pod)...)})
		}
	}
	return ends
}

// workloadOf is the Deployment of a pod, or the pod itself.
func workloadOf(pod api.Object) string {
	for _, owner := range api.Maps(pod, "metadata", "ownerReferences") {
		return strings.TrimSuffix(api.String(owner, "name"), "-"+api.Labels(pod)["pod-template-hash"])
	}
	return api.Name(pod)
}
