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

// A pipeline renders the whole task definition, so it has to know both roles of its service and the family. With the account's execution
// role ECS could not read the secrets of a service that has a role of its own.
func TestTheOutputsNameTheRolesAndTheFamilyOfEveryTaskDefinition(t *testing.T) {
	own := 0
	// The recorder makes every role in one account.
	part := func(value any) string {
		text, _ := value.(string)
		return text[strings.Index(text, ":role/")+1:]
	}
	for _, stack := range Stacks {
		r := succeed(t, Record(t, stack, nil))
		shared := slices.Collect(maps.Values(r.Outputs["executionRoleArns"].(map[string]any)))
		for key, cluster := range r.Outputs["ecsClusters"].(map[string]any) {
			for _, kind := range []string{"services", "tasks"} {
				workloads, _ := cluster.(map[string]any)[kind].(map[string]any)
				for name, described := range workloads {
					said, inputs := described.(map[string]any), r.Get(t, "aws:ecs/taskDefinition:TaskDefinition", key+"/"+name).Inputs
					for _, member := range []string{"taskRoleArn", "executionRoleArn", "family"} {
						if part(said[member]) != part(inputs[member]) && !(kind == "tasks" && member == "family") {
							t.Errorf("%s: the output of %s/%s has the %s %v, and its task definition %v", stack, key, name, member, said[member], inputs[member])
						}
					}
					if !slices.Contains(shared, said["executionRoleArn"]) {
						own++
					}
				}
			}
		}
	}
	if own == 0 {
		t.Error("no stack has a service with an execution role of its own")
	}
}
