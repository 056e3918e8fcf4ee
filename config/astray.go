package config

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"ambient-ecs/problem"
)

// ofPulumi are the keys that Pulumi reads at the top of a stack file. It ignores any other.
var ofPulumi = []string{"config", "environment", "secretsprovider", "encryptedkey", "encryptionsalt"}

// besideConfig are the keys at the top of a stack file that are meant for the program: its own keys, and maps that hold such. Other keys may
// serve as anchors.
func besideConfig(file map[string]any) (keys []string) {
	for _, key := range slices.Sorted(maps.Keys(file)) {
		name, prefixed := strings.CutPrefix(key, Project+":")
		_, known := fieldByKey(reflect.TypeFor[Config](), name)
		inner, _ := file[key].(map[string]any)
		holds := slices.ContainsFunc(slices.Collect(maps.Keys(inner)), func(key string) bool { return strings.HasPrefix(key, Project+":") })
		if !slices.Contains(ofPulumi, key) && (prefixed || known || holds) {
			keys = append(keys, key)
		}
	}
	return keys
}

// checkAstray refuses keys that Pulumi ignores, or hands to nobody, and that are meant for the program. Without a word a policy or a lock would
// have no effect.
func (f StackFile) checkAstray(p *problem.List, raw map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(raw)) {
		if namespace, key, _ := strings.Cut(name, ":"); namespace != Project {
			_, known := fieldByKey(reflect.TypeFor[Config](), key)
			if known && problem.DidYouMean(namespace, []string{Project}) != "" {
				p.Add(name, "is nobody's", "the program reads the keys of %[1]s, so it has no effect: write %[1]s:%[2]s", Project, key)
			}
		}
	}
	// The engine may have read another file (--config-file).
	another := slices.ContainsFunc(f.own, func(key string) bool { _, arrived := raw[Project+":"+key]; return !arrived })
	for _, key := range f.beside {
		if !another {
			p.Add(key, "stands beside config", "Pulumi reads nothing there, so it has no effect: put what it says below config")
		}
	}
}
