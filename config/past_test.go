package config

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestATimeThatHasPassedIsWarnedOf(t *testing.T) {
	at := func(ago time.Duration) string { return time.Now().UTC().Add(-ago).Format("at(2006-01-02T15:04:05)") }
	for name, c := range map[string]struct {
		expression, timezone string
		warns                bool
	}{
		"a day ago":              {at(24 * time.Hour), "", true},
		"an hour ago, UTC":       {at(time.Hour), "UTC", true},
		"an hour ago, somewhere": {at(time.Hour), "America/Los_Angeles", false},
		"a day ago, somewhere":   {at(24 * time.Hour), "America/Los_Angeles", true},
		"tomorrow":               {at(-24 * time.Hour), "", false},
		"each day":               {"cron(0 6 * * ? *)", "Europe/Berlin", false},
	} {
		schedule := object{"schedule": c.expression, "min": 2}
		start := object{"expression": c.expression}
		if c.timezone != "" {
			schedule["timezone"], start["timezone"] = c.timezone, c.timezone
		}
		cfg := mustLoad(t, with(edit{runsAt + "scaling", scaling(object{"schedules": object{"once": schedule}})},
			edit{"clusters/ecs-1/tasks", object{"job": object{"image": "r.example/job:1", "serviceAccount": "job", "schedule": start}}}))
		for _, field := range []string{runsField + "scaling.schedules.once.schedule: at(", "clusters.ecs-1.tasks.job.schedule.expression: at("} {
			if got := slices.ContainsFunc(cfg.Warnings(), func(w string) bool { return strings.HasPrefix(w, field) && strings.Contains(w, "has passed") }); got != c.warns {
				t.Errorf("%s: %s: %q", name, field, cfg.Warnings())
			}
		}
	}
}
