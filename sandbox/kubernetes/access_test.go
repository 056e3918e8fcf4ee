package kubernetes_test

import (
	"context"
	"testing"

	"ambient-ecs/sandbox/provider"
	"ambient-ecs/sandbox/world"
)

const (
	ordersRole = "arn:aws:iam::111111111111:role/orders"
	viewerRole = "arn:aws:iam::111111111111:role/viewer"

	roleToken      = "kubernetes:rbac.authorization.k8s.io/v1:Role"
	bindingToken   = "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding"
	clusterBinding = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding"
	callersToken   = "kubernetes:security.istio.io/v1:AuthorizationPolicy"
	admissionToken = "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy"
	admissionBind  = "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicyBinding"
)

// entry lets a principal in, as a member of groups.
func (f *fixture) entry(principal string, groups ...any) {
	f.do(func(tx *world.Tx) {
		tx.Put(&world.Resource{Account: account, Region: "eu-central-1", Kind: "aws:eks/accessEntry:AccessEntry", ID: principal, Props: map[string]any{
			"clusterName": "mesh", "principalArn": principal, "type": "STANDARD", "kubernetesGroups": groups}})
	})
}

// by is the same cluster for another principal.
func (f *fixture) by(principal string) *fixture {
	other := &fixture{T: f.T, world: f.world, folder: f.folder}
	other.session = other.open(kubeconfig(endpoint, authority, "mesh", "--role-arn", principal))
	return other
}

// tenants makes two namespaces, and a group with rights in one of them.
func tenants(t *testing.T) *fixture {
	f := newFixture(t)
	for _, name := range []string{"orders", "billing"} {
		f.mustCreate(namespaceToken, name, namespace(name, nil))
	}
	f.mustCreate(definitionToken, "policies", map[string]any{
		"metadata": map[string]any{"name": "authorizationpolicies.security.istio.io"},
		"spec": map[string]any{
			"group": "security.istio.io", "scope": "Namespaced", "names": map[string]any{"kind": "AuthorizationPolicy", "plural": "authorizationpolicies", "singular": "authorizationpolicy", "listKind": "AuthorizationPolicyList"},
			"versions": []any{map[string]any{"name": "v1", "served": true, "storage": true, "schema": map[string]any{"openAPIV3Schema": map[string]any{"type": "object", "x_kubernetes_preserve_unknown_fields": true}}}},
		},
	})
	f.mustCreate(roleToken, "team", map[string]any{
		"metadata": map[string]any{"name": "team", "namespace": "orders"},
		"rules": []any{map[string]any{
			"apiGroups": []any{"", "security.istio.io"}, "resources": []any{"serviceaccounts", "authorizationpolicies"}, "verbs": []any{"get", "list", "watch", "create", "update", "patch", "delete"},
		}},
	})
	f.mustCreate(bindingToken, "team", map[string]any{
		"metadata": map[string]any{"name": "team", "namespace": "orders"},
		"roleRef":  map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "team"},
		"subjects": []any{map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "team:orders"}},
	})
	f.entry(ordersRole, "team:orders")
	return f
}

func in(namespace, name string) map[string]any {
	return map[string]any{"metadata": map[string]any{"namespace": namespace, "name": name}}
}

func TestRightsAreThoseOfTheBindingsOfAGroup(t *testing.T) {
	t.Parallel()
	f := tenants(t)
	team := f.by(ordersRole)
	made := team.mustCreate(accountToken, "web", in("orders", "web"))
	changed := in("orders", "web")
	changed["metadata"].(map[string]any)["annotations"] = map[string]any{"ecs.solo.io/role-arn": "arn:aws:iam::111111111111:role/mesh_orders_web"}
	if _, err := team.update(made, changed); err != nil {
		t.Error(err)
	}
	for name, c := range map[string]struct {
		token  string
		inputs map[string]any
		words  []string
	}{
		"in another namespace": {accountToken, in("billing", "web"), []string{"forbidden", `User "` + ordersRole + `" cannot patch resource "serviceaccounts" in API group "" in the namespace "billing"`}},
		"another kind":         {secretToken, in("orders", "token"), []string{`cannot patch resource "secrets"`, `in the namespace "orders"`}},
		"a right":              {roleToken, in("orders", "more"), []string{`cannot patch resource "roles" in API group "rbac.authorization.k8s.io"`}},
		"a binding":            {bindingToken, map[string]any{"metadata": map[string]any{"namespace": "orders", "name": "more"}, "roleRef": map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "admin"}}, []string{`cannot patch resource "rolebindings"`}},
		"a namespace":          {namespaceToken, namespace("more", nil), []string{`cannot patch resource "namespaces" in API group "" at the cluster scope`}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := team.create(c.token, "x", c.inputs)
			wantError(t, err, c.words...)
		})
	}
	if err := team.session.Delete(context.Background(), made); err != nil {
		t.Error(err)
	}
	theirs := f.mustCreate(accountToken, "theirs", in("billing", "theirs"))
	wantError(t, team.session.Delete(context.Background(), theirs), "forbidden", `cannot delete resource "serviceaccounts"`)
	_, _, _, err := team.session.Read(context.Background(), provider.Resource{URN: theirs.URN, Token: theirs.Token, Name: theirs.Name, ID: theirs.ID})
	wantError(t, err, "forbidden", `cannot get resource "serviceaccounts"`)
}

// A dry run is a patch to the API server, so a preview by somebody without rights is refused too.
func TestADryRunNeedsTheRightToWrite(t *testing.T) {
	t.Parallel()
	team := tenants(t).by(ordersRole)
	plan := func(token, name string) error {
		r := resourceOf(token, name, in("orders", name))
		checked, _, err := team.session.Check(context.Background(), r)
		if err != nil {
			return err
		}
		r.Inputs, r.Preview = checked, true
		_, _, err = team.session.Create(context.Background(), r)
		return err
	}
	wantError(t, plan(secretToken, "token"), "forbidden", `cannot patch resource "secrets"`)
	if err := plan(accountToken, "web"); err != nil {
		t.Errorf("a preview of what it may make: %v", err)
	}
}

// Making an object by an apply needs create besides patch.
func TestAnApplyThatMakesAnObjectNeedsTheRightToCreate(t *testing.T) {
	t.Parallel()
	f := tenants(t)
	f.mustCreate(roleToken, "patch", map[string]any{
		"metadata": map[string]any{"name": "patch", "namespace": "billing"},
		"rules":    []any{map[string]any{"apiGroups": []any{""}, "resources": []any{"serviceaccounts"}, "resourceNames": []any{"ecs"}, "verbs": []any{"get", "patch"}}},
	})
	f.mustCreate(bindingToken, "patch", map[string]any{
		"metadata": map[string]any{"name": "patch", "namespace": "billing"},
		"roleRef":  map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "patch"},
		"subjects": []any{map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": ordersRole}},
	})
	team := f.by(ordersRole)
	_, err := team.create(accountToken, "ecs", in("billing", "ecs"))
	wantError(t, err, `cannot create resource "serviceaccounts"`)
	_, err = team.create(accountToken, "other", in("billing", "other"))
	wantError(t, err, `cannot patch resource "serviceaccounts"`)
}

func TestAClusterRoleBindingCountsEverywhere(t *testing.T) {
	t.Parallel()
	f := tenants(t)
	f.mustCreate("kubernetes:rbac.authorization.k8s.io/v1:ClusterRole", "all", map[string]any{
		"metadata": map[string]any{"name": "all"}, "rules": []any{map[string]any{"apiGroups": []any{"*"}, "resources": []any{"*"}, "verbs": []any{"*"}}},
	})
	f.mustCreate(clusterBinding, "all", map[string]any{
		"metadata": map[string]any{"name": "all"}, "roleRef": map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "all"},
		"subjects": []any{map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "team:orders"}},
	})
	f.by(ordersRole).mustCreate(namespaceToken, "more", namespace("more", nil))
}

// The access policy for readers shows no Secret and no custom resource, and changes nothing.
func TestAReaderReads(t *testing.T) {
	t.Parallel()
	f := tenants(t)
	f.entry(viewerRole)
	f.do(func(tx *world.Tx) {
		tx.Put(&world.Resource{Account: account, Region: "eu-central-1", Kind: "aws:eks/accessPolicyAssociation:AccessPolicyAssociation", ID: "view", Props: map[string]any{
			"clusterName": "mesh", "principalArn": viewerRole, "policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy", "accessScope": map[string]any{"type": "namespace", "namespaces": []any{"orders"}},
		}})
	})
	viewer := f.by(viewerRole)
	read := func(r provider.Resource) error {
		_, _, _, err := viewer.session.Read(context.Background(), provider.Resource{URN: r.URN, Token: r.Token, Name: r.Name, ID: r.ID})
		return err
	}
	if err := read(f.mustCreate(accountToken, "web", in("orders", "web"))); err != nil {
		t.Error(err)
	}
	wantError(t, read(f.mustCreate(accountToken, "theirs", in("billing", "web"))), "forbidden")
	wantError(t, read(f.mustCreate(secretToken, "token", in("orders", "token"))), "forbidden", "secrets")
	_, err := viewer.create(accountToken, "more", in("orders", "more"))
	wantError(t, err, "forbidden", "cannot patch")
}

// What a right allows, a bound admission policy may refuse, to those whom it is about.
func TestAnAdmissionPolicyRefusesWhatARoleAllows(t *testing.T) {
	t.Parallel()
	f := tenants(t)
	denial := f.mustCreate(callersToken, "deny", in("orders", "deny-to-web"))
	f.mustCreate(admissionToken, "teams", map[string]any{"metadata": map[string]any{"name": "teams"}, "spec": map[string]any{
		"failurePolicy": "Fail",
		"matchConstraints": map[string]any{"resourceRules": []any{map[string]any{
			"apiGroups": []any{"security.istio.io"}, "apiVersions": []any{"*"}, "resources": []any{"authorizationpolicies"}, "operations": []any{"CREATE", "UPDATE", "DELETE"},
		}}},
		"matchConditions": []any{map[string]any{"name": "teams", "expression": "request.userInfo.groups.exists(group, group.startsWith('team:'))"}},
		"validations":     []any{map[string]any{"expression": "request.name.startsWith('team-')", "message": "not the team's"}},
	}})
	team := f.by(ordersRole)
	// Without a binding it is not in force.
	team.mustCreate(callersToken, "early", in("orders", "early"))
	f.mustCreate(admissionBind, "teams", map[string]any{"metadata": map[string]any{"name": "teams"}, "spec": map[string]any{"policyName": "teams", "validationActions": []any{"Deny"}}})
	own := team.mustCreate(callersToken, "own", in("orders", "team-callers"))
	refusal := []string{"forbidden", "ValidatingAdmissionPolicy 'teams' with binding 'teams' denied request: not the team's"}
	_, err := team.create(callersToken, "other", in("orders", "allow-all"))
	wantError(t, err, refusal...)
	changed := in("orders", "deny-to-web")
	changed["spec"] = map[string]any{"action": "ALLOW"}
	_, err = team.update(denial, changed)
	wantError(t, err, refusal...)
	wantError(t, team.session.Delete(context.Background(), denial), refusal...)
	if err := team.session.Delete(context.Background(), own); err != nil {
		t.Error(err)
	}
	// The platform is in no team.
	f.mustCreate(callersToken, "platform", in("orders", "deny-all"))
}
