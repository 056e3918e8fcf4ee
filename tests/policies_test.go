package tests

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/tests/recorder"
)

const (
	policyObject = "kubernetes:security.istio.io/v1:AuthorizationPolicy"
	httpRoute    = "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute"
	defaults     = "kubernetes:core/v1:ConfigMap"
)

// guarded is the dev stack with a waypoint for the cluster ecs-2 and one for a service of ecs-3.
func guarded(t *testing.T, stage string) *recorder.Recording {
	t.Helper()
	return succeed(t, Record(t, "dev", func(o *recorder.Options) {
		var clusters map[string]map[string]any
		if err := json.Unmarshal([]byte(o.Config[config.Project+":clusters"]), &clusters); err != nil {
			t.Fatal(err)
		}
		clusters["ecs-2"]["waypoint"] = true
		clusters["ecs-2"]["access"] = "declared"
		clusters["ecs-2"]["allow"] = []any{map[string]any{"from": []any{"cluster:ecs-1"}, "methods": []any{"GET"}}}
		service := func(cluster string) map[string]any {
			return clusters[cluster]["services"].(map[string]any)["echo-service"].(map[string]any)
		}
		service("ecs-2")["traffic"] = map[string]any{"timeout": "5s"}
		service("ecs-3")["waypoint"] = true
		data, err := json.Marshal(clusters)
		if err != nil {
			t.Fatal(err)
		}
		o.Config = maps.Clone(o.Config)
		o.Config[config.Project+":clusters"] = string(data)
		o.Config[config.Project+":policyStage"] = stage
	}))
}

func TestServicesStartBehindAWaypointWhosePoliciesHold(t *testing.T) {
	r := guarded(t, "l7")
	for namespace, w := range map[string]struct{ name, service string }{
		"ambient-ecs-2": {"waypoint", "ecs-2/echo-service"}, "ambient-ecs-3": {"echo-service-waypoint", "ecs-3/echo-service"},
	} {
		gateway := r.Get(t, gatewayObject, namespace+"-"+w.name)
		service := r.Get(t, ecsService, w.service)
		needs(t, r, service, gateway)
		needs(t, r, gateway, r.Get(t, helmRelease, "istiod"))
		needs(t, r, gateway, r.Get(t, defaults, "waypoint-defaults"))
		for _, name := range []string{"deny-all-at-" + w.name, "allow-waypoint-to-echo-service", "waypoint-allow-to-echo-service"} {
			needs(t, r, gateway, r.Get(t, policyObject, namespace+"-"+name))
		}
	}
	needs(t, r, r.Get(t, ecsService, "ecs-2/echo-service"), r.Get(t, httpRoute, "ambient-ecs-2-echo-service"))
}

func TestAWaypointIsEnrolledWhereItStandsForAService(t *testing.T) {
	r := guarded(t, "permissive")
	const key = "istio.io/use-waypoint"
	for name, want := range map[string]any{"ambient-ecs-1": nil, "ambient-ecs-2": "waypoint", "ambient-ecs-3": nil} {
		labels := r.Get(t, "kubernetes:core/v1:Namespace", name).Inputs["metadata"].(map[string]any)["labels"].(map[string]any)
		if labels[key] != want {
			t.Errorf("namespace %s has the label %v, want %v", name, labels[key], want)
		}
	}
	for name, want := range map[string]any{"ecs-1/echo-service": nil, "ecs-2/echo-service": nil, "ecs-3/echo-service": "echo-service-waypoint", "ecs-3/shell-task": nil} {
		tags := r.Get(t, ecsService, name).Inputs["tags"].(map[string]any)
		if tags[key] != want {
			t.Errorf("service %s has the tag %v, want %v", name, tags[key], want)
		}
	}
}

func TestAStepOfThePolicyStageChangesPoliciesOnly(t *testing.T) {
	before := guarded(t, "permissive")
	for _, stage := range []string{"deny-all", "l4", "l7"} {
		after := guarded(t, stage)
		unlike := func(a, b *recorder.Recording) (names []string) {
			known := map[string]map[string]any{}
			for _, res := range a.Resources {
				known[res.URN] = res.Inputs
			}
			for _, res := range b.Resources {
				if inputs, found := known[res.URN]; !found || !reflect.DeepEqual(inputs, res.Inputs) {
					names = append(names, res.Type+" "+res.Name)
				}
			}
			return names
		}
		changed := slices.Concat(unlike(before, after), unlike(after, before))
		if len(changed) == 0 {
			t.Errorf("the step to %s changes nothing", stage)
		}
		for _, name := range changed {
			if !strings.HasPrefix(name, policyObject) {
				t.Errorf("the step to %s changes %s", stage, name)
			}
		}
		before = after
	}
}
