package enrol

import (
	"time"

	"ambient-ecs/problem"
)

// Health times the health check of the ztunnel container, in seconds. ztunnel is healthy once it has heard
// from istiod, so StartPeriod is how long a new task may wait for the mesh without counting as failed.
type Health struct {
	Interval, Timeout, Retries, StartPeriod int
}

// Validate returns every value that ECS would refuse.
func (h Health) Validate() error {
	const reason = "ECS takes no other"
	var p problem.List
	p.Between("Interval", h.Interval, 5, 300, reason)
	p.Between("Timeout", h.Timeout, 2, 60, reason)
	p.Between("Retries", h.Retries, 1, 10, reason)
	p.Between("StartPeriod", h.StartPeriod, 0, 300, reason)
	return p.Err()
}

// The share of a deployment that does not depend on the health check.
const (
	// attempts is how many tasks the circuit breaker lets fail before it gives up. Three is its least
	// threshold, and the one of every service with fewer than seven tasks.
	attempts = 3
	// launch is the time that a task takes before its health check counts: a network interface, two images.
	launch = 3 * time.Minute
	// settle is the time for draining the old tasks, or for rolling back to them.
	settle = 10 * time.Minute
	// leastPatience is the AWS provider's own time-out.
	leastPatience = 20 * time.Minute
)

// Patience is how long a deployment may take until ECS itself has ended it, by success or by rolling back. A shorter
// limit would report a time-out instead of the reason.
func (h Health) Patience() time.Duration {
	perTask := launch + time.Duration(h.StartPeriod+h.Retries*(h.Interval+h.Timeout))*time.Second
	return max(leastPatience, (attempts*perTask + settle).Round(time.Minute))
}
