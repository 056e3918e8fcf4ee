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

// Draft is LoadIn for a stack file that somebody has yet to finish. The Config is also there where checks refuse it: for a comparison with what
// lives, and never to register anything by it. It is the zero Config where something could not be read at all, and read is false.
func (f StackFile) Draft(folder string, raw map[string]string) (c Config, read bool, refused error) {
	c, found, read := judge(time.Now(), folder, f, raw, nil)
	if !read {
		return Config{}, false, asError(found)
	}
	return c.withoutOff(), true, asError(found)
}

// load loads the configuration of a program whose Pulumi.yaml lies in a folder.
func load(now time.Time, folder string, f StackFile, raw map[string]string, encrypted []string) (Config, error) {
	c, found, _ := judge(now, folder, f, raw, encrypted)
	if len(found) > 0 {
		return Config{}, asError(found)
	}
	return c.withoutOff(), nil
}

// withoutOff leaves out what is switched off. After the checks: that has to be right too, or switching it on would be a surprise.
func (c Config) withoutOff() Config { return c.withoutDisabled().withoutTasks().withoutIngress() }

func asError(found problem.List) error {
	if len(found) == 0 {
		return nil
	}
	return fmt.Errorf("the stack configuration is refused:\n%w", found.Err())
}

// judge reads the configuration and checks it. Whole says that nothing was found while reading.
func judge(now time.Time, folder string, f StackFile, raw map[string]string, encrypted []string) (c Config, found problem.List, whole bool) {
	values := map[string]any{}
	for name, text := range raw {
		if key, ours := strings.CutPrefix(name, Project+":"); ours {
			if value, set := parse(&found, key, text); set {
				values[key] = value
			}
		}
	}
	c = Config{loaded: now, named: f.named, secret: secretKeys(encrypted), size: sizeOf(raw)}
	c.clusterKeys = clusterKeysSet(f, values)
	f.checkAstray(&found, raw)
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
	for i, p := range found {
		if _, known := fieldByKey(reflect.TypeFor[Config](), p.Field); known && p.Value != "" && c.Unset(p.Field) {
			found[i].Reason += " (the stack file does not set it: this is the program's default)"
		}
	}
	found.Hide(c.holdsSecret)
	found.Sort()
	return c, found, len(unread) == 0
}
