package components

import (
	"fmt"
	"go/ast"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"testing"

	"ambient-ecs/component"
	"ambient-ecs/tests/source"
)

var dependency = reflect.TypeFor[component.Dependency]()

// waitsOf returns the paths of each component.After in a type of arguments, as "SecurityGroups[].Rules".
func waitsOf(path string, t reflect.Type) []string {
	if t.Implements(dependency) {
		return []string{path}
	}
	var all []string
	switch t.Kind() {
	case reflect.Struct:
		for i := range t.NumField() {
			if field := t.Field(i); field.IsExported() {
				all = append(all, waitsOf(under(path, field), field.Type)...)
			}
		}
	case reflect.Slice:
		return waitsOf(path+"[]", t.Elem())
	}
	return all
}

// waitsIn visits each component.After in the arguments, with its path as "SecurityGroups[0].Rules".
func waitsIn(path string, v reflect.Value, visit func(path string, after reflect.Value)) {
	if v.Kind() == reflect.Interface && v.IsNil() {
		return
	}
	if v.Type().Implements(dependency) {
		visit(path, v)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if field := v.Type().Field(i); field.IsExported() {
				waitsIn(under(path, field), v.Field(i), visit)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			waitsIn(fmt.Sprintf("%s[%d]", path, i), v.Index(i), visit)
		}
	}
}

// under is the path of a field. An embedded struct has no name of its own.
func under(path string, field reflect.StructField) string {
	if field.Anonymous {
		return path
	}
	return join(path, field.Name)
}

func join(path, field string) string {
	if path == "" {
		return field
	}
	return path + "." + field
}

// without returns the valid arguments of a component several times. Each time another After is missing.
func without[A any](valid func(*fixture) *A) (table []bad[A]) {
	waitsIn("", reflect.ValueOf(valid(&fixture{})).Elem(), func(forgotten string, _ reflect.Value) {
		table = append(table, bad[A]{forgotten + " forgotten", func(args *A) {
			waitsIn("", reflect.ValueOf(args).Elem(), func(path string, after reflect.Value) {
				if path == forgotten {
					zero := after.Type()
					if after.Kind() == reflect.Interface {
						zero = after.Elem().Type()
					}
					after.Set(reflect.Zero(zero))
				}
			})
		}, word(forgotten + " is not set")})
	})
	return table
}

var index = regexp.MustCompile(`\[[0-9]+\]`)

// The table of TestRefusals has one refusal for each After that the valid arguments hold. So the valid arguments must
// hold each After.
func TestEveryAfterOfEveryComponentIsTried(t *testing.T) {
	tried := 0
	for _, s := range subjects() {
		given := map[string]bool{}
		waitsIn("", s.args, func(path string, _ reflect.Value) { given[index.ReplaceAllString(path, "[]")] = true })
		for _, path := range waitsOf("", s.args.Type()) {
			if tried++; !given[path] {
				t.Errorf("%s: the valid arguments of the test have no %s", s.name, path)
			}
		}
	}
	if tried == 0 {
		t.Error("no component waits for anything")
	}
}

// A component must also wait for what it demands.
func TestEveryComponentWaitsForWhatItIsGiven(t *testing.T) {
	for _, s := range subjects() {
		r := made(t, s.accept)
		for _, promise := range r.OfType(promiseType) {
			waits := false
			for _, res := range own(r) {
				waits = waits || res.Custom && r.Waits(res, promise)
			}
			if !waits {
				t.Errorf("%s: nothing of it waits for the %s that it is given", s.name, promise.Name)
			}
		}
	}
}

func TestEveryComponentOfTheProgramIsASubject(t *testing.T) {
	known := map[string]bool{}
	for _, s := range subjects() {
		known[s.constructor] = true
	}
	found := map[string]bool{}
	source.Walk(t, "../..", func(file source.File) {
		for _, declaration := range file.Decls {
			function, ok := declaration.(*ast.FuncDecl)
			if !ok || function.Body == nil {
				continue
			}
			ast.Inspect(function.Body, func(node ast.Node) bool {
				if call, ok := node.(*ast.CallExpr); ok && source.Selects(call.Fun, "component", "New") {
					found["ambient-ecs/"+file.Folder+"."+function.Name.Name] = true
				}
				return true
			})
		}
	})
	if len(found) == 0 {
		t.Fatal("the program makes no component")
	}
	for _, constructor := range slices.Sorted(maps.Keys(found)) {
		if !known[constructor] {
			t.Errorf("%s is not among the subjects of TestRefusals", constructor)
		}
	}
}
