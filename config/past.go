package config

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// past warns of schedules for one time that has passed. What was made before it does nothing any more, and EventBridge Scheduler
// refuses to make it anew (https://github.com/DefangLabs/pulumi-defang/pull/425, 2026-11-30): in another stack, or after a replacement.
// What Application Auto Scaling does is not documented.
func (c Config) past() (all []string) {
	warn := func(field, expression, timezone string) {
		if c.passed(expression, timezone) {
			all = append(all, fmt.Sprintf("%s: %s has passed. The schedule does nothing any more, and AWS may refuse it where it is made anew, for example with its service: remove it, or set another time", field, expression))
		}
	}
	for _, key := range c.ClusterKeys() {
		for _, name := range c.Clusters[key].ServiceKeys() {
			if s := c.Clusters[key].Services[name].Scaling; s != nil {
				for _, schedule := range slices.Sorted(maps.Keys(s.Schedules)) {
					warn(c.Field(key, name)+".scaling.schedules."+schedule+".schedule", s.Schedules[schedule].Schedule, s.Schedules[schedule].Timezone)
				}
			}
		}
		for _, name := range c.Clusters[key].TaskKeys() {
			if s := c.Clusters[key].Tasks[name].Schedule; s != nil {
				warn(c.Field(key, name)+".schedule.expression", s.Expression, s.Timezone)
			}
		}
	}
	return all
}

// westernmost is how far the last time zone is behind UTC. The machine may not know where the named zone is.
const westernmost = 12 * time.Hour

// passed reports whether an expression is one time that has passed in its time zone for certain.
func (c Config) passed(expression, timezone string) bool {
	parts := atTime.FindStringSubmatch(expression)
	if parts == nil {
		return false
	}
	at, err := time.Parse("2006-01-02T15:04:05", parts[1])
	if err != nil {
		return false // that is refused
	}
	if timezone != "" && timezone != DefaultTimezone {
		at = at.Add(westernmost)
	}
	return at.Before(c.clock())
}
