package tests

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"ambient-ecs/config"
	"ambient-ecs/tests/golden"
)

const (
	referencePage   = "../docs/reference.md"
	referenceBegins = "<!-- configuration: made from Pulumi.yaml by `make golden` -->\n"
	referenceEnds   = "<!-- end of configuration -->"
)

func TestTheReferenceListsEveryConfigurationKeyAsPulumiYAMLDoes(t *testing.T) {
	page, err := os.ReadFile(referencePage)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(page), referenceBegins)
	_, after, ends := strings.Cut(rest, referenceEnds)
	if !ok || !ends {
		t.Fatal("the page has lost the marks of the table")
	}
	want := before + referenceBegins + configurationTable(t) + referenceEnds + after
	if *golden.Update {
		if err := os.WriteFile(referencePage, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want != string(page) {
		t.Error("docs/reference.md is not what Pulumi.yaml says: run `make golden`")
	}
}

func configurationTable(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("../Pulumi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	// A node keeps the order of the file, which is the order in which a reader wants the keys.
	var project struct {
		Config yaml.Node `yaml:"config"`
	}
	if err := yaml.Unmarshal(data, &project); err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	table.WriteString("| key | type | default | |\n|---|---|---|---|\n")
	for i := 0; i+1 < len(project.Config.Content); i += 2 {
		key := project.Config.Content[i].Value
		if strings.Contains(key, ":") && !strings.HasPrefix(key, config.Project+":") {
			continue
		}
		var declared struct {
			Type, Description string
			Default           any
		}
		if err := project.Config.Content[i+1].Decode(&declared); err != nil {
			t.Fatal(err)
		}
		value, err := json.Marshal(declared.Default)
		if err != nil {
			t.Fatal(err)
		}
		shown := "`" + strings.Trim(string(value), `"`) + "`"
		if shown == "``" {
			shown = ""
		}
		fmt.Fprintf(&table, "| `%s` | %s | %s | %s |\n", key, declared.Type, shown, strings.ReplaceAll(declared.Description, "|", "\\|"))
	}
	return table.String()
}
