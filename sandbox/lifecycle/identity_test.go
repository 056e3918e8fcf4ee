//go:build engine

package lifecycle

import (
	"testing"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/mesh"
	"ambient-ecs/sandbox/world"
)

// On a living stack no minutes lie between a Pod Identity association and its pods. EKS takes its time here, and so does the program: twenty
// times as long as elsewhere in the sandbox. Every pod gets its credentials all the same.
func TestPodsThatCloselyFollowTheirIdentityHaveCredentials(t *testing.T) {
	t.Parallel()
	s := raised(t, "single")
	s.environment = []string{"AMBIENT_ECS_TIME_FACTOR=10"}
	s.look(func(tx *world.Tx) { tx.SetNote(aws.IdentitySettles, "200s") }) // a second
	s.configure("gatewayLoadBalancers", []any{"controller", "legacy"})
	s.configure("observability", map[string]any{"clusterLogs": true, "metrics": true})
	s.configure("istioRevisions", map[string]any{"default": currentIstio, "next": currentIstio})
	s.up()

	identified := map[string]int{}
	s.look(func(tx *world.Tx) {
		for _, arn := range tx.Clusters() {
			c := api.At(tx, arn)
			for _, pod := range c.List(api.PodKind, "") {
				account := api.String(pod, "spec", "serviceAccountName")
				role := mesh.StartIdentity(c, api.Namespace(pod), account)
				if role == "" {
					continue
				}
				identified[account]++
				if mesh.InjectedIdentity(pod) != role {
					t.Errorf("pod %s has the identity %q, and its association gives %q", api.ID(pod), mesh.InjectedIdentity(pod), role)
				}
			}
		}
	})
	for _, account := range []string{"istiod", "istiod-next", "aws-load-balancer-controller", "prometheus", "fluent-bit"} {
		if identified[account] == 0 {
			t.Errorf("no pod of %s has an association: %v", account, identified)
		}
	}
}
