// Package document edits JSON text and leaves everything alone that an edit does not touch: order, white space, the
// spelling of numbers and strings, and members that nobody here knows.
//
// The syntax tree is that of github.com/tailscale/hujson, which packs a tree into the bytes that it was parsed from. Only
// standard JSON is accepted. What is added is laid out like what stands beside it, and removing it again gives the bytes
// from before.
package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/tailscale/hujson"
)

// maxText is the longest text that Parse reads, in bytes. AWS takes task definitions of at most 64 KiB.
const maxText = 1 << 20

// maxDepth is how deeply values may be nested. AWS's own types need fewer than ten levels.
const maxDepth = 64

// Parse reads a JSON text. It refuses comments, trailing commas, and objects that name a member twice.
func Parse(text []byte) (hujson.Value, error) {
	if len(text) > maxText {
		return hujson.Value{}, fmt.Errorf("the text has %d bytes, and AWS takes at most 64 KiB", len(text))
	}
	if depth(text) > maxDepth {
		return hujson.Value{}, fmt.Errorf("values are nested more than %d levels deep", maxDepth)
	}
	value, err := hujson.Parse(text)
	if err != nil {
		return hujson.Value{}, fmt.Errorf("this is not JSON: %w", err)
	}
	if !value.IsStandard() {
		return hujson.Value{}, errors.New("this is not JSON: AWS takes no comments and no commas at the end of a list")
	}
	if twice := duplicates("", &value); len(twice) > 0 {
		return hujson.Value{}, errors.Join(twice...)
	}
	return value, nil
}

// depth is the deepest nesting of brackets outside strings.
func depth(text []byte) int {
	open, deepest, quoted := 0, 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{', c == '[':
			open++
			deepest = max(deepest, open)
		case c == '}', c == ']':
			open--
		}
	}
	return deepest
}

// duplicates names each member that an object has twice: programs do not agree which of the two counts.
func duplicates(path string, value *hujson.Value) (twice []error) {
	switch v := value.Value.(type) {
	case *hujson.Object:
		seen := map[string]bool{}
		for i := range v.Members {
			name := Text(&v.Members[i].Name)
			at := Join(path, name)
			if seen[name] {
				twice = append(twice, fmt.Errorf("%s is there twice", at))
			}
			seen[name] = true
			twice = append(twice, duplicates(at, &v.Members[i].Value)...)
		}
	case *hujson.Array:
		for i := range v.Elements {
			twice = append(twice, duplicates(fmt.Sprintf("%s[%d]", path, i), &v.Elements[i])...)
		}
	}
	return twice
}

// Join is the path of a member.
func Join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// Text is the text of a string, "" for any other value and for nil.
func Text(value *hujson.Value) string {
	if value == nil || value.Value.Kind() != '"' {
		return ""
	}
	return value.Value.(hujson.Literal).String()
}

// Members are the members of an object in their order, none for any other value and for nil.
func Members(value *hujson.Value) []hujson.ObjectMember {
	if value == nil {
		return nil
	}
	if object, ok := value.Value.(*hujson.Object); ok {
		return object.Members
	}
	return nil
}

// Member is the value of a member, nil if there is none. It points into the object.
func Member(value *hujson.Value, name string) *hujson.Value {
	members := Members(value)
	for i := range members {
		if Text(&members[i].Name) == name {
			return &members[i].Value
		}
	}
	return nil
}

// Given is the value of a member, nil if there is none or if it is null. It points into the object.
func Given(value *hujson.Value, name string) *hujson.Value {
	if given := Member(value, name); given != nil && !IsNull(given) {
		return given
	}
	return nil
}

// IsNull reports whether the value is JSON's null.
func IsNull(value *hujson.Value) bool { return value.Value.Kind() == 'n' }

// Elements point to the elements of an array, none for any other value and for nil.
func Elements(value *hujson.Value) []*hujson.Value {
	if value == nil {
		return nil
	}
	array, ok := value.Value.(*hujson.Array)
	if !ok {
		return nil
	}
	all := make([]*hujson.Value, len(array.Elements))
	for i := range array.Elements {
		all[i] = &array.Elements[i]
	}
	return all
}

// SetText makes the value a string and keeps the white space around it.
func SetText(value *hujson.Value, text string) { value.Value = literal(text) }

// Replace makes an object or array of the Go value, in the layout of like, and keeps the white space around it.
func Replace(value *hujson.Value, with any, like *hujson.Value) {
	made := build(with)
	layoutOf(like).apply(&made, 0)
	value.Value = made.Value
}

// Append adds the Go value to an array, in the layout of like, or of the element before it if like is nil.
func Append(array *hujson.Value, element any, like *hujson.Value) {
	into := array.Value.(*hujson.Array)
	made := build(element)
	if last := len(into.Elements) - 1; last >= 0 {
		before := &into.Elements[last]
		if like == nil {
			like = before
		}
		layout := layoutOf(like)
		layout.apply(&made, 0)
		made.BeforeExtra = bytes.Clone(before.BeforeExtra)
		if last == 0 && !bytes.ContainsRune(made.BeforeExtra, '\n') {
			made.BeforeExtra = hujson.Extra(layout.comma)
		}
	}
	into.Elements = append(into.Elements, made)
}

// AddMember adds a member at the end of an object that has some, laid out like them.
func AddMember(object *hujson.Value, name string, with any) {
	into := object.Value.(*hujson.Object)
	beside := layoutOf(object)
	made := build(with)
	beside.apply(&made, 1)
	made.BeforeExtra = hujson.Extra(beside.colon)
	member := hujson.ObjectMember{Name: hujson.Value{Value: literal(name)}, Value: made}
	switch {
	case beside.lines:
		member.Name.BeforeExtra = hujson.Extra(beside.first)
	case len(into.Members) > 0:
		member.Name.BeforeExtra = hujson.Extra(beside.comma)
	}
	into.Members = append(into.Members, member)
}

// Fill gives a member a value, laid out like the members beside it. The member is null, or is not there yet.
func Fill(object *hujson.Value, name string, with any) {
	if empty := Member(object, name); empty != nil {
		made := build(with)
		layoutOf(object).apply(&made, 1)
		empty.Value = made.Value
		return
	}
	AddMember(object, name, with)
}

// SetNull makes the value null and keeps the white space around it.
func SetNull(value *hujson.Value) { value.Value = hujson.Literal("null") }

// DropNulls takes every member that is null out of the value, however deep.
func DropNulls(value *hujson.Value) {
	switch v := value.Value.(type) {
	case *hujson.Object:
		v.Members = slices.DeleteFunc(v.Members, func(m hujson.ObjectMember) bool { return IsNull(&m.Value) })
		for i := range v.Members {
			DropNulls(&v.Members[i].Value)
		}
		if last := len(v.Members) - 1; last >= 0 {
			v.Members[last].Value.AfterExtra = nil
		}
	case *hujson.Array:
		for i := range v.Elements {
			DropNulls(&v.Elements[i])
		}
	}
}

// Remove takes the elements that match out of an array.
func Remove(array *hujson.Value, matches func(*hujson.Value) bool) {
	from := array.Value.(*hujson.Array)
	from.Elements = slices.DeleteFunc(from.Elements, func(v hujson.Value) bool { return matches(&v) })
	if last := len(from.Elements) - 1; last >= 0 {
		// White space before a comma would stand for the comma itself at the end of a list.
		from.Elements[last].AfterExtra = nil
	}
}

// RemoveMember takes a member out of an object.
func RemoveMember(object *hujson.Value, name string) {
	from := object.Value.(*hujson.Object)
	from.Members = slices.DeleteFunc(from.Members, func(m hujson.ObjectMember) bool { return Text(&m.Name) == name })
	if last := len(from.Members) - 1; last >= 0 {
		from.Members[last].Value.AfterExtra = nil
	}
}

// build is the tree of a Go value, with no white space. A value that has no JSON form is a fault of the program.
func build(value any) hujson.Value {
	tree, err := hujson.Parse(Encode(value))
	if err != nil {
		panic(fmt.Sprintf("document: %v", err))
	}
	return tree
}

// Encode is the JSON of a Go value in one line. Unlike json.Marshal it writes <, > and & as they are, so that a person
// can read a command.
func Encode(value any) []byte {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic(fmt.Sprintf("document: %v", err))
	}
	return bytes.TrimSuffix(text.Bytes(), []byte("\n"))
}

func literal(text string) hujson.Literal { return hujson.Literal(Encode(text)) }
