package components

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/mesh"
	"ambient-ecs/mesh/networkpolicy"
)

func validGuard(f *fixture) *mesh.NamespaceGuardArgs {
	policy := networkpolicy.Workloads()
	return &mesh.NamespaceGuardArgs{Namespace: "mesh-shop", Policy: &policy, NoDefaultTokens: true, Provider: f.kubernetes, Guarded: there[mesh.Namespace](f)}
}

func TestAGuardClosesPortsAndWithholdsTokens(t *testing.T) {
	r := made(t, func(ctx *pulumi.Context, f *fixture) error {
		_, err := mesh.NewNamespaceGuard(ctx, "guard-mesh-shop", validGuard(f))
		return err
	})
	children(t, r, mesh.NamespaceGuardTypeToken, kubernetesProvider)
	policy := only(t, r, "kubernetes:networking.k8s.io/v1:NetworkPolicy")
	says(t, policy, "mesh-shop", "metadata", "namespace")
	says(t, policy, []any{"Ingress"}, "spec", "policyTypes")
	account := only(t, r, serviceAccount)
	says(t, account, "default", "metadata", "name")
	says(t, account, false, "automountServiceAccountToken")
	for _, res := range []string{policy.Name, account.Name} {
		if res != "guard-mesh-shop" {
			t.Errorf("a part has the name %s", res)
		}
	}
	needs(t, r, policy, only(t, r, promiseType))
	needs(t, r, account, only(t, r, promiseType))
}
