package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/cases"
	"ambient-ecs/verify/stack"
)

// Cure says how to remove the temporary policies of a run that was killed.
const Cure = "remove them with `ambient verify --clean`, or `kubectl delete authorizationpolicies --all-namespaces -l " + cases.ManagedBy + "=" + cases.Manager + "`"

// rootNamespace is the namespace whose policies apply to the whole mesh.
const rootNamespace = "istio-system"

// preflight refuses a run whose results would mean nothing.
func preflight(ctx context.Context, b backend.Backend, s *stack.Stack, o Options) error {
	if own := ownPolicies(s); o.Policies && own != "" {
		return fmt.Errorf("the stack's own policies are in force (%s): what temporary ones do could not be told from what those do. "+
			"Walk the policies of a stack whose clusters are all %s", own, cases.StagePermissive)
	}
	left, err := leftovers(ctx, b)
	if err != nil {
		if o.Policies {
			return fmt.Errorf("the policies of the cluster cannot be read: %w", err)
		}
		// The calls can still be judged, and the run changes nothing.
		return nil
	}
	if len(left) > 0 {
		return fmt.Errorf("temporary policies of a former run are in force (%s): %s", strings.Join(left, ", "), Cure)
	}
	if !o.Policies {
		return nil
	}
	foreign, err := policiesIn(ctx, b, s)
	if err != nil {
		return err
	}
	if len(foreign) > 0 {
		return fmt.Errorf("there are policies that neither the stack nor the verifier made (%s): what temporary ones do could not be told from what those do",
			strings.Join(foreign, ", "))
	}
	return nil
}

// ownPolicies says which clusters have policies of the stack's own, or returns "".
func ownPolicies(s *stack.Stack) string {
	var closed []string
	for _, key := range s.ClusterKeys() {
		if stage := cmp.Or(s.Clusters[key].PolicyStage, s.PolicyStage); stage != cases.StagePermissive {
			closed = append(closed, key+" is "+stage)
		}
	}
	return strings.Join(closed, ", ")
}

// leftovers are the temporary policies in the cluster, as "namespace/name".
func leftovers(ctx context.Context, b backend.Backend) ([]string, error) {
	var left []string
	found, err := temporary(ctx, b)
	for _, object := range found {
		left = append(left, backend.ID(object))
	}
	slices.Sort(left)
	return left, err
}

func temporary(ctx context.Context, b backend.Backend) ([]backend.Object, error) {
	all, err := b.List(ctx, cases.PolicyAPI, cases.PolicyKind)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(all), func(o backend.Object) bool {
		return backend.Text(o, "metadata", "labels", cases.ManagedBy) != cases.Manager
	}), nil
}

// policiesIn are the policies that hold for the stack's workloads.
func policiesIn(ctx context.Context, b backend.Backend, s *stack.Stack) ([]string, error) {
	concerned := map[string]bool{rootNamespace: true, "default": true}
	for _, c := range s.Clusters {
		concerned[c.Namespace] = true
	}
	all, err := b.List(ctx, cases.PolicyAPI, cases.PolicyKind)
	if err != nil {
		return nil, fmt.Errorf("the policies of the cluster cannot be read: %w", err)
	}
	var found []string
	for _, object := range all {
		if concerned[backend.NamespaceOf(object)] {
			found = append(found, backend.ID(object))
		}
	}
	slices.Sort(found)
	return found, nil
}

// Clean removes the temporary policies of runs that were killed, and returns their names.
func Clean(ctx context.Context, b backend.Backend) ([]string, error) {
	found, err := temporary(ctx, b)
	if err != nil {
		return nil, fmt.Errorf("the policies of the cluster cannot be read: %w", err)
	}
	if len(found) == 0 {
		return nil, nil
	}
	names, _ := leftovers(ctx, b)
	if err := b.Remove(ctx, found); err != nil {
		return nil, fmt.Errorf("remove temporary policies: %w", err)
	}
	left, err := leftovers(ctx, b)
	if err == nil && len(left) > 0 {
		err = errors.New(strings.Join(left, ", ") + " are still there")
	}
	return names, err
}
