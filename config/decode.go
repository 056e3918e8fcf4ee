package config

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"ambient-ecs/problem"
)

// structTag names the key of a field in the stack file.
const structTag = "config"

// decode fills a value from decoded JSON. It goes on after a problem, so that it finds all of them:
// keys that do not exist, at any depth, and values of the wrong type, which are left empty. (Libraries
// for this drop the whole object around a wrong value, and the checks after them then miss what is there.)
func decode(found *problem.List, path string, to reflect.Value, value any) {
	if value == nil {
		return // null in JSON: not set
	}
	wrong := func() { found.Refuse(path, describe(value), "must be %s", typeName(to.Type())) }
	switch to.Kind() {
	case reflect.Pointer:
		target := reflect.New(to.Type().Elem())
		decode(found, path, target.Elem(), value)
		to.Set(target)
	case reflect.Struct:
		object, ok := value.(map[string]any)
		if !ok {
			wrong()
			return
		}
		for _, key := range slices.Sorted(maps.Keys(object)) {
			if field, known := fieldByKey(to.Type(), key); known {
				decode(found, join(path, key), to.FieldByIndex(field.Index), object[key])
			} else {
				unknownKey(found, join(path, key), key, keysOf(to.Type()))
			}
		}
	case reflect.Map:
		object, ok := value.(map[string]any)
		if !ok {
			wrong()
			return
		}
		to.Set(reflect.MakeMap(to.Type()))
		for _, key := range slices.Sorted(maps.Keys(object)) {
			element := reflect.New(to.Type().Elem()).Elem()
			decode(found, join(path, key), element, object[key])
			to.SetMapIndex(reflect.ValueOf(key), element)
		}
	case reflect.Slice:
		list, ok := value.([]any)
		if !ok {
			wrong()
			return
		}
		to.Set(reflect.MakeSlice(to.Type(), len(list), len(list)))
		for i, element := range list {
			decode(found, fmt.Sprintf("%s[%d]", path, i), to.Index(i), element)
		}
	default:
		if !setScalar(to, value) {
			wrong()
		}
	}
}

// setScalar sets a text, number or boolean, and converts between them where that loses nothing. Pulumi
// itself blurs them: top-level values arrive as text, and `pulumi config set --path` stores 8080 and
// true as a number and a boolean wherever they stand.
func setScalar(to reflect.Value, value any) bool {
	var text string
	switch v := value.(type) {
	case string:
		text = v
	case json.Number:
		text = v.String()
	case bool:
		text = strconv.FormatBool(v)
	default:
		return false
	}
	switch to.Kind() {
	case reflect.String:
		to.SetString(text)
		return true
	case reflect.Int:
		n, err := strconv.Atoi(text)
		if err == nil {
			to.SetInt(int64(n))
		}
		return err == nil
	case reflect.Bool:
		to.SetBool(text == "true")
		return text == "true" || text == "false"
	default:
		panic("config: a field has the type " + to.Type().String() + ", which decode does not know")
	}
}

// unknownKey records a key that the configuration does not have: a typo must not be ignored. The value
// is not shown, since it may be a secret under a misspelt key.
func unknownKey(p *problem.List, path, key string, known []string) {
	hint := problem.DidYouMean(key, known)
	if hint == "" {
		hint = "; the keys here are " + strings.Join(known, ", ")
	}
	p.Add(path, problem.Unknown, "there is no such key%s", hint)
}

func fieldByKey(t reflect.Type, key string) (reflect.StructField, bool) {
	for _, field := range reflect.VisibleFields(t) {
		if tag, set := field.Tag.Lookup(structTag); set && tag == key {
			return field, true
		}
	}
	return reflect.StructField{}, false
}

func keysOf(t reflect.Type) []string {
	var keys []string
	for _, field := range reflect.VisibleFields(t) {
		if tag, set := field.Tag.Lookup(structTag); set {
			keys = append(keys, tag)
		}
	}
	slices.Sort(keys)
	return keys
}

// composite reports whether values of the type are written as objects or lists.
func composite(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Map, reflect.Struct, reflect.Slice, reflect.Pointer:
		return true
	default:
		return false
	}
}

// typeName names a type in the words of the stack file.
func typeName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return typeName(t.Elem())
	case reflect.Map, reflect.Struct:
		return "an object"
	case reflect.Slice:
		return "a list"
	case reflect.Int:
		return "a whole number"
	case reflect.Bool:
		return "true or false"
	default:
		return "text"
	}
}

// contents is a decoded object or list, which a message shows without what is in it.
type contents string

// String is the brackets.
func (c contents) String() string { return string(c) }

// describe is a decoded value for a message.
func describe(value any) any {
	switch value.(type) {
	case map[string]any:
		return contents("{…}")
	case []any:
		return contents("[…]")
	default:
		return value
	}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
