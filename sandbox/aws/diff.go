package aws

import (
	"context"
	"maps"
	"slices"
	"strings"

	"ambient-ecs/sandbox/provider"
)

// Diff compares old and new inputs. A refresh has put what really exists into the old ones.
func (s *session) Diff(_ context.Context, r provider.Resource) (provider.Changes, error) {
	t, err := s.typeOf(r.Token)
	if err != nil {
		return provider.Changes{}, err
	}
	old, now := withoutMarks(r.OldInputs), withoutMarks(r.Inputs)
	keys := maps.Clone(old)
	maps.Copy(keys, now)
	var changes provider.Changes
	for _, k := range sortedKeys(keys) {
		def := t.inputs[k]
		if _, ok := now[k]; !ok && def.computed {
			continue
		}
		// An import leaves the provider's own defaults out of the inputs, and its state has them.
		if _, was := old[k]; !was && def.preset != nil && def.equal(def.preset, now[k]) || def.equal(old[k], now[k]) {
			continue
		}
		// What AWS had computed, and a refresh has shown, is no change when the program says the same.
		if _, was := old[k]; !was && def.computed && def.equal(r.State[k], now[k]) {
			continue
		}
		changes.Changed = append(changes.Changed, k)
		if def.replace {
			changes.Replace = append(changes.Replace, k)
		}
	}
	if t.replaces != nil {
		for _, path := range t.replaces(old, now) {
			changes.Changed = append(changes.Changed, path)
			changes.Replace = append(changes.Replace, path)
		}
	}
	if t.recomputes != nil {
		changes.Computed = t.recomputes(changes.Changed, now)
	}
	changes.DeleteFirst = len(changes.Replace) > 0 && s.sameFixedName(t, r)
	return changes, nil
}

func (i input) equal(a, b any) bool {
	if provider.HasUnknown(b) {
		return false
	}
	if i.same != nil {
		return i.same(a, b)
	}
	return sameValue(a, b)
}

// sameFixedName reports whether the program itself names the resource, and the same as before: then the
// new one cannot exist beside the old one.
func (s *session) sameFixedName(t *resourceType, r provider.Resource) bool {
	for k, def := range t.inputs {
		name := text(r.Inputs, k)
		if def.auto > 0 && name != "" && name == text(r.OldInputs, k) && !isDefault(r.Inputs, k) {
			return true
		}
	}
	return false
}

// readInputs returns the inputs that describe the resource as it is now. Inputs of the program that still hold
// stay exactly as the program wrote them.
func readInputs(t *resourceType, before, state map[string]any) map[string]any {
	out := map[string]any{}
	imported := len(before) == 0
	for _, k := range sortedKeys(t.inputs) {
		def := t.inputs[k]
		have, exists := state[k]
		said, was := before[k]
		switch {
		case was && (def.equal(said, have) || covers(said, have)) && k != "tags":
			out[k] = said
		case was && exists:
			out[k] = narrow(said, have)
		case was:
			// The property is gone from the resource.
		case exists && (imported || !def.computed) && !empty(have) && !sameValue(have, def.preset):
			out[k] = clone(have)
		}
	}
	if marks, ok := before[defaultsKey]; ok {
		out[defaultsKey] = marks
	}
	return out
}

// narrow keeps of an object only the fields that the program sets, so that computed ones do not count as set.
func narrow(said, have any) any {
	want, ok := said.(map[string]any)
	o, isObject := have.(map[string]any)
	if !ok || !isObject || !slices.ContainsFunc(sortedKeys(want), func(k string) bool { _, ok := o[k]; return ok }) {
		return clone(have)
	}
	out := map[string]any{}
	for k, v := range want {
		if h, ok := o[k]; ok {
			out[k] = narrow(v, h)
		}
	}
	return out
}

// field is a check of one field of a block.
func field(name string, check func(any) string) func(any) string {
	return func(v any) string {
		block, _ := v.(map[string]any)
		return check(block[name])
	}
}

// oneOf is a check for a fixed set of values.
func oneOf(allowed ...string) func(any) string {
	return func(v any) string {
		s, ok := v.(string)
		if !ok || slices.Contains(allowed, s) {
			return ""
		}
		return "expected one of [" + strings.Join(allowed, " ") + "], got " + s
	}
}
