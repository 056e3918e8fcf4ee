package kubernetes

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/provider"
)

// replaced lists by kind what cannot change in place; name and namespace never can. Data of Secrets and
// ConfigMaps counts as immutable: that is the provider's own rule, so that pods notice a change. It can be
// switched off for both; see forcedBy.
var replaced = map[string][]string{
	"ConfigMap":          {"binaryData", "data"},
	"Secret":             {"data", "stringData", "type"},
	"Service":            {"spec.clusterIP"},
	"Deployment":         {"spec.selector"},
	"DaemonSet":          {"spec.selector"},
	"StatefulSet":        {"spec.selector", "spec.serviceName", "spec.podManagementPolicy", "spec.volumeClaimTemplates"},
	"Job":                {"spec.completions", "spec.parallelism", "spec.selector", "spec.template"},
	"RoleBinding":        {"roleRef"},
	"ClusterRoleBinding": {"roleRef"},
	"StorageClass":       {"parameters", "provisioner"},
}

// Diff compares inputs only. Fields that the API server filled in do not count.
func (s *session) Diff(_ context.Context, r provider.Resource) (provider.Changes, error) {
	if r.Token == releaseToken {
		return s.diffRelease(r)
	}
	subject, err := parseToken(r.Token)
	if err != nil {
		return provider.Changes{}, err
	}
	var c provider.Changes
	c.Changed = differences(r.OldInputs, r.Inputs, "")
	forced := []string{"metadata.name", "metadata.namespace"}
	if !subject.patch {
		forced = append(forced, s.forcedBy(subject.kind, r.Inputs)...)
	}
	for _, path := range c.Changed {
		if slices.ContainsFunc(forced, func(f string) bool { return within(path, f) }) {
			c.Replace = append(c.Replace, path)
		}
	}
	// The new object cannot exist beside the old one when both have the same name.
	c.DeleteFirst = len(c.Replace) > 0 &&
		api.String(r.Inputs, "metadata", "name") == api.String(r.OldInputs, "metadata", "name") &&
		api.String(r.Inputs, "metadata", "namespace") == api.String(r.OldInputs, "metadata", "namespace") &&
		api.String(r.Inputs, "metadata", "annotations", autonamed) != "true"
	return c, nil
}

// forcedBy returns what replaces an object of a kind when it changes.
func (s *session) forcedBy(kind schema.GroupVersionKind, inputs map[string]any) []string {
	if kind == api.SecretKind && s.mutableSecrets && !api.Bool(inputs, "immutable") {
		return []string{"type"}
	}
	if kind == api.ConfigMapKind && s.mutableConfigMaps && !api.Bool(inputs, "immutable") {
		return nil
	}
	return replaced[kind.Kind]
}

// within reports whether a property path is at or below another.
func within(path, parent string) bool {
	rest, ok := strings.CutPrefix(path, parent)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

// differences returns the property paths of the leaves that differ.
func differences(old, new any, path string) []string {
	var paths []string
	m, wasMap := old.(map[string]any)
	n, isMap := new.(map[string]any)
	a, wasList := old.([]any)
	b, isList := new.([]any)
	switch {
	case wasMap && isMap:
		keys := copyMap(m)
		maps.Copy(keys, n)
		for _, k := range slices.Sorted(maps.Keys(keys)) {
			paths = append(paths, differences(m[k], n[k], join(path, k))...)
		}
	case wasList && isList && len(a) == len(b):
		for i := range a {
			paths = append(paths, differences(a[i], b[i], fmt.Sprintf("%s[%d]", path, i))...)
		}
	case provider.IsUnknown(old) || provider.IsUnknown(new) || !reflect.DeepEqual(plain(old), plain(new)):
		paths = []string{path}
	}
	return paths
}

// plain makes numbers comparable whatever decoder made them.
func plain(v any) any { return api.Copy(map[string]any{"v": v})["v"] }

// join appends a key to a property path, quoted where it has to be.
func join(path, key string) string {
	if strings.ContainsAny(key, `.[]"/ -`) || key == "" {
		return fmt.Sprintf("%s[%q]", path, key)
	}
	if path == "" {
		return key
	}
	return path + "." + key
}
