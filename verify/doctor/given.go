package doctor

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"ambient-ecs/iam/evaluation"
	"ambient-ecs/verify/stack"
)

// given compares roles with what the stack gives them besides what the mesh and its tasks need. No call shows it: without its permissions
// an application gets AccessDenied from AWS, and without its boundary a role may do more than the account wants.
func (w *walk) given() {
	for _, want := range w.stack.RolePolicies {
		role := w.roles[want.Role]
		if role == nil {
			continue // whoever needs the role says that it does not exist
		}
		if lacks := ungiven(role, want); len(lacks) > 0 {
			for _, of := range w.bearers(want.Role) {
				w.late(missing("role-policy", want.Role, remade, "role %s lacks %s", last(want.Role), strings.Join(lacks, " and ")), of)
			}
		}
	}
}

// ungiven is what a role lacks, in words.
func ungiven(role *evaluation.Role, want stack.RolePolicies) (lacks []string) {
	for _, arn := range want.Managed {
		if !slices.Contains(role.Attached, arn) {
			lacks = append(lacks, "the managed policy "+arn)
		}
	}
	if want.Inline != "" {
		there := false
		for _, text := range role.Policies {
			there = there || evaluation.Fingerprint(text) == want.Inline
		}
		if !there {
			lacks = append(lacks, "an inline policy with the permissions that the stack file gives it")
		}
	}
	if want.Boundary != "" && role.BoundaryARN != want.Boundary {
		lacks = append(lacks, fmt.Sprintf("the permissions boundary %s (it has %s)", want.Boundary, cmp.Or(role.BoundaryARN, "none")))
	}
	return lacks
}

// bearers are the services whose tasks have a role, or the role itself where no service's tasks do.
func (w *walk) bearers(role string) (all []string) {
	for _, key := range w.stack.ClusterKeys() {
		for _, name := range w.stack.Clusters[key].ServiceKeys() {
			if m := (member{cluster: key, service: name}); w.declared(m).role == role {
				all = append(all, m.String())
			}
		}
	}
	if len(all) == 0 {
		return []string{"role " + last(role)}
	}
	return all
}
