package aws

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"ambient-ecs/sandbox/world"
)

// What the sandbox does not know of an application, and a deployment depends on.
const (
	// ztunnelChecked is when ztunnel's first health check has passed, and the application's container starts.
	ztunnelChecked = 5 * time.Second
	// listens is how long the application takes from there until it answers.
	listens = 10 * time.Second
	// noticed is how long istiod and the callers take to notice a change in ECS.
	noticed = 2 * time.Second
)

// rolling is a rolling update under constant load: every second, equally many calls for each task that callers know.
type rolling struct {
	// checked: ECS waits until the application answers. drains: it serves on so long after SIGTERM.
	checked bool
	drains  time.Duration
	// retries is how often a waypoint repeats a call, each time at another task.
	retries int
}

// TestADeployLosesWhatTheDocumentationSays plays rolling updates of a service of two tasks, second by second. The numbers
// stand in docs/deploys.md: they are seconds of the service's traffic.
func TestADeployLosesWhatTheDocumentationSays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rolling
		lost  float64
		words string
	}{
		{rolling{}, 21.5, "as it is without a health check"},
		{rolling{drains: 10 * time.Second}, 20.5, "without a health check, and the application drains"},
		{rolling{checked: true}, 17.5, "with a health check"},
		{rolling{checked: true, drains: 10 * time.Second}, 16.5, "with a health check, and the application drains"},
		{rolling{retries: 2}, 10, "without a health check, behind a waypoint"},
		{rolling{checked: true, retries: 2}, 0, "with a health check, behind a waypoint"},
		{rolling{checked: true, drains: 10 * time.Second, retries: 2}, 0, "with all three"},
	} {
		t.Run(c.words, func(t *testing.T) {
			if lost, story := c.play(t); math.Abs(lost-c.lost) > 0.01 {
				t.Errorf("%.2f seconds of traffic are lost, want %.2f\n%s", lost, c.lost, story)
			}
		})
	}
}

// play is how many seconds of traffic a rolling update loses, and what happened.
func (r rolling) play(t *testing.T) (lost float64, story string) {
	a := newSandbox(t).app()
	first := a.define(nil)
	service := a.create(ServiceKind, "echo", a.service(first, nil))
	second := a.define(props{"cpu": "512", "memory": "1024"})
	a.see(func(tx *world.Tx) {
		start := tx.Now
		s := tx.Get(home, ServiceKind, service.ID)
		startDeployment(tx, s, second.out("arn"))
		ecs := scheduler([]Readiness{r.ready})
		var known [][]string
		before := ""
		for second := range 120 {
			tx.Now = start.Add(lasts(time.Duration(second) * time.Second))
			ecs(tx)
			var addressed []string
			serving, states := map[string]bool{}, []string{}
			for _, task := range tasksOf(tx, s) {
				if Addressed(task) {
					addressed = append(addressed, task.ID)
				}
				serving[task.ID] = r.serves(tx, task)
				states = append(states, fmt.Sprintf("%s (addressed %t, serves %t)", task.String("lastStatus"), Addressed(task), serving[task.ID]))
			}
			known = append(known, addressed)
			called := known[max(0, second-int(noticed/time.Second))]
			dead := 0
			for _, id := range called {
				if !serving[id] {
					dead++
				}
			}
			lost += fails(dead, len(called), r.retries)
			if now := strings.Join(states, ", "); now != before {
				story += fmt.Sprintf("%3d s: %s\n", second, now)
				before = now
			}
		}
		if d := deploymentsOf(s); len(d) != 1 || text(d[0], "rolloutState") != "COMPLETED" {
			t.Errorf("the deployment did not end:\n%s", story)
		}
	})
	return lost, story
}

// fails is the share of the calls that fail when so many of all tasks are dead. A retry goes to a task that was not tried.
func fails(dead, all, retries int) float64 {
	share := 1.0
	for try := 0; try <= retries && try < all; try++ {
		share *= float64(dead-try) / float64(all-try)
	}
	return max(share, 0)
}

// up is how long the containers run. The tasks of before the update are up for ever.
func up(tx *world.Tx, task *world.Resource) time.Duration {
	if task.Props["revision"] == 1.0 {
		return time.Hour
	}
	since, _ := time.Parse(time.RFC3339Nano, task.String("_since"))
	return tx.Now.Sub(since) * Speed
}

func (r rolling) ready(tx *world.Tx, task *world.Resource) (bool, string) {
	wait := ztunnelChecked
	if r.checked {
		wait += listens
	}
	return up(tx, task) >= wait, "it starts"
}

// serves reports whether a task answers.
func (r rolling) serves(tx *world.Tx, task *world.Resource) bool {
	switch task.String("lastStatus") {
	case "RUNNING":
		return up(tx, task) >= ztunnelChecked+listens
	case "DEACTIVATING":
		since, _ := time.Parse(time.RFC3339Nano, task.String("_since"))
		return tx.Now.Sub(since)*Speed < r.drains
	}
	return false
}
