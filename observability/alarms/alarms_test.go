package alarms

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

func all() []Alarm {
	return []Alarm{
		ServiceBelowDesired("ecs-1", "mesh-ecs-1", "echo"), ZtunnelUnhealthy("mesh", "ecs-1", "mesh-ecs-1"),
		NotDiscovering("mesh"), NATErrors("nat-1"), APIErrors("mesh"),
	}
}

func TestEveryAlarmIsOneThatCloudWatchTakes(t *testing.T) {
	id := regexp.MustCompile(`^[a-z][a-zA-Z0-9_]*$`)
	for _, a := range all() {
		if len(a.Description) > 1024 || a.Description == "" {
			t.Errorf("%s: CloudWatch takes a description of at most 1024 characters", a.Name)
		}
		if a.DataPoints < 1 || a.DataPoints > a.Periods || a.Period%60 != 0 || a.Period*a.Periods > 24*3600 {
			t.Errorf("%s: %d of %d periods of %d seconds", a.Name, a.DataPoints, a.Periods, a.Period)
		}
		seen := map[string]bool{}
		for i, m := range a.Metrics {
			if !id.MatchString(m.ID) || seen[m.ID] {
				t.Errorf("%s: the id %q", a.Name, m.ID)
			}
			if calculated := m.Expression != ""; calculated == (m.Name != "") || calculated != (len(a.Metrics) > 1 && i == len(a.Metrics)-1) {
				t.Errorf("%s: the last of several metrics is the calculation, and no other", a.Name)
			}
			if m.Expression != "" {
				for other := range seen {
					if !strings.Contains(m.Expression, other) {
						t.Errorf("%s does not calculate with %s", a.Name, other)
					}
				}
			}
			seen[m.ID] = true
		}
	}
}

// A count of log lines or of errors exists only when there are some, so its absence is good news. A metric that is
// always measured is missing only when something is wrong, and then the alarm must report it.
func TestMissingDataMeansWhatTheMetricSays(t *testing.T) {
	for _, a := range all() {
		always := len(a.Metrics) > 1
		if always && (a.MissingData != Missing || !a.Silence) || !always && (a.MissingData != NotBreaching || a.Silence) {
			t.Errorf("%s: missing data is %s, silence is told: %v", a.Name, a.MissingData, a.Silence)
		}
	}
}

func TestALogPatternIsTheMetricOfItsAlarm(t *testing.T) {
	for _, c := range []struct {
		counter Counter
		alarm   Alarm
	}{
		{ZtunnelErrors("mesh", "mesh-ecs-1"), ZtunnelUnhealthy("mesh", "ecs-1", "mesh-ecs-1")},
		{DiscoveryErrors("mesh"), NotDiscovering("mesh")},
	} {
		m := c.alarm.Metrics[0]
		if m.Name != c.counter.Name || m.Namespace != c.counter.Namespace || m.Namespace != "ambient-ecs/mesh" {
			t.Errorf("%s looks at %s %s, counted is %+v", c.alarm.Name, m.Namespace, m.Name, c.counter)
		}
		if strings.Count(c.counter.Pattern, `"`) != 2 {
			t.Errorf("%s is no literal text", c.counter.Pattern)
		}
	}
}

func TestTwoClustersCountApart(t *testing.T) {
	names := []string{ZtunnelErrors("mesh", "mesh-1").Name, ZtunnelErrors("mesh", "mesh-2").Name}
	if slices.Sort(names); names[0] == names[1] {
		t.Error(names)
	}
}
