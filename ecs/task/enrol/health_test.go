package enrol

import "testing"

func TestPatienceOutlastsTheCircuitBreaker(t *testing.T) {
	for _, c := range []struct {
		health  Health
		minutes int
	}{
		{Health{Interval: 5, Timeout: 5, Retries: 3, StartPeriod: 10}, 21},
		{Health{Interval: 5, Timeout: 5, Retries: 3, StartPeriod: 300}, 36},
		{Health{Interval: 300, Timeout: 60, Retries: 10, StartPeriod: 300}, 214},
		{Health{}, 20},
	} {
		if got := c.health.Patience().Minutes(); int(got) != c.minutes {
			t.Errorf("%+v: %v minutes, want %d", c.health, got, c.minutes)
		}
	}
}
