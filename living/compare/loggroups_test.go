package compare_test

import (
	"strings"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/living/compare"
)

// A missing log group would be seen when no task starts, in the middle of an up.
func TestALogGroupOfOthersExists(t *testing.T) {
	cfg := dev(t, func(c *config.Config) {
		cluster := c.Clusters["ecs-1"]
		cluster.LogGroup = "/apps/prod"
		c.Clusters["ecs-1"] = cluster
	})
	w := lives(cfg)
	for exists, refused := range map[bool]bool{true: false, false: true} {
		w.LogGroups = map[string]bool{"ecs-1": exists}
		_, err := compare.Compare(cfg, w)
		if said := err != nil && strings.Contains(err.Error(), `clusters.ecs-1.logGroup = "/apps/prod": account local (`+homeID+`) has no log group of this name`); said != refused {
			t.Errorf("it exists: %v, and the answer is %v", exists, err)
		}
	}
	w.LogGroups, w.Unseen = nil, map[string]string{compare.LogGroupSubject("ecs-1"): "AccessDenied"}
	warnings, err := compare.Compare(cfg, w)
	if err != nil || !strings.Contains(strings.Join(warnings, "\n"), "the log group of clusters.ecs-1") {
		t.Errorf("%v, %q", err, warnings)
	}
}

// A preview shows a log group that goes as one deletion among many, and says nothing of what it holds.
func TestALogGroupThatGoesIsNamed(t *testing.T) {
	cfg := dev(t, nil)
	w := lives(cfg)
	w.UnusedLogGroups = map[string][]string{"external": {"/ecs/ambient-ecs-9", "/vpc/ambient-external"}}
	warnings, err := compare.Compare(cfg, w)
	if err != nil || len(warnings) != 1 || !strings.Contains(warnings[0], "Account external: this update deletes log groups with everything that they hold") ||
		!strings.Contains(warnings[0], ": /ecs/ambient-ecs-9, /vpc/ambient-external. ") {
		t.Errorf("%v, %q", err, warnings)
	}
}

// Without its key a log group lives on, and nobody can read what it holds.
func TestAKeyOfLogGroupsThatGoesIsNamed(t *testing.T) {
	cfg := dev(t, nil)
	w := lives(cfg)
	w.UnusedLogsKeys = map[string]string{"external": "arn:aws:kms:eu-central-1:444455556666:key/1"}
	warnings, err := compare.Compare(cfg, w)
	if err != nil || len(warnings) != 1 || !strings.Contains(warnings[0], "Account external: this update schedules the deletion of arn:aws:kms:eu-central-1:444455556666:key/1, with which the log groups are encrypted") {
		t.Errorf("%v, %q", err, warnings)
	}
}
