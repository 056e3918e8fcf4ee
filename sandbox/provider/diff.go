package provider

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// diffResponse tells the engine what changes, in enough detail for its display: a changed path is
// broken down to the leaves that differ.
func diffResponse(c Changes, oldInputs, state, news resource.PropertyMap) *pulumirpc.DiffResponse {
	paths := slices.Concat(c.Changed, c.Replace)
	slices.Sort(paths)
	paths = slices.Compact(paths)
	if len(paths) == 0 {
		return &pulumirpc.DiffResponse{Changes: pulumirpc.DiffResponse_DIFF_NONE}
	}
	replaces := slices.Clone(c.Replace)
	slices.Sort(replaces)
	out := &pulumirpc.DiffResponse{
		Changes:             pulumirpc.DiffResponse_DIFF_SOME,
		Diffs:               paths,
		Replaces:            replaces,
		DeleteBeforeReplace: c.DeleteFirst && len(replaces) > 0,
		HasDetailedDiff:     true,
		DetailedDiff:        map[string]*pulumirpc.PropertyDiff{},
	}
	for _, path := range c.Computed {
		out.Diffs = append(out.Diffs, path)
		out.DetailedDiff[path] = &pulumirpc.PropertyDiff{Kind: pulumirpc.PropertyDiff_UPDATE}
	}
	for _, path := range paths {
		replace := slices.Contains(replaces, path)
		// Inputs are compared where they differ. Otherwise the resource itself has drifted.
		leaves, fromInputs := leafDiffs(path, oldInputs, news), true
		if len(leaves) == 0 {
			leaves, fromInputs = leafDiffs(path, state, news), false
		}
		if len(leaves) == 0 {
			leaves = map[string]plugin.DiffKind{path: plugin.DiffUpdate}
		}
		for leaf, kind := range leaves {
			out.DetailedDiff[leaf] = &pulumirpc.PropertyDiff{Kind: rpcKind(kind, replace), InputDiff: fromInputs}
		}
	}
	return out
}

// leafDiffs returns what differs between two maps at a path and below it.
func leafDiffs(path string, olds, news resource.PropertyMap) map[string]plugin.DiffKind {
	parsed, err := resource.ParsePropertyPath(path)
	if err != nil {
		return nil
	}
	before, had := parsed.Get(resource.NewObjectProperty(olds))
	after, has := parsed.Get(resource.NewObjectProperty(news))
	switch {
	case !had && !has:
		return nil
	case !had:
		return map[string]plugin.DiffKind{path: plugin.DiffAdd}
	case !has:
		return map[string]plugin.DiffKind{path: plugin.DiffDelete}
	}
	value := before.Diff(after)
	if value == nil {
		return nil
	}
	const key = "value"
	nested := plugin.NewDetailedDiffFromObjectDiff(&resource.ObjectDiff{
		Updates: map[resource.PropertyKey]resource.ValueDiff{key: *value},
	}, true)
	leaves := make(map[string]plugin.DiffKind, len(nested))
	for leaf, diff := range nested {
		leaves[path+leaf[len(key):]] = diff.Kind
	}
	return leaves
}

func rpcKind(kind plugin.DiffKind, replace bool) pulumirpc.PropertyDiff_Kind {
	if replace {
		kind = kind.AsReplace()
	}
	switch kind {
	case plugin.DiffAdd:
		return pulumirpc.PropertyDiff_ADD
	case plugin.DiffAddReplace:
		return pulumirpc.PropertyDiff_ADD_REPLACE
	case plugin.DiffDelete:
		return pulumirpc.PropertyDiff_DELETE
	case plugin.DiffDeleteReplace:
		return pulumirpc.PropertyDiff_DELETE_REPLACE
	case plugin.DiffUpdateReplace:
		return pulumirpc.PropertyDiff_UPDATE_REPLACE
	default:
		return pulumirpc.PropertyDiff_UPDATE
	}
}

// configChanges compares two provider configurations. A key that became unknown replaces the provider if it is in
// unknown, and a key with another known value if it is in changed. A value that is new or that was removed replaces
// nothing.
func configChanges(olds, news map[string]any, changed, unknown []string) Changes {
	var c Changes
	for _, key := range differingKeys(olds, news) {
		replaceOn := changed
		if HasUnknown(news[key]) {
			replaceOn = unknown
		}
		if slices.Contains(replaceOn, key) && olds[key] != nil && news[key] != nil {
			c.Replace = append(c.Replace, key)
		} else {
			c.Changed = append(c.Changed, key)
		}
	}
	return c
}
