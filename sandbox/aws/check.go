package aws

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"ambient-ecs/sandbox/provider"
	"ambient-ecs/sandbox/world"
)

// defaultsKey lists the inputs that the provider filled in, as the real provider notes them for itself.
const defaultsKey = "__defaults"

// Check refuses bad inputs and fills in defaults, generated names and the provider's default tags.
func (s *session) Check(_ context.Context, r provider.Resource) (map[string]any, []provider.Failure, error) {
	t, err := s.typeOf(r.Token)
	if err != nil {
		return nil, nil, err
	}
	in := withoutMarks(r.Inputs)
	var failures []provider.Failure
	fail := func(property, reason string) {
		failures = append(failures, provider.Failure{Property: property, Reason: reason})
	}
	for _, k := range sortedKeys(in) {
		if _, ok := t.inputs[k]; !ok {
			fail(k, fmt.Sprintf("the sandbox does not model the property %q of %s", k, t.token))
		}
	}
	var defaults []string
	for _, k := range sortedKeys(t.inputs) {
		def := t.inputs[k]
		if _, ok := in[k]; !ok {
			switch {
			case def.required:
				fail(k, fmt.Sprintf("Missing required argument. The argument %q is required, but no definition was found.", k))
				continue
			case def.preset != nil:
				in[k] = clone(def.preset)
			case def.auto > 0 && in[k+"Prefix"] == nil:
				if in[k], err = autoName(r, k, def); err != nil {
					fail(k, err.Error())
					continue
				}
			default:
				continue
			}
			defaults = append(defaults, k)
		}
		if def.check != nil && !provider.HasUnknown(in[k]) {
			if reason := def.check(in[k]); reason != "" {
				fail(k, reason)
			}
		}
	}
	if t.tagged() {
		s.addDefaultTags(in)
	}
	if t.validate != nil {
		failures = append(failures, t.validate(in)...)
	}
	if len(defaults) > 0 {
		in[defaultsKey] = anys(defaults)
	}
	return in, failures, nil
}

// autoName makes a physical name from the logical one, or keeps the one made before.
func autoName(r provider.Resource, property string, def input) (string, error) {
	if old := text(r.OldInputs, property); old != "" && isDefault(r.OldInputs, property) {
		return old, nil
	}
	// Seven random characters follow the logical name, all from the engine's seed.
	return resource.NewUniqueName(r.Seed, def.prefix+r.Name+"-", 7, def.auto, nil)
}

func isDefault(in map[string]any, property string) bool {
	return slices.Contains(texts(in, defaultsKey), property)
}

// addDefaultTags merges the provider's default tags under the resource's own.
func (s *session) addDefaultTags(in map[string]any) {
	if len(s.defaultTags) == 0 || isUnknown(in["tags"]) {
		return
	}
	merged := cloneMap(s.defaultTags)
	for k, v := range object(in, "tags") {
		merged[k] = v
	}
	in["tags"] = merged
}

// checkTags refuses tags that AWS refuses everywhere.
func (c *call) checkTags() error {
	all := object(c.in, "tags")
	if len(all) > 50 {
		return c.refuseIn("TagResource", "TooManyTagsException", "You can't have more than 50 tags on a resource")
	}
	for _, k := range sortedKeys(all) {
		value, _ := all[k].(string)
		switch {
		case strings.HasPrefix(strings.ToLower(k), "aws:"):
			return c.refuseIn("TagResource", "InvalidParameterValue", "Tag keys starting with 'aws:' are reserved for internal use")
		case k == "" || len(k) > 128:
			return c.refuseIn("TagResource", "InvalidParameterValue", "Tag key exceeds the maximum length of 128 characters or is empty: %q", k)
		case len(value) > 256:
			return c.refuseIn("TagResource", "InvalidParameterValue", "Tag value exceeds the maximum length of 256 characters: %s", k)
		}
	}
	return nil
}

func setTagsAll(t *resourceType, res *world.Resource) {
	if t.tagged() {
		res.Props["tagsAll"] = map[string]any{}
		if v := object(res.Props, "tags"); v != nil {
			res.Props["tagsAll"] = cloneMap(v)
		}
	}
}
