package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"gopkg.in/yaml.v3"

	"ambient-ecs/problem"
)

// project is the config block of Pulumi.yaml, without keys of other namespaces.
func project() map[string]declaration {
	var file struct {
		Name   string                 `yaml:"name"`
		Config map[string]declaration `yaml:"config"`
	}
	readYAML("Pulumi.yaml", &file)
	if file.Name != Project {
		panic("Pulumi.yaml has the name " + file.Name)
	}
	maps.DeleteFunc(file.Config, func(key string, _ declaration) bool { return strings.Contains(key, ":") })
	return file.Config
}

// declaration is a key in the config block of Pulumi.yaml.
type declaration struct {
	Type        string     `yaml:"type"`
	Items       *yaml.Node `yaml:"items"`
	Description string     `yaml:"description"`
	Default     any        `yaml:"default"`
	Value       any        `yaml:"value"`
	Secret      bool       `yaml:"secret"`
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
	readYAML("Pulumi."+name+".yaml", &file)
	values := defaults()
	for key, value := range file.Config {
		values[strings.TrimPrefix(key, Project+":")] = value
	}
	return values
}

// parsed are the files that readYAML has read, by path. Parsing is most of what reading costs, and every configuration of a test begins
// with them.
var parsed sync.Map

// readYAML decodes a file anew, because tests edit what they get.
func readYAML(path string, into any) {
	document, known := parsed.Load(path)
	var err error
	if !known {
		var data []byte
		if data, err = os.ReadFile(path); err == nil {
			document = new(yaml.Node)
			err = yaml.Unmarshal(data, document)
			parsed.Store(path, document)
		}
	}
	if err == nil {
		err = document.(*yaml.Node).Decode(into)
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

// plain is the dev stack without what it only shows, its switched-off shared services and ingress. It names its versions, so that
// another default changes no test.
func plain() map[string]any {
	values := stack("dev")
	values["istioVersion"], values["kubernetesVersion"] = "1.28.3-patch0-solo", "1.34"
	delete(values, "sharedServices")
	delete(values, "ingress")
	for _, cluster := range values["clusters"].(map[string]any) {
		services := cluster.(map[string]any)["services"].(map[string]any)
		maps.DeleteFunc(services, func(_ string, service any) bool { return service.(map[string]any)["shared"] != nil })
		for _, service := range services {
			delete(service.(map[string]any), "allow")
		}
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

// refusal is an edit of the dev stack and what the error must say: one entry for each problem, each
// with words that must stand in that problem's line, in order. There must be no further problem.
type refusal struct {
	name  string
	edits []edit
	want  [][]string
}

func one(name, path string, value any, words ...string) refusal {
	return refusal{name: name, edits: []edit{{path, value}}, want: [][]string{words}}
}

func (r refusal) check(t *testing.T) {
	t.Helper()
	c, err := Load(raw(with(r.edits...)))
	if err == nil {
		t.Fatalf("it was accepted")
	}
	if c.Install != "" {
		t.Errorf("a refused configuration was returned")
	}
	lines := strings.Split(err.Error(), "\n")[1:]
	for _, words := range r.want {
		found := -1
		for i, line := range lines {
			if inOrder(line, words) {
				found = i
			}
		}
		if found < 0 {
			t.Errorf("no problem says %q in:\n%v", words, err)
			continue
		}
		lines = append(lines[:found], lines[found+1:]...)
	}
	for _, line := range lines {
		t.Errorf("a further problem was told: %s", line)
	}
}

func inOrder(text string, words []string) bool {
	for _, word := range words {
		_, after, found := strings.Cut(text, word)
		if !found {
			return false
		}
		text = after
	}
	return true
}

func run(t *testing.T, refusals []refusal) {
	t.Helper()
	for _, r := range refusals {
		t.Run(r.name, func(t *testing.T) { r.check(t) })
	}
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
	for _, name := range []string{"dev", "single", "pair", "prod"} {
		install := fmt.Sprint(stack(name)["installName"])
		if other := seen[install]; other != "" {
			t.Errorf("%s and %s are both %q: they would fight over names in one account", name, other, install)
		}
		seen[install] = name
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

func TestAllProblemsComeAtOnce(t *testing.T) {
	refusal{
		edits: []edit{
			{"region", ""},
			{"license", ""},
			{"accounts/local/id", "1234"},
			{"accounts/external/vpcCidr", "10.1.0.0"},
			{"clusters/ecs-2/account", "lokal"},
			{"clusters/ecs-3/services/echo-service/port", 15008},
			{"logRetentionDays", "a month"},
			{"regoin", "eu-central-1"},
			{"clusters/ecs-1/services/echo-service/memmory", 1024},
		},
		want: [][]string{
			{"region is not set"},
			{"license is not set"},
			{"accounts.local.id", "12 digits"},
			{"accounts.external.vpcCidr", "not a CIDR"},
			{"clusters.ecs-2.account", "did you mean local?"},
			{"clusters.ecs-3.services.echo-service.port", "ztunnel"},
			{`logRetentionDays = "a month"`, "must be a whole number"},
			{"regoin is unknown", "did you mean region?"},
			{"clusters.ecs-1.services.echo-service.memmory is unknown", "did you mean memory?"},
		},
	}.check(t)
}

func TestProblemsComeInTheSameOrderEachTime(t *testing.T) {
	values := with(edit{"region", ""}, edit{"license", ""}, edit{"regoin", "x"}, edit{"accounts/local/id", ""}, edit{"clusters/ecs-1/acount", "x"})
	_, first := Load(raw(values))
	for range 20 {
		if _, err := Load(raw(values)); err.Error() != first.Error() {
			t.Fatalf("first:\n%v\nthen:\n%v", first, err)
		}
	}
}

func TestValidateSaysWhatLoadSays(t *testing.T) {
	c := mustLoad(t, stack("dev"))
	if err := c.Validate(); err != nil {
		t.Errorf("a loaded configuration is refused afterwards: %v", err)
	}
	c.Region, c.Home = "", ""
	err := c.Validate()
	if !errors.As(err, new(problem.Problem)) || strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("Validate says %v", err)
	}
}

func TestWhatGuardsAndWhatShowsIsOnByDefault(t *testing.T) {
	for _, key := range []string{"protect", "executionRoleSourceCheck", "testWorkloads", "quotaLookUps"} {
		if defaults()[key] != true {
			t.Errorf("%s is %v by default", key, defaults()[key])
		}
	}
}
