package components

import (
	"slices"
	"strings"
	"testing"

	"ambient-ecs/eks"
	"ambient-ecs/iam/policy"
	"ambient-ecs/tests/recorder"
)

func TestPathAndBoundaryReachBothRolesOfEKS(t *testing.T) {
	service := recorder.Reference{Type: role, Name: "eks-mesh-eksRole-role", State: map[string]any{"assumeRolePolicy": "{}"}}
	entry := recorder.Reference{Type: accessEntry, Name: "admin", State: map[string]any{"clusterName": "mesh"}}
	with := func(guardrails policy.Guardrails) *recorder.Recording {
		return oneEKS(t, func(a *eks.ClusterArgs) { a.Guardrails = guardrails }, answering(eksComponent, map[string]any{"role": service, "entry": entry}))
	}
	before, after := with(policy.Guardrails{}), with(policy.Guardrails{Path: "/platform/", Boundary: "arn:aws:iam::aws:policy/PowerUserAccess"})
	changed := map[string][]string{}
	for i, part := range before.Made {
		changed[part.Name] = differing(part, after.Made[i])
	}
	nodes := only(t, after, role)
	changed[nodes.Name] = differing(only(t, before, role), nodes)
	for name, fields := range changed {
		want := []string{"path", "permissionsBoundary"}
		if !strings.HasPrefix(name, "eks-mesh-nodes") && name != service.Name {
			want = nil
		}
		if slices.Sort(fields); !slices.Equal(fields, want) {
			t.Errorf("%s changes %v, want %v", name, fields, want)
		}
	}
	for _, res := range []*recorder.Resource{nodes, after.Made[slices.IndexFunc(after.Made, func(r *recorder.Resource) bool { return r.Type == role })]} {
		says(t, res, "/platform/", "path")
		says(t, res, "arn:aws:iam::aws:policy/PowerUserAccess", "permissionsBoundary")
	}
}

// EKS tells nobody who made a cluster. A tag does, and it stays when somebody else runs the program.
func TestTheClusterRemembersWhoMadeIt(t *testing.T) {
	const person, ci = "arn:aws:iam::111122223333:user/person", "arn:aws:iam::111122223333:role/ci"
	made := recorder.Reference{Type: awsCluster, Name: "eks-mesh-eksCluster", State: map[string]any{"tags": map[string]any{"Name": "eks-mesh-eksCluster"}}}
	cluster := func(creator string) *recorder.Resource {
		r := oneEKS(t, func(a *eks.ClusterArgs) { a.Creator = creator }, answering(eksComponent, map[string]any{"cluster": made}))
		return r.Made[slices.IndexFunc(r.Made, func(r *recorder.Resource) bool { return r.Type == awsCluster })]
	}
	const ignored = `tags["ambient-ecs-creator"]`
	for _, creator := range []string{person, ci} {
		c := cluster(creator)
		says(t, c, creator, "tags", "ambient-ecs-creator")
		says(t, c, "eks-mesh-eksCluster", "tags", "Name")
		if slices.Contains(c.IgnoreChanges, ignored) {
			t.Errorf("the tag of a new cluster is ignored")
		}
	}
	if living := cluster(""); !slices.Contains(living.IgnoreChanges, ignored) {
		t.Errorf("a living cluster ignores changes of %v only", living.IgnoreChanges)
	}
}

func TestTheTrustOfTheServiceRoleIsChangedInPlaceAndAlone(t *testing.T) {
	service := recorder.Reference{Type: role, Name: "eks-mesh-eksRole-role", State: map[string]any{"assumeRolePolicy": "{}"}}
	with := func(trust string) *recorder.Recording {
		return oneEKS(t, func(a *eks.ClusterArgs) { a.RoleTrust = trust }, answering(eksComponent, map[string]any{"role": service}))
	}
	before, after := with(""), with("{1}")
	for i, part := range before.Made {
		fields := differing(part, after.Made[i])
		if want := part.Name == service.Name; (len(fields) > 0) != want || want && !slices.Equal(fields, []string{"assumeRolePolicy"}) {
			t.Errorf("%s changes %v", part.Name, fields)
		}
	}
	if nodes := differing(only(t, before, role), only(t, after, role)); len(nodes) > 0 {
		t.Errorf("the nodes' role changes %v", nodes)
	}
}
