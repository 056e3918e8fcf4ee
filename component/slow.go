package component

import (
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// SlowAfter is how long a resource may take before Slow speaks. AWS makes a load balancer in under three minutes.
const SlowAfter = 4 * time.Minute

// Slow says once, in an update, what a resource waits for and where to look: when everything that it comes after has been there for
// SlowAfter and it is not complete. A resource that has failed meanwhile is not complete either: the words must be true of both. The provider itself is silent until its time-out.
//
// It is for what waits for the health of something that runs, because that is where people can look. A component of a plugin is complete
// when all of its resources are.
func Slow(ctx *pulumi.Context, made pulumi.Resource, words string, after ...Dependency) {
	if ctx.DryRun() {
		return
	}
	complete := make(chan struct{})
	made.URN().ApplyT(func(pulumi.URN) bool {
		close(complete)
		return true
	})
	var before []any
	for _, d := range after {
		for _, resource := range d.waits() {
			before = append(before, resource.URN())
		}
	}
	pulumi.All(before...).ApplyT(func([]any) bool {
		go speak(complete, time.After(SlowAfter), func() {
			// The resource has no URN before it is complete, so the message names it itself. A message that cannot be shown changes nothing.
			_ = ctx.Log.Info(words, nil)
		})
		return true
	})
}

// speak says something if late comes before complete.
func speak(complete <-chan struct{}, late <-chan time.Time, say func()) {
	select {
	case <-complete:
	case <-late:
		say()
	}
}
