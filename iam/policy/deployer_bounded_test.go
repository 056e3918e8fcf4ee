package policy

import (
	"slices"
	"testing"

	"ambient-ecs/iam/evaluation"
)

const (
	boundaryARN = "arn:aws:iam::111111111111:policy/org/developers"
	teamPolicy  = "arn:aws:iam::111111111111:policy/team/queues"
	teamRole    = "arn:aws:iam::111111111111:role/team/orders"
)

var guarded = Deployer{
	Place: homePlace, Install: "mesh", Guardrails: Guardrails{Path: "/platform/", Boundary: boundaryARN},
	Attached: []string{teamPolicy}, TaskRoles: []string{teamRole},
}

// judged asks all documents of a deployer together, as IAM does. Another policy of the deployer may allow everything.
func judged(d Deployer, kind AccountKind, admin bool, r request) bool {
	role := &evaluation.Role{ARN: "arn:aws:iam::111111111111:role/ci", Policies: map[string]string{}}
	for name, document := range d.Policies(kind) {
		role.Policies[string(name)] = document.JSON()
	}
	if admin {
		role.Policies["admin"] = `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`
	}
	return evaluation.Allows(role, evaluation.Caller{RoleARN: role.ARN}, r.action, r.resource, r.context).Cause == evaluation.None
}

func TestABoundedDeployerMakesNoRoleWithoutTheBoundary(t *testing.T) {
	mesh, nodes := homePlace.IAM("role/platform/mesh-one-ecs"), homePlace.IAM("role/platform/eks-mesh-nodes-0123abc")
	within := map[string]string{boundaryKey: boundaryARN}
	other := map[string]string{boundaryKey: "arn:aws:iam::111111111111:policy/wide"}
	and := func(facts map[string]string, key, value string) map[string]string {
		all := map[string]string{key: value}
		for k, v := range facts {
			all[k] = v
		}
		return all
	}
	passed := map[string]string{"iam:PassedToService": ecsTasks}
	for _, c := range []struct {
		what string
		request
		want, admin bool // admin: whether a deployer with every other permission may
	}{
		{"make a role within the boundary", request{action: "iam:CreateRole", resource: mesh, context: within}, true, true},
		{"make a role without one", request{action: "iam:CreateRole", resource: mesh}, false, true},
		{"make a role within another", request{action: "iam:CreateRole", resource: mesh, context: other}, false, true},
		{"make the nodes' role", request{action: "iam:CreateRole", resource: nodes, context: within}, true, true},
		{"make a role elsewhere", request{action: "iam:CreateRole", resource: homePlace.IAM("role/mesh-one-ecs"), context: within}, false, true},
		{"make a role of another install", request{action: "iam:CreateRole", resource: homePlace.IAM("role/platform/other-ecs"), context: within}, false, true},
		{"write a policy of a bounded role", request{action: "iam:PutRolePolicy", resource: mesh, context: within}, true, true},
		{"write a policy of a role without boundary", request{action: "iam:PutRolePolicy", resource: mesh}, false, true},
		{"attach EKS's policy to the nodes", request{action: "iam:AttachRolePolicy", resource: nodes, context: and(within, "iam:PolicyARN", homePlace.ManagedPolicy("AmazonEKSWorkerNodePolicy"))}, true, true},
		{"attach EKS's policy without the boundary", request{action: "iam:AttachRolePolicy", resource: nodes, context: map[string]string{"iam:PolicyARN": homePlace.ManagedPolicy("AmazonEKSWorkerNodePolicy")}}, false, true},
		{"attach a configured policy", request{action: "iam:AttachRolePolicy", resource: mesh, context: and(within, "iam:PolicyARN", teamPolicy)}, true, true},
		{"attach a configured policy without the boundary", request{action: "iam:AttachRolePolicy", resource: mesh, context: map[string]string{"iam:PolicyARN": teamPolicy}}, false, true},
		{"detach a configured policy from a role without boundary", request{action: "iam:DetachRolePolicy", resource: mesh, context: map[string]string{"iam:PolicyARN": teamPolicy}}, true, true},
		{"detach EKS's policy from nodes without boundary", request{action: "iam:DetachRolePolicy", resource: nodes, context: map[string]string{"iam:PolicyARN": homePlace.ManagedPolicy("AmazonEKSWorkerNodePolicy")}}, true, true},
		{"attach another policy", request{action: "iam:AttachRolePolicy", resource: mesh, context: and(within, "iam:PolicyARN", homePlace.ManagedPolicy("AdministratorAccess"))}, false, true},
		{"put the boundary on a living role", request{action: "iam:PutRolePermissionsBoundary", resource: mesh, context: within}, true, true},
		{"put another boundary", request{action: "iam:PutRolePermissionsBoundary", resource: mesh, context: other}, false, false},
		{"remove the boundary", request{action: "iam:DeleteRolePermissionsBoundary", resource: mesh, context: within}, false, false},
		{"remove the boundary of the nodes' role", request{action: "iam:DeleteRolePermissionsBoundary", resource: nodes, context: within}, false, false},
		{"delete a role", request{action: "iam:DeleteRole", resource: mesh, context: within}, true, true},
		{"pass a role of the mesh", request{action: "iam:PassRole", resource: mesh, context: passed}, true, true},
		{"pass a role of a team", request{action: "iam:PassRole", resource: teamRole, context: passed}, true, true},
		{"pass a role of a team to EC2", request{action: "iam:PassRole", resource: teamRole, context: map[string]string{"iam:PassedToService": "ec2.amazonaws.com"}}, false, true},
		{"pass another role of the team", request{action: "iam:PassRole", resource: homePlace.IAM("role/team/billing"), context: passed}, false, true},
		{"change a role of a team", request{action: "iam:PutRolePolicy", resource: teamRole, context: within}, false, true},
		{"read a role of a team", request{action: "iam:GetRole", resource: teamRole}, true, true},
	} {
		for _, kind := range []AccountKind{HomeAccount, RemoteAccount} {
			if kind == RemoteAccount && c.resource == nodes {
				continue
			}
			if got := judged(guarded, kind, false, c.request); got != c.want {
				t.Errorf("%s: %s: %v", kind, c.what, got)
			}
			if got := judged(guarded, kind, true, c.request); got != c.admin {
				t.Errorf("%s: %s, with every other permission: %v", kind, c.what, got)
			}
		}
	}
}

func TestABoundedDeployerMayDoWhatItNeedsAndNothingElse(t *testing.T) {
	for _, kind := range []AccountKind{HomeAccount, RemoteAccount} {
		var allowed, denied []string
		for _, document := range guarded.Policies(kind) {
			for _, statement := range document.Statements {
				if statement.Deny {
					denied = append(denied, statement.Actions...)
				} else {
					allowed = append(allowed, statement.Actions...)
				}
			}
		}
		slices.Sort(allowed)
		want := slices.Concat(Actions(kind), iam("PutRolePermissionsBoundary", "AttachRolePolicy", "DetachRolePolicy"))
		slices.Sort(want)
		if got, want := slices.Compact(allowed), slices.Compact(want); !slices.Equal(got, want) {
			t.Errorf("%s: allowed %v\nneeded %v", kind, got, want)
		}
		if want := iam("DeleteRolePermissionsBoundary", "PutRolePermissionsBoundary"); !slices.Equal(denied, want) {
			t.Errorf("%s: denied %v", kind, denied)
		}
	}
}

// What is not configured widens nothing.
func TestADeployerWithoutBoundaryHasNothingOfTheBoundedOne(t *testing.T) {
	for _, kind := range []AccountKind{HomeAccount, RemoteAccount} {
		if _, has := deployer.Policies(kind)[TaskPolicy]; has {
			t.Errorf("%s: a policy for tasks", kind)
		}
		for _, r := range []request{
			{action: "iam:PutRolePermissionsBoundary", resource: homePlace.IAM("role/mesh-one-ecs"), context: map[string]string{boundaryKey: boundaryARN}},
			{action: "iam:AttachRolePolicy", resource: homePlace.IAM("role/mesh-one-ecs"), context: map[string]string{"iam:PolicyARN": teamPolicy}},
			{action: "iam:PassRole", resource: teamRole, context: map[string]string{"iam:PassedToService": ecsTasks}},
			{action: "iam:CreateRole", resource: homePlace.IAM("role/platform/mesh-one-ecs")},
		} {
			if judged(deployer, kind, false, r) {
				t.Errorf("%s: %s on %s", kind, r.action, r.resource)
			}
		}
	}
}
