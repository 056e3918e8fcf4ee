package config

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestTheStackFilesSetNoUnknownKey(t *testing.T) {
	for _, name := range []string{"dev", "single", "pair", "prod"} {
		for _, key := range slices.Sorted(maps.Keys(stack(name))) {
			if _, declared := project()[key]; !declared {
				t.Errorf("Pulumi.%s.yaml sets %s, which Pulumi.yaml does not declare", name, key)
			}
		}
	}
}

func TestPulumiYAMLDeclaresExactlyTheKeysOfConfig(t *testing.T) {
	fields := mapOfFields()
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		if _, declared := project()[key]; !declared {
			t.Errorf("%s is a key of Config, but Pulumi.yaml does not declare it: give its type, description and default there", key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(project())) {
		if _, known := fields[key]; !known {
			t.Errorf("%s is declared in Pulumi.yaml, but no settings in config have it: the program would refuse it as unknown", key)
		}
	}
}

func TestPulumiYAMLTypesDescribesAndDefaultsEveryKey(t *testing.T) {
	fields := mapOfFields()
	for key, declared := range project() {
		if declared.Type != fields[key] {
			t.Errorf("%s is declared as %q, its field is %q", key, declared.Type, fields[key])
		}
		if (declared.Type == "array") != (declared.Items != nil) {
			t.Errorf("%s: items are for arrays, and every array needs them", key)
		}
		if len(declared.Description) < 20 || !strings.HasSuffix(declared.Description, ".") {
			t.Errorf("%s has the description %q, want a sentence", key, declared.Description)
		}
		if declared.Default == nil {
			t.Errorf("%s has no default: the engine would refuse its absence before the program can say what else is missing", key)
		}
		if declared.Secret {
			t.Errorf("%s is secret, so the engine refuses its default", key)
		}
		if got := kindOf(declared.Default); got != declared.Type {
			t.Errorf("%s is of type %s, its default of type %s", key, declared.Type, got)
		}
	}
}

func TestDefaultProvidersAreOff(t *testing.T) {
	var file struct {
		Config map[string]declaration `yaml:"config"`
	}
	readYAML("Pulumi.yaml", &file)
	if got := fmt.Sprint(file.Config["pulumi:disable-default-providers"].Value); got != "[*]" {
		t.Errorf("pulumi:disable-default-providers is %s, want [*]", got)
	}
}

// kindOf is the engine's name for the type of a decoded value.
func kindOf(value any) string {
	switch value.(type) {
	case string:
		return "string"
	case int:
		return "integer"
	case bool:
		return "boolean"
	case []any:
		return "array"
	case map[string]any:
		return "object"
	default:
		return strconv.Quote(fmt.Sprintf("%T", value))
	}
}

// mapOfFields are the keys of the stack file with the engine's names for their types.
func mapOfFields() map[string]string {
	fields := map[string]string{}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[Config]()) {
		if key, set := field.Tag.Lookup(structTag); set {
			fields[key] = map[reflect.Kind]string{
				reflect.String: "string", reflect.Int: "integer", reflect.Bool: "boolean",
				reflect.Slice: "array", reflect.Map: "object", reflect.Struct: "object",
			}[field.Type.Kind()]
		}
	}
	return fields
}

// structs are Config and every struct that can stand somewhere in it.
func structs() []reflect.Type {
	var all []reflect.Type
	var add func(reflect.Type)
	add = func(t reflect.Type) {
		switch t.Kind() {
		case reflect.Map, reflect.Slice, reflect.Pointer:
			add(t.Elem())
		case reflect.Struct:
			if slices.Contains(all, t) {
				return
			}
			all = append(all, t)
			for i := range t.NumField() {
				if t.Field(i).IsExported() {
					add(t.Field(i).Type)
				}
			}
		}
	}
	add(reflect.TypeFor[Config]())
	return all
}

func TestEveryFieldHasAKey(t *testing.T) {
	for _, typ := range structs() {
		for i := range typ.NumField() {
			if field := typ.Field(i); field.IsExported() && !field.Anonymous && field.Tag.Get(structTag) == "" {
				t.Errorf("%s.%s has no key: nobody could set it", typ.Name(), typ.Field(i).Name)
			}
		}
	}
}

// A key that no test names has neither a refusal nor a default that somebody looked at.
func TestEveryKeyIsNamedByATest(t *testing.T) {
	files, err := filepath.Glob("config/*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var tests strings.Builder
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		tests.Write(text)
	}
	for _, typ := range structs() {
		for i := range typ.NumField() {
			key := typ.Field(i).Tag.Get(structTag)
			if key == "" {
				continue
			}
			named := regexp.MustCompile("[\"`/. ]" + key + "[\"`/.\\[ ]")
			if !named.MatchString(tests.String()) {
				t.Errorf("no test of config names the key %s of %s: say what it is without a value, or what is refused", key, typ.Name())
			}
		}
	}
}
