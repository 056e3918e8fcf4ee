package config

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

// Every key of a rule and every condition of a route restricts. A new one has to be tagged.
func TestEveryKeyOfARuleRestricts(t *testing.T) {
	exempt := map[string]bool{"to": true} // where a route leads; without a backend it is refused
	for _, typ := range []reflect.Type{reflect.TypeFor[Rule](), reflect.TypeFor[Route]()} {
		for i := range typ.NumField() {
			if field := typ.Field(i); !exempt[field.Tag.Get(structTag)] && field.Tag.Get(restrictsTag) != "true" {
				t.Errorf("%s.%s does not say that it restricts", typ.Name(), field.Name)
			}
		}
	}
}

func TestWhatIsEmptyDoesNotWiden(t *testing.T) {
	tried := 0
	for typ, at := range places() {
		for _, field := range reflect.VisibleFields(typ) {
			if field.Tag.Get(restrictsTag) != "true" {
				continue
			}
			empties := []any{nil, "", " "}
			switch field.Type.Kind() {
			case reflect.Slice:
				empties = append(empties, list())
			case reflect.Map:
				empties = append(empties, object{})
			case reflect.Int:
				empties = append(empties, 0)
			}
			for _, path := range at {
				tried++
				for _, value := range empties {
					key := field.Tag.Get(structTag)
					top, whole := under(path, object{key: value})
					want := "\n" + strings.ReplaceAll(path, "[]", "[0]") + "." + key + " is empty: "
					if _, err := Load(raw(map[string]any{top: whole})); err == nil || strings.Count(err.Error(), want) != 1 {
						t.Errorf("%s.%s = %#v is not refused once:\n%v", path, key, value, err)
					}
				}
			}
		}
	}
	if tried < 25 {
		t.Errorf("only %d places were tried", tried)
	}
}

// under puts a value at a path of places: the key of the stack file, and what stands there.
func under(path string, value any) (string, any) {
	steps := strings.Split(path, ".")
	slices.Reverse(steps)
	for _, step := range steps {
		key, isList := strings.CutSuffix(step, "[]")
		if isList {
			value = list(value)
		}
		value = object{key: value}
	}
	for key, whole := range value.(object) {
		return key, whole
	}
	return "", nil
}

func TestAVariableWithoutAValueIsWarnedOf(t *testing.T) {
	c := mustLoad(t, with(edit{"clusters/ecs-1/services/echo-service/environment", object{"A": "", "B": nil, "C": "c"}}))
	warned := strings.Join(c.Warnings(), "\n")
	const field = "clusters.ecs-1.services.echo-service.environment."
	for variable, want := range map[string]bool{"A": true, "B": true, "C": false} {
		if got := strings.Contains(warned, field+variable+" has no value"); got != want {
			t.Errorf("%s is warned of: %v", variable, got)
		}
	}
}
