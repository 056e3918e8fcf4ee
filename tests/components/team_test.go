package components

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/mesh"
	"ambient-ecs/mesh/ingress"
	"ambient-ecs/mesh/tenancy"
)

func validTeam(f *fixture) *mesh.TeamArgs {
	return &mesh.TeamArgs{
		Group: "ambient-ecs:mesh:orders", RoleARN: pulumi.String("arn:aws:iam::111122223333:role/mesh-team-orders-local"), ClusterName: pulumi.String("mesh"), AWS: f.local,
		Namespaces: []string{"mesh-shop", "mesh-stock"}, Made: there[mesh.Namespace](f), Confined: there[mesh.Confinement](f), Provider: f.kubernetes,
		PolicyName: "mesh-team-orders-roles", TaskRoles: []string{"arn:aws:iam::111122223333:role/mesh-shop-ecs"}, OwnRoles: "^arn:aws:iam::(111122223333):role/(.*/)?mesh_orders_[^/]+$",
	}
}

func validConfinement(f *fixture) *mesh.ConfinementArgs {
	return &mesh.ConfinementArgs{Name: "mesh-teams", Groups: "ambient-ecs:mesh:", Prefix: "team-", Provider: f.kubernetes}
}

func TestATeamIsAGroupWithARoleInEachNamespace(t *testing.T) {
	r := made(t, func(ctx *pulumi.Context, f *fixture) error {
		_, err := mesh.NewTeam(ctx, "team-orders", validTeam(f))
		return err
	})
	entry := only(t, r, "aws:eks/accessEntry:AccessEntry")
	says(t, entry, []any{"ambient-ecs:mesh:orders"}, "kubernetesGroups")
	if entry.Provider != localProvider {
		t.Errorf("the entry is made with %s", entry.Provider)
	}
	roles, bindings := r.OfType("kubernetes:rbac.authorization.k8s.io/v1:Role"), r.OfType("kubernetes:rbac.authorization.k8s.io/v1:RoleBinding")
	if len(roles) != 2 || len(bindings) != 2 {
		t.Fatalf("there are %d roles and %d bindings", len(roles), len(bindings))
	}
	for i, namespace := range []string{"mesh-shop", "mesh-stock"} {
		says(t, roles[i], namespace, "metadata", "namespace")
		says(t, bindings[i], namespace, "metadata", "namespace")
		says(t, bindings[i], []any{map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "ambient-ecs:mesh:orders"}}, "subjects")
		needs(t, r, bindings[i], roles[i])
		needs(t, r, roles[i], only(t, r, "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicyBinding"))
		for _, promise := range r.OfType(promiseType) {
			needs(t, r, roles[i], promise)
		}
	}
}

// What keeps a team's routes to its hosts is in force before the team may make one, and before a gateway admits one.
func TestATeamsRoutesAreKeptToItsHostsFirst(t *testing.T) {
	r := made(t, func(ctx *pulumi.Context, f *fixture) error {
		args := validTeam(f)
		args.Routes = &mesh.TeamRoutes{PolicyName: "mesh-team-orders-routes", Routes: tenancy.Routes{
			Gateways: []tenancy.Gateway{{Namespace: "mesh-ingress", Name: "ingress"}}, Hosts: []string{"orders.example.com"}, Domains: []string{"mesh-shop.ecs.local"},
		}}
		team, err := mesh.NewTeam(ctx, "team-orders", args)
		if err != nil {
			return err
		}
		in := validIngress(f)
		in.Gateway.Guests, in.Guests = []ingress.Guest{{Name: "orders", Namespaces: []string{"mesh-shop"}, Hosts: []string{"orders.example.com"}}}, team.Routed
		_, err = mesh.NewIngress(ctx, "ingress", in)
		return err
	})
	binding := r.Get(t, "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicyBinding", "team-orders-routes-binding")
	says(t, binding, "mesh-team-orders-routes", "spec", "policyName")
	for _, role := range r.OfType("kubernetes:rbac.authorization.k8s.io/v1:Role") {
		needs(t, r, role, binding)
	}
	needs(t, r, only(t, r, gatewayObject), binding)
}

func TestAConfinementIsInForceWithItsBinding(t *testing.T) {
	r := made(t, func(ctx *pulumi.Context, f *fixture) error {
		made, err := mesh.NewConfinement(ctx, "teams", validConfinement(f))
		if err != nil {
			return err
		}
		return probe(ctx, made.Ready)
	})
	policy, binding := only(t, r, "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy"), only(t, r, "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicyBinding")
	says(t, policy, "Fail", "spec", "failurePolicy")
	says(t, binding, "mesh-teams", "spec", "policyName")
	needs(t, r, binding, policy)
	needs(t, r, only(t, r, probeType), binding)
}
