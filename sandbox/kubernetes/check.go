package kubernetes

import (
	"context"
	"maps"

	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/provider"
)

// Check names the object if the program did not, completes its identity and refuses fields that its kind
// does not have. Custom resources are checked when they are applied: their schema is in the cluster.
func (s *session) Check(_ context.Context, r provider.Resource) (map[string]any, []provider.Failure, error) {
	if r.Token == releaseToken {
		return s.checkRelease(r)
	}
	subject, err := parseToken(r.Token)
	if err != nil {
		return nil, nil, err
	}
	inputs := copyMap(r.Inputs)
	inputs["apiVersion"], inputs["kind"] = subject.kind.GroupVersion().String(), subject.kind.Kind
	if provider.IsUnknown(inputs["metadata"]) {
		return inputs, nil, nil
	}
	metadata, _ := inputs["metadata"].(map[string]any)
	metadata = copyMap(metadata)
	inputs["metadata"] = metadata
	if failure := nameObject(r, subject, metadata); failure != nil {
		return inputs, []provider.Failure{*failure}, nil
	}
	if metadata["namespace"] == nil && s.namespaced(subject) {
		metadata["namespace"] = s.namespace
	}
	if provider.HasUnknown(inputs) || subject.patch {
		return inputs, nil, nil
	}
	if err := api.CheckFields(objectOf(inputs)); err != nil {
		return inputs, []provider.Failure{{Reason: err.Error()}}, nil
	}
	return inputs, nil, nil
}

// nameObject gives an object a name that is unique, unless it has one. The name stays for the resource's life.
func nameObject(r provider.Resource, subject subject, metadata map[string]any) *provider.Failure {
	if metadata["name"] != nil && metadata["name"] != "" || metadata["generateName"] != nil {
		return nil
	}
	if subject.patch {
		return &provider.Failure{Property: "metadata.name", Reason: "patch resources require the `.metadata.name` field to be set"}
	}
	name := r.Name + "-" + unique(r)
	if old := api.String(r.OldInputs, "metadata", "name"); old != "" && api.String(r.OldInputs, "metadata", "annotations", autonamed) == "true" {
		name = old
	}
	metadata["name"] = name
	annotations, _ := metadata["annotations"].(map[string]any)
	annotations = copyMap(annotations)
	annotations[autonamed] = "true"
	metadata["annotations"] = annotations
	return nil
}

// namespaced reports whether objects of the kind live in a namespace. The real provider takes an unknown kind to
// be namespaced, and so does this one. The API server corrects that later.
func (s *session) namespaced(subject subject) bool {
	if kind, ok := api.Builtin(subject.kind); ok {
		return kind.Namespaced
	}
	namespaced := true
	_ = s.look(func(c *api.Cluster) error {
		kind, err := c.Resolve(subject.kind)
		if err == nil {
			namespaced = kind.Namespaced
		}
		return err
	})
	return namespaced
}

// copyMap returns a shallow copy, never nil.
func copyMap(m map[string]any) map[string]any {
	c := map[string]any{}
	maps.Copy(c, m)
	return c
}
