package kubernetes

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/provider"
)

// replaced lists by kind what cannot change in place; name and namespace never can. Data of Secrets and
// ConfigMaps counts as immutable: that is the provider's own rule, so that pods notice a change. It can be
// switched off for Secrets; see forcedBy.
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

// Diff compares inputs: what the API server filled in is not the program's business.
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
	return replaced[kind.Kind]
}

// within reports whether a property path is at or below another.
func within(path, parent string) bool {
	rest, ok := strings.CutPrefix(path, parent)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

// differences returns the property paths of the leaves that differ.
func differences(old, new any, path string) []string {
	if m, ok := old.(map[string]any); ok {
		if n, ok := new.(map[string]any); ok {
			return mapDifferences(m, n, path)
		}
	}
	if a, ok := old.([]any); ok {
		if b, ok := new.([]any); ok && len(a) == len(b) {
			var paths []string
			for i := range a {
				paths = append(paths, differences(a[i], b[i], path+"["+strconv.Itoa(i)+"]")...)
			}
			return paths
		}
	}
	if provider.IsUnknown(old) || provider.IsUnknown(new) || !reflect.DeepEqual(plain(old), plain(new)) {
		return []string{path}
	}
	return nil
}

func mapDifferences(old, new map[string]any, path string) []string {
	keys := make([]string, 0, len(old)+len(new))
	for k := range old {
		keys = append(keys, k)
	}
	for k := range new {
		if _, ok := old[k]; !ok {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	var paths []string
	for _, k := range keys {
		a, had := old[k]
		b, has := new[k]
		if had && has {
			paths = append(paths, differences(a, b, join(path, k))...)
		} else if a != nil || b != nil {
			paths = append(paths, join(path, k))
		}
	}
	return paths
}

// plain makes numbers comparable whatever decoder made them.
func plain(v any) any { return api.Copy(map[string]any{"v": v})["v"] }

// join appends a key to a property path, quoted where it has to be.
func join(path, key string) string {
	if strings.ContainsAny(key, `.[]"/ -`) || key == "" {
		return path + "[" + fmt.Sprintf("%q", key) + "]"
	}
	if path == "" {
		return key
	}
	return path + "." + key
}
