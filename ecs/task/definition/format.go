package definition

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/tailscale/hujson"

	"ambient-ecs/ecs/task/document"
	"ambient-ecs/problem"
)

// format compares the text with AWS's types. It returns the definition without what only AWS sets, and every problem.
func (d *Definition) format() (known []byte, found problem.List) {
	f := formatter{}
	if d.body != &d.text {
		for _, m := range document.Members(&d.text) {
			switch name := document.Text(&m.Name); name {
			case described:
			case "tags":
				f.member(name, &m.Value, reflect.TypeFor[[]types.Tag]())
			default:
				f.unknown.Add(name, problem.Unknown, "AWS prints %s and tags here", described)
			}
		}
	}
	if d.body.Value.Kind() != '{' {
		f.found.Add("", "", "a task definition is a JSON object")
		return nil, f.found
	}
	body := hujson.Value{Value: &hujson.Object{}}
	own := body.Value.(*hujson.Object)
	for _, m := range document.Members(d.body) {
		switch name := document.Text(&m.Name); {
		case slices.Contains(readOnly, name):
		case name == "tags":
			f.member(name, &m.Value, reflect.TypeFor[[]types.Tag]())
		default:
			own.Members = append(own.Members, m)
		}
	}
	if last := len(own.Members) - 1; last >= 0 {
		own.Members[last].Value.AfterExtra = nil // white space before a comma that is gone
	}
	f.compare("", &body, reflect.TypeFor[types.TaskDefinition]())
	if document.Given(d.body, containerDefinitions) == nil {
		f.found.Missing(containerDefinitions, "a task runs at least one container")
	}
	d.Unknown, d.Nulls = f.unknown, f.nulls
	return body.Pack(), f.found
}

// formatter collects what does not fit AWS's types, and counts the members that are null.
type formatter struct {
	found, unknown problem.List
	nulls          int
}

// compare goes through a value and its type together.
func (f *formatter) compare(path string, v *hujson.Value, t reflect.Type) {
	kind := v.Value.Kind()
	if kind == 'n' {
		f.found.Refuse(path, null, "AWS has no such value: leave it out")
		return
	}
	wrong := func(want string) { f.found.Refuse(path, shown{v}, "AWS wants %s here", want) }
	switch t.Kind() {
	case reflect.Pointer:
		f.compare(path, v, t.Elem())
	case reflect.Struct:
		if kind != '{' {
			wrong("an object")
			return
		}
		f.members(path, v, t)
	case reflect.Slice:
		if kind != '[' {
			wrong("a list")
			return
		}
		for i, element := range document.Elements(v) {
			f.compare(fmt.Sprintf("%s[%d]", path, i), element, t.Elem())
		}
	case reflect.Map:
		if kind != '{' {
			wrong("an object")
			return
		}
		for _, m := range document.Members(v) {
			f.member(document.Join(path, document.Text(&m.Name)), &m.Value, t.Elem())
		}
	case reflect.String:
		if kind != '"' {
			wrong("text, in quotes")
			return
		}
		if allowed := enumeration(t); len(allowed) > 0 && !slices.Contains(allowed, document.Text(v)) {
			f.found.Refuse(path, document.Text(v), "choose one of %s%s", strings.Join(allowed, ", "), problem.DidYouMean(document.Text(v), allowed))
		}
	case reflect.Int32:
		if kind != '0' || !whole(v) {
			wrong("a whole number, without quotes")
		}
	case reflect.Bool:
		if kind != 't' && kind != 'f' {
			wrong("true or false, without quotes")
		}
	default:
		panic("definition: AWS's types have a " + t.String() + ", which the program does not know")
	}
}

// member compares the value of a member. One that is null is not set: consoles and programs print it for what nobody said.
func (f *formatter) member(path string, v *hujson.Value, t reflect.Type) {
	if document.IsNull(v) {
		f.nulls++
		return
	}
	f.compare(path, v, t)
}

// whole reports whether a number fits Go's int32.
func whole(v *hujson.Value) bool {
	_, err := strconv.ParseInt(string(v.Value.(hujson.Literal)), 10, 32)
	return err == nil
}

// members compares an object with a type of AWS's SDK, whose fields have the names of the members.
func (f *formatter) members(path string, v *hujson.Value, t reflect.Type) {
	names := fields(t)
	for _, m := range document.Members(v) {
		name := document.Text(&m.Name)
		at := document.Join(path, name)
		if i := slices.Index(names, name); i >= 0 {
			field, _ := t.FieldByName(capital(name))
			f.member(at, &m.Value, field.Type)
			continue
		}
		if i := slices.IndexFunc(names, func(known string) bool { return strings.EqualFold(known, name) }); i >= 0 {
			f.found.Add(at, problem.Unknown, "AWS writes it %s", names[i])
			continue
		}
		if document.IsNull(&m.Value) {
			f.nulls++
			continue
		}
		f.unknown.Add(at, problem.Unknown, "AWS's format has no such member%s", problem.DidYouMean(name, names))
	}
}

// fields are the members of a type of AWS's SDK.
func fields(t reflect.Type) []string {
	var names []string
	for i := range t.NumField() {
		if field := t.Field(i); field.IsExported() && field.Type != reflect.TypeFor[*time.Time]() {
			names = append(names, string(unicode.ToLower(rune(field.Name[0])))+field.Name[1:])
		}
	}
	return names
}

func capital(name string) string { return string(unicode.ToUpper(rune(name[0]))) + name[1:] }

// enumeration are the values of a type that has a list of them in AWS's SDK.
func enumeration(t reflect.Type) (allowed []string) {
	values, has := t.MethodByName("Values")
	if !has {
		return nil
	}
	list := values.Func.Call([]reflect.Value{reflect.Zero(t)})[0]
	for i := range list.Len() {
		allowed = append(allowed, list.Index(i).String())
	}
	return allowed
}

// shown is a value in a message. What is long, or may be a secret, is not printed.
type shown struct{ value *hujson.Value }

func (s shown) String() string {
	switch s.value.Value.Kind() {
	case '{':
		return "{…}"
	case '[':
		return "[…]"
	case '"':
		return "text"
	default:
		return string(s.value.Value.(hujson.Literal))
	}
}

// null is JSON's null in a message.
var null = shown{&hujson.Value{Value: hujson.Literal("null")}}
