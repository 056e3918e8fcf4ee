package sandboxed

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/mesh"
)

// accountsVariable tells istiod where to look, as domains and roles in turn.
const accountsVariable = "ECS_ACCOUNTS"

// Discovering says for every account what keeps istiod from finding tasks there: its own complaint, which on AWS is in
// its log, or a task that it should have found.
func (b *Backend) Discovering(context.Context) (live map[string]string, err error) {
	live = map[string]string{}
	err = b.look(func(m *model) error {
		for key := range m.stack.Accounts {
			if m.stack.CallsOnly(key) {
				continue
			}
			live[key] = m.undiscovering(key)
		}
		return nil
	})
	return live, err
}

func (m *model) undiscovering(account string) string {
	pod := m.istiodPod()
	if pod == nil {
		return "no pod of istiod is ready"
	}
	role := m.stack.DiscoveryRoles[account]
	if !slices.Contains(strings.Split(podVariable(pod, accountsVariable), ","), role) {
		return fmt.Sprintf("istiod is not told to look into account %s with %s", account, role)
	}
	if _, about, ok := strings.Cut(m.cluster.Complaints(pod), "failed to discover clusters with role "+role+": "); ok {
		about, _, _ = strings.Cut(about, "\n")
		return "istiod fails to discover clusters: " + about
	}
	for _, key := range m.stack.ClusterKeys() {
		cluster := m.stack.Clusters[key]
		if cluster.Account != account {
			continue
		}
		for _, service := range cluster.ServiceKeys() {
			for _, t := range m.tasksOf(key, service) {
				if ip, err := netip.ParseAddr(t.String("privateIp")); err == nil && m.workloadAt(ip) == nil {
					return fmt.Sprintf("%s of %s/%s runs at %s, and istiod does not know it", t.title(), key, service, ip)
				}
			}
		}
	}
	return ""
}

// istiodPod is the youngest ready pod of istiod, or nil.
func (m *model) istiodPod() api.Object {
	var youngest api.Object
	for _, pod := range m.cluster.List(api.PodKind, mesh.System) {
		if api.Labels(pod)["app"] == "istiod" && ready(pod) && (youngest == nil || api.Created(pod).After(api.Created(youngest))) {
			youngest = pod
		}
	}
	return youngest
}
