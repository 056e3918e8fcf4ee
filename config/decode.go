package config

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"ambient-ecs/problem"
)

// parse turns the text of a top-level key into a value. An empty text counts as not set.
func parse(found *problem.List, key, text string) (value any, set bool) {
	field, known := fieldByKey(reflect.TypeFor[Config](), key)
	if !known || !composite(field.Type) {
		return text, true
	}
	if strings.TrimSpace(text) == "" {
		return nil, false
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber() // a 12-digit account id must not become a float
	err := d.Decode(&value)
	if err == nil && !errors.Is(d.Decode(new(any)), io.EOF) {
		err = errors.New("text after the end of the value")
	}
	if err != nil {
		// The text is not shown: a secret may be anywhere in it.
		found.Add(key, problem.Unread, "must be %s, as YAML in the stack file or as JSON: %v", typeName(field.Type), err)
		return nil, false
	}
	return value, true
}

// structTag names the key of a field in the stack file.
const structTag = "config"

// decoder fills values from decoded JSON. It goes on after a problem, so that it finds all of them: keys that do not exist, at
// any depth, and values of the wrong type, which are left empty. (Libraries for this drop the whole object around a
// wrong value, and the checks after them then miss what is there.)
type decoder struct {
	found *problem.List
	file  StackFile
}

func (d decoder) decode(path string, to reflect.Value, value any) {
	if value == nil {
		return // null in JSON: not set
	}
	wrong := func() { d.found.Refuse(path, describe(value), "must be %s", typeName(to.Type())) }
	switch to.Kind() {
	case reflect.Pointer:
		target := reflect.New(to.Type().Elem())
		d.decode(path, target.Elem(), value)
		to.Set(target)
	case reflect.Struct:
		object, ok := value.(map[string]any)
		if !ok {
			wrong()
			return
		}
		for _, key := range slices.Sorted(maps.Keys(object)) {
			field, known := fieldByKey(to.Type(), key)
			switch at := join(path, key); {
			case !known:
				unknownKey(d.found, at, key, to.Type())
			case field.Tag.Get(restrictsTag) == "true" && empty(object[key]):
				d.found.Add(at, "is empty", "it restricts, and without a value it would not: give it one, or leave the key out")
			default:
				d.decode(at, to.FieldByIndex(field.Index), object[key])
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
			if written, changed := d.file.respelledKey(join(path, key), key); changed {
				d.notText(path, cmp.Or(written, key))
			}
			element := reflect.New(to.Type().Elem()).Elem()
			d.decode(join(path, key), element, object[key])
			to.SetMapIndex(reflect.ValueOf(key), element)
		}
	case reflect.Slice:
		list, ok := value.([]any)
		if _, one := scalarText(value); one && to.Type() == reflect.TypeFor[Texts]() {
			to.Set(reflect.ValueOf(make(Texts, 1)))
			d.decode(path, to.Index(0), value)
			return
		}
		if !ok {
			wrong()
			return
		}
		to.Set(reflect.MakeSlice(to.Type(), len(list), len(list)))
		for i, element := range list {
			d.decode(fmt.Sprintf("%s[%d]", path, i), to.Index(i), element)
		}
	case reflect.Interface:
		to.Set(reflect.ValueOf(plainValue(value)))
	case reflect.String:
		text, ok := scalarText(value)
		if !ok {
			wrong()
			return
		}
		_, isText := value.(string)
		if written, changed := d.file.respelled(path, text, !isText); changed {
			d.notText(path, cmp.Or(written, text))
			return
		}
		to.SetString(text)
	default:
		if !setScalar(to, value) {
			wrong()
		}
	}
}

// restrictsTag marks a key that restricts who or what is meant. Left out, it does not restrict; present without a value, as a
// template renders a list that has no elements, it must not mean the same.
const restrictsTag = "restricts"

// empty reports whether a decoded value says nothing.
func empty(value any) bool {
	switch v := value.(type) {
	case nil:
		return true
	case string:
		return strings.TrimSpace(v) == ""
	case json.Number:
		return v.String() == "0"
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

// notText refuses a value that YAML took for a number, a boolean or a date where text is wanted.
func (d decoder) notText(path, written string) {
	d.found.Refuse(path, contents(written), "this is text: put it in quotes, or YAML takes it for a number, a boolean or a date and another text arrives (1.10 as 1.1, 0755 as 493); "+
		"pulumi config set does it with --type string")
}

// scalarText is a text, number or boolean as text. Pulumi itself blurs them: top-level values arrive as text, and
// `pulumi config set --path` stores 8080 and true as a number and a boolean wherever they stand.
func scalarText(value any) (string, bool) {
	switch v := value.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	default:
		return "", false
	}
}

// plainValue is decoded JSON as it is, with numbers that Go knows.
func plainValue(value any) any {
	switch v := value.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return int(n)
		}
		// The decoder has read it as a number already.
		n, _ := v.Float64()
		return n
	case []any:
		list := make([]any, len(v))
		for i, element := range v {
			list[i] = plainValue(element)
		}
		return list
	case map[string]any:
		object := make(map[string]any, len(v))
		for key, element := range v {
			object[key] = plainValue(element)
		}
		return object
	default:
		return v
	}
}

// setScalar sets a number or boolean, from text too where that loses nothing.
func setScalar(to reflect.Value, value any) bool {
	text, ok := scalarText(value)
	switch {
	case !ok:
		return false
	case to.Kind() == reflect.Int:
		n, err := strconv.Atoi(text)
		if err == nil {
			to.SetInt(int64(n))
		}
		return err == nil
	case to.Kind() == reflect.Float64:
		n, err := strconv.ParseFloat(text, 64)
		if err == nil && !math.IsInf(n, 0) && !math.IsNaN(n) {
			to.SetFloat(n)
			return true
		}
		return false
	case to.Kind() == reflect.Bool:
		to.SetBool(text == "true")
		return text == "true" || text == "false"
	default:
		panic("config: a field has the type " + to.Type().String() + ", which decode does not know")
	}
}

// unknownKey records a key that the configuration does not have: a typo must not be ignored. The value
// is not shown, since it may be a secret under a misspelt key.
func unknownKey(p *problem.List, path, key string, in reflect.Type) {
	if other := instead(in, key); other != "" {
		p.Add(path, problem.Unknown, "it is not offered: %s", other)
		return
	}
	known := keysOf(in)
	hint := problem.DidYouMean(key, known)
	if hint == "" {
		hint = "; the keys here are " + strings.Join(known, ", ")
	}
	p.Add(path, problem.Unknown, "there is no such key%s", hint)
}

// fields are the fields of a struct by key, kept for each type: the walk through embedded structs costs more than a whole decoding.
var fields sync.Map // reflect.Type to map[string]reflect.StructField

func fieldsOf(t reflect.Type) map[string]reflect.StructField {
	if known, ok := fields.Load(t); ok {
		return known.(map[string]reflect.StructField)
	}
	byKey := map[string]reflect.StructField{}
	for _, field := range reflect.VisibleFields(t) {
		if key, set := field.Tag.Lookup(structTag); set {
			byKey[key] = field
		}
	}
	fields.Store(t, byKey)
	return byKey
}

func fieldByKey(t reflect.Type, key string) (reflect.StructField, bool) {
	field, known := fieldsOf(t)[key]
	return field, known
}

func keysOf(t reflect.Type) []string { return slices.Sorted(maps.Keys(fieldsOf(t))) }

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
	case reflect.Float64:
		return "a number"
	case reflect.Interface:
		return "any value"
	case reflect.Bool:
		return "true or false"
	default:
		return "text"
	}
}

// contents is text that a message shows without quotes: a number, "{…}" for an object, "[…]" for a list.
type contents string

// String is the text.
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
