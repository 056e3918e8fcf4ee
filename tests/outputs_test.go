package tests

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/tests/recorder"
)

func TestEveryOutputIsDocumentedInOneLine(t *testing.T) {
	reference, err := os.ReadFile("../docs/reference.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(reference), "## Outputs")
	if !ok {
		t.Fatal("docs/reference.md has no section on outputs")
	}
	r := succeed(t, Record(t, "dev", nil))
	if len(r.Outputs) == 0 {
		t.Fatal("no outputs")
	}
	for name := range r.Outputs {
		if strings.Count(section, "| `"+name+"` |") != 1 {
			t.Errorf("output %s needs one line in docs/reference.md", name)
		}
	}
}

func TestTheKubeconfigIsASecretOutput(t *testing.T) {
	r := succeed(t, Record(t, "dev", nil))
	if !slices.Contains(r.SecretOutputs, "kubeconfig") {
		t.Errorf("secret outputs are %v", r.SecretOutputs)
	}
}

// The verifier tells a rule that somebody wrote from the choice that admits many.
func TestAReadyMadeChoiceIsMarkedAmongTheRules(t *testing.T) {
	r := succeed(t, Record(t, "dev", func(o *recorder.Options) {
		var clusters map[string]map[string]any
		if err := json.Unmarshal([]byte(o.Config[config.Project+":clusters"]), &clusters); err != nil {
			t.Fatal(err)
		}
		clusters["ecs-2"]["allow"] = []any{map[string]any{"from": []any{"cluster:ecs-1"}}}
		data, err := json.Marshal(clusters)
		if err != nil {
			t.Fatal(err)
		}
		o.Config = maps.Clone(o.Config)
		o.Config[config.Project+":clusters"] = string(data)
	}))
	destinations := r.Outputs["destinations"].(map[string]any)
	rules := destinations["echo-service.ambient-ecs-2.ecs.local"].(map[string]any)["allow"].([]any)
	if len(rules) != 2 {
		t.Fatalf("rules: %v", rules)
	}
	if got := rules[0].(map[string]any)["access"]; got != "mesh" {
		t.Errorf("the choice is marked %v", got)
	}
	if got, marked := rules[1].(map[string]any)["access"]; marked {
		t.Errorf("a rule of the stack file is marked %v", got)
	}
}
