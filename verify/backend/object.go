package backend

import (
	"cmp"
	"slices"
	"time"
)

// At is the value at a path inside an object, or nil.
func At(o Object, path ...string) any {
	var value any = o
	for _, key := range path {
		inner, _ := value.(map[string]any)
		value = inner[key]
	}
	return value
}

// Text is the string at a path, or "".
func Text(o Object, path ...string) string {
	s, _ := At(o, path...).(string)
	return s
}

// Number is the number at a path, or 0. Decoded JSON has several types of them.
func Number(o Object, path ...string) int {
	switch n := At(o, path...).(type) {
	case int64:
		return int(n)
	case float64:
		return int(n)
	case int:
		return n
	}
	return 0
}

// Map is the object at a path, or nil.
func Map(o Object, path ...string) Object {
	inner, _ := At(o, path...).(map[string]any)
	return inner
}

// Objects are the objects in the list at a path.
func Objects(o Object, path ...string) []Object { return entries[Object](At(o, path...)) }

// Texts are the strings in the list at a path.
func Texts(o Object, path ...string) []string { return entries[string](At(o, path...)) }

// entries are the entries of a list that have the type T.
func entries[T any](value any) []T {
	var all []T
	list, _ := value.([]any)
	for _, entry := range list {
		if one, ok := entry.(T); ok {
			all = append(all, one)
		}
	}
	return all
}

// Strings are the strings in the object at a path, never nil.
func Strings(o Object, path ...string) map[string]string {
	all := map[string]string{}
	for key, value := range Map(o, path...) {
		if s, ok := value.(string); ok {
			all[key] = s
		}
	}
	return all
}

// NameOf is an object's name.
func NameOf(o Object) string { return Text(o, "metadata", "name") }

// NamespaceOf is an object's namespace, "" for a cluster-scoped object.
func NamespaceOf(o Object) string { return Text(o, "metadata", "namespace") }

// LabelsOf are an object's labels, never nil.
func LabelsOf(o Object) map[string]string { return Strings(o, "metadata", "labels") }

// AnnotationsOf are an object's annotations, never nil.
func AnnotationsOf(o Object) map[string]string { return Strings(o, "metadata", "annotations") }

// CreatedAt is an object's creation time. The API server always sets it.
func CreatedAt(o Object) time.Time {
	at, _ := time.Parse(time.RFC3339, Text(o, "metadata", "creationTimestamp"))
	return at
}

// ConditionOf is the status of a condition, and its message.
func ConditionOf(o Object, kind string) (status, message string) {
	for _, c := range Objects(o, "status", "conditions") {
		if Text(c, "type") == kind {
			return Text(c, "status"), Text(c, "message")
		}
	}
	return "", ""
}

// ID is an object's name in reports: "namespace/name".
func ID(o Object) string { return NamespaceOf(o) + "/" + NameOf(o) }

// HasParent reports whether the specification of a route in a namespace names a Gateway, "namespace/name", as its parent.
func HasParent(spec Object, namespace, gateway string) bool {
	return slices.ContainsFunc(Objects(spec, "parentRefs"), func(parent Object) bool {
		return cmp.Or(Text(parent, "kind"), "Gateway") == "Gateway" && cmp.Or(Text(parent, "namespace"), namespace)+"/"+Text(parent, "name") == gateway
	})
}
