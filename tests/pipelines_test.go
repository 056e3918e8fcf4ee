package tests

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/tests/recorder"
	"ambient-ecs/tests/stackfile"
)

// byPipeline lets a pipeline deploy the dev stack's echo-service.
func byPipeline(o *recorder.Options) {
	o.Config = edited(o.Config, func(clusters map[string]any) {
		service := clusters["ecs-1"].(map[string]any)["services"].(map[string]any)["echo-service"].(map[string]any)
		service["deployedBy"] = "pipeline"
	})
}

// edited changes the clusters of a configuration.
func edited(values map[string]string, change func(clusters map[string]any)) map[string]string {
	var clusters map[string]any
	if err := json.Unmarshal([]byte(values[config.Project+":clusters"]), &clusters); err != nil {
		panic(err)
	}
	change(clusters)
	text, err := json.Marshal(clusters)
	if err != nil {
		panic(err)
	}
	values[config.Project+":clusters"] = string(text)
	return values
}

func TestWhatAPipelineDeploysIsNotTheProgramsToChange(t *testing.T) {
	r := succeed(t, Record(t, "dev", byPipeline))
	for _, res := range r.Resources {
		pipeline := strings.HasSuffix(res.Name, "ecs-1/echo-service")
		switch res.Type {
		case "aws:ecs/taskDefinition:TaskDefinition":
			if res.Inputs["skipDestroy"] != pipeline || slices.Contains(res.IgnoreChanges, "containerDefinitions") != pipeline {
				t.Errorf("%s: skipDestroy %v, ignored are %v", res.Name, res.Inputs["skipDestroy"], res.IgnoreChanges)
			}
			if stamped := strings.Contains(res.Inputs["containerDefinitions"].(string), "ambient-ecs.inputs"); stamped != pipeline {
				t.Errorf("%s: stamped %v", res.Name, stamped)
			}
		case "aws:ecs/service:Service":
			if slices.Contains(res.IgnoreChanges, "taskDefinition") != pipeline {
				t.Errorf("%s: ignored are %v", res.Name, res.IgnoreChanges)
			}
			given, tagged := res.Inputs["tags"].(map[string]any)[config.GivenTag].(string)
			if tagged != pipeline || tagged && (!strings.Contains(given, "image=") || !strings.Contains(given, config.GivenControlPlane+"=")) {
				t.Errorf("%s: the tag is %q", res.Name, given)
			}
		}
	}
	policies, ok := r.Outputs["pipelinePolicies"].(map[string]any)
	if text, _ := policies["ecs-1/echo-service"].(string); !ok || len(policies) != 1 || !strings.Contains(text, "task-definition/ambient-ecs-1-echo-service:*") {
		t.Errorf("the policies are %v", r.Outputs["pipelinePolicies"])
	}
}

// Who deploys a service and who chooses its number of tasks are two questions.
func TestAPipelinesServiceScales(t *testing.T) {
	r := succeed(t, Record(t, "dev", func(o *recorder.Options) {
		byPipeline(o)
		o.Config = edited(o.Config, func(clusters map[string]any) {
			service := clusters["ecs-1"].(map[string]any)["services"].(map[string]any)["echo-service"].(map[string]any)
			service["scaling"] = map[string]any{"min": 1, "max": 4, "cpu": 60}
		})
	}))
	targets, policies := r.OfType("aws:appautoscaling/target:Target"), r.OfType("aws:appautoscaling/policy:Policy")
	if len(targets) != 1 || len(policies) != 1 {
		t.Errorf("there are %d scalable targets and %d policies, want one of each", len(targets), len(policies))
	}
	service := r.Get(t, "aws:ecs/service:Service", "ecs-1/echo-service")
	for _, property := range []string{"taskDefinition", "desiredCount"} {
		if !slices.Contains(service.IgnoreChanges, property) {
			t.Errorf("%s of the service is the program's to change", property)
		}
	}
}

// What is compared with a living service's tags must be what the program gives to the service.
func TestTheTagsOfDiscoveryAreThoseOfTheServices(t *testing.T) {
	for _, stack := range Stacks {
		raw, err := stackfile.Load(Root, stack)
		if err != nil {
			t.Fatal(err)
		}
		cfg, err := config.StackFile{}.LoadIn(Root, raw)
		if err != nil {
			t.Fatal(err)
		}
		for _, res := range succeed(t, Record(t, stack, nil)).Resources {
			if res.Type != "aws:ecs/service:Service" {
				continue
			}
			cluster, name, _ := strings.Cut(res.Name, "/")
			want, tags := cfg.DiscoveryTags(cluster, name), res.Inputs["tags"].(map[string]any)
			for key, value := range tags {
				if strings.Contains(key, "/") && want[key] != value {
					t.Errorf("%s: %s has %s = %v, and DiscoveryTags say %q", stack, res.Name, key, value, want[key])
				}
			}
			for key := range want {
				if tags[key] == nil {
					t.Errorf("%s: %s has no %s", stack, res.Name, key)
				}
			}
		}
	}
}
