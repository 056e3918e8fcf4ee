package kubernetes

import (
	"encoding/base64"

	"ambient-ecs/sandbox/kubernetes/api"
)

// assigned are metadata fields that the API server sets and no client asks for.
var assigned = []string{"creationTimestamp", "deletionTimestamp", "generation", "managedFields", "resourceVersion", "uid", "selfLink"}

// inputsOf returns the inputs that describe a live object: the fields that the program asked for, with their
// present values. Without remembered inputs it is the whole object without the fields that the server adds.
func inputsOf(live api.Object, inputs map[string]any) map[string]any {
	if len(inputs) == 0 {
		o := api.Copy(live)
		delete(o, "status")
		for _, field := range assigned {
			api.Unset(o, "metadata", field)
		}
		pruned, _ := respell(o, toUnderscored).(map[string]any)
		return pruned
	}
	live = api.Copy(live)
	if asked := api.Strings(inputs, "stringData"); len(asked) > 0 {
		for key := range asked {
			if value, err := base64.StdEncoding.DecodeString(api.String(live, "data", key)); err == nil && api.Value(live, "data", key) != nil {
				api.Set(live, string(value), "stringData", key)
			}
		}
	}
	pruned, _ := prune(live, inputs).(map[string]any)
	return pruned
}

// prune cuts a live value down to the shape of what was asked for.
func prune(live, asked any) any {
	switch asked := asked.(type) {
	case map[string]any:
		m, ok := live.(map[string]any)
		if !ok {
			return live
		}
		kept := map[string]any{}
		for k, v := range asked {
			value, ok := m[k]
			if other := toDashed[k]; !ok && other != "" {
				value, ok = m[other] // programs may spell schema extensions either way
			}
			if ok {
				kept[k] = prune(value, v)
			} else if empty(v) {
				kept[k] = v // the server does not store what is empty
			}
		}
		return kept
	case []any:
		s, ok := live.([]any)
		if !ok {
			return live
		}
		kept := make([]any, len(s))
		for i, v := range s {
			kept[i] = v
			if i < len(asked) {
				kept[i] = prune(v, asked[i])
			}
		}
		return kept
	default:
		return live
	}
}

func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case map[string]any:
		return len(v) == 0
	case []any:
		return len(v) == 0
	}
	return false
}
