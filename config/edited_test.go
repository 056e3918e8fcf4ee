package config

import (
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"ambient-ecs/tests/edits"
)

// edited notes the keys that differ between two values of a type, as "PLACE.KEY" with the first place of the key's table in
// docs/reference.md. What stands in a new entry under a name of the user's choice does not count: nothing of it lived before.
func edited(at map[reflect.Type][]string, typ reflect.Type, before, after any, note func(string)) {
	if reflect.DeepEqual(before, after) {
		return
	}
	switch typ.Kind() {
	case reflect.Pointer:
		edited(at, typ.Elem(), before, after, note)
	case reflect.Map:
		was, _ := before.(map[string]any)
		is, _ := after.(map[string]any)
		for name := range was {
			edited(at, typ.Elem(), was[name], is[name], note)
		}
	case reflect.Slice:
		was, _ := before.([]any)
		is, _ := after.([]any)
		for i := range max(len(was), len(is)) {
			element := func(of []any) any {
				if i < len(of) {
					return of[i]
				}
				return nil
			}
			edited(at, typ.Elem(), element(was), element(is), note)
		}
	case reflect.Struct:
		was, _ := before.(map[string]any)
		is, _ := after.(map[string]any)
		for _, field := range reflect.VisibleFields(typ) {
			if key, set := field.Tag.Lookup(structTag); set && !reflect.DeepEqual(was[key], is[key]) {
				note(join(at[typ][0], key))
				edited(at, field.Type, was[key], is[key], note)
			}
		}
	}
}

// worlds reads the configuration of each stack once.
func worlds() map[*edits.World]map[string]any {
	all, declared := map[*edits.World]map[string]any{}, defaults()
	for _, edit := range edits.All() {
		w := edit.World
		if all[w] != nil {
			continue
		}
		path := "Pulumi." + w.Stack + ".yaml"
		if _, err := os.Stat(path); err != nil {
			path = filepath.Join("examples", w.Stack, "Pulumi."+w.Stack+".yaml")
		}
		var file struct {
			Config map[string]any `yaml:"config"`
		}
		readYAML(path, &file)
		all[w] = maps.Clone(declared)
		for key, value := range file.Config {
			all[w][strings.TrimPrefix(key, Project+":")] = value
		}
		w.Values.Apply(all[w])
	}
	return all
}

// after is a configuration with an edit.
func after(before map[string]any, edit edits.Edit) map[string]any {
	values := edits.Copied(before).(map[string]any)
	edit.Values.Apply(values)
	return values
}

// Everybody who adds a key says what a change of it does to a stack that lives: by an edit, which the sandbox plays, or by the reason
// why there is none.
func TestEveryKeyHasAnEdit(t *testing.T) {
	at, has, before := places(), map[string]bool{}, worlds()
	for _, edit := range edits.All() {
		changes := 0
		edited(at, reflect.TypeFor[Config](), before[edit.World], after(before[edit.World], edit), func(key string) { has[key], changes = true, changes+1 })
		if changes == 0 {
			t.Errorf("the edit %q (%s) changes nothing of the stack %s", edit.Keys, edit.Change, edit.World.Name)
		}
	}
	known := map[string]bool{}
	for typ := range at {
		for _, field := range reflect.VisibleFields(typ) {
			key, set := field.Tag.Lookup(structTag)
			if !set {
				continue
			}
			key = join(at[typ][0], key)
			known[key] = true
			switch reason := edits.Without[key]; {
			case !has[key] && reason == "":
				t.Errorf("no edit changes %s on a stack that lives: add one to tests/edits and play it (make exhaustive), or give the reason why there is none in edits.Without", key)
			case has[key] && reason != "":
				t.Errorf("%s has an edit, and edits.Without says that it has none: %s", key, reason)
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(edits.Without)) {
		if !known[key] {
			t.Errorf("edits.Without names %s, which is no key", key)
		}
	}
}

// An edit that the configuration refuses shows nothing of what the change does. What AWS has makes the program refuse more of them.
func TestEveryEditIsAConfigurationThatLoads(t *testing.T) {
	before := worlds()
	for w, values := range before {
		if _, err := load(time.Now(), ".", StackFile{}, raw(values), nil); err != nil {
			t.Fatalf("the stack %s: %v", w.Name, err)
		}
	}
	for _, edit := range edits.All() {
		values := raw(after(before[edit.World], edit))
		if _, err := load(time.Now(), ".", StackFile{}, values, []string{Project + ":meshCa", Project + ":ingress"}); err != nil && !edit.Refused {
			t.Errorf("the edit %q (%s) of the stack %s: %v", edit.Keys, edit.Change, edit.World.Name, err)
		}
	}
}
