package config

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"ambient-ecs/mesh/gatewayapi"
	"ambient-ecs/problem"
)

// declaration is a key in the config block of Pulumi.yaml.
type declaration struct {
	Type        string     `yaml:"type"`
	Items       *yaml.Node `yaml:"items"`
	Description string     `yaml:"description"`
	Default     any        `yaml:"default"`
	Value       any        `yaml:"value"`
	Secret      bool       `yaml:"secret"`
}

// project is the config block of Pulumi.yaml, without keys of other namespaces. It is read anew each
// time, because tests edit what they get.
func project() map[string]declaration {
	var file struct {
		Name   string                 `yaml:"name"`
		Config map[string]declaration `yaml:"config"`
	}
	readYAML("../Pulumi.yaml", &file)
	if file.Name != Project {
		panic("Pulumi.yaml has the name " + file.Name)
	}
	maps.DeleteFunc(file.Config, func(key string, _ declaration) bool { return strings.Contains(key, ":") })
	return file.Config
}

func defaults() map[string]any {
	values := map[string]any{}
	for key, declared := range project() {
		values[key] = declared.Default
	}
	return values
}

// stack is the configuration of a stack file with the defaults filled in, as decoded values by key.
func stack(name string) map[string]any {
	var file struct {
		Config map[string]any `yaml:"config"`
	}
	readYAML("../Pulumi."+name+".yaml", &file)
	values := defaults()
	for key, value := range file.Config {
		values[strings.TrimPrefix(key, Project+":")] = value
	}
	return values
}

func readYAML(path string, into any) {
	data, err := os.ReadFile(path)
	if err == nil {
		err = yaml.Unmarshal(data, into)
	}
	if err != nil {
		panic(fmt.Errorf("read %s: %w", path, err))
	}
}

// raw hands values over as the engine does: scalars as text, objects and lists as JSON.
func raw(values map[string]any) map[string]string {
	out := map[string]string{}
	for key, value := range values {
		switch v := value.(type) {
		case map[string]any, []any:
			data, err := json.Marshal(v)
			if err != nil {
				panic(err)
			}
			out[Project+":"+key] = string(data)
		default:
			out[Project+":"+key] = fmt.Sprint(v)
		}
	}
	return out
}

// edit is a change of one value, by its path with "/" between the keys. A nil value removes the key.
type edit struct {
	path  string
	value any
}

// plain is the dev stack without what it only shows, its switched-off shared services.
func plain() map[string]any {
	values := stack("dev")
	delete(values, "sharedServices")
	for _, cluster := range values["clusters"].(map[string]any) {
		services := cluster.(map[string]any)["services"].(map[string]any)
		maps.DeleteFunc(services, func(_ string, service any) bool { return service.(map[string]any)["shared"] != nil })
	}
	return values
}

// with makes the edits in a copy of the plain stack. Steps that are missing on the way are made.
func with(edits ...edit) map[string]any {
	values := plain()
	for _, e := range edits {
		at := values
		steps := strings.Split(e.path, "/")
		for _, step := range steps[:len(steps)-1] {
			next, ok := at[step].(map[string]any)
			if !ok {
				next = map[string]any{}
				at[step] = next
			}
			at = next
		}
		last := steps[len(steps)-1]
		if e.value == nil {
			delete(at, last)
		} else {
			at[last] = e.value
		}
	}
	return values
}

// object and list shorten the tables of edits.
type object = map[string]any

func list(elements ...any) []any { return append([]any{}, elements...) }

func mustLoad(t *testing.T, values map[string]any) Config {
	t.Helper()
	c, err := Load(raw(values))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTheStackFilesLoad(t *testing.T) {
	for name, want := range map[string]struct{ accounts, clusters int }{
		"dev":    {accounts: 2, clusters: 3},
		"single": {accounts: 1, clusters: 1},
		"pair":   {accounts: 1, clusters: 2},
	} {
		t.Run(name, func(t *testing.T) {
			c := mustLoad(t, stack(name))
			if len(c.Accounts) != want.accounts || len(c.Clusters) != want.clusters {
				t.Errorf("%d accounts and %d clusters, want %+v", len(c.Accounts), len(c.Clusters), want)
			}
			for _, key := range c.ClusterKeys() {
				services := c.Clusters[key].Services
				if !services["shell-task"].ClientOnly || services["echo-service"].Port != 8080 {
					t.Errorf("cluster %s does not have the guide's two services: %+v", key, services)
				}
			}
		})
	}
}

func TestTheStackFilesUseDifferentInstallNames(t *testing.T) {
	seen := map[string]string{}
	for _, name := range []string{"dev", "single", "pair"} {
		install := fmt.Sprint(stack(name)["installName"])
		if other := seen[install]; other != "" {
			t.Errorf("%s and %s are both %q: they would fight over names in one account", name, other, install)
		}
		seen[install] = name
	}
}

func TestTheStackFilesSetNoUnknownKey(t *testing.T) {
	for _, name := range []string{"dev", "single", "pair"} {
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
			t.Errorf("%s is a key of Config, but not declared in Pulumi.yaml", key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(project())) {
		if _, known := fields[key]; !known {
			t.Errorf("%s is declared in Pulumi.yaml, but is no key of Config", key)
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
	readYAML("../Pulumi.yaml", &file)
	if got := fmt.Sprint(file.Config["pulumi:disable-default-providers"].Value); got != "[*]" {
		t.Errorf("pulumi:disable-default-providers is %s, want [*]", got)
	}
}

func TestTheDefaultGatewayAPISourceIsTheOneWithAPinnedChecksum(t *testing.T) {
	if got := project()["gatewayApiSource"].Default; got != gatewayapi.DefaultURL {
		t.Errorf("the default is %v, but the checksum in code is of %s", got, gatewayapi.DefaultURL)
	}
}

func TestTheDefaultsAloneMissOnlyWhatNobodyElseCanKnow(t *testing.T) {
	_, err := Load(raw(defaults()))
	if err == nil {
		t.Fatal("the defaults alone are accepted")
	}
	var missing []string
	for _, line := range strings.Split(err.Error(), "\n")[1:] {
		field, _, isMissing := strings.Cut(line, " "+problem.NotSet+": ")
		if !isMissing {
			t.Errorf("a default is refused: %s", line)
		}
		missing = append(missing, field)
	}
	if want := []string{"accounts", "apiAccessCidrs", "home", "license", "region"}; !slices.Equal(missing, want) {
		t.Errorf("missing %v, want %v", missing, want)
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

func mapOfFields() map[string]string {
	fields := map[string]string{}
	t := reflect.TypeFor[Config]()
	for i := range t.NumField() {
		if !t.Field(i).IsExported() {
			continue
		}
		kind := map[reflect.Kind]string{
			reflect.String: "string", reflect.Int: "integer", reflect.Bool: "boolean",
			reflect.Slice: "array", reflect.Map: "object", reflect.Struct: "object",
		}[t.Field(i).Type.Kind()]
		fields[t.Field(i).Tag.Get(structTag)] = kind
	}
	return fields
}

func TestEveryFieldHasAKey(t *testing.T) {
	for _, typ := range []reflect.Type{
		reflect.TypeFor[Config](), reflect.TypeFor[Account](), reflect.TypeFor[Subnets](), reflect.TypeFor[Cluster](),
		reflect.TypeFor[Service](), reflect.TypeFor[Egress](), reflect.TypeFor[HealthCheck](),
		reflect.TypeFor[SharedService](), reflect.TypeFor[Guard](), reflect.TypeFor[Rule](), reflect.TypeFor[Traffic](), reflect.TypeFor[Route](),
		reflect.TypeFor[Retries](), reflect.TypeFor[Fault](), reflect.TypeFor[Delay](), reflect.TypeFor[Abort](),
		reflect.TypeFor[MeshCA](), reflect.TypeFor[Observability](), reflect.TypeFor[Alarms](), reflect.TypeFor[Chart](),
	} {
		for i := range typ.NumField() {
			if field := typ.Field(i); field.IsExported() && !field.Anonymous && field.Tag.Get(structTag) == "" {
				t.Errorf("%s.%s has no key: nobody could set it", typ.Name(), typ.Field(i).Name)
			}
		}
	}
}
