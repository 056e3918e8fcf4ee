package api

import (
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"sort"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"ambient-ecs/sandbox/world"
)

// Object is one Kubernetes object as decoded JSON.
type Object = world.Object

// Copy returns a deep copy with the number types that Kubernetes' libraries expect (int64 and float64).
func Copy(o Object) Object {
	c, _ := normal(o).(map[string]any)
	return c
}

// normal copies decoded JSON; whole numbers become int64, as a Kubernetes decoder would have read them.
func normal(v any) any {
	switch v := v.(type) {
	case map[string]any:
		if v == nil {
			return map[string]any{}
		}
		m := make(map[string]any, len(v))
		for k, e := range v {
			m[k] = normal(e)
		}
		return m
	case []any:
		s := make([]any, len(v))
		for i, e := range v {
			s[i] = normal(e)
		}
		return s
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			return int64(v)
		}
		return v
	case json.Number:
		if i, err := v.Int64(); err == nil {
			return i
		}
		f, _ := v.Float64()
		return f
	case int:
		return int64(v)
	case int32:
		return int64(v)
	default:
		return v
	}
}

// Equal compares two objects' content. Controllers ask it at every step, so it copies nothing but scalars.
func Equal(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for k, e := range a {
			if other, has := b[k]; !has || !Equal(e, other) {
				return false
			}
		}
		return true
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, Equal)
	default:
		return reflect.DeepEqual(normal(a), normal(b))
	}
}

// KindOf returns apiVersion and kind.
func KindOf(o Object) schema.GroupVersionKind {
	return schema.FromAPIVersionAndKind(String(o, "apiVersion"), String(o, "kind"))
}

// Name returns metadata.name.
func Name(o Object) string { return String(o, "metadata", "name") }

// Namespace returns metadata.namespace.
func Namespace(o Object) string { return String(o, "metadata", "namespace") }

// UID returns metadata.uid.
func UID(o Object) string { return String(o, "metadata", "uid") }

// ID returns "namespace/name", or the name alone.
func ID(o Object) string {
	if ns := Namespace(o); ns != "" {
		return ns + "/" + Name(o)
	}
	return Name(o)
}

// Labels returns metadata.labels, never nil.
func Labels(o Object) map[string]string { return Strings(o, "metadata", "labels") }

// Annotations returns metadata.annotations, never nil.
func Annotations(o Object) map[string]string { return Strings(o, "metadata", "annotations") }

// Created returns metadata.creationTimestamp.
func Created(o Object) time.Time {
	t, _ := time.Parse(time.RFC3339, String(o, "metadata", "creationTimestamp"))
	return t
}

// Deleting reports whether a deletion waits for finalizers.
func Deleting(o Object) bool { return String(o, "metadata", "deletionTimestamp") != "" }

// Value walks maps by key; nil when the way ends.
func Value(o Object, path ...string) any {
	var v any = o
	for _, key := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[key]
	}
	return v
}

// String returns the string at path, or "".
func String(o Object, path ...string) string { s, _ := Value(o, path...).(string); return s }

// Bool returns the boolean at path, or false.
func Bool(o Object, path ...string) bool { b, _ := Value(o, path...).(bool); return b }

// Map returns the map at path, or nil.
func Map(o Object, path ...string) Object { m, _ := Value(o, path...).(map[string]any); return m }

// List returns the list at path, or nil.
func List(o Object, path ...string) []any { l, _ := Value(o, path...).([]any); return l }

// Maps returns the maps in the list at path.
func Maps(o Object, path ...string) []Object {
	var maps []Object
	for _, e := range List(o, path...) {
		if m, ok := e.(map[string]any); ok {
			maps = append(maps, m)
		}
	}
	return maps
}

// Int returns the whole number at path, or 0.
func Int(o Object, path ...string) int64 {
	switch n := Value(o, path...).(type) {
	case int64:
		return n
	case float64:
		return int64(n)
	case int:
		return int64(n)
	}
	return 0
}

// Strings returns the map of strings at path, never nil.
func Strings(o Object, path ...string) map[string]string {
	m := map[string]string{}
	for k, v := range Map(o, path...) {
		if s, ok := v.(string); ok {
			m[k] = s
		}
	}
	return m
}

// Set puts value at path, making maps on the way.
func Set(o Object, value any, path ...string) {
	for _, key := range path[:len(path)-1] {
		next, ok := o[key].(map[string]any)
		if !ok {
			next = map[string]any{}
			o[key] = next
		}
		o = next
	}
	o[path[len(path)-1]] = value
}

// Unset removes what is at path.
func Unset(o Object, path ...string) {
	if m := Map(o, path[:len(path)-1]...); m != nil {
		delete(m, path[len(path)-1])
	}
}

// SetCondition sets a condition in status.conditions and keeps its transition time while the status stays.
func SetCondition(o Object, kind, status, reason, message string, generation int64, now time.Time) {
	condition := Object{
		"type": kind, "status": status, "reason": reason, "message": message,
		"lastTransitionTime": now.UTC().Format(time.RFC3339),
	}
	if generation > 0 {
		condition["observedGeneration"] = generation
	}
	var conditions []any
	for _, old := range Maps(o, "status", "conditions") {
		if String(old, "type") != kind {
			conditions = append(conditions, old)
			continue
		}
		if String(old, "status") == status {
			condition["lastTransitionTime"] = old["lastTransitionTime"]
		}
	}
	conditions = append(conditions, condition)
	sort.SliceStable(conditions, func(i, j int) bool {
		return String(conditions[i].(map[string]any), "type") < String(conditions[j].(map[string]any), "type")
	})
	Set(o, conditions, "status", "conditions")
}

// Condition returns the status, reason and message of a condition; an empty status means that there is none.
func Condition(o Object, kind string) (status, reason, message string) {
	for _, c := range Maps(o, "status", "conditions") {
		if String(c, "type") == kind {
			return String(c, "status"), String(c, "reason"), String(c, "message")
		}
	}
	return "", "", ""
}

// Ready reports whether the condition Ready is true.
func Ready(o Object) bool {
	status, _, _ := Condition(o, "Ready")
	return status == "True"
}

// Matches reports whether a set of labels satisfies a LabelSelector. A selector that cannot be read matches nothing.
func Matches(selector Object, set map[string]string) bool {
	var typed metav1.LabelSelector
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(Copy(selector), &typed); err != nil {
		return false
	}
	s, err := metav1.LabelSelectorAsSelector(&typed)
	return err == nil && s.Matches(labels.Set(set))
}

// short cuts a generated name part so that it fits into limit characters.
func short(s string, limit int) string {
	if len(s) > limit {
		return strings.TrimRight(s[:limit], "-.")
	}
	return s
}
