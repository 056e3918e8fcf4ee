package aws

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"

	"ambient-ecs/sandbox/provider"
)

// at walks nested objects. The provider's blocks of at most one element may arrive as a list: it takes the first.
func at(m map[string]any, path ...string) any {
	var v any = m
	for _, key := range path {
		if l, ok := v.([]any); ok && len(l) > 0 {
			v = l[0]
		}
		o, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = o[key]
	}
	return v
}

func text(m map[string]any, path ...string) string { s, _ := at(m, path...).(string); return s }

func flag(m map[string]any, path ...string) bool { b, _ := at(m, path...).(bool); return b }

func list(m map[string]any, path ...string) []any { l, _ := at(m, path...).([]any); return l }

func object(m map[string]any, path ...string) map[string]any {
	switch v := at(m, path...).(type) {
	case map[string]any:
		return v
	case []any:
		if len(v) > 0 {
			o, _ := v[0].(map[string]any)
			return o
		}
	}
	return nil
}

func number(m map[string]any, path ...string) int { n, _ := asNumber(at(m, path...)); return n }

func asNumber(v any) (int, bool) {
	switch n := v.(type) {
	case float64:
		return int(n), true
	case int:
		return n, true
	}
	return 0, false
}

func texts(m map[string]any, path ...string) []string {
	switch l := at(m, path...).(type) {
	case []any:
		out := make([]string, 0, len(l))
		for _, v := range l {
			if s, ok := v.(string); ok {
				out = append(out, s)
			}
		}
		return out
	case []string:
		return l
	}
	return nil
}

func anys(l []string) []any {
	out := make([]any, len(l))
	for i, s := range l {
		out[i] = s
	}
	return out
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// clone copies a value through all its maps and lists.
func clone(v any) any {
	switch v := v.(type) {
	case map[string]any:
		return cloneMap(v)
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = clone(e)
		}
		return out
	case int:
		// The world is kept as JSON, where every number is a float64.
		return float64(v)
	}
	return v
}

func cloneMap(m map[string]any) map[string]any {
	out := make(map[string]any, len(m))
	for k, v := range m {
		out[k] = clone(v)
	}
	return out
}

// empty reports whether a value means the same as an absent one.
func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case bool:
		return !v
	case float64:
		return v == 0
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

func sameValue(a, b any) bool { return reflect.DeepEqual(prune(a), prune(b)) }

// prune drops empty fields from objects, because an absent field and its zero value mean the same.
func prune(v any) any {
	switch v := clone(v).(type) {
	case map[string]any:
		for k, e := range v {
			if e = prune(e); empty(e) {
				delete(v, k)
			} else {
				v[k] = e
			}
		}
		return v
	case []any:
		for i, e := range v {
			v[i] = prune(e)
		}
		return v
	default:
		return v
	}
}

// sameSet compares two lists without regard to order.
func sameSet(a, b any) bool {
	x, xok := a.([]any)
	y, yok := b.([]any)
	if !xok || !yok {
		return sameValue(a, b)
	}
	return reflect.DeepEqual(canonicalSet(x), canonicalSet(y))
}

func canonicalSet(l []any) []string {
	out := make([]string, len(l))
	for i, v := range l {
		b, _ := json.Marshal(prune(v)) // plain maps, lists and scalars always encode
		out[i] = string(b)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// sameJSON compares two JSON texts by their meaning.
func sameJSON(a, b any) bool {
	x, xok := a.(string)
	y, yok := b.(string)
	var u, v any
	if !xok || !yok || json.Unmarshal([]byte(x), &u) != nil || json.Unmarshal([]byte(y), &v) != nil {
		return sameValue(a, b)
	}
	return reflect.DeepEqual(u, v)
}

// covers reports whether have contains everything in want. It may contain more.
func covers(want, have any) bool {
	w, ok := want.(map[string]any)
	if !ok {
		return sameValue(want, have)
	}
	h, ok := have.(map[string]any)
	if !ok {
		return len(w) == 0 && empty(have)
	}
	for k, v := range w {
		if !covers(v, h[k]) && !(empty(v) && empty(h[k])) {
			return false
		}
	}
	return true
}

func isUnknown(v any) bool { return provider.IsUnknown(v) }
