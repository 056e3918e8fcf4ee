package tests

import (
	"maps"
	"reflect"
	"slices"
	"testing"

	"ambient-ecs/tests/recorder"
)

// defined is the task definition that the program registers for a service with a definition of its own.
func defined(t *testing.T, file string) map[string]any {
	t.Helper()
	r := succeed(t, Record(t, "single", func(o *recorder.Options) {
		set(o, "clusters", func(clusters map[string]any) {
			clusters["ecs-1"].(map[string]any)["services"].(map[string]any)["orders"] = map[string]any{
				"taskDefinition": file, "egress": []any{map[string]any{"port": 2049, "cidr": "192.168.0.0/16"}},
			}
		})
	}))
	return r.Get(t, taskDefinition, "ecs-1/orders").Inputs
}

// Whoever makes the file from what AWS describes, with everything that AWS alone sets, gets no new revision.
func TestWhatAWSDescribesOfADefinitionRegistersTheSame(t *testing.T) {
	const file = "ecs/task/definition/testdata/full"
	declared, described := defined(t, file+".json"), defined(t, file+".described.json")
	if !slices.Equal(slices.Sorted(maps.Keys(declared)), slices.Sorted(maps.Keys(described))) {
		t.Errorf("the answer of describe-task-definition registers %v, and the definition %v", slices.Sorted(maps.Keys(described)), slices.Sorted(maps.Keys(declared)))
	}
	for property, want := range declared {
		if got := described[property]; !reflect.DeepEqual(got, want) {
			t.Errorf("of the answer of describe-task-definition %s is\n%v\nand of the definition\n%v", property, got, want)
		}
	}
	if len(declared["volumes"].([]any)) != 2 || declared["runtimePlatform"] == nil || declared["ephemeralStorage"] == nil {
		t.Errorf("the program registers %v", declared)
	}
}
