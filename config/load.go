package config

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"ambient-ecs/problem"
)

// Load reads the stack configuration as the engine hands it over and validates it. The map has one
// entry for each key ("ambient-ecs:region"); numbers and booleans are text, objects and lists are JSON,
// secrets are decrypted, and the defaults of Pulumi.yaml are filled in. Keys of other namespaces are
// left alone. Files that services name are below the working directory, which for a program is the folder of
// Pulumi.yaml. The names after it are the entries that are encrypted in the stack file, in whole or in part.
//
// The error holds every problem that was found, each with its field, its value and the reason.
func Load(raw map[string]string, encrypted ...string) (Config, error) {
	return LoadAt(time.Now(), raw, encrypted...)
}

// LoadAt is Load at a given time, by which certificates are judged.
func LoadAt(now time.Time, raw map[string]string, encrypted ...string) (Config, error) {
	return load(now, ".", StackFile{}, raw, encrypted)
}

// Load works like the function Load. It also compares values with the stack file's spelling, and refuses text that YAML took for
// something else.
func (f StackFile) Load(raw map[string]string, encrypted ...string) (Config, error) {
	return load(time.Now(), ".", f, raw, encrypted)
}

// LoadIn is Load for a program whose Pulumi.yaml lies in another folder than the working directory.
func (f StackFile) LoadIn(folder string, raw map[string]string, encrypted ...string) (Config, error) {
	return load(time.Now(), folder, f, raw, encrypted)
}

// load loads the configuration of a program whose Pulumi.yaml lies in a folder.
func load(now time.Time, folder string, f StackFile, raw map[string]string, encrypted []string) (Config, error) {
	var found problem.List
	values := map[string]any{}
	for name, text := range raw {
		if key, ours := strings.CutPrefix(name, Project+":"); ours {
			if value, set := parse(&found, key, text); set {
				values[key] = value
			}
		}
	}
	c := Config{loaded: now, named: f.named, secret: secretKeys(encrypted), size: sizeOf(raw)}
	c.clusterKeys = clusterKeysSet(f, values)
	decoder{&found, f}.decode("", reflect.ValueOf(&c).Elem(), values)
	c.readFiles(&found, folder)

	unread := unreadOf(found)
	var invalid problem.List
	c.validate(&invalid)
	for _, p := range invalid {
		// What could not be read is empty in c. To judge it, or anything else by it, would mislead.
		if !unread.concerns(p) {
			found = append(found, p)
		}
	}
	if len(found) == 0 {
		// After the checks: what is switched off has to be right too, or switching it on would be a surprise.
		return c.withoutDisabled().withoutTasks().withoutIngress(), nil
	}
	for i, p := range found {
		if _, known := fieldByKey(reflect.TypeFor[Config](), p.Field); known && p.Value != "" && c.Unset(p.Field) {
			found[i].Reason += " (the stack file does not set it: this is the program's default)"
		}
	}
	found.Hide(c.holdsSecret)
	found.Sort()
	return Config{}, fmt.Errorf("the stack configuration is refused:\n%w", found.Err())
}
