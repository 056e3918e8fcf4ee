package doctor

import (
	"slices"
	"strings"
	"testing"

	"ambient-ecs/iam/evaluation"
	"ambient-ecs/verify/stack"
)

const (
	boundary = "arn:aws:iam::111122223333:policy/bound"
	readOnly = "arn:aws:iam::aws:policy/ReadOnlyAccess"
)

var permissions = allowed(`"s3:GetObject"`, "arn:aws:s3:::shop/*")

// given is a mesh whose services of ecs-1 have permissions in AWS, in an account with a boundary.
func given() *facts {
	f := healthy()
	role := f.role("m-ecs-1-ecs")
	f.stack.RolePolicies = []stack.RolePolicies{{Role: role.ARN, Managed: []string{readOnly}, Inline: evaluation.Fingerprint(permissions), Boundary: boundary}}
	role.Policies["permissions-1a2b3c"] = permissions
	role.Attached, role.BoundaryARN, role.Boundary = []string{readOnly}, boundary, allowed(`"*"`, "*")
	return f
}

var givens = []lacks{
	{"role-policy", "an inline policy", 0, func(f *facts) { delete(f.role("m-ecs-1-ecs").Policies, "permissions-1a2b3c") }},
	{"role-policy", "an inline policy", 0, func(f *facts) {
		f.role("m-ecs-1-ecs").Policies["permissions-1a2b3c"] = allowed(`"s3:GetObject"`, "arn:aws:s3:::other/*")
	}},
	{"role-policy", readOnly, 0, func(f *facts) { f.role("m-ecs-1-ecs").Attached = nil }},
	{"role-policy", boundary, 0, func(f *facts) { f.role("m-ecs-1-ecs").BoundaryARN, f.role("m-ecs-1-ecs").Boundary = "", "" }},
}

func TestWhatTheStackGivesARoleIsMissedWithTheServicesThatHaveTheRole(t *testing.T) {
	if found := examine(t, given()); len(found) > 0 {
		t.Fatalf("something is missing from the start: %v", found)
	}
	for _, c := range givens {
		f := given()
		c.take(f)
		found := examine(t, f)
		if len(found) != 1 || found[0].Ingredient != c.ingredient || !strings.Contains(found[0].Sentence, c.subject) || !found[0].Latent {
			t.Fatalf("%s: %v", c.subject, found)
		}
		if !slices.Equal(found[0].Affects, []string{"ecs-1/echo", "ecs-1/shell"}) {
			t.Errorf("%s affects %v", c.subject, found[0].Affects)
		}
	}
}

func TestOneFindingNamesAllThatARoleLacks(t *testing.T) {
	f := given()
	role := f.role("m-ecs-1-ecs")
	delete(role.Policies, "permissions-1a2b3c")
	role.Attached = nil
	if found := examine(t, f); len(found) != 1 || !strings.Contains(found[0].Sentence, readOnly) || !strings.Contains(found[0].Sentence, "an inline policy") {
		t.Errorf("%v", found)
	}
}
