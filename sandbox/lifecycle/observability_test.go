//go:build engine

package lifecycle

import (
	"slices"
	"strings"
	"testing"

	"ambient-ecs/sandbox/world"
)

// everything switches on all observability settings.
var everything = map[string]any{
	"queries": true, "metrics": true, "dashboards": true, "kiali": true, "tracing": true, "clusterLogs": true,
	"alarms": map[string]any{"enabled": true, "emails": []any{"ops@example.com"}},
}

func TestWhatShowsTheMeshComesUpStaysUnchangedAndLeavesNothing(t *testing.T) {
	t.Parallel()
	s := newStack(t, "dev")
	s.configure("observability", everything)
	s.up()
	s.nothingToDo()
	s.look(func(tx *world.Tx) {
		for kind, least := range map[string]int{
			"aws:cloudwatch/metricAlarm:MetricAlarm": 13, "aws:cloudwatch/logMetricFilter:LogMetricFilter": 4,
			"aws:cloudwatch/queryDefinition:QueryDefinition": 10, "aws:sns/topic:Topic": 2, "aws:sns/topicSubscription:TopicSubscription": 2,
		} {
			if found := tx.Find("", kind, nil); len(found) < least {
				t.Errorf("%d of %s, want %d", len(found), kind, least)
			}
		}
	})
	s.run("destroy")
	for _, r := range s.remains() {
		t.Errorf("left after destroy: %s", r)
	}
}

// Observability can be switched on and off without a change of the mesh.
func TestSwitchingItOnAndOffTouchesNothingElse(t *testing.T) {
	t.Parallel()
	s := raised(t, "single")
	s.configure("observability", everything)
	// istiod is the only exception: its configuration names the destination of traces.
	allowed := []string{"update kubernetes:helm.sh/v3:Release istiod values.meshConfig.extensionProviders"}
	for _, step := range s.preview() {
		if !strings.HasPrefix(step, "create ") && !slices.Contains(allowed, step) {
			t.Errorf("switching it on plans: %s", step)
		}
	}
	s.up()
	s.nothingToDo()
	s.configure("observability", map[string]any{})
	for _, step := range s.preview() {
		if !strings.HasPrefix(step, "delete ") && !slices.Contains(allowed, step) {
			t.Errorf("switching it off plans: %s", step)
		}
	}
	s.up()
	s.look(func(tx *world.Tx) {
		for _, arn := range tx.Clusters() {
			for key, o := range tx.Objects(arn) {
				if metadata, _ := o["metadata"].(map[string]any); metadata["namespace"] == "observability" {
					t.Errorf("%s stays", key)
				}
			}
		}
	})
}
